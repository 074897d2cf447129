package permissions

import "slices"

// The two words of the notation: everything, and nothing.
const (
	wordAll  = "all"
	wordNone = "none"
)

func isWord(s string) bool { return s == wordAll || s == wordNone }

// Grant is what somebody holds: all, none, or category → all or a list of pages. The zero value is none.
//
// A Grant is a value: no method changes it, save for UnmarshalJSON, and copies are independent. Compare with Equal.
// It takes names as they come; [Tree.Check] is what compares them with a catalogue.
type Grant struct {
	all     bool
	entries []entry // no category twice, no entry without all or pages
}

// entry is what is held of one category.
type entry struct {
	category string
	all      bool
	pages    []string // no page twice; nil when all
}

// list returns what With takes to make the entry.
func (e entry) list() []string {
	if e.all {
		return []string{wordAll}
	}
	return e.pages
}

func (e entry) holds(page string) bool { return e.all || slices.Contains(e.pages, page) }

// All returns the grant of every page of every category, those added later included.
func All() Grant { return Grant{all: true} }

// None returns the grant that allows nothing.
func None() Grant { return Grant{} }

// Of returns a grant over one category: Of("email", "all"), Of("domain", "domains", "redirects"). See With.
func Of(category string, pages ...string) Grant { return None().With(category, pages...) }

// With returns the grant and, in addition, pages of a category. The page "all" stands for all of the category, now
// and later; "none" and "" stand for nothing. Without pages nothing is added: an empty list never means everything.
func (g Grant) With(category string, pages ...string) Grant {
	old := g.entry(category)
	added := entry{category: category, all: old.all || slices.Contains(pages, wordAll)}
	if !added.all {
		added.pages = union(old.pages, pages)
	}
	if g.all || len(added.list()) == 0 {
		return g
	}
	entries := slices.Clone(g.entries)
	if i := g.place(category); i >= 0 {
		entries[i] = added
	} else {
		entries = append(entries, added)
	}
	return Grant{entries: entries}
}

// IsAll reports whether g is the grant of everything. A grant that lists all pages there are is not.
func (g Grant) IsAll() bool { return g.all }

// IsNone reports whether g allows nothing.
func (g Grant) IsNone() bool { return !g.all && len(g.entries) == 0 }

// Allow reports whether g holds the page. It knows no catalogue, hence no aliases: the names are those of the tree,
// and all of a category is every page of that name.
func (g Grant) Allow(category, page string) bool { return g.all || g.entry(category).holds(page) }

// Equal reports whether both grants hold the same, in whatever order. All of a category differs from a list of all its
// pages, for the list does not grow.
func (g Grant) Equal(other Grant) bool {
	return g.all == other.all && len(g.entries) == len(other.entries) &&
		len(g.lacking(other)) == 0 && len(other.lacking(g)) == 0
}

// place returns where the category stands in the entries, or -1.
func (g Grant) place(category string) int {
	return slices.IndexFunc(g.entries, func(e entry) bool { return e.category == category })
}

// entry returns what g holds of a category; an empty entry holds nothing.
func (g Grant) entry(category string) entry {
	if i := g.place(category); i >= 0 {
		return g.entries[i]
	}
	return entry{}
}

// union returns a new list of both, each page once; the word none and the empty text are no pages.
func union(a, b []string) []string {
	seen := map[string]bool{wordNone: true, "": true}
	var list []string
	for _, page := range slices.Concat(a, b) {
		if !seen[page] {
			seen[page] = true
			list = append(list, page)
		}
	}
	return list
}
