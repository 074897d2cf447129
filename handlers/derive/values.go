package derive

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"panelgate/handlers"
	"panelgate/phpform"
)

// fields gives what the call sends in its body and its query, as the server reads it and typed as params say: what is
// text on the wire stands in the OpenAPI document as the number or truth value that it means.
func (c Call) fields(params []handlers.Param) (map[string]any, error) {
	tree, err := c.tree()
	if err != nil {
		return nil, err
	}
	text, err := tree.AppendJSON(nil)
	if err != nil {
		return nil, err
	}
	fields := make(map[string]any)
	if tree.Len() == 0 { // which is a list to PHP
		return fields, nil
	}
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	return typedObject(params, fields), nil
}

func (c Call) tree() (*phpform.Array, error) {
	if strings.HasPrefix(strings.TrimSpace(c.Body), "{") {
		return phpform.ParseJSON([]byte(c.Body), phpform.DefaultLimits())
	}
	_, form, _ := strings.Cut(c.Path, "?")
	if c.Body != "" {
		form = c.Body
	}
	for _, field := range c.Form {
		name, value, _ := strings.Cut(field, "=")
		form += "&" + url.QueryEscape(name) + "=" + url.QueryEscape(value)
	}
	return phpform.Parse(form, phpform.DefaultLimits())
}

func typedObject(params []handlers.Param, fields map[string]any) map[string]any {
	for _, p := range params {
		if value, sent := fields[p.Name]; sent {
			fields[p.Name] = typed(p, value)
		}
	}
	return fields
}

// typed gives a value the type of its parameter; one that has another form stays as it is.
func typed(p handlers.Param, value any) any {
	switch value := value.(type) {
	case string:
		return typedText(p, value)
	case []any:
		if len(value) == 0 {
			return empty(p)
		}
		for i := range value {
			value[i] = typed(p, value[i])
		}
	case map[string]any:
		if p.List && p.Params != nil { // keys that are no list: the server reads their values in order
			return value
		}
		return typedObject(p.Params, value)
	}
	return value
}

func typedText(p handlers.Param, text string) any {
	switch p.Type {
	case "integer":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case "boolean":
		return slices.Contains([]string{"1", "true", "on", "yes"}, text)
	case "object", "map":
		if text == "" { // as a form sends it
			return empty(p)
		}
	}
	return text
}

// empty is the value without anything in it, of which PHP does not know whether it is a list.
func empty(p handlers.Param) any {
	if p.Params != nil && !p.List || p.Type == "map" {
		return make(map[string]any)
	}
	return []any{}
}
