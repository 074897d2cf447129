package permissions

import "slices"

// Intersect returns what both grants hold: what is left of a subuser's grant under that of the account. Like Allow it
// knows no catalogue, so both must name categories as the tree does.
func (g Grant) Intersect(other Grant) Grant {
	switch {
	case g.all:
		return other
	case other.all:
		return g
	}
	var both Grant
	for _, e := range g.entries {
		both = both.With(e.category, e.common(other.entry(e.category))...)
	}
	return both
}

// common returns what With takes to make an entry of what both hold.
func (e entry) common(other entry) []string {
	switch {
	case e.all:
		return other.list()
	case other.all:
		return e.pages
	}
	return slices.DeleteFunc(slices.Clone(e.pages), func(page string) bool { return !other.holds(page) })
}
