package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

const personColumns = `person_id, coalesce(full_name, ''), coalesce(first_name, ''), coalesce(last_name, ''), coalesce(email, ''), coalesce(phone, ''), created_at`

// personList is the list of live people.
var personList = source[record.Person]{
	table: "people p", alias: "p", where: `p.workspace_pk = $1 AND p.deleted_at IS NULL`, columns: personColumns,
	id: column{expr: "p.person_id", typ: "text"},
	filters: map[string]column{
		"full_name":  {expr: "lower(p.full_name)", typ: "text", match: "lower(p.full_name) = lower(%s)"},
		"email":      {expr: "lower(p.email)", typ: "text", match: "lower(p.email) = lower(%s)"},
		"created_at": {expr: "p.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{
		"created_at": {expr: "p.created_at", typ: "timestamptz"},
		"full_name":  {expr: "lower(coalesce(p.full_name, ''))", typ: "text"},
	},
	scan: func(row pgx.Row, before ...any) (record.Person, error) {
		var p record.Person
		err := row.Scan(append(before, &p.ID, &p.FullName, &p.FirstName, &p.LastName, &p.Email, &p.Phone, &p.CreatedAt)...)
		return p, err
	},
}

// ListPeople reads a page of live people.
func (db *DB) ListPeople(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Person], error) {
	return listIn(ctx, db, workspaceID, personList, q)
}

// Person reads one live person.
func (db *DB) Person(ctx context.Context, workspaceID, id string) (record.Person, error) {
	return oneIn(ctx, db, workspaceID, personList, id, "person")
}

// PeopleLike finds live people with this address of mail, or with this name where
// they have no other address, the oldest first.
func (db *DB) PeopleLike(ctx context.Context, workspaceID, email, fullName string) ([]record.Person, error) {
	var list []record.Person
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+personColumns+` FROM people WHERE workspace_pk = $1 AND deleted_at IS NULL
			AND ($2 <> '' AND lower(email) = lower($2) OR $3 <> '' AND lower(full_name) = lower($3) AND ($2 = '' OR email IS NULL)) ORDER BY pk LIMIT 20`, ws, email, fullName)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.Person, error) { return personList.scan(row) })
		return err
	})
	return list, err
}

// Messages lists the e-mails among the documents, the newest first: at most fifty.
func (db *DB) Messages(ctx context.Context, workspaceID string) ([]record.Document, error) {
	var list []record.Document
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+documentColumns+` FROM documents WHERE workspace_pk = $1 AND deleted_at IS NULL
			AND (mime_type = 'message/rfc822' OR lower(filename) LIKE '%.eml') ORDER BY created_at DESC, pk DESC LIMIT 50`, ws)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.Document])
		return err
	})
	return list, err
}

const employmentColumns = `company_person_id, coalesce(company_id, ''), coalesce(person_id, ''), coalesce(relationship_type, ''), coalesce(job_title, ''), created_at`

// employmentList is the list of who does what where.
var employmentList = source[record.CompanyPerson]{
	table: "company_people e", alias: "e", where: `e.workspace_pk = $1 AND e.deleted_at IS NULL`, columns: employmentColumns,
	id: column{expr: "e.company_person_id", typ: "text"},
	filters: map[string]column{
		"company":           {expr: "e.company_id", typ: "text"},
		"person":            {expr: "e.person_id", typ: "text"},
		"relationship_type": {expr: "e.relationship_type", typ: "text"},
		"created_at":        {expr: "e.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{"created_at": {expr: "e.created_at", typ: "timestamptz"}},
	scan: func(row pgx.Row, before ...any) (record.CompanyPerson, error) {
		var e record.CompanyPerson
		err := row.Scan(append(before, &e.ID, &e.CompanyID, &e.PersonID, &e.Relationship, &e.JobTitle, &e.CreatedAt)...)
		return e, err
	},
}

// ListEmployments reads a page of who does what where.
func (db *DB) ListEmployments(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.CompanyPerson], error) {
	return listIn(ctx, db, workspaceID, employmentList, q)
}

// ListEmploymentsEach reads the first page for each value of a filter.
func (db *DB) ListEmploymentsEach(ctx context.Context, workspaceID, filter string, values []string, q ListQuery) ([]ListPage[record.CompanyPerson], error) {
	return listEachIn(ctx, db, workspaceID, employmentList, filter, values, q)
}

// Employment reads one.
func (db *DB) Employment(ctx context.Context, workspaceID, id string) (record.CompanyPerson, error) {
	return oneIn(ctx, db, workspaceID, employmentList, id, "person at a company")
}

// oneIn reads one record of a list by its id.
func oneIn[T any](ctx context.Context, db *DB, workspaceID string, src source[T], id, noun string) (one T, err error) {
	page, err := listIn(ctx, db, workspaceID, src, ListQuery{Filters: []Filter{{Name: "id", Values: []string{id}}}, Size: 1})
	if err == nil && len(page.Records) == 0 {
		return one, enrich.Errorf(enrich.CodeNotFound, "There is no %s with this id.", noun)
	}
	if err != nil {
		return one, err
	}
	return page.Records[0], nil
}
