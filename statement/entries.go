package statement

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/record"
)

// Stored is what the store keeps of a file: the import without its filename and checksum,
// and its entries.
func Stored(file *bankfile.File, workspaceID string) (record.BankStatement, []record.Transaction) {
	statement := record.BankStatement{Format: file.Format}
	var entries []record.Transaction
	for _, st := range file.Statements {
		statement.Statements = append(statement.Statements, accountStatement(st))
		for _, e := range st.Entries {
			entries = append(entries, transactionOf(workspaceID, st, e))
		}
	}
	for _, w := range file.Warnings {
		statement.Warnings = append(statement.Warnings, importWarning(file, w))
	}
	return statement, entries
}

func accountStatement(st *bankfile.Statement) record.AccountStatement {
	a := record.AccountStatement{Account: st.Account, Currency: st.Currency, EntryCount: len(st.Entries)}
	if st.Opening != nil {
		a.Opening = st.Opening.Amount.String()
	}
	if st.Closing != nil {
		a.Closing = st.Closing.Amount.String()
	}
	return a
}

func importWarning(file *bankfile.File, w bankfile.Warning) record.ImportWarning {
	out := record.ImportWarning{Code: string(w.Code), Message: w.Message, Currency: w.Currency}
	if w.Amount != nil {
		out.Amount = w.Amount.String()
	}
	if w.Statement >= 0 && w.Statement < len(file.Statements) {
		out.Account = file.Statements[w.Statement].Account
	}
	return out
}

// transactionOf is an entry as the store keeps it. Its id follows from what the
// entry is, so that the same line of another file meets the same transaction.
func transactionOf(workspaceID string, st *bankfile.Statement, e bankfile.Entry) record.Transaction {
	t := record.Transaction{
		ID:         record.DerivedID(workspaceID, record.EntityTransaction, st.Account, e.Identity, strconv.Itoa(e.Occurrence)),
		ExternalID: cmp.Or(e.BankReference, e.Reference), Account: st.Account, Type: e.BankTransactionCode, Status: string(e.Status),
		Amount: e.Amount.String(), Currency: e.Currency, BookingDate: e.BookingDate, ValueDate: e.ValueDate,
		CounterpartyName: cmp.Or(e.Counterparty.Name, e.Counterparty.Ultimate), CounterpartyIBAN: e.Counterparty.IBAN,
		CounterpartyBIC: e.Counterparty.BIC, Remittance: remittance(e), IsReversal: e.Reversal, SourceRef: sourceRef(e),
	}
	if bankfile.Stated(e.EndToEndID) {
		t.EndToEndID = e.EndToEndID
	}
	if len(e.Structured) > 0 {
		t.StructuredReference, t.ReferenceType = e.Structured[0].Value, e.Structured[0].Type
	}
	for _, d := range e.Documents {
		t.DocumentReferences = append(t.DocumentReferences, d.Value)
	}
	if e.InstructedAmount != nil {
		t.InstructedAmount, t.InstructedCurrency = e.InstructedAmount.Amount.String(), e.InstructedAmount.Currency
	}
	t.Details = batchDetails(e.Details)
	return t
}

// remittance is what a person wrote about a payment: the lines of the payment,
// or else what the bank wrote about the entry.
func remittance(e bankfile.Entry) []string {
	lines := slices.Concat(e.Remittance, e.Additional)
	if len(lines) == 0 && e.Information != "" {
		lines = []string{e.Information}
	}
	return lines
}

func sourceRef(e bankfile.Entry) string {
	return strings.TrimSpace(e.Path + " line " + strconv.Itoa(e.Line))
}

// batchDetail is one payment of a batch booking, as the store keeps it.
type batchDetail struct {
	Amount       string   `json:"amount,omitempty"`
	Currency     string   `json:"currency,omitempty"`
	EndToEndID   string   `json:"end_to_end_id,omitempty"`
	References   []string `json:"references,omitempty"`
	Remittance   []string `json:"remittance,omitempty"`
	Counterparty string   `json:"counterparty,omitempty"`
	IBAN         string   `json:"iban,omitempty"`
}

// batchDetails are the parts of a batch booking; nil for a single payment.
func batchDetails(details []bankfile.Detail) json.RawMessage {
	if len(details) < 2 {
		return nil
	}
	var list []batchDetail
	for _, d := range details {
		one := batchDetail{Remittance: d.Remittance, Counterparty: d.Counterparty.Name, IBAN: d.Counterparty.IBAN}
		if d.Amount != nil {
			one.Amount, one.Currency = d.Amount.Amount.String(), d.Amount.Currency
		}
		if bankfile.Stated(d.EndToEndID) {
			one.EndToEndID = d.EndToEndID
		}
		for _, r := range d.Structured {
			one.References = append(one.References, r.Value)
		}
		for _, r := range d.Documents {
			one.References = append(one.References, r.Value)
		}
		list = append(list, one)
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return nil // strings always marshal
	}
	return raw
}
