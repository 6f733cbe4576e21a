package api

import (
	"errors"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/statement"
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
	stored, stood, err := s.importer().Import(c.r.Context(), c.workspace(), statement.Upload{Checksum: checksum, Filename: filename, By: c.key.Name})
	if err != nil {
		return bankFault(err)
	}
	return s.writeMade(c, q, r, made[shown]{Record: s.statementTable().show(stored, true), Stood: stood})
}

// importer takes files of banks in.
func (s *server) importer() *statement.Importer {
	return &statement.Importer{Store: s.store, Contents: s.blobs, Triggers: s.triggers}
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
