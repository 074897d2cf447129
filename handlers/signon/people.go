package signon

import (
	"slices"

	"panelgate/store"
)

// personView is a person as the page shows them.
type personView struct {
	Name, Account, Role string
	Categories          []categoryView
}

type categoryView struct {
	Label string
	Pages []pageView
}

type pageView struct {
	Name, Label string
	URL         string // "" where there is no panel
	Asked       bool
}

// show lists what a person may open, in the order of the catalogue.
func (p *Pages) show(who store.Person, asked string) *personView {
	v := &personView{Name: who.Name, Account: who.Account, Role: roleText(who.Kind)}
	tree := p.tree(who)
	for _, granted := range who.Permissions.Expand(tree) {
		category, _ := tree.Category(granted.Category) // Expand gives names of the tree
		shown := categoryView{Label: category.Label}
		for _, page := range category.Pages {
			if slices.Contains(granted.Pages, page.Name) {
				shown.Pages = append(shown.Pages, p.showPage(category.Name+"/"+page.Name, page.Label, asked))
			}
		}
		v.Categories = append(v.Categories, shown)
	}
	return v
}

func (p *Pages) showPage(name, label, asked string) pageView {
	v := pageView{Name: name, Label: label, Asked: name == asked}
	if p.settings.PanelURL != "" {
		v.URL = p.landing(name)
	}
	return v
}

func roleText(kind store.Noun) string {
	switch kind {
	case store.NounAdmin:
		return "administrator"
	case store.NounSubuser:
		return "subuser"
	}
	return "account holder"
}
