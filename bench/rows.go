package main

import "context"

// row is a line of the comparison, which may judge more than one figure.
type row struct {
	name    string // to choose it by
	measure func(context.Context, *lab) ([]measure, error)
}

func allRows() []row {
	return []row{
		{name: "listsubusers", measure: measureListSubusers},
		{name: "listuserpermissions", measure: measureListUserPermissions},
		{name: "listaccounts", measure: measureListAccount},
	}
}

func rowNames() (names []string) {
	for _, r := range allRows() {
		names = append(names, r.name)
	}
	return names
}
