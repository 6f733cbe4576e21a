// Package reconcile holds the kind that matches invoices and payments, and records
// of one company.
//
// It reads the open rows around the ones that its task is about, has package
// matching solve the whole of them, and answers for its own rows alone. What is
// beyond doubt is linked; what is likely is proposed, each link an item that a
// person can take or refuse; everything else says why it has no link.
package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// Records is what reconcile reads of the workspace.
type Records interface {
	Invoice(ctx context.Context, workspaceID, id string) (record.Invoice, error)
	Transaction(ctx context.Context, workspaceID, id string) (record.Transaction, error)
	// Books reads open rows by their ids, InvoicesNear and TransactionsNear those
	// within reach, History all of a period, Population what stands, linked or not.
	Books(ctx context.Context, workspaceID string, invoiceIDs, transactionIDs []string) (record.Books, error)
	InvoicesNear(ctx context.Context, workspaceID string, r record.Reach) ([]record.OpenInvoice, error)
	TransactionsNear(ctx context.Context, workspaceID string, r record.Reach) ([]record.OpenTransaction, error)
	History(ctx context.Context, workspaceID, runID, from, to string, n int) (record.Books, error)
	Population(ctx context.Context, workspaceID string) (record.Books, error)
	// Returned are payments with links that entries may bring back.
	Returned(ctx context.Context, workspaceID string, transactionIDs []string, days int) ([]record.Returned, error)
	// Payouts are entries with one of the words that pay two or more invoices.
	Payouts(ctx context.Context, workspaceID, runID string, words []string) ([]record.Payout, error)
	Remembered(ctx context.Context, workspaceID, runID string, invoices []record.OpenInvoice) (record.Memory, error)
	Company(ctx context.Context, workspaceID, id string) (record.Company, error)
	CompaniesNear(ctx context.Context, workspaceID string, c record.Company) ([]record.Company, error)
	MergesOf(ctx context.Context, workspaceID, companyID string) ([]record.Merge, error)
}

// Kind is the worker of reconcile.
type Kind struct {
	Records Records
	models  models
	wholes  wholes
}

// Spec describes the kind. A finished run never stands for a new one: the books
// have moved on since.
func (k *Kind) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.Reconcile, Version: reconcileVersion, Deadline: 5 * time.Minute, MaxAttempts: 3, ReuseAge: time.Nanosecond}
}

const reconcileVersion = 3

// kindInvoices is the match of invoices with payments.
const kindInvoices = "invoice_transaction"

type input struct {
	Kind           string   `json:"kind"`       // invoice_transaction or entity; absent: what fits the task's entity
	CompanyID      string   `json:"company_id"` // of an entity
	InvoiceID      string   `json:"invoice_id"`
	TransactionID  string   `json:"transaction_id"`
	TransactionIDs []string `json:"transaction_ids"`
	// Invoices of a period (days, YYYY-MM-DD) that is solved as a whole: a part of
	// document_reconciliation_backfill.
	InvoiceIDs []string `json:"invoice_ids"`
	From       string   `json:"from"`
	To         string   `json:"to"`
}

// Check refuses an input that names no rows in the form they have.
func (k *Kind) Check(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var in input
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "invoice_id and transaction_id are texts, transaction_ids is a list of texts.", Field: "transaction_ids"}
	}
	if in.Kind != "" && in.Kind != kindInvoices && in.Kind != kindEntity {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "kind must be invoice_transaction or entity.", Field: "kind"}
	}
	if len(in.InvoiceIDs) > 0 {
		if field := periodFault(in.From, in.To); field != "" || len(in.InvoiceIDs) > maxRows {
			return &enrich.Error{Code: enrich.CodeInvalid, Message: fmt.Sprintf("invoice_ids, at most %d, come with the days from and to, as YYYY-MM-DD.", maxRows), Field: or(field, "invoice_ids")}
		}
	}
	if len(in.TransactionIDs) > maxRows {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: fmt.Sprintf("At most %d transactions can be matched in one task.", maxRows), Field: "transaction_ids"}
	}
	return nil
}

// maxRows is how many rows one task may be about.
const maxRows = 1000

// Run matches the rows that the task is about.
func (k *Kind) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	in := inputOf(job.Task)
	if in.Kind == kindEntity || in.Kind == "" && job.Task.EntityType == record.EntityCompany {
		return k.entity(ctx, job.Task, in)
	}
	if len(in.InvoiceIDs) > 0 {
		return k.part(ctx, job.Task, in)
	}
	own, answer := k.subject(ctx, job.Task)
	if answer != nil {
		return answer
	}
	model, err := k.models.of(ctx, k.Records, job.Task.WorkspaceID)
	if err != nil {
		return unreachable(err)
	}
	books, err := k.around(ctx, job.Task.WorkspaceID, own, model)
	if err != nil {
		return unreachable(err)
	}
	problem, unfit := problemOf(books)
	gate := gateOf(books.Judged)
	problem.Options.Model, problem.Options.ConfirmAt, problem.Options.Margin = model, gate.ConfirmAt, gate.Margin
	solution, err := matching.Solve(ctx, problem)
	if err != nil {
		return unsolved(err)
	}
	r := newResult(job.Task, own, books, solution, unfit, gate)
	r.revoked = revocations(own, books)
	return r.answer()
}

// unsolved says why the matcher gave no solution.
func unsolved(err error) enrich.Answer {
	if row := (*matching.RowError)(nil); errors.As(err, &row) {
		return enrich.Fail{Err: enrich.Errorf("unmatchable_row", "A row cannot be matched: %s", row.Error()), Description: "**Not matched.** " + row.Error()}
	}
	return unreachable(err)
}

// subject is what a task is about.
type subject struct {
	invoices, transactions []string
	from, to               time.Time // days of its rows
}

func (s *subject) has(l matching.Link) bool {
	return contains(s.invoices, l.InvoiceID) || contains(s.transactions, l.TransactionID)
}

// days widens the period of the subject to a day; one that is not known counts
// as today, and so does a year so far off that the window would leave the calendar.
func (s *subject) days(text string) {
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 1000 {
		day = time.Now().UTC().Truncate(24 * time.Hour)
	}
	if s.from.IsZero() || day.Before(s.from) {
		s.from = day
	}
	if day.After(s.to) {
		s.to = day
	}
}

func inputOf(task enrich.Task) (in input) {
	if len(task.Input) > 0 {
		_ = json.Unmarshal(task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	return in
}

// subject reads which rows the task is about: its entity, or those of its input.
func (k *Kind) subject(ctx context.Context, task enrich.Task) (*subject, enrich.Answer) {
	in, own := inputOf(task), &subject{}
	transactions := in.TransactionIDs
	switch task.EntityType {
	case record.EntityInvoice:
		in.InvoiceID = or(in.InvoiceID, task.EntityID)
	case record.EntityTransaction:
		in.TransactionID = or(in.TransactionID, task.EntityID)
	case record.EntityStatement:
	default:
		return nil, refuse("not_matchable", "The task targets %q; invoices, transactions and bank statements can be matched.", task.EntityType)
	}
	if in.InvoiceID != "" {
		invoice, err := k.Records.Invoice(ctx, task.WorkspaceID, in.InvoiceID)
		if answer := missing(err, "invoice", in.InvoiceID); answer != nil {
			return nil, answer
		}
		own.invoices = append(own.invoices, invoice.ID)
		own.days(invoice.IssueDate)
	}
	if in.TransactionID != "" {
		transactions = append(transactions, in.TransactionID)
	}
	for _, id := range transactions {
		t, err := k.Records.Transaction(ctx, task.WorkspaceID, id)
		if answer := missing(err, "transaction", id); answer != nil {
			return nil, answer
		}
		own.transactions = append(own.transactions, t.ID)
		own.days(or(t.BookingDate, t.ValueDate))
	}
	if len(own.invoices)+len(own.transactions) == 0 {
		return nil, refuse("nothing_to_match", "The task names no invoice and no transaction.")
	}
	return own, nil
}

func missing(err error, what, id string) enrich.Answer {
	switch {
	case err == nil:
		return nil
	case enrich.CodeOf(err) == enrich.CodeNotFound:
		return refuse(what+"_not_found", "There is no %s %s in this workspace.", what, id)
	}
	return unreachable(err)
}

func refuse(code, format string, args ...any) enrich.Answer {
	message := fmt.Sprintf(format, args...)
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not matched.** " + message}
}

func unreachable(err error) enrich.Answer {
	const message = "The books could not be read at the moment."
	return enrich.Retry{Err: enrich.Errorf("temporarily_unavailable", message), Detail: err.Error(), Description: "**Not matched.** " + message}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
