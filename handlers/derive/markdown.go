package derive

import (
	"bytes"
	_ "embed"
	"strings"
	"text/template"
)

//go:embed actions.md.tmpl
var markdownTemplate string

// Markdown is the reference as a page for the repository: docs/actions.md.
func (r *Reference) Markdown() ([]byte, error) {
	t, err := template.New("actions.md").Funcs(template.FuncMap{"cell": cell, "code": code}).Parse(markdownTemplate)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := t.Execute(&page, r); err != nil {
		return nil, err
	}
	return append(bytes.TrimSpace(page.Bytes()), '\n'), nil
}

// cell escapes what would end a table's cell or begin a tag.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "\n", " ").Replace(text)
}

func code(words []string) string { return "`" + strings.Join(words, "`, `") + "`" }
