package derive

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

// Example is a call that works on a development server, and its answer.
type Example struct {
	Given  []Call // what must have been done before
	Call   Call
	Status int
	Answer string // indented JSON
}

// Call is a request of a golden file.
type Call struct {
	Title  string
	Method string
	Path   string
	Header []string // "Name: value"
	Form   []string // name=value as a person reads it; nil where there is a Body
	Body   string
}

// exampleOf reads the first request of a golden file with what is given before it; gatewaytest/golden.go says what such
// a file looks like.
func exampleOf(archive *txtar.Archive) (*Example, error) {
	var example Example
	for i, section := range archive.Files {
		kind, title, _ := strings.Cut(section.Name, ": ")
		call, err := readCall(title, string(section.Data))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", section.Name, err)
		}
		if kind == "given" {
			example.Given = append(example.Given, call)
			continue
		}
		example.Call = call
		if i+1 < len(archive.Files) {
			status, answer, _ := strings.Cut(string(archive.Files[i+1].Data), "\n")
			example.Answer = strings.TrimSpace(answer)
			example.Status, err = strconv.Atoi(status)
		}
		return &example, err
	}
	return nil, fmt.Errorf("holds no request")
}

func readCall(title, text string) (Call, error) {
	head, body, _ := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	method, path, ok := strings.Cut(lines[0], " ")
	if !ok {
		return Call{}, fmt.Errorf("the first line is %q; want a method and a path", lines[0])
	}
	call := Call{Title: title, Method: method, Path: path, Header: lines[1:], Body: strings.TrimSuffix(body, "\n")}
	if call.Body != "" && !call.hasType() {
		call.Form, call.Body = strings.Split(call.Body, "\n"), ""
	}
	return call, nil
}

func (c Call) hasType() bool {
	for _, line := range c.Header {
		if name, _, _ := strings.Cut(line, ":"); strings.EqualFold(name, "Content-Type") {
			return true
		}
	}
	return false
}

// Script is the example as commands for a shell: what must be done before, then the call itself.
func (e *Example) Script() string {
	var script strings.Builder
	for _, given := range e.Given {
		fmt.Fprintf(&script, "# before: %s\n%s\n\n", given.Title, given.curl())
	}
	script.WriteString(e.Call.curl())
	return script.String()
}

// curl is the call as a command, a line for each thing that it sends.
func (c Call) curl() string {
	args := []string{"curl " + shellWord(base+c.Path)}
	usual := http.MethodGet
	if c.Form != nil || c.Body != "" {
		usual = http.MethodPost
	}
	switch c.Method {
	case usual:
	case http.MethodHead:
		args[0] += " -I"
	default:
		args[0] += " -X " + c.Method
	}
	for _, line := range c.Header {
		args = append(args, "-H "+shellWord(line))
	}
	for _, field := range c.Form {
		args = append(args, formArgument(field))
	}
	if c.Body != "" {
		args = append(args, "-d "+shellWord(strings.TrimSpace(c.Body)))
	}
	return strings.Join(args, " \\\n  ")
}

// formArgument leaves the encoding of a value to curl, which leaves names as they are.
func formArgument(field string) string {
	name, value, _ := strings.Cut(field, "=")
	name = strings.NewReplacer("%", "%25", "&", "%26", "+", "%2B", " ", "%20", "#", "%23").Replace(name)
	flag := "-d"
	if strings.Trim(value, plain) != "" {
		flag = "--data-urlencode"
	}
	return flag + " " + shellWord(name+"="+value)
}

// plain characters mean themselves to a shell and in a form.
const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/"

// shellWord quotes a text for a shell where it needs that.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, plain+":=,@") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
