package api

import (
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
	if err := s.importer().Correct(ctx, ws, statement, raw, c.key.Name); err != nil {
		return statement, correctionFault(err)
	}
	return s.store.BankStatement(ctx, ws, id)
}

// correctionFault is why a table cannot be read as a person says, as a fault of the
// request; other errors stay.
func correctionFault(err error) error {
	const at = "/data/attributes/mapping"
	if refused := (*bankfile.Error)(nil); errors.As(err, &refused) && refused.Code == bankfile.NeedsMapping {
		return jsonapi.Fault("INVALID_VALUE", "%s", refused.Message).At(at)
	}
	err = bankFault(err)
	if fault := (*jsonapi.Error)(nil); errors.As(err, &fault) {
		return fault.At(at)
	}
	return err
}

// mappingFault points at the mapping of what cannot be read anew.
func mappingFault(err error, at string) error {
	err = editFault(err, at)
	if fault := (*jsonapi.Error)(nil); errors.As(err, &fault) && fault.Code == "INVALID_VALUE" {
		return fault.At("/data/attributes/mapping")
	}
	return err
}
