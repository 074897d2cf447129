package handlers

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"

	"panelgate/store"
)

// fields are what the trail shows of something, in the order of their names; websites[0][label] is a name. What is empty is
// left out. A list, since every write makes two: as a map, and with the writer of encoding/json, they took an eighth of
// an upsert's time.
type fields []field

type field struct {
	name  string
	value any
}

// usualFields is how many an account with one website has, and some more.
const usualFields = 24

// hidden is a value that is compared but never shown.
type hidden string

// MarshalJSON shows that there is a value.
func (hidden) MarshalJSON() ([]byte, error) { return []byte(`"********"`), nil }

func (f *fields) add(name string, value any) { *f = append(*f, field{name, value}) }

// set is add for what is left out where it is empty.
func (f *fields) set(name string, value any) {
	switch value {
	case "", false, nil, hidden(""):
	default:
		f.add(name, value)
	}
}

func (f *fields) setGrant(grant json.Marshaler) error {
	text, err := grant.MarshalJSON()
	f.add("permissions", json.RawMessage(text))
	return err
}

func (f *fields) setLimits(l store.Limits) {
	f.setLimit("quota", l.Quota)
	f.setLimit("inodes", l.Inodes)
	f.setLimit("domains", l.Domains)
	f.setLimit("emails", l.Emails)
	f.setLimit("databases", l.Databases)
}

func (f *fields) setLimit(name string, limit store.Limit) {
	if limit == nil {
		f.add(name, "unlimited")
		return
	}
	f.add(name, *limit)
}

func byName(f field, name string) int { return strings.Compare(f.name, name) }

// sorted gives the fields in order, one of each name: callers make some of the names up, though no two that are the same.
func (f fields) sorted() fields {
	slices.SortStableFunc(f, func(a, b field) int { return byName(a, b.name) })
	return slices.CompactFunc(f, func(a, b field) bool { return a.name == b.name })
}

func (f fields) get(name string) (value any, known bool) {
	i, known := slices.BinarySearchFunc(f, name, byName)
	if known {
		value = f[i].value
	}
	return value, known
}

// without leaves what others do not have, or have otherwise.
func (f fields) without(others fields) fields {
	left := make(fields, 0, len(f))
	for _, one := range f {
		if other, there := others.get(one.name); !there || !reflect.DeepEqual(one.value, other) {
			left = append(left, one)
		}
	}
	return left
}

// text writes the fields as JSON, "" where there are none.
func (f fields) text() (_ string, err error) {
	if len(f) == 0 {
		return "", nil
	}
	text, before := make([]byte, 0, 1024), byte('{')
	for _, one := range f {
		text = append(text, before)
		if text, err = appendJSON(text, one.name); err != nil {
			return "", err
		}
		if text, err = appendJSON(append(text, ':'), one.value); err != nil {
			return "", err
		}
		before = ','
	}
	return string(append(text, '}')), nil
}
