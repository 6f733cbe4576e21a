package postgres

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// suppliedBy are the entries by which a company was paid: those that are linked
// to its invoices, go to an account of its invoices, or show one of its names.
const suppliedBy = `
	company AS (SELECT pk, company_id, name, registered_name, trade_name FROM companies WHERE workspace_pk = $1 AND company_id = $2),
	paid AS (
		SELECT t.pk, t.amount, t.currency, coalesce(t.booking_date, t.value_date) AS day,
			coalesce(nullif(t.counterparty_name, ''), t.remittance[1], '') AS label,
			EXISTS (SELECT FROM invoice_transactions l WHERE l.workspace_pk = $1 AND l.transaction_id = t.transaction_id
				AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL) AS invoiced
		FROM transactions t WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND t.status = 'booked' AND t.amount < 0 AND t.pk IN (
			SELECT o.pk FROM company c, LATERAL unnest(ARRAY[c.name, c.registered_name, c.trade_name]) AS n (name)
				JOIN transactions o ON o.workspace_pk = $1 AND lower(o.counterparty_name) = lower(n.name) AND o.deleted_at IS NULL
			UNION SELECT o.pk FROM company c JOIN invoices i ON i.workspace_pk = $1 AND i.issuer_id = c.company_id AND i.deleted_at IS NULL
				JOIN invoice_transactions l ON l.workspace_pk = $1 AND l.invoice_id = i.invoice_id AND l.edge_status = 'confirmed' AND l.deleted_at IS NULL
				JOIN transactions o ON o.workspace_pk = $1 AND o.transaction_id = l.transaction_id
			UNION SELECT o.pk FROM company c JOIN invoices i ON i.workspace_pk = $1 AND i.issuer_id = c.company_id AND i.deleted_at IS NULL
				JOIN invoice_payment_means m ON m.workspace_pk = $1 AND m.invoice_pk = i.pk AND m.iban <> ''
				JOIN transactions o ON o.workspace_pk = $1 AND o.counterparty_iban = m.iban AND o.deleted_at IS NULL)
	),
	year AS (SELECT * FROM paid WHERE day > (SELECT max(day) FROM paid) - 365)`

// maxUnserved bounds how many companies one import of a bank file may have looked at.
const maxUnserved = 1000

// paidWithoutDocuments lists the companies whose names entries pay and that no invoice
// is from.
func paidWithoutDocuments(ctx context.Context, tx pgx.Tx, ws int64, entries []record.Transaction) ([]string, error) {
	names := map[string]bool{}
	for _, t := range entries {
		if strings.HasPrefix(t.Amount, "-") && t.Status == "booked" && t.CounterpartyName != "" {
			names[t.CounterpartyName] = true
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `
		WITH paid AS (SELECT DISTINCT lower(name) AS name FROM unnest($2::text[]) AS p (name))
		SELECT company_id FROM companies c WHERE workspace_pk = $1 AND deleted_at IS NULL AND NOT is_own_company
			AND EXISTS (SELECT FROM unnest(ARRAY[c.name, c.registered_name, c.trade_name]) AS n (name) JOIN paid p ON p.name = lower(n.name))
			AND NOT EXISTS (SELECT FROM invoices i WHERE i.workspace_pk = $1 AND i.issuer_id = c.company_id AND i.deleted_at IS NULL)
		ORDER BY pk LIMIT $3`, ws, slices.Sorted(maps.Keys(names)), maxUnserved)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// maxLabels bounds how many different labels of a company are read: the most
// frequent ones.
const maxLabels = 50

// Supplier reads a company with what its payments look like.
func (db *DB) Supplier(ctx context.Context, workspaceID, companyID string) (record.Supplier, error) {
	var s record.Supplier
	var err error
	if s.Company, err = db.Company(ctx, workspaceID, companyID); err != nil {
		return s, err
	}
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		if err := tx.QueryRow(ctx, `WITH `+suppliedBy+` SELECT (SELECT coalesce(domain, '') FROM companies WHERE workspace_pk = $1 AND company_id = $2),
			count(DISTINCT date_trunc('month', day)), count(*) FILTER (WHERE NOT invoiced) FROM year`, ws, companyID).
			Scan(&s.Domain, &s.MonthsSeen, &s.WithoutInvoice); err != nil {
			return err
		}
		if s.Labels, err = selectRows[record.BankLabel](ctx, tx, `WITH `+suppliedBy+` SELECT label, count(*) FROM year WHERE label <> ''
			GROUP BY label ORDER BY count(*) DESC, label LIMIT $3`, ws, companyID, maxLabels); err != nil {
			return err
		}
		if s.Amounts, err = selectRows[record.CurrencyAmount](ctx, tx, `WITH `+suppliedBy+` SELECT coalesce(currency, ''), sum(-amount)::text FROM year
			WHERE NOT invoiced GROUP BY 1 ORDER BY 1`, ws, companyID); err != nil {
			return err
		}
		s.Providers, err = companyProviders(ctx, tx, ws, companyID)
		return err
	})
	return s, err
}

// CompanyProviders lists the supplier portals that were found for a company, or refused.
func (db *DB) CompanyProviders(ctx context.Context, workspaceID, companyID string) (list []record.CompanyProvider, err error) {
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		list, err = companyProviders(ctx, tx, ws, companyID)
		return err
	})
	return list, err
}

func companyProviders(ctx context.Context, tx pgx.Tx, ws int64, companyID string) ([]record.CompanyProvider, error) {
	return selectRows[record.CompanyProvider](ctx, tx, `
		SELECT p.provider_id, coalesce(p.match_status, ''), coalesce(v.origin = $3 AND a.status = 'awaiting_approval' AND a.deleted_at IS NULL, false),
			coalesce(v.precedence <= $4, false)
		FROM company_providers p
		LEFT JOIN field_values v ON v.workspace_pk = $1 AND v.entity_type = $5 AND v.entity_id = p.company_provider_id
			AND v.field = 'match_status' AND v.decision = 'applied' AND v.active_until IS NULL
		LEFT JOIN enrichment_tasks a ON a.workspace_pk = $1 AND a.enrichment_task_id = v.task_id
		WHERE p.workspace_pk = $1 AND p.company_id = $2 AND p.deleted_at IS NULL AND p.provider_id IS NOT NULL ORDER BY p.pk LIMIT 1000`,
		ws, companyID, enrich.ByRule, enrich.BySuggestion.Precedence(), record.EntityCompanyProvider)
}

func selectRows[T any](ctx context.Context, tx pgx.Tx, sql string, args ...any) ([]T, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[T])
}
