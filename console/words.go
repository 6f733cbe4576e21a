package console

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Everything has two names: a word for people, and the word of the contract,
// which programs use. What has no word here shows as it is.

func statusWords(s enrich.Status) phrase {
	return named(map[enrich.Status]string{
		enrich.Pending: "Waiting", enrich.Processing: "Working", enrich.Completed: "Done",
		enrich.AwaitingApproval: "Needs you", enrich.Failed: "Could not finish", enrich.Rejected: "Rejected", withdrawn: "Withdrawn",
	}[s], string(s))
}

func typeWords(t enrich.Type) phrase {
	return named(map[enrich.Type]string{
		enrich.Logo: "Find logo", enrich.AICompany: "Complete company", enrich.AIPeople: "Complete person",
		enrich.AIInvoice: "Read invoice", enrich.OCRExtract: "Read document", enrich.Reconcile: "Match with bank",
		enrich.ProviderScore: "Score provider", enrich.DocumentBackfill: "Match older documents", enrich.MonthlyClose: "Close month",
		enrich.CloseBackfill: "Close past months", enrich.CustomColumn: "Fill column", enrich.FieldRule: "Apply field rule",
	}[t], string(t))
}

// workOn names a kind of work on a type of record.
func workOn(t enrich.Type, entityType string) phrase {
	if matchesRecords(t, entityType) {
		return say("Find duplicates")
	}
	return typeWords(t)
}

// matchesRecords reports whether the work compares records with each other, and not
// with the bank.
func matchesRecords(t enrich.Type, entityType string) bool {
	return t == enrich.Reconcile && entityType == record.EntityCompany
}

func channelWords(c enrich.SourceChannel) phrase {
	return named(map[enrich.SourceChannel]string{
		enrich.CompanyCreate: "New company", enrich.PersonCreate: "New person", enrich.DocumentUpload: "Upload",
		enrich.OCRCompletion: "Document read", enrich.BankSync: "Bank sync", enrich.EmailImport: "E-mail",
		enrich.MCPHub: "Agent", enrich.CellEdit: "Cell edit", enrich.Manual: "By hand",
	}[c], string(c))
}

func outcomeWords(o enrich.Outcome) phrase {
	return named(map[enrich.Outcome]string{
		enrich.OutcomeCompleted: "Done", enrich.OutcomeAsked: "Asked a person", enrich.OutcomeRefused: "Refused the input",
		enrich.OutcomeFailed: "Failed for good", enrich.OutcomeRetried: "Failed, tries again", enrich.OutcomeSplit: "Split into subtasks",
		enrich.OutcomeReleased: "Handed back", enrich.OutcomeCrashed: "Worker died",
	}[o], string(o))
}

func gradeWords(g enrich.Grade) phrase {
	return named(map[enrich.Grade]string{
		enrich.Verified: "Verified", enrich.Corroborated: "Two sources", enrich.Single: "One source", enrich.Guess: "Guess",
	}[g], string(g))
}

func originWords(o enrich.Origin) phrase {
	return named(map[enrich.Origin]string{
		enrich.ByPerson: "Person", enrich.BySuggestion: "Accepted proposal", enrich.ByFieldRule: "Field rule", enrich.ByDocument: "Document",
		enrich.ByRegistry: "Register", enrich.ByRule: "Text rule", enrich.ByModel: "Model",
	}[o], string(o))
}

// waitWords says what an open task waits for.
func waitWords(w *enrich.Wait) phrase {
	return phrase{asIs, foreign{w.Words, named(map[string]string{
		enrich.WaitQueued: "Waits for a free worker.", enrich.WaitRetry: "An attempt failed; it is tried again.", enrich.WaitNoWorker: "No running program handles this kind of work.",
		enrich.WaitApproval: "Waits for a person.", enrich.WaitDue: "Scheduled for later.", enrich.WaitChildren: "Waits for its subtasks.",
		enrich.WaitCrashed: "Its worker died; it waits to run again.", enrich.WaitDecided: "A decision was taken and takes effect soon.",
		enrich.WaitPaused: "Tasks of this kind are paused.", enrich.WaitProviderPaused: "Its provider is not called for now.", enrich.WaitLimit: "As many run as may.",
	}[w.Code], w.Code)}}
}

// invoiceState names the status of an invoice.
func invoiceState(status string) phrase {
	if status == "issued" {
		return say("Issued")
	}
	return words(status)
}

// faultWords says why the database refused what was asked of it.
func faultWords(e *enrich.Error) phrase {
	return phrase{asIs, foreign{e.Message, named(map[string]string{
		enrich.CodeOutputChanged: "It has changed since you looked at it.", enrich.CodeCloseNotReady: "The close is not ready to be signed off.",
		enrich.CodeSignedAlready: "The month is signed off already.", enrich.CodeOwnWork: "Who prepared the close of a month does not sign it off: ask somebody else.",
		enrich.CodeTooMany: "That is more than one press may start.", enrich.CodeOverCost: "It is expected to cost more than its cap.",
		enrich.CodeKeyReused: "This was sent before with something else.",
	}[e.Code], e.Code)}}
}

// holderWords say whose a key is.
func holderWords(holder string) phrase {
	return named(map[string]string{"agent": "of an agent", "service": "of a service", "person": "of a person"}[holder], holder)
}

// invoiceWords names a document by its UN/EDIFACT 1001 code.
func invoiceWords(code string) phrase {
	words := map[string]string{
		"": "Invoice", "380": "Invoice", "381": "Credit note", "384": "Corrected invoice", "386": "Prepayment invoice", "389": "Self-billed invoice",
	}[code]
	if words == "" {
		return say("Invoice (%s)", code)
	}
	return say(words)
}

// checkWords says as a statement what a check tries: it passes where that is true.
func checkWords(code string) phrase {
	if found := map[string]string{
		"lines_sum": "The lines add up", "tax_sum": "The taxes add up", "tax_rate": "Each tax is its rate of its basis",
		"net_total": "The net total follows from the lines", "grand_total": "Net and tax make the total", "payable": "What is to pay follows from the total",
		"due_not_before_issue": "It is not due before it was issued", "issuer_vat_id_checksum": "The issuer's VAT id has a right check digit",
		"receiver_vat_id_checksum": "The receiver's VAT id has a right check digit", "iban_checksum": "The IBAN has right check digits",
		"own_company_is_one_party": "Your company is one of the parties", "not_a_duplicate": "No other document carries this number from this issuer",
		"has_invoice": "Every payment has an invoice", "payment_or_due": "Every invoice is paid or has a day on which it is due",
		"linked_sums": "Payments and invoices add up", "document_period": "Documents are for this month", "no_duplicate": "No document stands twice",
		"vat": "VAT is stated and right", "usual_supplier": "Who is usually there is there", "no_provisional": "No match waits for a person",
		"posted": "No invoice is a draft", "en16931_rules": "The rules of EN 16931 hold", "unchanged_bank": "Accounts and currencies are the usual ones", "no_late_documents": "Nothing came for a month that was signed off",
		"iban_changed_for_known_supplier": "The account is one that this supplier used before",
	}[code]; found != "" {
		return say(found)
	}
	return words(code)
}

// fieldWords names a field of an invoice or of a party, such as issuer.name.
func fieldWords(name string) phrase { return made(fieldName(name)) }

func fieldName(name string) string {
	party, field, ofParty := strings.Cut(name, ".")
	if !ofParty {
		field = name
	}
	field = or(map[string]string{
		"invoice_number": "Number", "document_type_code": "Kind", "document_type": "Kind", "local_currency": "Currency", "items_total": "Net",
		"tax_total": "Tax", "grand_total": "Total", "balance_due": "To pay", "invoice_items": "Lines", "payment_means": "Pay to",
		"issue_date": "Issued", "due_date": "Due", "tax_id_value": "Tax id", "lines_total": "Sum of lines", "prepaid_total": "Prepaid",
	}[field], readable(field))
	if ofParty {
		field = strings.TrimSpace(readable(party) + " " + firstLetter(field, unicode.ToLower))
	}
	return or(field, name)
}

// words makes a name such as issuer_vat_id readable: "Issuer VAT id".
func words(name any) phrase { return made(readable(fmt.Sprint(name))) }

// made is a phrase of words that were made out of a name.
func made(s string) phrase {
	if s == "" {
		return nil
	}
	return phrase{asIs, derived(s)}
}

func readable(name string) string {
	list := strings.FieldsFunc(name, func(r rune) bool { return r == '_' || r == '.' || r == ' ' })
	for i, w := range list {
		list[i] = or(map[string]string{"vat": "VAT", "iban": "IBAN", "bic": "BIC"}[w], w)
	}
	return or(firstLetter(strings.Join(list, " "), unicode.ToUpper), name)
}

func firstLetter(s string, change func(rune) rune) string {
	first, size := utf8.DecodeRuneInString(s)
	if size == 0 {
		return s
	}
	return string(change(first)) + s[size:]
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
