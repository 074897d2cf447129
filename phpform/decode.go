package phpform

import (
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// Decode fills the struct that dst points to. A field is named by its tag, url:"name"; what follows a comma
// is ignored, and a field without a tag or with "-" is skipped, but for embedded structs, whose fields are
// taken in. A field that was not sent keeps its value.
//
// A text goes into a string, which must be UTF-8 without NUL; a bool (1, true, on, yes, 0, false, off, no, in
// any case, or nothing for false); an integer (decimal, in range); a float; or an encoding.TextUnmarshaler,
// which gets the bytes as they came. An array goes into a struct, a slice, a map with string keys or [Pairs].
// A slice whose keys are all integers is in the order of the keys, since a client that sorts its pairs sends
// a[10] before a[2]; one text where a slice is expected is a list of one, and an empty text is an empty
// slice, map or Pairs. A json.Unmarshaler gets [Value.AppendJSON] of whatever was sent. An [Optional] is set
// by whatever its own type takes.
//
// unknown names what was sent and no field took, nested fields too, in the order of decoding: that of the
// wire, but for the slices. An array that is unknown is named once, without what is in it. The first value
// that does not fit ends decoding with a [*FieldError]; dst is then partly filled and unknown is nil. No
// input makes Decode panic. A dst that cannot be decoded into does, whatever the input.
//
// The text Array in place of an array is what PHP's curl makes of an array in CURLOPT_POSTFIELDS; its error
// says how to send arrays. Names in errors and in unknown are cut and quoted where they are long or
// unprintable.
//
// except tells names that are not unknown although dst has no field for them: somebody else takes them.
func Decode(a *Array, dst any, except ...func(name string) bool) (unknown []string, err error) {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		panic(fmt.Sprintf("phpform: Decode needs a pointer to a struct, not %T", dst))
	}
	d := decoding{except: except}
	if err := d.structure(v.Elem(), a); err != nil {
		return nil, err
	}
	return d.unknown, nil
}

// decoding is the state of one Decode.
type decoding struct {
	except  []func(string) bool // Tell names of the outermost array that are not unknown.
	path    []Key               // Where in the form the value being decoded stands.
	unknown []string
}

func (d *decoding) fail(reason string) error {
	return &FieldError{Field: fieldName(d.path), Reason: reason}
}

// member decodes a value one level further down.
func (d *decoding) member(k Key, dst reflect.Value, v Value) error {
	d.path = append(d.path, k)
	err := d.value(dst, v)
	d.path = d.path[:len(d.path)-1]
	return err
}

func (d *decoding) structure(dst reflect.Value, a *Array) error {
	fields := planOf(dst.Type()).fields
	for k, v := range a.All() {
		name := k.String()
		index, known := fields[name]
		if !known && len(d.path) == 0 && slices.ContainsFunc(d.except, func(is func(string) bool) bool { return is(name) }) {
			continue
		}
		if !known {
			d.unknown = append(d.unknown, fieldName(append(d.path, k)))
			continue
		}
		if err := d.member(k, dst.FieldByIndex(index), v); err != nil {
			return err
		}
	}
	return nil
}

// value decodes by the type of dst. The type's own methods come first.
func (d *decoding) value(dst reflect.Value, v Value) error {
	t := dst.Type()
	switch {
	case isOptional(t):
		dst.Field(1).SetBool(true)
		return d.value(dst.Field(0), v)
	case isPairs(t):
		return d.pairs(dst, v)
	case isText(t) && !v.IsArray():
		return d.adopt(dst.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(v.text)))
	case isJSON(t):
		return d.json(dst.Addr().Interface().(json.Unmarshaler), v)
	case isText(t) || isScalar(t.Kind()):
		return d.scalar(dst, v)
	case t.Kind() == reflect.Slice:
		return d.slice(dst, v)
	case t.Kind() == reflect.Map:
		return d.mapping(dst, v)
	}
	if !v.IsArray() {
		return d.notArray(v)
	}
	return d.structure(dst, v.array)
}

func (d *decoding) scalar(dst reflect.Value, v Value) error {
	if v.IsArray() {
		return d.fail("must be a single value, not an array")
	}
	if reason := setScalar(dst, v.text); reason != "" {
		return d.fail(reason)
	}
	return nil
}

func (d *decoding) json(u json.Unmarshaler, v Value) error {
	b, err := appendValue(nil, v)
	var bad *encodingError
	if errors.As(err, &bad) {
		return bad.below(d.path)
	}
	return d.adopt(u.UnmarshalJSON(b))
}

// adopt makes a FieldError of an Unmarshaler's error, below the present field where it names one itself.
func (d *decoding) adopt(err error) error {
	if err == nil {
		return nil
	}
	e := &FieldError{Field: fieldName(d.path), Reason: err.Error(), Err: err}
	var below *FieldError
	if errors.As(err, &below) {
		e.Field, e.Reason = joinNames(e.Field, below.Field), below.Reason
	}
	return e
}

// stringified is what PHP's curl sends for an array below the top level of CURLOPT_POSTFIELDS.
const stringified = "Array"

func (d *decoding) notArray(v Value) error {
	if v.text == stringified {
		return d.fail("must be an array, not the text Array: wrap the fields in http_build_query()")
	}
	return d.fail("must be an array")
}

func (d *decoding) slice(dst reflect.Value, v Value) error {
	if !v.IsArray() {
		switch {
		case v.text == "":
			v = List()
		case v.text == stringified || !takesText(dst.Type().Elem()):
			return d.notArray(v)
		default:
			return d.only(dst, v)
		}
	}
	entries := inKeyOrder(v.array)
	list := reflect.MakeSlice(dst.Type(), len(entries), len(entries))
	for i, e := range entries {
		if err := d.member(e.key, list.Index(i), e.value); err != nil {
			return err
		}
	}
	dst.Set(list)
	return nil
}

// only decodes a text as a list of one.
func (d *decoding) only(dst reflect.Value, v Value) error {
	list := reflect.MakeSlice(dst.Type(), 1, 1)
	if err := d.value(list.Index(0), v); err != nil {
		return err
	}
	dst.Set(list)
	return nil
}

// inKeyOrder returns the entries by number when every key is one, and else as they came.
func inKeyOrder(a *Array) []entry {
	isNamed := func(e entry) bool { return !e.key.isInt }
	if a.IsList() || slices.ContainsFunc(a.entries, isNamed) {
		return a.entries
	}
	return slices.SortedFunc(slices.Values(a.entries), func(x, y entry) int {
		return cmp.Compare(x.key.number, y.key.number)
	})
}

func (d *decoding) mapping(dst reflect.Value, v Value) error {
	t := dst.Type()
	m := reflect.MakeMap(t)
	err := d.named(v, func(k Key, v Value) error {
		element := reflect.New(t.Elem()).Elem()
		if err := d.member(k, element, v); err != nil {
			return err
		}
		m.SetMapIndex(reflect.ValueOf(k.String()).Convert(t.Key()), element)
		return nil
	})
	if err == nil {
		dst.Set(m)
	}
	return err
}

func (d *decoding) pairs(dst reflect.Value, v Value) error {
	list := reflect.MakeSlice(dst.Type(), 0, v.array.Len())
	err := d.named(v, func(k Key, v Value) error {
		pair := reflect.New(dst.Type().Elem()).Elem()
		pair.Field(0).SetString(k.String())
		list = reflect.Append(list, pair)
		return d.member(k, list.Index(list.Len()-1).Field(1), v)
	})
	if err == nil {
		dst.Set(list)
	}
	return err
}

// named walks through an array whose keys the form chose.
func (d *decoding) named(v Value, member func(Key, Value) error) error {
	if !v.IsArray() && v.text != "" {
		return d.notArray(v)
	}
	for k, v := range v.array.All() {
		if reason := badText(k.text); reason != "" {
			return &FieldError{Field: fieldName(append(d.path, k)), Reason: "has a name that " + reason}
		}
		if err := member(k, v); err != nil {
			return err
		}
	}
	return nil
}
