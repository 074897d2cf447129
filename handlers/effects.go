package handlers

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"panelgate/auth"
	"panelgate/permissions"
)

// Effect says that an action does what another is known for. Who may not call that one may not have it done by this one
// either: a pattern that denies Of denies the action too, a Page must be held besides the action's own. Patterns that
// allow know nothing of effects.
type Effect struct {
	Of    string // the name of the other action, in either dialect; "" where only Page is asked for
	Page  string // of the admin tree; "" for none
	Field string // only where this field is sent and is not so already; "": always
	Value string // only where the field has this value; "": whatever it has
	State State  // only where the target is in it
	AllIs bool   // the field holds permissions, and all of them are what it stands for when it is left out
}

// State is whether what a call names is there.
type State int

// The states. Where an effect names none, both are meant.
const (
	Absent State = iota + 1
	Present
)

// When says in words when an action has the effect, "" for always.
func (e Effect) When() string {
	switch {
	case e.Value != "":
		return e.Field + " is " + e.Value
	case e.Field != "" && e.State == Present:
		return e.Field + " is changed"
	case e.AllIs:
		return e.Field + " is sent and not all"
	case e.Field != "":
		return e.Field + " is sent"
	case e.State == Absent:
		return "it creates"
	case e.State == Present:
		return "it changes what is there"
	}
	return ""
}

// isCertain reports whether every call of the action has the effect.
func (e Effect) isCertain() bool { return e.Field == "" && e.State == 0 }

// happens reports whether a call with these arguments has the effect on what is there, nil for nothing.
func (e Effect) happens(args any, there fields) bool {
	if e.State == Absent && there != nil || e.State == Present && there == nil {
		return false
	}
	if e.Field == "" {
		return true
	}
	value, sent := sentAs(args, e.Field)
	if e.AllIs && value == fmt.Sprint(permissions.All()) {
		return false
	}
	if !sent || e.Value != "" && value != e.Value {
		return false
	}
	is, known := there.get(e.Field)
	return !(known && value == fmt.Sprint(is) || !known && value == "false") // fields leave out what is false
}

// sentAs gives the value of a field of an action's arguments as text.
func sentAs(args any, name string) (text string, sent bool) {
	all := reflect.ValueOf(args).Elem()
	for _, field := range reflect.VisibleFields(all.Type()) {
		if wireName(field) != name {
			continue
		}
		value := all.FieldByIndex(field.Index)
		if _, optional := optionalOf(field.Type); optional {
			return fmt.Sprint(value.FieldByName("Value").Interface()), value.FieldByName("Set").Bool()
		}
		return fmt.Sprint(value.Interface()), !value.IsZero()
	}
	return "", false
}

// checkEffects refuses a call that would do what the caller may not do by the action that is known for it.
func checkEffects(caller *auth.Caller, action *Action, args any, there fields) error {
	for _, effect := range action.Effects {
		if effect.isCertain() {
			continue // permit has looked at those
		}
		if refusal := effect.refusal(caller, action); refusal != nil && effect.happens(args, there) {
			return refusal
		}
	}
	return nil
}

// refusal is what a caller is told who may not have the effect, nil where they may. It is asked for first: whether the
// effect happens takes longer to find, and most callers may have it.
func (e Effect) refusal(caller *auth.Caller, action *Action) error {
	if pattern := caller.Actions.Denying(e.Of); pattern != "" {
		return denied(action, pattern, e)
	}
	if category, page, _ := strings.Cut(e.Page, "/"); e.Page != "" && !caller.Grant.Allow(category, page) {
		return lacking(action, e.Page)
	}
	return nil
}

// certain names the actions whose effect every call of this one has.
func (a *Action) certain() (names []string) {
	for _, effect := range a.Effects {
		if effect.isCertain() {
			names = append(names, effect.Of)
		}
	}
	return names
}

// checkEffect refuses effects that go by a field that the action does not have.
func (a *Action) checkEffect(e Effect) error {
	if e.Field != "" && !slices.ContainsFunc(a.Params, func(p Param) bool { return p.Name == e.Field }) {
		return fmt.Errorf("has an effect that goes by the field %s, which it does not take", e.Field)
	}
	return nil
}
