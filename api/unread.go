package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/record"
)

// readKept reads a kept file. A table is read as earlier ones of its bank where that
// settles something; one whose columns nothing tells is a file without entries, whose
// mapping says what is missing: a person completes it, and nothing is lost.
func (s *server) readKept(c *call, checksum string) (*bankfile.File, error) {
	kept, err := s.blobs.Open(c.r.Context(), checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	file, err := bankfile.Parse(kept, bankfile.Options{})
	if refused := (*bankfile.Error)(nil); errors.As(err, &refused) && refused.Code == bankfile.NeedsMapping {
		file, err = s.unread(c, checksum)
	}
	switch {
	case err != nil:
		return nil, bankFault(err)
	case file.Mapping == nil || len(file.Mapping.Missing) > 0:
		return file, nil
	}
	return s.settleMapping(c, checksum, file)
}

// unread proposes a mapping for a table whose columns cannot be told, or reads it by
// the one that a person gave for an earlier table with these headings.
func (s *server) unread(c *call, checksum string) (*bankfile.File, error) {
	proposed, err := s.propose(c, checksum)
	if proposed == nil {
		return nil, err
	}
	raw, err := s.store.CSVMapping(c.r.Context(), c.workspace(), proposed.Key())
	if err != nil {
		return nil, err
	}
	var before *bankfile.Mapping
	if raw != nil && json.Unmarshal(raw, &before) != nil {
		before = nil
	}
	if mapping, remembered := proposed.Settled(before); remembered && mapping.Corrected {
		if file, err := s.readBy(c, checksum, mapping); err == nil && (mapping.HeaderRow > 0 || !skipsRows(file)) {
			return file, nil
		}
	}
	return &bankfile.File{Format: "csv", Mapping: proposed, Warnings: []bankfile.Warning{{
		Code: bankfile.ColumnsUnknown, Statement: -1,
		Message: fmt.Sprintf("The file is kept, and nothing of it is read yet: nothing says for sure which columns hold %s. Say so in its mapping.", strings.Join(proposed.Missing, " and ")),
	}}}, nil
}

// propose is what can be told of a table's columns; nil for what is no table.
func (s *server) propose(c *call, checksum string) (*bankfile.Mapping, error) {
	kept, err := s.blobs.Open(c.r.Context(), checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	return bankfile.GuessMapping(kept, bankfile.Options{})
}

// readBy reads a kept table by a mapping.
func (s *server) readBy(c *call, checksum string, mapping *bankfile.Mapping) (*bankfile.File, error) {
	kept, err := s.blobs.Open(c.r.Context(), checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	return bankfile.Parse(kept, bankfile.Options{Mapping: mapping})
}

func skipsRows(file *bankfile.File) bool {
	for _, w := range file.Warnings {
		if w.Code == bankfile.RowSkipped {
			return true
		}
	}
	return false
}

// isUnread says whether an import is a table whose columns nobody told yet.
func isUnread(statement record.BankStatement) bool {
	var mapping *bankfile.Mapping
	return statement.Mapping != nil && json.Unmarshal(statement.Mapping, &mapping) == nil && mapping != nil && len(mapping.Missing) > 0
}

// tryAgain reads a table that could not be read when it came, if it can be now.
func (s *server) tryAgain(c *call, statement record.BankStatement) (record.BankStatement, error) {
	file, err := s.readKept(c, statement.Checksum)
	if err != nil || file.Mapping == nil || len(file.Mapping.Missing) > 0 {
		return statement, err
	}
	anew, entries := storedOf(file, c.workspace())
	anew.Filename = statement.Filename
	if anew.Mapping, err = json.Marshal(file.Mapping); err != nil {
		return statement, err
	}
	if err := s.store.RereadStatement(c.r.Context(), c.workspace(), statement.ID, anew, entries, c.key.Name, s.afterImport); err != nil {
		return statement, err
	}
	return s.store.BankStatement(c.r.Context(), c.workspace(), statement.ID)
}
