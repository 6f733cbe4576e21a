package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
)

const statementsPath = "/v1/bank-statements"

// statements are imported files of banks.
func (s *server) statements() *resource { return s.statementTable().resource() }

func (s *server) statementTable() table[record.BankStatement] {
	return table[record.BankStatement]{
		Type: record.EntityStatement, Path: statementsPath, Noun: "a bank statement", Read: ScopeStatementsRead, Write: ScopeStatementsWrite,
		ID: func(v record.BankStatement) string { return v.ID },
		Fields: []field[record.BankStatement]{
			{Name: "bank_statement_id", Form: words(), Value: func(v record.BankStatement) any { return v.ID }},
			{Name: "filename", Form: words(), Value: func(v record.BankStatement) any { return v.Filename }},
			{Name: "format", Form: words(), Value: func(v record.BankStatement) any { return v.Format }},
			{Name: "checksum", Form: words(), Value: func(v record.BankStatement) any { return v.Checksum }},
			{Name: "statements", Form: anything(), Value: accountsOf},
			{Name: "entries_new", Form: count(), Value: func(v record.BankStatement) any { return v.EntriesNew }},
			{Name: "entries_known", Form: count(), Value: func(v record.BankStatement) any { return v.EntriesKnown }},
			{Name: "warnings", Form: anything(), Value: func(v record.BankStatement) any { return append([]record.ImportWarning{}, v.Warnings...) }},
			{Name: "mapping", Form: object(), Write: editable, Value: func(v record.BankStatement) any { return v.Mapping }},
			{Name: "created_at", Form: moment(), Value: func(v record.BankStatement) any { return stamp(&v.CreatedAt) }},
		},
		Relations: []relation[record.BankStatement]{{Name: "transactions", To: record.EntityTransaction, By: "bank_statement"}},
		Filters:   []filter{byText("format"), byText("checksum"), byTime("created_at")},
		Sorts:     []string{"created_at"},
		List:      s.store.ListStatements, Get: s.store.BankStatement, Fault: mappingFault, Update: s.updateStatement,
	}
}

func accountsOf(v record.BankStatement) any {
	accounts := []map[string]any{}
	for _, a := range v.Statements {
		accounts = append(accounts, map[string]any{
			"account": textOrNull(a.Account), "currency": textOrNull(a.Currency), "opening": textOrNull(a.Opening),
			"closing": textOrNull(a.Closing), "entry_count": a.EntryCount,
		})
	}
	return accounts
}

// importStatement takes a bank file as the raw body, or as a multipart form. The
// file is kept; its entries become transactions; those that stand already are
// left alone. The same file again answers 200 and adds nothing.
func (s *server) importStatement(c *call) error {
	r := s.types[record.EntityStatement]
	q, err := c.query(s.queryOne(r))
	if err != nil {
		return err
	}
	content, filename, err := openUpload(c)
	if err != nil {
		return err
	}
	checksum, _, err := s.blobs.Put(c.r.Context(), content, MaxUpload)
	if err != nil {
		return uploadFault(c.r.Context(), err)
	}
	stored, stood, err := s.store.StatementOf(c.r.Context(), c.workspace(), checksum)
	if err == nil && !stood {
		stored, stood, err = s.importFile(c, checksum, filename)
	}
	if err != nil {
		return err
	}
	switch {
	case stood && isUnread(stored):
		if stored, err = s.tryAgain(c, stored); err != nil {
			return err
		}
	case stood:
		stored.EntriesNew, stored.EntriesKnown = 0, stored.EntriesNew+stored.EntriesKnown // of this upload
	}
	return s.writeMade(c, q, r, made[shown]{Record: s.statementTable().show(stored, true), Stood: stood})
}

// importFile reads a kept file and stores what it holds; stood says that another
// upload of it came first.
func (s *server) importFile(c *call, checksum, filename string) (stored record.BankStatement, stood bool, err error) {
	file, err := s.readKept(c, checksum)
	if err != nil {
		return stored, false, err
	}
	statement, entries := storedOf(file, c.workspace())
	if statement.Mapping, err = json.Marshal(file.Mapping); err != nil || file.Mapping == nil {
		statement.Mapping = nil
	}
	statement.Filename, statement.Checksum = filename, checksum
	stored, made, err := s.store.ImportStatement(c.r.Context(), c.workspace(), statement, entries, s.afterImport)
	return stored, !made, err
}

// settleMapping reads a table again where earlier ones of the same bank settle what
// this one leaves in doubt, and remembers how it was read.
func (s *server) settleMapping(c *call, checksum string, file *bankfile.File) (*bankfile.File, error) {
	key := file.Mapping.Key()
	raw, err := s.store.CSVMapping(c.r.Context(), c.workspace(), key)
	if err != nil {
		return nil, err
	}
	var before *bankfile.Mapping
	if raw != nil && json.Unmarshal(raw, &before) != nil {
		before = nil // kept by a version that wrote it otherwise
	}
	if mapping, remembered := file.Mapping.Settled(before); remembered {
		again, err := s.readBy(c, checksum, mapping)
		refused := (*bankfile.Error)(nil)
		switch {
		case err == nil:
			file = again
		case !errors.As(err, &refused):
			return nil, err
		case mapping.Corrected: // the bank writes it otherwise now
			file.Warnings = append(file.Warnings, bankfile.Warning{Code: bankfile.FormatGuessed, Statement: -1, Message: "The columns are guessed: as a person corrected them for earlier files of the bank this one cannot be read."})
		}
	}
	if raw, err = json.Marshal(file.Mapping); err != nil {
		return nil, err
	}
	return file, s.store.RememberCSVMapping(c.r.Context(), c.workspace(), key, raw, len(file.Mapping.Doubts) == 0)
}

// bankFault is why a file was refused, as a fault of the request; other errors stay.
func bankFault(err error) error {
	var refused *bankfile.Error
	if !errors.As(err, &refused) {
		return err
	}
	fault := jsonapi.Fault("INVALID_BANK_STATEMENT", "%s", refused.Error()).At("").With("reason", string(refused.Code))
	if refused.Line > 0 {
		fault.With("line", refused.Line)
	}
	if refused.Path != "" {
		fault.With("element", refused.Path)
	}
	return fault
}

// storedOf is what the store keeps of a file.
func storedOf(file *bankfile.File, workspaceID string) (record.BankStatement, []record.Transaction) {
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
