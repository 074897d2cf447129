package derive

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var pageStyle string

// Page is the reference as one HTML page without scripts, and the policy that a browser should hold it to: nothing is
// loaded, and of styles only the page's own.
func (r *Reference) Page() (html []byte, policy string, err error) {
	css := func() template.CSS { return template.CSS(pageStyle) }
	t, err := template.New("page.html").Funcs(template.FuncMap{"css": css}).Parse(pageTemplate)
	if err != nil {
		return nil, "", err
	}
	var page bytes.Buffer
	if err := t.Execute(&page, r); err != nil {
		return nil, "", err
	}
	hash := sha256.Sum256([]byte(pageStyle))
	policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	return page.Bytes(), policy, nil
}
