package phpform

import "strings"

// register stores value where name says, as php_register_variable_ex in php-src main/php_variables.c does.
func (p *parser) register(name, value string) error {
	name, _, _ = strings.Cut(name, "\x00") // C strings end there.
	name = strings.TrimLeft(name, " ")
	base, brackets := name, ""
	if i := strings.IndexByte(name, '['); i >= 0 {
		base, brackets = name[:i], name[i:]
	}
	base = mangle(base)
	if base == "" {
		return nil
	}
	return p.registerNested(name, base, brackets, value)
}

// registerNested follows the brackets downwards. Each step makes the array for the key before it, so that
// PHP's side effects show: a name that is given up half way leaves the arrays that it has made.
func (p *parser) registerNested(name, base, brackets, value string) error {
	at := slot{array: p.root, key: StringKey(base)}
	for depth := 1; brackets != "" && brackets[0] == '['; depth++ {
		if depth > p.lim.Depth {
			return p.tooDeep(StringKey(base))
		}
		inside, rest, closed := strings.Cut(brackets[1:], "]")
		if !closed {
			if depth == 1 { // The bracket becomes part of the name.
				at.key = StringKey(mangle(name))
			}
			break
		}
		if at.isForbidden(name) {
			return nil
		}
		down, ok := at.descend()
		if !ok {
			return nil
		}
		at = slot{array: down, key: StringKey(inside), push: isPush(inside)}
		brackets = rest
	}
	if !at.isForbidden(name) {
		at.store(Text(value))
	}
	return nil
}

// slot is a place in an array: a key, or the end of it.
type slot struct {
	array *Array
	key   Key
	push  bool
}

// isForbidden reports whether the key has one of the prefixes that browsers reserve for cookies, and the
// name as it was sent has not: mangling could have made it up. PHP asks this of every form name and of every
// key in brackets. php-src: php_is_forbidden_variable_name.
func (s slot) isForbidden(name string) bool {
	if s.push || !strings.HasPrefix(s.key.text, "__") {
		return false
	}
	for _, prefix := range [...]string{"__Host-", "__Secure-"} {
		if strings.HasPrefix(s.key.text, prefix) && !strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// store puts v into the slot; false says that the array has no index left.
func (s slot) store(v Value) bool {
	if s.push {
		return s.array.Append(v)
	}
	s.array.Set(s.key, v)
	return true
}

// descend returns the array in the slot, which replaces a text that was there.
func (s slot) descend() (*Array, bool) {
	if !s.push {
		if i := s.array.find(s.key); i >= 0 {
			if v := &s.array.entries[i].value; !v.IsArray() {
				*v = (&Array{}).Value()
			}
			return s.array.entries[i].value.array, true
		}
	}
	down := &Array{entries: make([]entry, 0, 2)} // Most hold more than one entry.
	return down, s.store(down.Value())
}

// isPush reports whether the brackets held nothing, or one white-space character.
func isPush(inside string) bool {
	return inside == "" || len(inside) == 1 && strings.IndexByte(" \t\n\v\f\r", inside[0]) >= 0
}

// mangle replaces what cannot stand in the name of a PHP variable. Nearly all names pass unchanged.
func mangle(name string) string {
	for i := range len(name) {
		if c := name[i]; c == ' ' || c == '.' || c == '[' {
			return strings.NewReplacer(" ", "_", ".", "_", "[", "_").Replace(name)
		}
	}
	return name
}
