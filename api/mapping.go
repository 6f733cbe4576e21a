package api

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/record"
)

// updateStatement corrects how the columns of a table are read: the members that a
// person gives take the place of those that were guessed. The kept file is read anew,
// its entries replace those that it brought, and the next table of the bank is read so.
func (s *server) updateStatement(c *call, id string, in *input) (record.BankStatement, error) {
	ctx, ws := c.r.Context(), c.workspace()
	statement, err := s.store.BankStatement(ctx, ws, id)
	if err != nil {
		return statement, err
	}
	if c.key.Holder != "person" {
		return statement, jsonapi.Fault("FORBIDDEN", "A correction counts as a person's word; this key is held by a %s.", c.key.Holder)
	}
	raw, given := in.object("mapping")
	if given && (raw == nil || statement.Mapping == nil) {
		in.Note(jsonapi.Fault("INVALID_VALUE", "Only a table has a mapping, and it is an object.").At("/data/attributes/mapping"))
	}
	if faults := in.Faults(); len(faults) > 0 {
		return statement, faults
	}
	if !given {
		return statement, nil
	}
	if err := s.reread(c, statement, raw); err != nil {
		return statement, err
	}
	return s.store.BankStatement(ctx, ws, id)
}

// reread reads the file of an import by its mapping as raw corrects it.
func (s *server) reread(c *call, statement record.BankStatement, raw json.RawMessage) error {
	var mapping *bankfile.Mapping
	if err := json.Unmarshal(statement.Mapping, &mapping); err != nil {
		return err
	}
	kept, err := s.blobs.Open(c.r.Context(), statement.Checksum)
	if err != nil {
		return err
	}
	var content bytes.Buffer // at most MaxUpload: so much was taken in
	_, err = content.ReadFrom(kept)
	kept.Close()
	if err != nil {
		return err
	}
	corrected, err := mapping.Correct(bytes.NewReader(content.Bytes()), raw)
	if refused := (*bankfile.Error)(nil); errors.As(err, &refused) {
		return jsonapi.Fault("INVALID_VALUE", "%s", refused.Message).At("/data/attributes/mapping")
	} else if err != nil {
		return err
	}
	file, err := bankfile.Parse(&content, bankfile.Options{Mapping: corrected})
	if err = bankFault(err); err == nil {
		err = nothingRead(file)
	}
	if fault := (*jsonapi.Error)(nil); errors.As(err, &fault) {
		return fault.At("/data/attributes/mapping")
	} else if err != nil {
		return err
	}
	anew, entries := storedOf(file, c.workspace())
	anew.Filename = statement.Filename
	if anew.Mapping, err = json.Marshal(file.Mapping); err != nil {
		return err
	}
	if err := s.store.RereadStatement(c.r.Context(), c.workspace(), statement.ID, anew, entries, c.key.Name, s.afterImport); err != nil {
		return err
	}
	return s.store.RememberCSVMapping(c.r.Context(), c.workspace(), corrected.Key(), anew.Mapping, true)
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
	return jsonapi.Fault("INVALID_VALUE", "By this mapping no row of the table holds an entry: %s", file.Warnings[0].Message)
}

// mappingFault points at the mapping of what cannot be read anew.
func mappingFault(err error, at string) error {
	err = editFault(err, at)
	if fault := (*jsonapi.Error)(nil); errors.As(err, &fault) && fault.Code == "INVALID_VALUE" {
		return fault.At("/data/attributes/mapping")
	}
	return err
}
