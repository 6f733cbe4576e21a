package postgres

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/record"
)

// maxMonthRows bounds how many rows of one kind the close of a month reads.
const maxMonthRows = 200_000

// Month reads what the close of a month looks at, in one snapshot of the
// database. label is YYYY-MM.
func (db *DB) Month(ctx context.Context, workspaceID, label string) (record.Month, error) {
	var m record.Month
	err := db.inSnapshot(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		m, err = readMonth(ctx, tx, ws, label, nil)
		return err
	})
	return m, err
}

// MonthPart reads the named rows of a month as Month does: what one counterparty's
// share of its close looks at.
func (db *DB) MonthPart(ctx context.Context, workspaceID, label string, part record.MonthPart) (record.Month, error) {
	var m record.Month
	err := db.inSnapshot(ctx, workspaceID, func(tx pgx.Tx, ws int64) (err error) {
		m, err = readMonth(ctx, tx, ws, label, &part)
		return err
	})
	return m, err
}

// inSnapshot runs fn in one transaction that reads the given workspace as it stood
// at one moment.
func (db *DB) inSnapshot(ctx context.Context, workspaceID string, fn func(tx pgx.Tx, ws int64) error) error {
	ws, err := db.tenant(ctx, workspaceID)
	if err != nil {
		return err
	}
	return pgx.BeginTxFunc(ctx, db.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if err := setTenant(ctx, tx, ws); err != nil {
			return err
		}
		return fn(tx, ws)
	})
}

// readMonth reads a month, or a part of it.
func readMonth(ctx context.Context, tx pgx.Tx, ws int64, label string, part *record.MonthPart) (record.Month, error) {
	m := record.Month{Label: label}
	if err := tx.QueryRow(ctx, `SELECT now()`).Scan(&m.AsOf); err != nil {
		return m, err
	}
	steps := []func(context.Context, pgx.Tx, int64, *record.MonthPart, *record.Month) error{
		monthTransactions, monthInvoices, monthLinks, monthOthers, monthLate, monthEarlier, monthParties, monthWaivers, monthWays,
	}
	for _, step := range steps {
		if err := step(ctx, tx, ws, part, &m); err != nil {
			return m, err
		}
	}
	return m, nil
}

// of narrows a condition to the named rows of a part.
func of(part *record.MonthPart, whole, column string, ids func(*record.MonthPart) []string) (where string, named []string) {
	if part == nil {
		return whole, nil
	}
	return column + ` = ANY ($3)`, append([]string{}, ids(part)...)
}

func monthTransactions(ctx context.Context, tx pgx.Tx, ws int64, part *record.MonthPart, m *record.Month) error {
	where, named := of(part, `coalesce(t.booking_date, t.value_date) >= ($2 || '-01')::date
		AND coalesce(t.booking_date, t.value_date) < ($2 || '-01')::date + interval '1 month' AND $3::text[] IS NULL`,
		`$2::text IS NOT NULL AND t.transaction_id`, func(p *record.MonthPart) []string { return p.Transactions })
	rows, err := tx.Query(ctx, `
		SELECT t.transaction_id, coalesce(t.account, ''), coalesce(t.type, ''), t.status, coalesce(t.amount::text, ''), coalesce(t.currency, ''),
			coalesce(coalesce(t.booking_date, t.value_date)::text, ''), coalesce(t.counterparty_name, ''), coalesce(t.counterparty_iban, ''),
			array_to_string(t.remittance, ' '), t.is_reversal
		FROM transactions t WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND `+where+` ORDER BY t.pk LIMIT $4`, ws, m.Label, named, maxMonthRows)
	if err != nil {
		return err
	}
	m.Transactions, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.MonthTransaction])
	return err
}

const monthInvoiceColumns = `i.invoice_id, coalesce(i.invoice_number, ''),
	coalesce(CASE WHEN i.direction = 'outbound' THEN i.receiver_id ELSE i.issuer_id END, ''), coalesce(c.name, ''), coalesce(i.direction, ''),
	i.status, coalesce(i.document_type_code, ''), coalesce(i.issue_date::text, ''), coalesce(i.due_date::text, ''), coalesce(i.local_currency, ''),
	coalesce(i.items_total::text, ''), coalesce(i.tax_total::text, ''), coalesce(i.grand_total::text, ''), coalesce(nullif(i.balance_due, 0)::text, ''),
	i.payment_status, ARRAY(SELECT DISTINCT p.iban FROM invoice_payment_means p WHERE p.workspace_pk = $1 AND p.invoice_pk = i.pk AND p.iban <> '' ORDER BY p.iban),
	coalesce((SELECT json_agg(json_build_object('total', coalesce(n.line_total::text, ''), 'rate', coalesce(n.tax_rate::text, ''),
		'start', coalesce(n.period_start::text, ''), 'end', coalesce(n.period_end::text, '')) ORDER BY n.position)
		FROM invoice_items n WHERE n.workspace_pk = $1 AND n.invoice_pk = i.pk), '[]'), i.created_at`

const monthInvoiceFrom = ` FROM invoices i LEFT JOIN companies c ON c.workspace_pk = $1
	AND c.company_id = CASE WHEN i.direction = 'outbound' THEN i.receiver_id ELSE i.issuer_id END
	WHERE i.workspace_pk = $1 AND i.deleted_at IS NULL AND `

func scanMonthInvoice(row pgx.CollectableRow) (record.MonthInvoice, error) {
	var i record.MonthInvoice
	var lines []byte
	err := row.Scan(&i.ID, &i.Number, &i.CompanyID, &i.CompanyName, &i.Direction, &i.Status, &i.TypeCode, &i.Day, &i.Due, &i.Currency,
		&i.Net, &i.Tax, &i.Gross, &i.Payable, &i.PaymentStatus, &i.IBANs, &lines, &i.CreatedAt)
	if err != nil {
		return i, err
	}
	i.CreatedAt = i.CreatedAt.UTC()
	return i, json.Unmarshal(lines, &i.Lines)
}

// monthInvoices are the invoices issued in the month; one without a date is of the
// month in which it was made.
func monthInvoices(ctx context.Context, tx pgx.Tx, ws int64, part *record.MonthPart, m *record.Month) error {
	where, named := of(part, `coalesce(i.issue_date, (i.created_at AT TIME ZONE 'UTC')::date) >= ($2 || '-01')::date
		AND coalesce(i.issue_date, (i.created_at AT TIME ZONE 'UTC')::date) < ($2 || '-01')::date + interval '1 month' AND $3::text[] IS NULL`,
		`$2::text IS NOT NULL AND i.invoice_id`, func(p *record.MonthPart) []string { return p.Invoices })
	rows, err := tx.Query(ctx, `SELECT `+monthInvoiceColumns+monthInvoiceFrom+where+` ORDER BY i.pk LIMIT $4`, ws, m.Label, named, maxMonthRows)
	if err != nil {
		return err
	}
	m.Invoices, err = pgx.CollectRows(rows, scanMonthInvoice)
	return err
}

// monthLinks are the links of the month's rows, but for those that were declined.
func monthLinks(ctx context.Context, tx pgx.Tx, ws int64, _ *record.MonthPart, m *record.Month) error {
	transactions, invoices := make([]string, len(m.Transactions)), make([]string, len(m.Invoices))
	for n, t := range m.Transactions {
		transactions[n] = t.ID
	}
	for n, i := range m.Invoices {
		invoices[n] = i.ID
	}
	// The links of a linked invoice are all needed: they say whether it is paid in full.
	rows, err := tx.Query(ctx, `
		WITH mine AS (
			SELECT l.invoice_id FROM invoice_transactions l WHERE l.workspace_pk = $1 AND l.transaction_id = ANY ($2)
				AND l.edge_status IN ('provisional', 'confirmed') AND l.deleted_at IS NULL
			UNION SELECT unnest($3::text[])
		)
		SELECT `+linkColumns+` FROM invoice_transactions WHERE workspace_pk = $1 AND edge_status IN ('provisional', 'confirmed') AND deleted_at IS NULL
			AND invoice_id IN (SELECT invoice_id FROM mine) ORDER BY pk LIMIT $4`, ws, transactions, invoices, maxMonthRows)
	if err != nil {
		return err
	}
	m.Links, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.Link])
	return err
}

// monthOthers are the invoices of other months that the links lead to.
func monthOthers(ctx context.Context, tx pgx.Tx, ws int64, _ *record.MonthPart, m *record.Month) error {
	mine, others := map[string]bool{}, []string{}
	for _, i := range m.Invoices {
		mine[i.ID] = true
	}
	for _, l := range m.Links {
		if !mine[l.InvoiceID] {
			mine[l.InvoiceID] = true
			others = append(others, l.InvoiceID)
		}
	}
	if len(others) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT `+monthInvoiceColumns+monthInvoiceFrom+`i.invoice_id = ANY ($2) ORDER BY i.pk`, ws, others)
	if err != nil {
		return err
	}
	m.Linked, err = pgx.CollectRows(rows, scanMonthInvoice)
	return err
}

// monthLate are the inbound invoices of earlier months that came after their month
// had been signed off.
func monthLate(ctx context.Context, tx pgx.Tx, ws int64, part *record.MonthPart, m *record.Month) error {
	m.Signed = map[string]time.Time{}
	rows, err := tx.Query(ctx, `SELECT record_id, max(created_at) FROM close_sign_offs WHERE workspace_pk = $1 GROUP BY record_id`, ws)
	if err != nil {
		return err
	}
	var label string
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&label, &at}, func() error {
		m.Signed[label] = at.UTC()
		return nil
	}); err != nil || len(m.Signed) == 0 {
		return err
	}
	where, named := of(part, `$3::text[] IS NULL`, `i.invoice_id`, func(p *record.MonthPart) []string { return p.Late })
	rows, err = tx.Query(ctx, `SELECT `+monthInvoiceColumns+monthInvoiceFrom+where+` AND i.direction = 'inbound'
		AND i.issue_date < ($2 || '-01')::date AND i.created_at > (SELECT max(s.created_at) FROM close_sign_offs s
			WHERE s.workspace_pk = $1 AND s.record_id = to_char(i.issue_date, 'YYYY-MM')) ORDER BY i.pk LIMIT $4`, ws, m.Label, named, maxMonthRows)
	if err != nil {
		return err
	}
	m.Late, err = pgx.CollectRows(rows, scanMonthInvoice)
	return err
}

// monthEarlier are the expenses and inbound invoices of the four months before.
func monthEarlier(ctx context.Context, tx pgx.Tx, ws int64, part *record.MonthPart, m *record.Month) error {
	ofTransactions, namedTransactions := of(part, `$3::text[] IS NULL`, `t.transaction_id`, func(p *record.MonthPart) []string { return p.EarlierTransactions })
	ofInvoices := `$4::text[] IS NULL`
	var namedInvoices []string
	if part != nil {
		ofInvoices, namedInvoices = `i.invoice_id = ANY ($4)`, append([]string{}, part.EarlierInvoices...)
	}
	rows, err := tx.Query(ctx, `
		SELECT 'transaction', t.transaction_id, coalesce((SELECT min(i.issuer_id) FROM invoice_transactions l JOIN invoices i ON i.workspace_pk = $1 AND i.invoice_id = l.invoice_id
				WHERE l.workspace_pk = $1 AND l.transaction_id = t.transaction_id AND l.edge_status IN ('provisional', 'confirmed') AND l.deleted_at IS NULL), ''),
			to_char(coalesce(t.booking_date, t.value_date), 'YYYY-MM'), coalesce(t.type, ''), coalesce(t.counterparty_name, ''), coalesce(t.counterparty_iban, ''),
			coalesce(t.currency, ''), '', t.amount::text, coalesce(t.booking_date, t.value_date)::text, ''
		FROM transactions t WHERE t.workspace_pk = $1 AND t.deleted_at IS NULL AND t.status = 'booked' AND t.amount < 0
			AND coalesce(t.booking_date, t.value_date) >= ($2 || '-01')::date - interval '4 months'
			AND coalesce(t.booking_date, t.value_date) < ($2 || '-01')::date AND `+ofTransactions+`
		UNION ALL
		SELECT 'invoice', i.invoice_id, coalesce(i.issuer_id, ''), to_char(i.issue_date, 'YYYY-MM'), '', '', '', coalesce(i.local_currency, ''),
			coalesce(i.invoice_number, ''), coalesce(i.grand_total::text, ''), i.issue_date::text,
			coalesce((SELECT max(n.period_end)::text FROM invoice_items n WHERE n.workspace_pk = $1 AND n.invoice_pk = i.pk), '')
		FROM invoices i WHERE i.workspace_pk = $1 AND i.deleted_at IS NULL AND i.direction = 'inbound' AND i.issuer_id <> ''
			AND i.issue_date >= ($2 || '-01')::date - interval '4 months' AND i.issue_date < ($2 || '-01')::date AND `+ofInvoices+` LIMIT $5`,
		ws, m.Label, namedTransactions, namedInvoices, maxMonthRows)
	if err != nil {
		return err
	}
	m.Earlier, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.EarlierRow])
	return err
}

// monthParties are who the month's rows may be of: companies, the accounts that
// their invoices name, and the workspace's own accounts.
func monthParties(ctx context.Context, tx pgx.Tx, ws int64, part *record.MonthPart, m *record.Month) error {
	where, named := of(part, `$2::text[] IS NULL`, `i.issuer_id`, func(p *record.MonthPart) []string { return p.Companies })
	where = strings.ReplaceAll(where, "$3", "$2")
	rows, err := tx.Query(ctx, `SELECT i.issuer_id, p.iban, coalesce(min(i.issue_date)::text, '') FROM invoice_payment_means p
		JOIN invoices i ON i.workspace_pk = $1 AND i.pk = p.invoice_pk AND i.deleted_at IS NULL AND i.direction = 'inbound' AND i.issuer_id <> ''
		WHERE p.workspace_pk = $1 AND p.iban <> '' AND `+where+` GROUP BY 1, 2 ORDER BY 1, 2 LIMIT $3`, ws, named, maxMonthRows)
	if err != nil {
		return err
	}
	if m.Accounts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.SupplierAccount]); err != nil || part != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT company_id, coalesce(name, ''), coalesce(registered_name, ''), coalesce(trade_name, ''), is_own_company
		FROM companies WHERE workspace_pk = $1 AND deleted_at IS NULL ORDER BY company_id LIMIT $2`, ws, maxMonthRows)
	if err != nil {
		return err
	}
	if m.Companies, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (c record.Company, err error) {
		err = row.Scan(&c.ID, &c.Name, &c.RegisteredName, &c.TradeName, &c.IsOwn)
		return c, err
	}); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, `SELECT DISTINCT account FROM transactions WHERE workspace_pk = $1 AND deleted_at IS NULL AND account <> '' ORDER BY 1`, ws)
	if err != nil {
		return err
	}
	m.OwnAccounts, err = pgx.CollectRows(rows, pgx.RowTo[string])
	return err
}

// monthWaivers are the month's waivers, with who decided on each and why.
func monthWaivers(ctx context.Context, tx pgx.Tx, ws int64, _ *record.MonthPart, m *record.Month) error {
	rows, err := tx.Query(ctx, `
		SELECT w.close_waiver_id, w.record_id, coalesce(w.fingerprint, ''), w.state, coalesce(d.decided_by, ''), coalesce(d.reason, ''),
			coalesce(d.created_at, w.created_at)
		FROM close_waivers w
		LEFT JOIN LATERAL (SELECT v.evidence -> 0 -> 'ref' ->> 'entity_id' AS decision FROM field_values v
			WHERE v.workspace_pk = $1 AND v.entity_type = 'close_waiver' AND v.entity_id = w.close_waiver_id AND v.field = 'state'
				AND v.active_until IS NULL AND v.decision = 'applied' ORDER BY v.pk DESC LIMIT 1) AS v ON true
		LEFT JOIN enrichment_decisions d ON d.workspace_pk = $1 AND d.decision_id::text = v.decision
		WHERE w.workspace_pk = $1 AND w.record_id = $2 AND w.state = 'waived' ORDER BY w.close_waiver_id LIMIT $3`, ws, m.Label, maxMonthRows)
	if err != nil {
		return err
	}
	m.Waivers, err = pgx.CollectRows(rows, pgx.RowToStructByPos[record.Waiver])
	return err
}

// monthWays are the ways in which the last scores of companies say that their
// documents can be had.
func monthWays(ctx context.Context, tx pgx.Tx, ws int64, part *record.MonthPart, m *record.Month) error {
	m.Ways = map[string]string{}
	where, named := `$2::text[] IS NULL`, []string(nil)
	if part != nil {
		where, named = `entity_id = ANY ($2)`, append([]string{}, part.Companies...)
	}
	rows, err := tx.Query(ctx, `SELECT DISTINCT ON (entity_id) entity_id, output ->> 'mode' FROM enrichment_tasks
		WHERE workspace_pk = $1 AND enrichment_type = 'provider_score' AND entity_type = 'company' AND status = 'completed' AND deleted_at IS NULL
			AND output ->> 'mode' IN ('agent', 'connect', 'upload') AND `+where+` ORDER BY entity_id, completed_at DESC LIMIT $3`, ws, named, maxMonthRows)
	if err != nil {
		return err
	}
	var company, way string
	_, err = pgx.ForEachRow(rows, []any{&company, &way}, func() error {
		m.Ways[company] = way
		return nil
	})
	return err
}

// LastRows are the rows that the last finished close of a month saw, with their
// hashes; found is false where there is none but the task given.
func (db *DB) LastRows(ctx context.Context, workspaceID, month, except string) (rows map[string]string, found bool, err error) {
	rows = map[string]string{}
	err = db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		var last string
		err := tx.QueryRow(ctx, `SELECT enrichment_task_id::text FROM enrichment_tasks WHERE workspace_pk = $1 AND entity_type = 'calendar_month' AND entity_id = $2
			AND enrichment_type = 'monthly_close' AND status = 'completed' AND deleted_at IS NULL AND enrichment_task_id::text <> $3
			AND output ->> 'dry_run' = 'false' ORDER BY completed_at DESC LIMIT 1`, ws, record.MonthID(workspaceID, month), except).Scan(&last)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		found = true
		list, err := tx.Query(ctx, closeFamily+`SELECT DISTINCT ON (r.id) r.id, r.hash FROM (SELECT DISTINCT ON (c.entity_id) c.* FROM enrichment_tasks c
				WHERE c.workspace_pk = $1 AND c.parent_task_pk IN (SELECT pk FROM family) AND c.deleted_at IS NULL AND c.status <> 'failed' ORDER BY c.entity_id, c.pk DESC) c
			CROSS JOIN LATERAL jsonb_to_recordset(CASE WHEN jsonb_typeof(c.output -> 'rows') = 'array' THEN c.output -> 'rows' ELSE '[]' END) AS r (id text, hash text)
			ORDER BY r.id, c.pk DESC`, ws, last)
		if err != nil {
			return err
		}
		var id, hash string
		_, err = pgx.ForEachRow(list, []any{&id, &hash}, func() error {
			rows[id] = hash
			return nil
		})
		return err
	})
	return rows, found, err
}

// ClosesOf says how far the last close of each month is; months without one are
// left out.
func (db *DB) ClosesOf(ctx context.Context, workspaceID string, months []string) (map[string]record.Close, error) {
	closes := map[string]record.Close{}
	err := db.inTenant(ctx, workspaceID, func(tx pgx.Tx, ws int64) error {
		ids := make([]string, len(months))
		for n, month := range months {
			ids[n] = record.MonthID(workspaceID, month)
		}
		rows, err := tx.Query(ctx, `SELECT DISTINCT ON (m.label) m.label, t.enrichment_task_id::text, t.status::text, coalesce(t.output ->> 'verdict', ''),
				coalesce(t.output #>> '{snapshot,hash}', ''),
				EXISTS (SELECT FROM close_sign_offs s WHERE s.workspace_pk = $1 AND s.record_id = m.label AND s.state = 'standing'),
				CASE WHEN jsonb_typeof(t.output #> '{counts,counterparties}') = 'number' THEN (t.output #>> '{counts,counterparties}')::int ELSE 0 END,
				coalesce((SELECT e.data ->> 'caused_by' FROM enrichment_events e WHERE e.workspace_pk = $1 AND e.subject_type = 'enrichment_task'
					AND e.subject_id = t.enrichment_task_id::text AND e.event_type = 'enrichment_task.created' LIMIT 1), '')
			FROM unnest($2::text[], $3::text[]) AS m (label, id)
			JOIN enrichment_tasks t ON t.workspace_pk = $1 AND t.entity_type = 'calendar_month' AND t.entity_id = m.id
				AND t.enrichment_type = 'monthly_close' AND t.deleted_at IS NULL AND coalesce(t.input -> 'dry_run' <> 'true', true)
			ORDER BY m.label, t.status IN ('pending', 'processing', 'awaiting_approval') DESC, t.created_at DESC`, ws, months, ids)
		if err != nil {
			return err
		}
		var label string
		var c record.Close
		_, err = pgx.ForEachRow(rows, []any{&label, &c.TaskID, &c.Status, &c.Verdict, &c.Hash, &c.Signed, &c.Parts, &c.Cause}, func() error {
			closes[label] = c
			return nil
		})
		return err
	})
	return closes, err
}
