package store

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// copied is a table as it is copied: in the order of its key, a page of rows at a time.
type copied struct {
	name string
	key  []string // its primary key
	self []string // columns that refer to rows of the same table, which may come later
	made bool     // rows in it are made by those of other tables
	ids  counter  // how its key counts, where it does by itself

	columns []copiedColumn // in the order of their names, which is the same in every database
}

type copiedColumn struct {
	name string
	kind columnKind
}

// counter says how the numbers of new rows are found.
type counter int

const (
	noCounter counter = iota
	upwards           // behind the highest that is there
	onceEach          // behind the highest that ever was: none is given twice
)

// copiedTables are all tables but the list of migrations, each behind those that it refers to.
func copiedTables() []copied {
	return []copied{
		{name: "settings", key: []string{"name"}},
		{name: "logins", key: []string{"id"}, ids: onceEach},
		{name: "accounts", key: []string{"id"}, self: []string{"parent_id"}},
		{name: "subusers", key: []string{"id"}, self: []string{"giver_id"}},
		{name: "admins", key: []string{"id"}, self: []string{"giver_id"}},
		{name: "packages", key: []string{"id"}, ids: onceEach},
		{name: "websites", key: []string{"account_id", "position"}},
		{name: "website_vhosts", key: []string{"account_id", "website", "position"}},
		{name: "website_databases", key: []string{"account_id", "website", "position"}},
		{name: "tokens", key: []string{"id"}, self: []string{"root_id"}, ids: onceEach},
		{name: "token_last_uses", key: []string{"token_id"}},
		{name: "tickets", key: []string{"hash"}},
		{name: "sessions", key: []string{"hash"}},
		{name: "account_trails", key: []string{"account_id"}},
		{name: "audit", key: []string{"node", "seq"}},
		{name: "audit_chains", key: []string{"id"}, ids: upwards},
		{name: "replay_keys", key: []string{"id"}},
		{name: "replays", key: []string{"id"}, ids: onceEach},
		{name: "replay_sizes", key: []string{"token_id"}, made: true}, // by triggers of replays
	}
}

// columnKind is what a column holds, whatever the engine calls it.
type columnKind byte

const (
	kindNumber columnKind = 'n'
	kindFlag   columnKind = 'f'
	kindText   columnKind = 't'
	kindBytes  columnKind = 'b'
)

// columnKinds are the names that SQLite and PostgreSQL have for what the tables are made of.
var columnKinds = map[string]columnKind{
	"INTEGER": kindNumber, "BIGINT": kindNumber, "INT4": kindNumber, "INT8": kindNumber,
	"BOOLEAN": kindFlag, "BOOL": kindFlag,
	"TEXT": kindText,
	"BLOB": kindBytes, "BYTEA": kindBytes,
}

// describe finds a table's columns.
func (tx *Tx) describe(table copied) (copied, error) {
	stmt, ctx, err := tx.statement("SELECT * FROM "+table.name+" WHERE 1 = 0", tx.whole)
	if err != nil {
		return table, err
	}
	rows, err := stmt.QueryContext(ctx)
	if err != nil {
		return table, err
	}
	defer rows.Close()
	types, err := rows.ColumnTypes()
	if err != nil {
		return table, err
	}
	for _, t := range types {
		kind, known := columnKinds[t.DatabaseTypeName()]
		if !known {
			return table, fmt.Errorf("%s.%s is of an unknown type %s", table.name, t.Name(), t.DatabaseTypeName())
		}
		table.columns = append(table.columns, copiedColumn{t.Name(), kind})
	}
	slices.SortFunc(table.columns, func(a, b copiedColumn) int { return strings.Compare(a.name, b.name) })
	return table, rows.Err()
}

// value is room for one value of the kind, to be scanned into and written from.
func (k columnKind) value() any {
	switch k {
	case kindNumber:
		return new(sql.NullInt64)
	case kindFlag:
		return new(sql.NullBool)
	case kindText:
		return new(sql.NullString)
	}
	return new([]byte)
}

// scan reads one row: its values in the order of the columns.
func (t copied) scan(r *row) ([]any, error) {
	values := make([]any, len(t.columns))
	for i, c := range t.columns {
		values[i] = c.kind.value()
	}
	return values, r.Scan(values...)
}

// names are those of the columns.
func (t copied) names() []string {
	names := make([]string, len(t.columns))
	for i, c := range t.columns {
		names[i] = c.name
	}
	return names
}

// quoted are the names of columns as SQL takes them: one is a word of PostgreSQL's.
func quoted(names []string) []string {
	all := make([]string, len(names))
	for i, name := range names {
		all[i] = strconv.Quote(name)
	}
	return all
}

// keyOf gives the values of the key in a row.
func (t copied) keyOf(row []any) []any {
	names := t.names()
	key := make([]any, len(t.key))
	for i, name := range t.key {
		key[i] = given(row[slices.Index(names, name)])
	}
	return key
}

// given is a scanned value as an argument of a statement.
func given(value any) any {
	switch v := value.(type) {
	case *sql.NullInt64:
		return *v
	case *sql.NullBool:
		return *v
	case *sql.NullString:
		return *v
	}
	if bytes := *value.(*[]byte); bytes != nil {
		return bytes
	}
	return nil
}

// rows is the condition for the rows that are copied: the mark of a copy is none of them.
func (t copied) rows() string {
	if t.name == "settings" {
		return "name <> '" + copying + "'"
	}
	return "1 = 1"
}

func (t copied) selectWhere(condition string) string {
	return "SELECT " + strings.Join(quoted(t.names()), ", ") + " FROM " + t.name + " WHERE " + condition
}

// page writes the query for the next rows behind a key, or for the first where there is none.
func (t copied) page(condition string, behind []any) string {
	key := strings.Join(t.key, ", ")
	if behind != nil {
		condition += " AND (" + key + ") > (" + places(len(t.key)) + ")"
	}
	return fmt.Sprintf("%s ORDER BY %s LIMIT %d", t.selectWhere(condition), key, rowsAtOnce)
}

// last writes the query for the row of the highest key.
func (t copied) last() string {
	return t.selectWhere(t.rows()) + " ORDER BY " + strings.Join(t.key, " DESC, ") + " DESC LIMIT 1"
}

// upsert writes the statement that stores some rows, whether they are there or not.
func (t copied) upsert(rows int) string {
	names := quoted(t.names())
	var set []string
	for i, name := range names {
		if !slices.Contains(t.key, t.columns[i].name) {
			set = append(set, name+" = excluded."+name)
		}
	}
	row := "(" + places(len(names)) + ")"
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES %s ON CONFLICT (%s) DO UPDATE SET %s", t.name, strings.Join(names, ", "),
		strings.TrimSuffix(strings.Repeat(row+", ", rows), ", "), strings.Join(t.key, ", "), strings.Join(set, ", "))
}

func places(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

// arguments are the values of rows as upsert takes them, without what refers to the same table where alone is set.
func (t copied) arguments(page [][]any, alone bool) [][]any {
	rows := make([][]any, len(page))
	for i, scanned := range page {
		for j, c := range t.columns {
			value := given(scanned[j])
			if alone && slices.Contains(t.self, c.name) {
				value = nil
			}
			rows[i] = append(rows[i], value)
		}
	}
	return rows
}

// storeRows stores rows: a full page in one statement, so that there are few different ones.
func (tx *Tx) storeRows(t copied, rows [][]any) error {
	if len(rows) == rowsAtOnce {
		_, err := tx.exec(t.upsert(len(rows)), slices.Concat(rows...)...)
		return err
	}
	for _, row := range rows {
		if _, err := tx.exec(t.upsert(1), row...); err != nil {
			return err
		}
	}
	return nil
}

// pages reads the rows behind a key for which a condition holds, in the order of their keys.
func (tx *Tx) pages(t copied, condition string, behind []any, do func(page [][]any) error) error {
	for {
		page, err := collect(tx, t.scan, t.page(condition, behind), behind...)
		if err != nil || len(page) == 0 {
			return err
		}
		if err := do(page); err != nil {
			return err
		}
		if len(page) < rowsAtOnce {
			return nil
		}
		behind = t.keyOf(page[len(page)-1])
	}
}

func (tx *Tx) count(t copied) (int, error) {
	n, err := one(collect(tx, scanCount, "SELECT COUNT(*) FROM "+t.name+" WHERE "+t.rows()))
	return int(n), err
}

// isEmpty reports whether a database holds nothing that would be copied.
func (tx *Tx) isEmpty() (bool, error) {
	for _, t := range copiedTables() {
		if rows, err := tx.count(t); err != nil || rows > 0 && !t.made {
			return false, err
		}
	}
	return true, nil
}

// copiedTables describes all tables, and counts their rows.
func (tx *Tx) copiedTables() (tables []copied, rows int, err error) {
	for _, t := range copiedTables() {
		if t, err = tx.describe(t); err != nil {
			return nil, 0, err
		}
		n, err := tx.count(t)
		if err != nil {
			return nil, 0, err
		}
		tables, rows = append(tables, t), rows+n
	}
	return tables, rows, nil
}
