// Package statement takes in what banks say of accounts.
//
// A kept file of a bank is read ([Importer.Import]), its entries become transactions,
// and what follows from them is enqueued. How the columns of a table are read may be
// in doubt, or nothing may tell it: a person says so ([Importer.Correct]) after a look
// at what would be read ([Importer.Preview]), and the bank's next table is read so.
package statement

import (
	"context"
	"encoding/json"
	"io"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

// Follow says what is to be enqueued after an import: s as it was stored, the entries
// that were new, and the companies that were paid and sent no document.
type Follow = func(s record.BankStatement, fresh []record.Transaction, unserved []string) ([]enrich.Request, error)

// Store keeps imports, and how the tables of each bank were read; *postgres.DB does.
type Store interface {
	BankStatement(ctx context.Context, workspaceID, id string) (record.BankStatement, error)
	StatementOf(ctx context.Context, workspaceID, checksum string) (s record.BankStatement, stands bool, err error)
	ImportStatement(ctx context.Context, workspaceID string, s record.BankStatement, entries []record.Transaction, follow Follow) (stored record.BankStatement, made bool, err error)
	RereadStatement(ctx context.Context, workspaceID, id string, s record.BankStatement, entries []record.Transaction, by string, follow Follow) error
	CSVMapping(ctx context.Context, workspaceID, key string) (mapping json.RawMessage, err error)
	RememberCSVMapping(ctx context.Context, workspaceID, key string, mapping json.RawMessage, sure bool) error
}

// Contents are the kept files by their checksums; *blob.Folder has them.
type Contents interface {
	Open(ctx context.Context, checksum string) (io.ReadCloser, error)
}

// Importer takes files of banks in. All of it is required.
type Importer struct {
	Store    Store
	Contents Contents
	Triggers *trigger.Triggers
}

// Upload is a file of a bank that somebody sent.
type Upload struct {
	Checksum string // under which it is kept
	Filename string
	By       string // name of the sender
}

// Import reads a kept file and stores what it holds. stood says that the file was
// imported before: then nothing is added, and its counts are those of this upload,
// unless it is a table that could not be read when it came and can be now. A file that
// cannot be taken gives an error that is a *[bankfile.Error].
func (i *Importer) Import(ctx context.Context, workspaceID string, u Upload) (s record.BankStatement, stood bool, err error) {
	s, stood, err = i.Store.StatementOf(ctx, workspaceID, u.Checksum)
	if err == nil && !stood {
		s, stood, err = i.importFile(ctx, workspaceID, u)
	}
	switch {
	case err != nil || !stood:
	case IsUnread(s):
		s, err = i.tryAgain(ctx, workspaceID, s, u.By)
	default:
		s.EntriesNew, s.EntriesKnown = 0, s.EntriesNew+s.EntriesKnown // of this upload
	}
	return s, stood, err
}

// importFile stores what a file holds; stood says that another upload of it came first.
func (i *Importer) importFile(ctx context.Context, workspaceID string, u Upload) (stored record.BankStatement, stood bool, err error) {
	file, err := i.readKept(ctx, workspaceID, u.Checksum)
	if err != nil {
		return stored, false, err
	}
	statement, entries := Stored(file, workspaceID)
	if statement.Mapping, err = json.Marshal(file.Mapping); err != nil || file.Mapping == nil {
		statement.Mapping = nil
	}
	statement.Filename, statement.Checksum = u.Filename, u.Checksum
	stored, made, err := i.Store.ImportStatement(ctx, workspaceID, statement, entries, i.afterImport)
	return stored, !made, err
}

// IsUnread says whether an import is a table whose columns nobody told yet.
func IsUnread(s record.BankStatement) bool {
	m := MappingOf(s)
	return m != nil && len(m.Missing) > 0
}

// MappingOf is how the columns of an import's table were read; nil for what is no
// table, or was kept by a version that wrote it otherwise.
func MappingOf(s record.BankStatement) *bankfile.Mapping {
	var mapping *bankfile.Mapping
	if s.Mapping == nil || json.Unmarshal(s.Mapping, &mapping) != nil {
		return nil
	}
	return mapping
}

// tryAgain reads a table that could not be read when it came, if it can be now.
func (i *Importer) tryAgain(ctx context.Context, workspaceID string, s record.BankStatement, by string) (record.BankStatement, error) {
	file, err := i.readKept(ctx, workspaceID, s.Checksum)
	if err != nil || file.Mapping == nil || len(file.Mapping.Missing) > 0 {
		return s, err
	}
	anew, entries := Stored(file, workspaceID)
	anew.Filename = s.Filename
	if anew.Mapping, err = json.Marshal(file.Mapping); err != nil {
		return s, err
	}
	if err := i.Store.RereadStatement(ctx, workspaceID, s.ID, anew, entries, by, i.afterImport); err != nil {
		return s, err
	}
	return i.Store.BankStatement(ctx, workspaceID, s.ID)
}
