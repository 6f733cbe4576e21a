package trigger

import (
	"encoding/json"
	"slices"

	"github.com/enrichd/enrichd/enrich"
)

// Press is what one press asks of every entity, whichever face it comes from.
type Press struct {
	Channel    enrich.SourceChannel
	EntityType string
	Types      []enrich.Type
	Input      map[string]any // beside the id of the entity
	Fields     []string       // target fields; nil is none
	Force      bool           // makes new tasks where others stand
}

// Requests makes the tasks of one entity of a press. checksum is that of a
// document's content; empty where there is none.
func (t *Triggers) Requests(p Press, id, checksum string) ([]enrich.Request, error) {
	occasion := enrich.Occasion{
		Channel: p.Channel, EntityType: p.EntityType, EntityID: id, Input: p.Input, Facts: map[string]string{FactContent: checksum},
	}
	requests := make([]enrich.Request, len(p.Types))
	for i, kind := range p.Types {
		r, err := t.Request(occasion, kind, p.Fields)
		if err != nil {
			return nil, err
		}
		r.Force, r.Priority = p.Force, enrich.PriorityNormal
		requests[i] = r
	}
	return requests, nil
}

// PressContent is a press as its caller wrote it, without a long list of ids, and
// its hash: the same press through another face is the same press.
func PressContent(attributes map[string]json.RawMessage, force bool) (content json.RawMessage, fingerprint string, err error) {
	all, err := json.Marshal(map[string]any{"attributes": attributes, "force": force})
	if err != nil {
		return nil, "", err
	}
	if fingerprint, err = enrich.OutputHash(all); err != nil {
		return nil, "", err
	}
	short := map[string]json.RawMessage{}
	for name, value := range attributes {
		if name != "entity_ids" {
			short[name] = value
		}
	}
	content, err = json.Marshal(short)
	return content, fingerprint, err
}

// Offered are the kinds that a person may press for entities of a type: those that
// some occasion starts on them. A workspace's own columns and rules are not among
// them: they are computed by name.
func Offered(entityType string) (kinds []enrich.Type) {
	for _, line := range Table() {
		if line.EntityType != entityType {
			continue
		}
		for _, kind := range line.Kinds {
			if kind != enrich.FieldRule && kind != enrich.CustomColumn && !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
	}
	return kinds
}
