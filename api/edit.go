package api

import (
	"encoding/json"
	"errors"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

// edit writes what a person changed on a record: a cell edit, which no task
// overwrites. What follows from it is enqueued in the same transaction.
func (s *server) edit(c *call, entityType, id string, in *input) error {
	if c.key.Holder != "person" {
		return jsonapi.Fault("FORBIDDEN", "An edit counts as a person's word; this key is held by a %s.", c.key.Holder)
	}
	if faults := in.Faults(); len(faults) > 0 {
		return faults
	}
	e := postgres.Edit{EntityType: entityType, EntityID: id, By: c.key.Name, Values: map[string]json.RawMessage{}}
	for name, value := range in.values {
		raw, err := json.Marshal(value)
		if err != nil {
			return err
		}
		e.Values[name] = raw
	}
	if len(e.Values) == 0 {
		return nil
	}
	return s.store.EditRecord(c.r.Context(), c.workspace(), e, s.follow)
}

// follow makes what follows from an occasion that a request is.
func (s *server) follow(o enrich.Occasion) ([]enrich.Request, error) { return s.triggers.On(o, -1, "") }

// editFault is an error of the write path in the caller's terms.
func editFault(err error, _ string) error {
	var e *enrich.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case enrich.CodeNotFound:
		return jsonapi.Fault("NOT_FOUND", "%s", e.Message)
	case enrich.CodeInvalid:
		return jsonapi.Fault("INVALID_VALUE", "%s", e.Message).At("/data/attributes")
	case enrich.CodeNotSuggested:
		return jsonapi.Fault(e.Code, "%s", e.Message).At("/data/attributes/decision")
	}
	return err
}
