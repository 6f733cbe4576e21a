package trigger

import (
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Line is one row of the table: on this channel, for an entity of this type,
// these kinds are enqueued.
type Line struct {
	Channel    enrich.SourceChannel
	EntityType string
	Kinds      []enrich.Type
	When       func(facts map[string]string) bool // nil is always
	Why        string                             // for people
}

// Facts that the conditions of the table look at.
const (
	FactDomain  = "domain"       // of a company; empty where it is not known
	FactSpend   = "spend"        // "true" where the workspace pays the company
	FactMailbox = "mailbox"      // role or free, of an address that is no person's or no company's
	FactRules   = "rules"        // "true" where rules of the workspace read what changed
	FactColumns = "columns"      // the same of its own columns
	FactFields  = "fields"       // names of the fields that changed, with commas between them
	FactContent = "checksum"     // what distinguishes the content: part of the input hash
	FactFound   = "found"        // "true" where a task found out what the facts say: it does not start itself again
	FactMissing = "no_documents" // "true" for a counterparty without any document
	FactMany    = "many"         // "true" for a bank's file with entries of very many counterparties
	FactMessage = "message"      // "true" for the document that is a message itself
)

// Table lists every line, by channel. Nothing but a person, or a backfill, starts
// the closing of a month.
func Table() []Line {
	return []Line{
		{enrich.CompanyCreate, record.EntityCompany, []enrich.Type{enrich.Logo}, has(FactDomain), "a company with a domain gets its logo"},
		{enrich.CompanyCreate, record.EntityCompany, []enrich.Type{enrich.AICompany}, lacks(FactFound), "a new company is looked up"},
		{enrich.CompanyCreate, record.EntityCompany, []enrich.Type{enrich.Reconcile}, nil, "a new company may be one that is known"},
		{enrich.CompanyCreate, record.EntityCompany, []enrich.Type{enrich.ProviderScore}, has(FactSpend), "a new supplier may have a portal"},
		{enrich.PersonCreate, record.EntityPerson, []enrich.Type{enrich.AIPeople}, lacks(FactMailbox), "a new person is looked up; a role address is nobody"},
		{enrich.DocumentUpload, record.EntityDocument, []enrich.Type{enrich.OCRExtract}, arrives, "a new document is read"},
		{enrich.DocumentUpload, record.EntityDocument, []enrich.Type{enrich.FieldRule}, has(FactRules), "the workspace's rules look at a new document"},
		{enrich.DocumentUpload, record.EntityDocument, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "its columns are computed from a new document"},
		{enrich.OCRCompletion, record.EntityDocument, []enrich.Type{enrich.AIInvoice}, arrives, "a document that looks like an invoice is read as one"},
		{enrich.OCRCompletion, record.EntityInvoice, []enrich.Type{enrich.Reconcile}, arrives, "an invoice that was read meets the payments that stand"},
		{enrich.OCRCompletion, record.EntityInvoice, []enrich.Type{enrich.FieldRule}, has(FactRules), "the workspace's rules look at what was read"},
		{enrich.OCRCompletion, record.EntityInvoice, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "its columns are computed from what was read"},
		{enrich.OCRCompletion, record.EntityCompany, []enrich.Type{enrich.FieldRule}, has(FactRules), "the same of an issuer and a receiver"},
		{enrich.OCRCompletion, record.EntityCompany, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "the same of an issuer and a receiver"},
		{enrich.OCRCompletion, record.EntityDocument, []enrich.Type{enrich.FieldRule}, has(FactRules), "the same of the document"},
		{enrich.OCRCompletion, record.EntityDocument, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "the same of the document"},
		{enrich.BankSync, record.EntityStatement, []enrich.Type{enrich.Reconcile}, lacks(FactMany), "new entries of a bank account meet the invoices that stand"},
		{enrich.BankSync, record.EntityStatement, []enrich.Type{enrich.DocumentBackfill}, has(FactMany), "entries of very many counterparties meet all invoices of their time at once"},
		{enrich.BankSync, record.EntityInvoice, []enrich.Type{enrich.Reconcile}, nil, "an invoice whose payment came back meets the other payments"},
		{enrich.BankSync, record.EntityCompany, []enrich.Type{enrich.ProviderScore}, has(FactMissing), "who is paid and sends no documents may have a portal"},
		{enrich.EmailImport, record.EntityDocument, []enrich.Type{enrich.OCRExtract}, all(arrives, lacks(FactMessage)), "an attachment is read"},
		{enrich.EmailImport, record.EntityDocument, []enrich.Type{enrich.AIPeople}, all(has(FactMessage), lacks(FactMailbox)), "who wrote a message is looked up; a role address is nobody"},
		{enrich.EmailImport, record.EntityCompany, []enrich.Type{enrich.AICompany}, nil, "the company at a sender's domain is looked up; a free mailbox is at none's"},
		{enrich.EmailImport, record.EntityDocument, []enrich.Type{enrich.FieldRule}, has(FactRules), "the workspace's rules look at a new document"},
		{enrich.EmailImport, record.EntityDocument, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "its columns are computed from a new document"},
		{enrich.MCPHub, record.EntityDocument, []enrich.Type{enrich.OCRExtract}, nil, "a document that an agent brought is read"},
		{enrich.MCPHub, record.EntityInvoice, []enrich.Type{enrich.Reconcile}, nil, "an invoice that an agent wrote meets the payments that stand"},
		{enrich.MCPHub, record.EntityCompany, []enrich.Type{enrich.AICompany}, nil, "a company that an agent wrote is looked up"},
		{enrich.CellEdit, record.EntityInvoice, []enrich.Type{enrich.Reconcile}, changed(matched...), "an invoice whose number, amount or date a person corrected is matched again"},
		{enrich.CellEdit, record.EntityInvoice, []enrich.Type{enrich.FieldRule}, has(FactRules), "the workspace's rules look at what changed"},
		{enrich.CellEdit, record.EntityInvoice, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "its columns are computed from what changed"},
		{enrich.CellEdit, record.EntityCompany, []enrich.Type{enrich.Logo, enrich.AICompany, enrich.ProviderScore}, changed("domain", "tax_id_value"), "a company that turned out to be another one is looked up again"},
		{enrich.CellEdit, record.EntityCompany, []enrich.Type{enrich.FieldRule}, has(FactRules), "the workspace's rules look at what changed"},
		{enrich.CellEdit, record.EntityCompany, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "its columns are computed from what changed"},
		{enrich.CellEdit, record.EntityTransaction, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "its columns are computed from what changed"},
		{enrich.CellEdit, record.EntityDocument, []enrich.Type{enrich.FieldRule}, has(FactRules), "the workspace's rules look at what changed"},
		{enrich.CellEdit, record.EntityDocument, []enrich.Type{enrich.CustomColumn}, has(FactColumns), "its columns are computed from what changed"},
		{enrich.Manual, record.EntityMonth, []enrich.Type{enrich.MonthlyClose}, nil, "a person closes a month"},
	}
}

// matched are the fields of an invoice that a payment is matched by.
var matched = []string{"invoice_number", "grand_total", "balance_due", "local_currency", "issue_date", "due_date", "issuer_id", "receiver_id", "direction", "payment_reference"}

func has(fact string) func(map[string]string) bool {
	return func(facts map[string]string) bool { return facts[fact] != "" }
}

// arrives holds for what is new itself, and not for columns and rules that read it:
// those are occasions of their own.
func arrives(facts map[string]string) bool { return facts[FactRules] == "" && facts[FactColumns] == "" }

func all(conditions ...func(map[string]string) bool) func(map[string]string) bool {
	return func(facts map[string]string) bool {
		return !slices.ContainsFunc(conditions, func(holds func(map[string]string) bool) bool { return !holds(facts) })
	}
}

func lacks(fact string) func(map[string]string) bool {
	return func(facts map[string]string) bool { return facts[fact] == "" }
}

// changed holds where one of the fields is among those that changed.
func changed(names ...string) func(map[string]string) bool {
	return func(facts map[string]string) bool {
		for field := range strings.SplitSeq(facts[FactFields], ",") {
			if slices.Contains(names, field) {
				return true
			}
		}
		return false
	}
}
