package spanel

import (
	"panelgate/permissions"
	"panelgate/phpform"
)

// loginRow is one entry of user/listsubusers and admin/listadminusers. There is no second factor
// here. The current user is the one that the token acts for.
type loginRow struct {
	User        string `json:"user"`
	Permissions any    `json:"permissions"` // "all", or category → pages
	CurrentUser bool   `json:"currentuser"`
	TwoFactor   bool   `json:"twofactor"`
}

// grantRow shows a grant as clients know it: the word all, or category → list of pages, where a
// whole category is written out page by page.
func grantRow(grant permissions.Grant, tree *permissions.Tree) any {
	if grant.IsAll() {
		return "all"
	}
	var rows phpform.Pairs[[]string]
	for _, granted := range grant.Expand(tree) {
		rows = append(rows, phpform.Pair[[]string]{Key: granted.Category, Value: granted.Pages})
	}
	return rows
}

// categoryRow is one category of the permission tree. The labelled shape is not documented;
// pages stays a list of names with it, so that a client that ignores labels reads both.
type categoryRow struct {
	Category string                `json:"category"`
	Label    string                `json:"label,omitempty"`
	Pages    []string              `json:"pages"`
	Labels   phpform.Pairs[string] `json:"labels,omitempty"` // page → text
}

func categoryRows(tree *permissions.Tree, labels bool) phpform.Pairs[categoryRow] {
	var rows phpform.Pairs[categoryRow]
	for _, category := range tree.Categories() {
		row := categoryRow{Category: category.Name}
		for _, page := range category.Pages {
			row.Pages = append(row.Pages, page.Name)
		}
		if labels {
			row.addLabels(category)
		}
		rows = append(rows, phpform.Pair[categoryRow]{Key: category.Name, Value: row})
	}
	return rows
}

func (r *categoryRow) addLabels(category permissions.Category) {
	r.Label = category.Label
	for _, page := range category.Pages {
		r.Labels = append(r.Labels, phpform.Pair[string]{Key: page.Name, Value: page.Label})
	}
}
