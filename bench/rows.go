package main

import "context"

// row is a line of the comparison, which may judge more than one figure.
type row struct {
	name    string // to choose it by
	measure func(context.Context, *lab) ([]measure, error)
	large   bool // what it needs takes minutes to build
}

func allRows() []row {
	return []row{
		{name: "listsubusers", measure: measureListSubusers},
		{name: "listuserpermissions", measure: measureListUserPermissions},
		{name: "listaccounts", measure: measureListAccount},
		{name: "php", measure: measurePHP},
		{name: "pocketbase", measure: measurePocketBase, large: true},
		{name: "upsert", measure: measureUpsert},
		{name: "addsubuser", measure: measureAddSubuser},
		{name: "storm", measure: measureStorm},
		{name: "form", measure: measureForm},
		{name: "size", measure: measureSize},
		{name: "start", measure: measureStart},
		{name: "stream", measure: measureStream},
		{name: "postgres", measure: measurePostgres},
	}
}

func rowNames() (names []string) {
	for _, r := range allRows() {
		names = append(names, r.name)
	}
	return names
}
