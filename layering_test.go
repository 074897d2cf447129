package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "panelgate"

// Who may import whom of this module: imports point one way, and dialects know nothing of each other. "handlers/..." is
// what dialects share: the other packages below handlers.
var layers = map[string][]string{
	".": {"cli"},
	"cli": {"handlers", "handlers/spanel", "handlers/installatron", "handlers/derive", "handlers/...",
		"client", "probe", "ondemand", "auth", "store", "permissions", "fastpath", "tiercache"},
	"handlers/derive":       {"handlers", "handlers/spanel", "handlers/installatron", "phpform", "testdata"},
	"handlers/spanel":       {"handlers", "handlers/...", "auth", "permissions", "phpform", "store"},
	"handlers/installatron": {"handlers", "handlers/...", "auth", "permissions", "phpform", "store"},
	"handlers/...":          {"handlers", "auth", "permissions", "phpform", "store", "location", "probe", "ondemand"},
	"handlers":              {"auth", "permissions", "phpform", "store", "probe", "ondemand", "fastpath", "tiercache"},
	"fastpath":              {},
	"tiercache":             {},
	"auth":                  {"store", "permissions"},
	"store":                 {"permissions"},
	"client":                {"permissions"},
	"permissions":           {},
	"phpform":               {},
	"probe":                 {},
	"ondemand":              {},
	"location":              {},
	"testdata":              {},
}

// The packages that tests start from may import everything, and nothing that is shipped imports them.
var testHelp = []string{"gatewaytest", "gatewaytest/postgres"}

// The packages that may know the HTTP library.
var knowEcho = []string{"cli", "handlers", "handlers/spanel", "handlers/installatron", "handlers/..."}

// goPackage is what go list says of a package.
type goPackage struct {
	ImportPath string
	Imports    []string
}

// mustList lists the packages of this module and all that they depend on.
func mustList(t *testing.T) []goPackage {
	t.Helper()
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", "./...")
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all = append(all, p)
	}
}

// folder is a package's place in this module, "." for the top.
func folder(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// layer is the name under which layers knows a folder.
func layer(folder string) string {
	if _, ok := layers[folder]; ok {
		return folder
	}
	return filepath.Dir(folder) + "/..."
}

func TestImportsPointOneWay(t *testing.T) {
	for _, p := range mustList(t) {
		from, ours := folder(p.ImportPath)
		if !ours || slices.Contains(testHelp, from) {
			continue
		}
		allowed, known := layers[layer(from)]
		if !known {
			t.Errorf("%s has no place: give it one in layers", from)
		}
		for _, path := range p.Imports {
			to, ours := folder(path)
			if ours && !slices.Contains(allowed, to) && !slices.Contains(allowed, layer(to)) {
				t.Errorf("%s must not import %s", from, to)
			}
			if strings.HasPrefix(path, "github.com/labstack/echo/") && !slices.Contains(knowEcho, layer(from)) {
				t.Errorf("%s must not know echo", from)
			}
		}
	}
}

// sources reads the module's Go files, tests too.
func sources(t *testing.T, visit func(path string, text []byte, file *ast.File)) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(files, path, text, parser.SkipObjectResolution)
		if err == nil {
			visit(path, text, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreShortAndStartNothing(t *testing.T) {
	const longest = 300
	sources(t, func(path string, text []byte, file *ast.File) {
		if lines := bytes.Count(text, []byte("\n")); lines > longest {
			t.Errorf("%s has %d lines; at most %d can be read in one go", path, lines, longest)
		}
		if file.Name.Name == "util" {
			t.Errorf("%s is of a package util; name it for what it does", path)
		}
		for _, declared := range file.Decls {
			if fn, ok := declared.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil {
				t.Errorf("%s has an init; call it from where it is needed", path)
			}
		}
	})
}

func TestInterfacesAreFew(t *testing.T) {
	const most = 5
	var declared []string
	sources(t, func(path string, _ []byte, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if _, ok := spec.Type.(*ast.InterfaceType); ok {
					declared = append(declared, path+" "+spec.Name.Name)
				}
			}
			return true
		})
	})
	if len(declared) > most {
		t.Errorf("%d interfaces, at most %d: %s", len(declared), most, strings.Join(declared, ", "))
	}
}
