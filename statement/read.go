package statement

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/enrichd/enrichd/bankfile"
)

// readKept reads a kept file. A table is read as earlier ones of its bank where that
// settles something; one whose columns nothing tells is a file without entries, whose
// mapping says what is missing: a person completes it, and nothing is lost.
func (i *Importer) readKept(ctx context.Context, workspaceID, checksum string) (*bankfile.File, error) {
	kept, err := i.Contents.Open(ctx, checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	file, err := bankfile.Parse(kept, bankfile.Options{})
	if refused := (*bankfile.Error)(nil); errors.As(err, &refused) && refused.Code == bankfile.NeedsMapping {
		file, err = i.unread(ctx, workspaceID, checksum)
	}
	switch {
	case err != nil:
		return nil, err
	case file.Mapping == nil || len(file.Mapping.Missing) > 0:
		return file, nil
	}
	return i.settle(ctx, workspaceID, checksum, file)
}

// unread proposes a mapping for a table whose columns cannot be told, or reads it by
// the one that a person gave for an earlier table with these headings.
func (i *Importer) unread(ctx context.Context, workspaceID, checksum string) (*bankfile.File, error) {
	proposed, err := i.propose(ctx, checksum)
	if proposed == nil {
		return nil, err
	}
	raw, err := i.Store.CSVMapping(ctx, workspaceID, proposed.Key())
	if err != nil {
		return nil, err
	}
	var before *bankfile.Mapping
	if raw != nil && json.Unmarshal(raw, &before) != nil {
		before = nil
	}
	if mapping, remembered := proposed.Settled(before); remembered && mapping.Corrected {
		if file, err := i.readBy(ctx, checksum, mapping); err == nil && (mapping.HeaderRow > 0 || !skipsRows(file)) {
			return file, nil
		}
	}
	return &bankfile.File{Format: "csv", Mapping: proposed, Warnings: []bankfile.Warning{{
		Code: bankfile.ColumnsUnknown, Statement: -1,
		Message: fmt.Sprintf("The file is kept, and nothing of it is read yet: nothing says for sure which columns hold %s. Say so in its mapping.", strings.Join(proposed.Missing, " and ")),
	}}}, nil
}

// propose is what can be told of a table's columns; nil for what is no table.
func (i *Importer) propose(ctx context.Context, checksum string) (*bankfile.Mapping, error) {
	kept, err := i.Contents.Open(ctx, checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	return bankfile.GuessMapping(kept, bankfile.Options{})
}

// readBy reads a kept table by a mapping.
func (i *Importer) readBy(ctx context.Context, checksum string, mapping *bankfile.Mapping) (*bankfile.File, error) {
	kept, err := i.Contents.Open(ctx, checksum)
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

// settle reads a table again where earlier ones of the same bank settle what
// this one leaves in doubt, and remembers how it was read.
func (i *Importer) settle(ctx context.Context, workspaceID, checksum string, file *bankfile.File) (*bankfile.File, error) {
	key := file.Mapping.Key()
	raw, err := i.Store.CSVMapping(ctx, workspaceID, key)
	if err != nil {
		return nil, err
	}
	var before *bankfile.Mapping
	if raw != nil && json.Unmarshal(raw, &before) != nil {
		before = nil // kept by a version that wrote it otherwise
	}
	if mapping, remembered := file.Mapping.Settled(before); remembered {
		again, err := i.readBy(ctx, checksum, mapping)
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
	return file, i.Store.RememberCSVMapping(ctx, workspaceID, key, raw, len(file.Mapping.Doubts) == 0)
}
