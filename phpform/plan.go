package phpform

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
)

// plans holds what reflection found out about each struct type: map[reflect.Type]*plan. It is global because
// types are: the cache grows with the program's types, never with its input, and holds nothing else.
var plans sync.Map

// plan leads from the names on the wire to the fields of a struct.
type plan struct {
	fields map[string][]int // The index path of reflect.Value.FieldByIndex.
}

// planOf returns the plan of a struct type, and panics when a type below it cannot be decoded into: that is
// a mistake in the program, which must not wait for the first request that names the field.
func planOf(t reflect.Type) *plan {
	if p, ok := plans.Load(t); ok {
		return p.(*plan)
	}
	p := &plan{fields: map[string][]int{}}
	p.collect(t, nil)
	for _, index := range p.fields {
		check(t.FieldByIndex(index).Type, map[reflect.Type]bool{t: true})
	}
	plans.Store(t, p)
	return p
}

// collect adds the fields of t, which stands at index in the planned struct.
func (p *plan) collect(t reflect.Type, index []int) {
	for i := range t.NumField() {
		field := t.Field(i)
		at := append(index[:len(index):len(index)], i)
		tag, tagged := field.Tag.Lookup("url")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case !tagged && field.Anonymous && field.Type.Kind() == reflect.Struct:
			p.collect(field.Type, at)
		case name == "" || name == "-":
		case !field.IsExported():
			panic(fmt.Sprintf("phpform: field %s of %s is tagged but not exported", field.Name, t))
		case p.fields[name] != nil:
			panic(fmt.Sprintf("phpform: two fields of %s are named %s", t, name))
		default:
			p.fields[name] = at
		}
	}
}

// check panics for a type that no value can be decoded into. seen stops at recursive types.
func check(t reflect.Type, seen map[reflect.Type]bool) {
	if seen[t] || isText(t) || isJSON(t) {
		return
	}
	seen[t] = true
	switch {
	case isOptional(t):
		check(t.Field(0).Type, seen)
	case isPairs(t):
		check(t.Elem().Field(1).Type, seen)
	case t.Kind() == reflect.Struct:
		p := &plan{fields: map[string][]int{}}
		p.collect(t, nil)
		for _, index := range p.fields {
			check(t.FieldByIndex(index).Type, seen)
		}
	case t.Kind() == reflect.Slice, t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		check(t.Elem(), seen)
	case !isScalar(t.Kind()):
		panic(fmt.Sprintf("phpform: cannot decode into a %s", t))
	}
}

func isScalar(k reflect.Kind) bool {
	return k >= reflect.Bool && k <= reflect.Uint64 || isFloat(k) || k == reflect.String
}

func isFloat(k reflect.Kind) bool { return k == reflect.Float32 || k == reflect.Float64 }

func isText(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
}

func isJSON(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[json.Unmarshaler]())
}

// isOptional reports whether t is an Optional of anything.
func isOptional(t reflect.Type) bool { return isGeneric(t, "Optional[") }

// isPairs reports whether t is, or is defined as, a Pairs of anything.
func isPairs(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && isGeneric(t.Elem(), "Pair[")
}

// isGeneric tells the instances of a generic type of this package by name: reflection knows no other link
// between them, and a marker method would be exported with the type.
func isGeneric(t reflect.Type, name string) bool {
	return strings.HasPrefix(t.Name(), name) && t.PkgPath() == reflect.TypeFor[Key]().PkgPath()
}

// takesText reports whether a text alone can be a value of t, so that it can stand for a list of one.
func takesText(t reflect.Type) bool {
	if isOptional(t) {
		return takesText(t.Field(0).Type)
	}
	return isText(t) || isJSON(t) || isScalar(t.Kind())
}
