package handlers

import (
	"encoding"
	"fmt"
	"reflect"
	"strings"

	"panelgate/auth"
	"panelgate/permissions"
	"panelgate/phpform"
)

// Param describes one field of an action's arguments, as its struct tags do. Decoding and
// validation, the reference and the masking of secrets all work from it.
type Param struct {
	Name     string   // on the wire
	Type     string   // string, integer, boolean, password, permissions, object or map
	List     bool     // the field holds any number of Type
	Required bool     // must be sent, and not empty
	Rules    []string // of validate.go
	Enum     []string // the values that are accepted
	Secret   bool     // never shown
	Doc      string
	Params   []Param // of an object
}

// paramsOf reads the tags of struct type t's exported fields. It panics on a field without url or doc.
func paramsOf(action string, t reflect.Type) []Param {
	var params []Param
	for _, field := range reflect.VisibleFields(t) {
		if field.Anonymous || !field.IsExported() {
			continue
		}
		param, err := paramOf(action, field)
		if err != nil {
			panic(fmt.Sprintf("action %q: argument %s: %v", action, field.Name, err))
		}
		params = append(params, param)
	}
	return params
}

func paramOf(action string, field reflect.StructField) (Param, error) {
	p := Param{Name: wireName(field), Doc: field.Tag.Get("doc"), Secret: field.Tag.Get("secret") == "yes"}
	if p.Name == "" || p.Doc == "" {
		return p, fmt.Errorf("needs the tags url and doc")
	}
	for rule := range strings.SplitSeq(field.Tag.Get("validate"), ",") {
		_, known := ruleNamed(rule)
		switch {
		case rule == "required":
			p.Required = true
		case known:
			p.Rules = append(p.Rules, rule)
		case rule != "":
			return p, fmt.Errorf("has the unknown rule %q", rule)
		}
	}
	if enum := field.Tag.Get("enum"); enum != "" {
		p.Enum = strings.Split(enum, "|")
	}
	return p, p.setType(action, field.Type)
}

// Accepts says in words what a value must be like, beyond its type and its enum.
func (p Param) Accepts() []string {
	var words []string
	for _, name := range p.Rules {
		r, _ := ruleNamed(name)
		words = append(words, strings.TrimPrefix(r.reason, "must be "))
	}
	return words
}

// wireName is the field's name by its url tag, "" when it has none.
func wireName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("url"), ",")
	return name
}

func (p *Param) setType(action string, t reflect.Type) error {
	if inner, ok := optionalOf(t); ok {
		return p.setType(action, inner)
	}
	switch t {
	case reflect.TypeFor[auth.NewPassword]():
		p.Type = "password"
		return nil
	case reflect.TypeFor[permissions.Grant]():
		p.Type = "permissions"
		return nil
	case reflect.TypeFor[phpform.Pairs[string]]():
		p.Type = "map"
		return nil
	}
	switch {
	case reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()), t.Kind() == reflect.String:
		p.Type = "string"
	case t.Kind() == reflect.Bool:
		p.Type = "boolean"
	case t.Kind() == reflect.Int64, t.Kind() == reflect.Int, t.Kind() == reflect.Uint32:
		p.Type = "integer"
	case t.Kind() == reflect.Slice && !p.List:
		p.List = true
		return p.setType(action, t.Elem())
	case t.Kind() == reflect.Struct:
		p.Type, p.Params = "object", paramsOf(action, t)
	default:
		return fmt.Errorf("has type %s, which has no name in the reference", t)
	}
	return nil
}

// optionalOf gives T where t is phpform.Optional[T].
func optionalOf(t reflect.Type) (reflect.Type, bool) {
	if t.Kind() != reflect.Struct || t.PkgPath() != reflect.TypeFor[phpform.Optional[bool]]().PkgPath() {
		return nil, false
	}
	value, ok := t.FieldByName("Value")
	return value.Type, ok && strings.HasPrefix(t.Name(), "Optional[")
}

// secretNames collects the names of the fields that must not be shown, at any depth. The token is
// one of them wherever it turns up.
func secretNames(actions []*Action) map[string]bool {
	names := map[string]bool{"token": true}
	for _, a := range actions {
		addSecrets(names, a.Params)
	}
	return names
}

func addSecrets(names map[string]bool, params []Param) {
	for _, p := range params {
		if p.Secret {
			names[p.Name] = true
		}
		addSecrets(names, p.Params)
	}
}

// mask copies a form with the values of secret fields replaced, by their names.
func (t *Table) mask(form *phpform.Array) *phpform.Array {
	masked := new(phpform.Array)
	for key, value := range form.All() {
		switch {
		case t.masked[key.String()]:
			value = phpform.Text("********")
		case value.IsArray():
			value = t.mask(value.Array()).Value()
		}
		masked.Set(key, value)
	}
	return masked
}
