package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// ListQuery describes a page of records: which, in which order, from where on.
type ListQuery struct {
	Filters    []Filter // hold together
	Sort       string   // name of a sort; empty means the newest first
	Descending bool     // without a sort it is not looked at
	After      *Place   // at most one of After and Before is set
	Before     *Place
	Size       int // at least 1
}

// Filter compares a value of the records. Name and Op must be ones that the
// list knows; a value that cannot be one of its type matches nothing.
type Filter struct {
	Name   string
	Op     Op
	Values []string // alternatives
	Null   bool     // instead of values: the records that have none
}

// Op is how a filter compares. The zero value is equality.
type Op string

// The comparisons.
const (
	Equal   Op = ""
	Greater Op = "gt"
	AtLeast Op = "gte"
	Less    Op = "lt"
	AtMost  Op = "lte"
)

var operators = map[Op]string{Greater: ">", AtLeast: ">=", Less: "<", AtMost: "<="}

// Place is a place in a list: the value that it is sorted by, as the database
// writes it, and the public id of the record.
type Place struct{ Key, ID string }

// ListPage is one page of records in the order asked for.
type ListPage[T any] struct {
	Records     []T
	First, Last Place // of the page; zero where it is empty
	HasPrev     bool
	HasNext     bool
}

// source is what a list reads: constant SQL over one table. A page of its rows is
// taken first, what belongs to them is joined after that.
type source[T any] struct {
	table   string // with the alias that the expressions name: "enrichment_tasks t"
	alias   string // "t"
	where   string // $1 is the workspace's key: "t.workspace_pk = $1 AND t.deleted_at IS NULL"
	joins   string // what belongs to a row, at most one row each
	columns string // what scan reads
	id      column // public id: what makes every order unique
	filters map[string]column
	sorts   map[string]column // created_at is the default one
	scan    func(row pgx.Row, before ...any) (T, error)
}

// column is a value that a list can be filtered or sorted by.
type column struct {
	expr string // SQL
	typ  string // SQL type that its values are read as
	// match compares it in another way than by =; %s is the value, or ANY of several
	// where the filter takes several.
	match string
	// constants are written into the statement instead of being bound to it: a
	// partial index is found only where its condition stands there.
	constants []string
	// cover names some of the constants; where all that is asked for is among
	// them the statement says so, for an index on just these.
	cover []string
	// few says that one value is shared by few rows, which an index finds: better
	// to sort them than to walk along the order and hope to meet them.
	few bool
	// fewWith says the same where this other filter is given too.
	fewWith string
	// tells names the filters whose values stand in the entries of the index for
	// this column's value, which is in the list's own order.
	tells []string
}

// list reads one page, and one row more, which tells whether the list goes on.
func list[T any](ctx context.Context, tx pgx.Tx, ws int64, src source[T], q ListQuery) (ListPage[T], error) {
	s := statement{args: []any{ws}}
	rows, err := src.rows(&s, q, "", "")
	if err != nil || s.nothing {
		return ListPage[T]{}, err
	}
	var places []Place
	records, err := collect(ctx, tx, s, "", src.columns, rows, func(row pgx.CollectableRow) (T, error) {
		var at Place
		record, err := src.scan(row, &at.Key, &at.ID)
		places = append(places, at)
		return record, err
	})
	return cutList(records, places, q), err
}

// listEach reads the first page of several lists at once: one for each value of
// a filter. The pages come in the order of the values.
func listEach[T any](ctx context.Context, tx pgx.Tx, ws int64, src source[T], filter string, values []string, q ListQuery) ([]ListPage[T], error) {
	s := statement{args: []any{ws}}
	by, ok := src.filters[filter]
	if !ok {
		return nil, fmt.Errorf("list: there is no filter %q", filter)
	}
	each := s.bind(values) + "::text[]::" + by.typ + "[]"
	from, err := src.rows(&s, q, filter, "g.v")
	if err != nil {
		return nil, err
	}
	records, places := make([][]T, len(values)), make([][]Place, len(values))
	_, err = collect(ctx, tx, s, "g.ord, ", src.columns, "unnest("+each+") WITH ORDINALITY AS g (v, ord) CROSS JOIN LATERAL "+from, func(row pgx.CollectableRow) (none struct{}, err error) {
		var ord int
		var at Place
		record, err := src.scan(row, &ord, &at.Key, &at.ID)
		if err == nil {
			records[ord-1], places[ord-1] = append(records[ord-1], record), append(places[ord-1], at)
		}
		return none, err
	})
	pages := make([]ListPage[T], len(values))
	for i := range values {
		pages[i] = cutList(records[i], places[i], q)
	}
	return pages, err
}

// listIn is list in a transaction of the workspace.
func listIn[T any](ctx context.Context, db *DB, workspaceID string, src source[T], q ListQuery) (page ListPage[T], err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		page, err = list(ctx, tx, ws, src, q)
		return err
	})
	return page, err
}

// listEachIn is listEach in a transaction of the workspace.
func listEachIn[T any](ctx context.Context, db *DB, workspaceID string, src source[T], filter string, values []string, q ListQuery) (pages []ListPage[T], err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		pages, err = listEach(ctx, tx, ws, src, filter, values, q)
		return err
	})
	return pages, err
}

// statement gathers the arguments of a query; what a caller sent is always one.
type statement struct {
	args    []any
	nothing bool   // a filter that nothing can match
	few     bool   // a filter that few rows match
	place   string // the key and the id of a row
	order   string // by them
}

func (s *statement) bind(v any) string {
	s.args = append(s.args, v)
	return fmt.Sprintf("$%d", len(s.args))
}

// collect reads the rows of a list: what comes first, the place, the columns.
func collect[R any](ctx context.Context, tx pgx.Tx, s statement, first, columns, from string, read func(pgx.CollectableRow) (R, error)) ([]R, error) {
	rows, err := tx.Query(ctx, "SELECT "+first+s.place+columns+" FROM "+from+" ORDER BY "+first+s.order, s.args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, read)
}

// rows is the subquery of a page of rows. Where by names a filter, its value is
// the expression.
func (src source[T]) rows(s *statement, q ListQuery, by, value string) (string, error) {
	where := []string{src.where}
	if by != "" {
		where = append(where, src.filters[by].equals(value))
	}
	s.few = by != "" || src.few(q.Filters)
	for _, f := range q.Filters {
		condition, err := src.condition(s, f)
		if err != nil {
			return "", err
		}
		where = append(where, condition)
	}
	key, descending, err := src.order(q)
	if err != nil {
		return "", err
	}
	from := q.After
	if q.Before != nil {
		from = q.Before
	}
	if from != nil {
		sign := ">"
		if descending {
			sign = "<"
		}
		where = append(where, fmt.Sprintf("(%s, %s) %s (%s::%s, %s::%s)", key.expr, src.id.expr, sign,
			s.bind(from.Key), key.typ, s.bind(from.ID), src.id.typ))
	}
	way := direction(descending)
	s.place = fmt.Sprintf("%s::text, %s::text, ", key.expr, src.id.expr)
	s.order = fmt.Sprintf("%s %s, %s %s", key.expr, way, src.id.expr, way)
	order, entries := s.order, by == "" && src.entriesTell(q)
	if s.few && !entries && key.typ == "timestamptz" {
		order = fmt.Sprintf("%s + interval '0' %s, %s %s", key.expr, way, src.id.expr, way) // which no index is sorted by
	}
	page := fmt.Sprintf(`FROM %s WHERE %s ORDER BY %s LIMIT %d`, src.table, strings.Join(where, " AND "), order, q.Size+1)
	rows := fmt.Sprintf(`SELECT %s.* %s`, src.alias, page)
	if src.told(q.Filters) && !s.few || entries {
		rows = fmt.Sprintf(`SELECT %s.* FROM (SELECT %s AS id %s) AS page JOIN %s ON %[2]s = page.id`, src.alias, src.id.expr, page, src.table)
	}
	return fmt.Sprintf("(%s) AS %s %s", rows, src.alias, src.joins), nil
}

// told says whether several filters compare with constants. None of them is an
// index condition then; but the entries of one's index tell the other value, so
// ids are taken first, from the entries alone, and rows for the page's ids.
func (src source[T]) told(filters []Filter) bool {
	n := 0
	for _, f := range filters {
		if src.filters[f.Name].constants != nil && !f.Null {
			n++
		}
	}
	return n > 1
}

// entriesTell says whether the index of the one filter that leaves few rows tells
// all the others in its entries. Its rows may lie far apart, so ids are taken
// from the entries, in their order, and rows for the page's ids alone. What is
// open is left to an index on just that (FLT-12).
func (src source[T]) entriesTell(q ListQuery) bool {
	if q.Sort != "" && q.Sort != "created_at" {
		return false
	}
	for _, f := range q.Filters {
		if f.Op != Equal || f.Null || len(f.Values) != 1 {
			continue
		}
		tells := src.filters[f.Name].tells
		others := slices.DeleteFunc(slices.Clone(q.Filters), func(g Filter) bool { return g.Name == f.Name })
		if tells != nil && !src.few(others) && !slices.ContainsFunc(others, func(g Filter) bool { return !slices.Contains(tells, g.Name) || src.covers(g) }) {
			return true
		}
	}
	return false
}

// few says whether a filter leaves few rows.
func (src source[T]) few(filters []Filter) bool {
	given := func(name string) bool {
		return slices.ContainsFunc(filters, func(f Filter) bool { return f.Name == name && f.Op == Equal && !f.Null })
	}
	for name, c := range src.filters {
		if given(name) && (c.few || c.fewWith != "" && given(c.fewWith)) {
			return true
		}
	}
	return given("id")
}

// order is the column that a page is sorted by, and the direction in which the
// database reads: going backwards is reading in the opposite order.
func (src source[T]) order(q ListQuery) (column, bool, error) {
	name, descending := q.Sort, q.Descending
	if name == "" {
		name, descending = "created_at", true
	}
	key, ok := src.sorts[name]
	if !ok {
		return column{}, false, fmt.Errorf("list: there is no sort %q", name)
	}
	return key, descending != (q.Before != nil), nil
}

func direction(descending bool) string {
	if descending {
		return "DESC"
	}
	return "ASC"
}

func (src source[T]) condition(s *statement, f Filter) (string, error) {
	c, ok := src.filters[f.Name]
	if !ok && f.Name == "id" {
		c, ok = src.id, true
	}
	operator, compares := operators[f.Op]
	switch {
	case !ok || f.Op != Equal && !compares:
		return "", fmt.Errorf("list: there is no filter %q %q", f.Name, f.Op)
	case f.Null:
		return c.expr + " IS NULL", nil
	case compares && len(f.Values) == 1:
		return fmt.Sprintf("%s %s %s::%s", c.expr, operator, s.bind(f.Values[0]), c.typ), nil
	case c.constants != nil && !s.few:
		return s.oneOf(c, c.constants, f.Values), nil
	}
	values := f.Values
	if c.typ == "uuid" {
		values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !IsUUID(v) })
	}
	switch {
	case len(values) == 0:
		s.nothing = true
		return "false", nil
	case len(values) == 1 && c.constants == nil:
		return c.equals(s.bind(values[0]) + "::" + c.typ), nil
	}
	condition := c.equals(fmt.Sprintf("ANY (%s::text[]::%s[])", s.bind(values), c.typ))
	if src.covers(f) {
		condition += " AND " + s.oneOf(c, c.cover, c.cover)
	}
	return condition, nil
}

// covers says whether all that the filter asks for is in its column's cover.
func (src source[T]) covers(f Filter) bool {
	cover := src.filters[f.Name].cover
	return cover != nil && len(f.Values) > 0 && !slices.ContainsFunc(f.Values, func(v string) bool { return !slices.Contains(cover, v) })
}

func (c column) equals(value string) string {
	if c.match != "" {
		return fmt.Sprintf(c.match, value)
	}
	return c.expr + " = " + value
}

// oneOf compares with constants of ours, picked by what the caller sent.
func (s *statement) oneOf(c column, constants, values []string) string {
	var picked []string
	for _, constant := range constants {
		if slices.Contains(values, constant) {
			picked = append(picked, "'"+constant+"'")
		}
	}
	switch len(picked) {
	case 0:
		s.nothing = true
		return "false"
	case 1:
		return c.expr + " = " + picked[0]
	}
	return c.expr + " IN (" + strings.Join(picked, ", ") + ")"
}

// cutList takes the row too many off a page and turns round what was read backwards.
func cutList[T any](records []T, places []Place, q ListQuery) ListPage[T] {
	more := len(records) > q.Size
	if more {
		records, places = records[:q.Size], places[:q.Size]
	}
	page := ListPage[T]{Records: records, HasNext: more, HasPrev: q.After != nil}
	if q.Before != nil {
		slices.Reverse(records)
		slices.Reverse(places)
		page.HasNext, page.HasPrev = true, more
	}
	if n := len(places); n > 0 {
		page.First, page.Last = places[0], places[n-1]
	}
	return page
}
