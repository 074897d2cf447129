package main

import (
	"fmt"
	"os"
	"strings"
)

// document is the recipe. Between a pair of comments such as <!-- etcd.env --> and <!-- end --> it has what is put there:
// the configuration files as they are for its site, and the figures of a run.
const document = "postgres-ha.md"

// quoted are the files that the recipe shows, and the machine for which it does.
func quoted() map[string]machine {
	shown := recipe()
	return map[string]machine{"etcd.env": shown.Databases[0], "patroni.yml": shown.Databases[0], "panelgate.sql": {},
		"panelgate.env": shown.Nodes[0], "haproxy.cfg": {}}
}

// quote puts the configuration files into the text of the recipe.
func quote(text string) (string, error) {
	for name, self := range quoted() {
		file, err := recipe().render(name+".tmpl", self)
		if err != nil {
			return "", err
		}
		if text, err = put(text, name, "```\n"+file+"```\n"); err != nil {
			return "", err
		}
	}
	return text, nil
}

// put replaces what stands between the comments of a name.
func put(text, name, content string) (string, error) {
	head, rest, found := strings.Cut(text, "<!-- "+name+" -->\n")
	_, tail, ends := strings.Cut(rest, "<!-- end -->\n")
	if !found || !ends {
		return "", fmt.Errorf("%s has no place for %s", document, name)
	}
	return head + "<!-- " + name + " -->\n" + content + "<!-- end -->\n" + tail, nil
}

// document writes the figures into the recipe.
func (r *report) document(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	told, err := put(string(text), "figures", "\n"+r.figures())
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(told), 0o644)
}
