package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

const companyColumns = `company_id, coalesce(name, ''), coalesce(registered_name, ''), coalesce(trade_name, ''),
	coalesce(tax_id_value, ''), coalesce(tax_id_type, ''), coalesce(country, ''), is_own_company,
	coalesce(domain, ''), coalesce(website, ''), coalesce(description, ''), coalesce(email, ''), coalesce(phone, ''),
	coalesce(street, ''), coalesce(postal_code, ''), coalesce(city, ''), coalesce(registration_number, ''), coalesce(registration_court, ''),
	coalesce(lei, ''), employee_count, founded_year, coalesce(logo_url, ''), created_at`

// CompaniesLike finds live companies with this tax id, or with this name as
// one of their names (case does not matter), best match first: by tax id, then
// the oldest. Empty arguments match nothing.
func (db *DB) CompaniesLike(ctx context.Context, workspaceID, taxID, name string) ([]record.Company, error) {
	return db.companiesWhere(ctx, workspaceID, `($2 <> '' AND tax_id_value = $2
		OR $3 <> '' AND (lower(name) = lower($3) OR lower(registered_name) = lower($3) OR lower(trade_name) = lower($3)))
		ORDER BY ($2 <> '' AND tax_id_value IS NOT DISTINCT FROM $2) DESC, pk LIMIT 20`, taxID, name)
}

// CompaniesAt finds live companies with this domain, the oldest first.
func (db *DB) CompaniesAt(ctx context.Context, workspaceID, domain string) ([]record.Company, error) {
	return db.companiesWhere(ctx, workspaceID, `$2 <> '' AND domain = $2 ORDER BY pk LIMIT 20`, domain)
}

// DocumentsOf lists the documents of the invoices that a company sent or got, the
// newest first: at most twenty.
func (db *DB) DocumentsOf(ctx context.Context, workspaceID, companyID string) ([]record.Document, error) {
	var list []record.Document
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+documentColumns+` FROM documents d WHERE d.workspace_pk = $1 AND d.deleted_at IS NULL AND d.document_id IN
			(SELECT i.document_id FROM invoices i WHERE i.workspace_pk = $1 AND i.deleted_at IS NULL AND (i.issuer_id = $2 OR i.receiver_id = $2)
			ORDER BY i.created_at DESC, i.pk DESC LIMIT 20) ORDER BY d.created_at DESC, d.pk DESC`, ws, companyID)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.Document])
		return err
	})
	return list, err
}

// Company reads one live company.
func (db *DB) Company(ctx context.Context, workspaceID, id string) (record.Company, error) {
	list, err := db.companiesWhere(ctx, workspaceID, `company_id = $2`, id)
	if err != nil {
		return record.Company{}, err
	}
	if len(list) == 0 {
		return record.Company{}, enrich.Errorf(enrich.CodeNotFound, "There is no company with this id.")
	}
	return list[0], nil
}

// OwnCompanies lists the companies that the workspace itself is.
func (db *DB) OwnCompanies(ctx context.Context, workspaceID string) ([]record.Company, error) {
	return db.companiesWhere(ctx, workspaceID, `is_own_company ORDER BY pk LIMIT 100`)
}

func (db *DB) companiesWhere(ctx context.Context, workspaceID, where string, args ...any) ([]record.Company, error) {
	var list []record.Company
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		rows, err := tx.Query(ctx, `SELECT `+companyColumns+` FROM companies WHERE workspace_pk = $1 AND deleted_at IS NULL AND `+where,
			append([]any{ws}, args...)...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (record.Company, error) { return scanCompany(row) })
		return err
	})
	return list, err
}

// companyList is the list of live companies.
var companyList = source[record.Company]{
	table: "companies c", alias: "c", where: `c.workspace_pk = $1 AND c.deleted_at IS NULL`, columns: companyColumns,
	id: column{expr: "c.company_id", typ: "text"},
	filters: map[string]column{
		"name":           {expr: "lower(c.name)", typ: "text", match: "lower(c.name) = lower(%s)"},
		"tax_id_value":   {expr: "c.tax_id_value", typ: "text"},
		"country":        {expr: "c.country", typ: "text"},
		"domain":         {expr: "c.domain", typ: "text"},
		"is_own_company": {expr: "c.is_own_company", typ: "boolean"},
		"created_at":     {expr: "c.created_at", typ: "timestamptz"},
	},
	sorts: map[string]column{
		"created_at": {expr: "c.created_at", typ: "timestamptz"},
		"name":       {expr: "lower(coalesce(c.name, ''))", typ: "text"},
	},
	scan: scanCompany,
}

func scanCompany(row pgx.Row, before ...any) (record.Company, error) {
	var c record.Company
	err := row.Scan(append(before, &c.ID, &c.Name, &c.RegisteredName, &c.TradeName, &c.TaxIDValue, &c.TaxIDType, &c.Country, &c.IsOwn,
		&c.Domain, &c.Website, &c.Description, &c.Email, &c.Phone, &c.Street, &c.PostalCode, &c.City, &c.RegistrationNumber, &c.RegistrationCourt,
		&c.LEI, &c.EmployeeCount, &c.FoundedYear, &c.LogoURL, &c.CreatedAt)...)
	return c, err
}

// ListCompanies reads a page of live companies.
func (db *DB) ListCompanies(ctx context.Context, workspaceID string, q ListQuery) (ListPage[record.Company], error) {
	return listIn(ctx, db, workspaceID, companyList, q)
}

// setUp is who says what a workspace is set up with.
const setUp = "enrichd"

// SetOwnCompany says which company the workspace itself is. It is a person's
// word, so no task overwrites its name or tax id.
func (db *DB) SetOwnCompany(ctx context.Context, workspaceID string, c record.Company) error {
	return db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		write := enrich.RecordWrite{EntityType: record.EntityCompany, EntityID: c.ID}
		for _, v := range [][2]string{
			{"name", c.Name},
			{"registered_name", c.RegisteredName},
			{"tax_id_value", c.TaxIDValue},
			{"tax_id_type", c.TaxIDType},
			{"country", c.Country},
		} {
			if v[1] == "" {
				continue
			}
			raw, err := json.Marshal(v[1])
			if err != nil {
				return err
			}
			write.Fields = append(write.Fields, enrich.FieldWrite{
				Name: v[0], Value: raw, Origin: enrich.ByPerson, Confidence: 1, Grade: enrich.Verified,
				Evidence: []enrich.Evidence{{Origin: enrich.ByPerson, Method: "person", Quote: setUp}},
			})
		}
		if _, err := writeRecord(ctx, tx, ws, write); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE companies SET is_own_company = true WHERE workspace_pk = $1 AND company_id = $2`, ws, c.ID)
		return err
	})
}
