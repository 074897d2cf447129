// Package permissions says who may open which page.
//
// A [Catalogue] is the tree of categories and pages that exist; it is data, read from a file. A [Grant] is what
// somebody holds of it: all, none, or category → all or a list of pages. Everything here is a pure function over
// the two.
//
// A grant that comes from outside goes through [Tree.Check] once, which refuses what the catalogue does not have.
// After that, [Grant.Allow] answers whether a page may be opened and [Grant.Within] whether one grant may hand out
// another.
//
// The notation is the one of the permissions parameter in the vendor's documentation:
// https://www.spanel.io/docs/ (user/addsubuser, user/listuserpermissions, admin/createadminuser).
package permissions

import (
	"bytes"
	_ "embed"
	"slices"
	"sync"
)

// Page is one entry that a grant can name, such as accounts in the category email.
type Page struct {
	Name        string `json:"name"`        // a-z, 0-9 and _
	Label       string `json:"label"`       // for people: "Email Accounts"
	Unconfirmed bool   `json:"unconfirmed"` // the name does not stand in the vendor's documentation
}

// Category is a named, ordered group of at least one page.
type Category struct {
	Name        string   `json:"name"`        // a-z, 0-9 and _
	Label       string   `json:"label"`       // for people: "Email"
	Aliases     []string `json:"aliases"`     // other names that are read as Name
	Pages       []Page   `json:"pages"`       // in the order in which they are listed
	Unconfirmed bool     `json:"unconfirmed"` // the name does not stand in the vendor's documentation
}

// Tree is an ordered list of categories. It does not change after it was loaded and may be shared.
type Tree struct {
	categories []Category
	index      map[string]int // names and aliases → place in categories
}

// Catalogue holds the two trees that grants are drawn from.
type Catalogue struct {
	User  *Tree // for accounts, their subusers and packages
	Admin *Tree // for admin users
}

//go:embed catalogue.json
var embedded []byte

// Default returns the catalogue that is built in. Every call returns the same one.
func Default() *Catalogue { return loadEmbedded() }

var loadEmbedded = sync.OnceValue(func() *Catalogue {
	c, err := Load(bytes.NewReader(embedded))
	if err != nil {
		panic("permissions: embedded " + err.Error())
	}
	return c
})

// Categories returns the categories in order. The caller owns the copy.
func (t *Tree) Categories() []Category {
	list := make([]Category, len(t.categories))
	for i, c := range t.categories {
		list[i] = c.clone()
	}
	return list
}

// Category returns the category of that name or alias, and whether there is one. The caller owns the copy.
func (t *Tree) Category(name string) (Category, bool) {
	c := t.find(name)
	if c == nil {
		return Category{}, false
	}
	return c.clone(), true
}

// Has reports whether the tree holds the page; category may be an alias.
func (t *Tree) Has(category, page string) bool {
	c := t.find(category)
	return c != nil && c.has(page)
}

// find returns the category of that name or alias, or nil. What it returns must not be changed.
func (t *Tree) find(name string) *Category {
	i, ok := t.index[name]
	if !ok {
		return nil
	}
	return &t.categories[i]
}

func (c Category) clone() Category {
	c.Aliases = slices.Clone(c.Aliases)
	c.Pages = slices.Clone(c.Pages)
	return c
}

func (c *Category) has(page string) bool {
	return slices.ContainsFunc(c.Pages, func(p Page) bool { return p.Name == page })
}

func (c *Category) pageNames() []string {
	names := make([]string, len(c.Pages))
	for i, p := range c.Pages {
		names[i] = p.Name
	}
	return names
}
