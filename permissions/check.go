package permissions

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownError says that a grant names a category or page that the tree does not have.
type UnknownError struct {
	Category string   // as it was sent, when it is unknown itself; else the category's own name
	Page     string   // as it was sent; empty when the category is unknown
	Nearest  string   // the existing name that was probably meant; empty when none is near
	known    []string // what there is, for the text when nothing is near
}

// Error is one line that names what is unknown, and the nearest name or up to eight of those that exist.
func (e *UnknownError) Error() string {
	text := "unknown category " + quote(e.Category)
	if e.Page != "" {
		text = fmt.Sprintf("unknown page %s in category %s", quote(e.Page), quote(e.Category))
	}
	if e.Nearest != "" {
		return text + fmt.Sprintf("; did you mean %s?", quote(e.Nearest))
	}
	if len(e.known) > maxListed {
		return text + "; among those known are " + strings.Join(e.known[:maxListed], ", ")
	}
	return text + "; known are " + strings.Join(e.known, ", ")
}

// maxListed bounds the names that an UnknownError lists.
const maxListed = 8

// Check compares a grant with the tree. It returns the grant in its normal form: aliases replaced by the names of
// their categories, each category and page once, in the tree's order. All and all of a category stay as they are.
// The first name that the tree does not have is an *[UnknownError].
func (t *Tree) Check(g Grant) (Grant, error) {
	for _, e := range g.entries {
		c := t.find(e.category)
		if c == nil {
			return Grant{}, t.unknownCategory(e.category)
		}
		for _, page := range e.pages {
			if !c.has(page) {
				return Grant{}, c.unknownPage(page)
			}
		}
	}
	return t.resolve(g), nil
}

// resolve is Check for a grant that may be older than the tree: names that the tree does not have are kept, after
// those it has, in the order in which they came.
func (t *Tree) resolve(g Grant) Grant {
	if g.all {
		return g
	}
	var merged Grant
	for _, e := range g.entries {
		if c := t.find(e.category); c != nil {
			e.category = c.Name
		}
		merged = merged.With(e.category, e.list()...)
	}
	for i := range merged.entries {
		merged.entries[i].pages = t.sortPages(merged.entries[i])
	}
	slices.SortStableFunc(merged.entries, func(a, b entry) int { return t.rank(a.category) - t.rank(b.category) })
	return merged
}

// rank is the place of a category in the tree; unknown ones come last.
func (t *Tree) rank(category string) int {
	if i, ok := t.index[category]; ok {
		return i
	}
	return len(t.categories)
}

// sortPages returns a copy of an entry's pages in the tree's order; unknown ones come last.
func (t *Tree) sortPages(e entry) []string {
	c := t.find(e.category)
	if c == nil {
		return e.pages
	}
	place := make(map[string]int, len(c.Pages))
	for i, p := range c.Pages {
		place[p.Name] = i - len(c.Pages) // below zero, so that the unknown ones, at zero, come last
	}
	pages := slices.Clone(e.pages)
	slices.SortStableFunc(pages, func(a, b string) int { return place[a] - place[b] })
	return pages
}

func (t *Tree) unknownCategory(name string) error {
	var all, names []string
	for _, c := range t.categories {
		names = append(names, c.Name)
		all = append(append(all, c.Name), c.Aliases...)
	}
	return &UnknownError{Category: name, Nearest: Nearest(name, all), known: names}
}

func (c *Category) unknownPage(name string) error {
	names := c.pageNames()
	return &UnknownError{Category: c.Name, Page: name, Nearest: Nearest(name, names), known: names}
}
