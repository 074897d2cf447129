package handlers

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// What is held of bodies is bounded, all calls together, and small bodies are read all the same.
func TestBodiesAreBounded(t *testing.T) {
	var all bodies
	var counted []*countedBody
	large := strings.Repeat("a", maxBody)
	var held int64
	for err := error(nil); err == nil; {
		r := &http.Request{Body: io.NopCloser(strings.NewReader(large))}
		body := new(countedBody)
		body.count(&all, r)
		counted = append(counted, body)
		var n int64
		n, err = io.Copy(io.Discard, r.Body)
		if err != nil && AsError(err).Code != CodeBusy {
			t.Fatal(err)
		}
		if held += n; held > heldBodies+maxBody {
			t.Fatalf("%d bytes are held", held)
		}
	}
	t.Logf("%d bytes of %d bodies were held when the next was refused", held, len(counted))
	if held < heldBodies-maxBody {
		t.Errorf("refused when no more than %d bytes were held", held)
	}
	small := &http.Request{Body: io.NopCloser(strings.NewReader(strings.Repeat("a", smallBody)))}
	new(countedBody).count(&all, small)
	if body, err := io.ReadAll(small.Body); err != nil || len(body) != smallBody {
		t.Errorf("a small body: %d bytes, %v", len(body), err)
	}
	for _, body := range counted {
		body.release()
	}
	if left := all.held.Load(); left != 0 {
		t.Errorf("%d bytes are counted when nothing is held", left)
	}
}
