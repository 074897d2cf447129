package phpform

import (
	"iter"
	"slices"
)

// Value is what stands at a key: a text or an array. The zero Value is the empty text.
type Value struct {
	text  string
	array *Array
}

// Text returns a text value; any bytes are allowed.
func Text(s string) Value { return Value{text: s} }

// List returns an array of values with the keys 0, 1, 2 and so on.
func List(values ...Value) Value {
	a := &Array{}
	for _, v := range values {
		a.Append(v)
	}
	return a.Value()
}

// Text returns the text, and "" for an array.
func (v Value) Text() string { return v.text }

// Array returns the array, and nil for a text.
func (v Value) Array() *Array { return v.array }

// IsArray tells arrays from texts.
func (v Value) IsArray() bool { return v.array != nil }

// Array is a PHP array: values under integer and string keys, in the order in which the keys were first set.
// The zero value is empty and ready to use, and a nil *Array reads as an empty one. Concurrent reads are
// safe; a write must be alone.
type Array struct {
	entries []entry
	index   map[Key]int // Place of every key; nil while a search or the list order finds keys as fast.
	next    int64       // PHP's nNextFreeElement; meaningful once numbered is set.
	// numbered is set by the first integer key.
	numbered bool
	// keyed is set once the keys are no longer 0..n-1 in order.
	keyed bool
}

type entry struct {
	key   Key
	value Value
}

// searchable is the length up to which walking through the entries beats a map.
const searchable = 16

// Value returns the array as a value, so that it can be put into another array. An array must not be put
// into itself. A nil array becomes a new, empty one.
func (a *Array) Value() Value {
	if a == nil {
		a = &Array{}
	}
	return Value{array: a}
}

// Len returns the number of keys.
func (a *Array) Len() int {
	if a == nil {
		return 0
	}
	return len(a.entries)
}

// Get returns the value under a name, which is read as PHP reads a key: Get("5") finds the integer key 5.
func (a *Array) Get(name string) (Value, bool) {
	i := a.find(StringKey(name))
	if i < 0 {
		return Value{}, false
	}
	return a.entries[i].value, true
}

// Text returns the text under a name, and "" when there is none or an array is there.
func (a *Array) Text(name string) string {
	v, _ := a.Get(name)
	return v.text
}

// All yields keys and values in order.
func (a *Array) All() iter.Seq2[Key, Value] {
	return func(yield func(Key, Value) bool) {
		if a == nil {
			return
		}
		for _, e := range a.entries {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// IsList reports whether the keys are 0 to n-1 in order, as PHP's array_is_list does. An empty array is a list.
func (a *Array) IsList() bool { return a == nil || !a.keyed }

// Set puts v under k. A key that exists keeps its place in the order.
func (a *Array) Set(k Key, v Value) {
	if i := a.find(k); i >= 0 {
		a.entries[i].value = v
		return
	}
	a.insert(k, v)
}

// Append puts v under the next free index: one above the highest integer key there has been, 0 in an array
// without any. As in PHP 8.2.36 the index after a lone -5 is -4. After PHP_INT_MAX there is no next index;
// nothing is stored and Append returns false.
// php-src: _zend_hash_next_index_insert in Zend/zend_hash.c.
func (a *Array) Append(v Value) bool {
	k := IntKey(a.next)
	if a.find(k) >= 0 {
		return false
	}
	a.insert(k, v)
	return true
}

// Delete removes the value under a name, read as by Get. Later keys move up; the next free index stays.
// It takes time in proportion to the length of the array.
func (a *Array) Delete(name string) {
	i := a.find(StringKey(name))
	if i < 0 {
		return
	}
	a.entries = slices.Delete(a.entries, i, i+1)
	a.keyed = slices.ContainsFunc(a.entries, func(e entry) bool { return !e.key.isInt })
	for place, e := range a.entries {
		a.keyed = a.keyed || e.key.number != int64(place)
	}
	if a.index != nil {
		a.buildIndex()
	}
}

// keep drops all other entries.
func (a *Array) keep(wanted func(entry) bool) {
	entries := a.entries
	a.entries, a.index, a.keyed = make([]entry, 0, len(entries)), nil, false
	for _, e := range entries {
		if wanted(e) {
			a.insert(e.key, e.value)
		}
	}
}

// find returns the place of k, or -1.
func (a *Array) find(k Key) int {
	if a == nil {
		return -1
	}
	if !a.keyed {
		if k.isInt && k.number >= 0 && k.number < int64(len(a.entries)) {
			return int(k.number)
		}
		return -1
	}
	if a.index != nil {
		if i, ok := a.index[k]; ok {
			return i
		}
		return -1
	}
	for i := range a.entries {
		if a.entries[i].key == k {
			return i
		}
	}
	return -1
}

// insert adds a key that is known to be new.
func (a *Array) insert(k Key, v Value) {
	place := len(a.entries)
	if !k.isInt || k.number != int64(place) {
		a.keyed = true
	}
	a.entries = append(a.entries, entry{k, v})
	if k.isInt && (!a.numbered || k.number >= a.next) {
		a.next, a.numbered = k.follower(), true
	}
	switch {
	case a.index != nil:
		a.index[k] = place
	case a.keyed && place >= searchable:
		a.buildIndex()
	}
}

// buildIndex runs once in the life of an array, so that no order of keys makes it slow.
func (a *Array) buildIndex() {
	a.index = make(map[Key]int, 2*len(a.entries))
	for i, e := range a.entries {
		a.index[e.key] = i
	}
}
