package derive_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/handlers/derive"
)

func reference(t *testing.T) *derive.Reference {
	t.Helper()
	r, err := derive.New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func made(t *testing.T, make func() ([]byte, error)) []byte {
	t.Helper()
	text, err := make()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDerivedFilesAreFresh(t *testing.T) {
	r := reference(t)
	for name, want := range map[string][]byte{"actions.md": made(t, r.Markdown), "openapi.json": made(t, r.OpenAPI)} {
		file := "../../docs/" + name
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is stale; this mends it: make derive\n%s", file, gatewaytest.Diff("file", string(got), "derived", string(want)))
		}
	}
}

// TestEverythingIsListed looks for each action in what people read: served ones with an example, others as not served.
func TestEverythingIsListed(t *testing.T) {
	r := reference(t)
	page, _, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	markdown := string(made(t, r.Markdown))
	for _, d := range []derive.Dialect{r.SPanel, r.REST} {
		for _, family := range d.Families {
			for _, a := range family.Actions {
				if !strings.Contains(string(page), `id="`+a.ID+`"`) || !strings.Contains(string(page), `<code>`+a.Name+`</code>`) {
					t.Errorf("the page lacks %s", a.Name)
				}
				_, section, found := strings.Cut(markdown, "\n#### `"+a.Name+"`\n")
				section, _, _ = strings.Cut(section, "\n####")
				if !found || strings.Contains(section, "Known, not served") == a.Served() {
					t.Errorf("actions.md does not have %s, or not rightly as served or not: %s", a.Name, section)
				}
				for _, p := range a.Params {
					if p.Doc == "" || !strings.Contains(section, "| `"+p.Name+"` |") {
						t.Errorf("%s: the field %s is not described", a.Name, p.Name)
					}
				}
			}
		}
	}
}

func TestTextsAreEscaped(t *testing.T) {
	hostile := handlers.Known("a/<b>", "email/accounts", handlers.ForAccount, "javascript:alert(1)",
		handlers.Param{Name: "<i>", Type: "string", Enum: []string{"<u>"}, Doc: "a <b>bold</b> | text"})
	hostile.Summary = "<script>alert(1)</script>"
	example := &derive.Example{Call: derive.Call{Method: "GET", Path: "/</pre><img>"}, Answer: "</pre><img>"}
	r := &derive.Reference{SPanel: derive.Dialect{Families: []derive.Family{{Name: "a", Actions: []derive.Action{
		{Action: hostile, ID: `"><b>`, Example: example, Fields: []derive.Field{{Name: "<i>", Enum: []string{"<u>"}, Doc: hostile.Params[0].Doc}}}}}}}}
	page, policy, err := r.Page()
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"<b>", "<i>", "<u>", "<img>", "<script", `"javascript:`} {
		if strings.Contains(string(page), tag) {
			t.Errorf("%s stands in the page as it is", tag)
		}
	}
	style, _, _ := strings.Cut(strings.SplitAfter(string(page), "<style>")[1], "</style>")
	if hash := sha256.Sum256([]byte(style)); !strings.Contains(policy, base64.StdEncoding.EncodeToString(hash[:])) {
		t.Errorf("the policy %q forbids the page's own style", policy)
	}
	if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the page's policy is %q", policy)
	}
	if markdown := string(made(t, r.Markdown)); !strings.Contains(markdown, `a &lt;b>bold&lt;/b> \| text`) {
		t.Errorf("actions.md has a text as it is: %s", markdown)
	}
}
