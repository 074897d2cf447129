package auth

import "strings"

// Patterns say which actions a token may call: accounts/* allows, !accounts/terminateaccount denies,
// and * stands for any text. A deny wins over every allow. Where no pattern allows anything by
// name, every action is allowed that none denies. Order means nothing.
type Patterns []string

// Ruling is what patterns say of an action.
type Ruling struct {
	Allowed bool
	Pattern string // the one that denies; "" where none of the allowing ones matches
}

// Judge says whether an action may be called. It may have several names, one for each dialect; a
// pattern that matches one of them matches the action.
func (p Patterns) Judge(names ...string) Ruling {
	if pattern := p.Denying(names...); pattern != "" {
		return Ruling{Pattern: pattern}
	}
	ruling := Ruling{Allowed: true}
	for _, pattern := range p {
		ruling.Allowed = ruling.Allowed && strings.HasPrefix(pattern, "!")
	}
	for _, pattern := range p {
		if matchesAny(pattern, names) {
			return Ruling{Allowed: true}
		}
	}
	return ruling
}

// Denying gives the first pattern that denies one of the names, "" where none does.
func (p Patterns) Denying(names ...string) string {
	for _, pattern := range p {
		if denied, isDeny := strings.CutPrefix(pattern, "!"); isDeny && matchesAny(denied, names) {
			return pattern
		}
	}
	return ""
}

func matchesAny(pattern string, names []string) bool {
	for _, name := range names {
		if Matches(pattern, name) {
			return true
		}
	}
	return false
}

// Matches reports whether a pattern, without the ! of a deny, is the name, each * of it standing
// for any text, none too.
func Matches(pattern, name string) bool {
	start, rest, wild := strings.Cut(pattern, "*")
	name, found := strings.CutPrefix(name, start)
	if !found || !wild {
		return found && name == ""
	}
	for {
		piece, more, again := strings.Cut(rest, "*")
		if !again {
			return strings.HasSuffix(name, piece)
		}
		i := strings.Index(name, piece)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(piece):], more
	}
}
