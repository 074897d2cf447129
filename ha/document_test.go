package main

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "put the configuration files into the recipe")

// The recipe shows the files that make ha uses.
func TestRecipeShowsTheFiles(t *testing.T) {
	const path = "../docs/" + document
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := quote(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if string(text) != want {
		t.Error("docs/postgres-ha.md shows other files than make ha uses: go test . -update puts them there")
	}
}
