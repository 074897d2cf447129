package store

import (
	"reflect"
	"testing"
)

// What is said of a new account without reading it is what is read of it.
func TestNewAccountIsAsItWillBeRead(t *testing.T) {
	s := mustOpen(t)
	mustAccount(t, s, AccountChange{Name: "shop", Type: new(TypeReseller)})
	mustPackage(t, s, Package{Name: "small", Limits: limitsOf(3)})
	for _, change := range []AccountChange{
		{Name: "plain"},
		{Name: "Full_1", Type: new(TypeReseller), Email: new("a@example.com"), Language: new("de"), Package: new(""), Parent: new(""), Suspended: new(false),
			Websites: &[]Website{{Path: "/a", Databases: []Database{{Type: "mysql"}, {Type: "mysql"}}}, {Path: "/b", Label: "b"}}},
		{Name: "none", Websites: &[]Website{}},
		{Name: "owned", Parent: new("SHOP")},
		{Name: "packed", Package: new("small")},
		{Name: "free", Package: new("of no package")},
		{Name: "stopped", Suspended: new(true), By: "token 1"},
	} {
		made := mustAccount(t, s, change)
		mustReadTx(t, s, func(tx *Tx) error {
			is, err := tx.Account(ScopeAll(), change.Name)
			if !reflect.DeepEqual(made, is) {
				t.Errorf("%s is made as\n%+v\nand read as\n%+v", change.Name, made, is)
			}
			return err
		})
	}
}
