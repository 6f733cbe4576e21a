package statement

import (
	"bytes"
	"context"
	"encoding/json"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/record"
)

// Preview reads the table of an import by its mapping as raw corrects it, a JSON object
// whose members take the place of those that stand, and writes nothing. What cannot be
// gives an error that is a *[bankfile.Error]: of the code NeedsMapping where the mapping
// is at fault, else what the file lacks by it.
func (i *Importer) Preview(ctx context.Context, s record.BankStatement, raw json.RawMessage) (*bankfile.File, error) {
	mapping := MappingOf(s)
	if mapping == nil {
		return nil, &bankfile.Error{Code: bankfile.NeedsMapping, Message: "Only a table has a mapping."}
	}
	kept, err := i.Contents.Open(ctx, s.Checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	var content bytes.Buffer // at most what an upload may have
	if _, err = content.ReadFrom(kept); err != nil {
		return nil, err
	}
	corrected, err := mapping.Correct(bytes.NewReader(content.Bytes()), raw)
	if err != nil {
		return nil, err
	}
	file, err := bankfile.Parse(&content, bankfile.Options{Mapping: corrected})
	if err != nil {
		return nil, err
	}
	return file, nothingRead(file)
}

// Correct reads the table of an import anew, as Preview does: its entries replace those
// that it brought, and the next table of the bank is read so. by is who says so. Its
// error may also be one of the store: people decided on links of entries that would go.
func (i *Importer) Correct(ctx context.Context, workspaceID string, s record.BankStatement, raw json.RawMessage, by string) error {
	file, err := i.Preview(ctx, s, raw)
	if err != nil {
		return err
	}
	anew, entries := Stored(file, workspaceID)
	anew.Filename = s.Filename
	if anew.Mapping, err = json.Marshal(file.Mapping); err != nil {
		return err
	}
	if err := i.Store.RereadStatement(ctx, workspaceID, s.ID, anew, entries, by, i.afterImport); err != nil {
		return err
	}
	return i.Store.RememberCSVMapping(ctx, workspaceID, file.Mapping.Key(), anew.Mapping, true)
}

// Head gives the first rows of an import's table as m parts it in columns, the row of
// its headings among them.
func (i *Importer) Head(ctx context.Context, s record.BankStatement, m *bankfile.Mapping) ([][]string, error) {
	kept, err := i.Contents.Open(ctx, s.Checksum)
	if err != nil {
		return nil, err
	}
	defer kept.Close()
	return m.Head(kept)
}

// nothingRead refuses a mapping by which a table has rows and no entry.
func nothingRead(file *bankfile.File) error {
	for _, st := range file.Statements {
		if len(st.Entries) > 0 {
			return nil
		}
	}
	if !skipsRows(file) {
		return nil
	}
	return &bankfile.Error{Code: bankfile.NeedsMapping, Message: "By this mapping no row of the table holds an entry: " + file.Warnings[0].Message}
}
