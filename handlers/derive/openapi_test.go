package derive_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"panelgate/gatewaytest"
)

// TestDocumentIsValid asks a validator of another make than the library that the document was written with.
func TestDocumentIsValid(t *testing.T) {
	document := made(t, reference(t).OpenAPI)
	if out, err := validate(t, document); err != nil {
		t.Errorf("the document is refused: %v\n%s", err, out)
	}
	broken := bytes.Replace(document, []byte(`"operationId"`), []byte(`"operationID"`), 1)
	if out, err := validate(t, broken); err == nil {
		t.Errorf("a document with a misspelt key is accepted, so the check is none: %s", out)
	}
}

func validate(t *testing.T, document []byte) ([]byte, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(file, document, 0o600); err != nil {
		t.Fatal(err)
	}
	return exec.Command(gatewaytest.NeedTool(t, "go"), "tool", "-modfile=../../tools/go.mod", "validate", file).CombinedOutput()
}

// TestDocumentReadsBack lets the library that wrote the document check its references and examples.
func TestDocumentReadsBack(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(made(t, reference(t).OpenAPI))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

// schemas compiles the document's schemas with another library.
type schemas struct {
	t        *testing.T
	compiler *jsonschema.Compiler
}

func newSchemas(t *testing.T, document []byte) schemas {
	t.Helper()
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("mem:///openapi.json", tree); err != nil {
		t.Fatal(err)
	}
	return schemas{t, c}
}

func (s schemas) check(where, schema string, value []byte) {
	s.t.Helper()
	compiled, err := s.compiler.Compile("mem:///openapi.json#/components/schemas/" + schema)
	if err != nil {
		s.t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if err != nil {
		s.t.Fatalf("%s: %v", where, err)
	}
	if err := compiled.Validate(instance); err != nil {
		s.t.Errorf("%s does not fit its schema %s: %v\n%s", where, schema, err, value)
	}
}

// TestExamplesFitTheirSchemas takes each body that the document shows for the schema of that body.
func TestExamplesFitTheirSchemas(t *testing.T) {
	document := made(t, reference(t).OpenAPI)
	var doc struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					}
					Examples map[string]struct{ Value json.RawMessage }
				}
			}
		}
	}
	if err := json.Unmarshal(document, &doc); err != nil {
		t.Fatal(err)
	}
	s, checked := newSchemas(t, document), 0
	for path, item := range doc.Paths {
		for method, op := range item {
			for _, media := range op.RequestBody.Content {
				for name, example := range media.Examples {
					s.check(method+" "+path+" "+name, filepath.Base(media.Schema.Ref), example.Value)
					checked++
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d examples were found", checked)
	}
}

// TestAnswersFitTheirSchemas takes every answer of every golden exchange: what is said of answers holds for all.
func TestAnswersFitTheirSchemas(t *testing.T) {
	s := newSchemas(t, made(t, reference(t).OpenAPI))
	files, err := filepath.Glob("../../testdata/*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		dialect := map[string]string{"spanel": "api", "installatron": "rest"}[filepath.Base(filepath.Dir(file))]
		if dialect == "" {
			continue
		}
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range archive.Files {
			_, body, _ := strings.Cut(string(section.Data), "\n")
			if !strings.HasPrefix(section.Name, "answer: ") || !strings.HasPrefix(body, "{\n") { // not an answer, or not filled in yet
				continue
			}
			schema := dialect + ".Success"
			if strings.Contains(body, "\n  \"request_id\":") { // of the answer itself
				schema = dialect + ".Error"
			}
			s.check(file+": "+section.Name, schema, []byte(body))
		}
	}
}
