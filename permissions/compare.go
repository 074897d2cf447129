package permissions

// Granted is one category of an expanded grant and the pages held of it, at least one.
type Granted struct {
	Category string
	Pages    []string
}

// Expand lists the pages that g holds of the tree as it is today, in the tree's order: all is every page, one added
// after the grant was made included, and a page that the tree no longer has is left out, as is a category of which
// nothing is held.
func (g Grant) Expand(t *Tree) []Granted {
	g = t.resolve(g)
	var list []Granted
	for _, c := range t.categories {
		held := Granted{Category: c.Name}
		for _, p := range c.Pages {
			if g.Allow(c.Name, p.Name) {
				held.Pages = append(held.Pages, p.Name)
			}
		}
		if len(held.Pages) > 0 {
			list = append(list, held)
		}
	}
	return list
}

// Within reports whether other holds everything that g holds, so that a holder of other may hand out g.
//
// It asks about later as well as now. All of a category includes pages added to it later, so it is within all of that
// category and within all, but not within a list of every page that the category has today; likewise all is within
// all alone. A page that the tree no longer has counts too, for it may come back.
func (g Grant) Within(other Grant, t *Tree) bool { return len(g.Missing(other, t)) == 0 }

// Missing lists what g holds and other lacks, in the tree's order, for a message to whoever tried to hand out g:
// "email/accounts" for a page, "email/all" for all of a category, "all" for everything. It is empty when, and only
// when, g is within other.
func (g Grant) Missing(other Grant, t *Tree) []string { return t.resolve(g).lacking(t.resolve(other)) }

// lacking is Missing for grants whose aliases are resolved.
func (g Grant) lacking(other Grant) []string {
	if other.all {
		return nil
	}
	if g.all {
		return []string{wordAll}
	}
	var list []string
	for _, e := range g.entries {
		held := other.entry(e.category)
		if e.all && !held.all {
			list = append(list, e.category+"/"+wordAll)
		}
		for _, page := range e.pages {
			if !held.holds(page) {
				list = append(list, e.category+"/"+page)
			}
		}
	}
	return list
}
