// Package trigger says which occasion enqueues which work.
//
// The table is the one place where that stands. Surfaces (an upload, later an
// e-mail or a bank sync) and the answers of kinds report occasions; the table
// turns them into requests.
package trigger

import (
	"encoding/json"
	"maps"

	"github.com/enrichd/enrichd/enrich"
)

// Triggers makes requests from occasions. It knows the kinds' versions, which
// are part of the input hash.
type Triggers struct{ specs map[enrich.Type]enrich.Spec }

// New makes triggers for the given kinds. A kind of the table that is not among
// them is enqueued all the same and waits for a program that has it.
func New(kinds []enrich.Kind) *Triggers {
	t := &Triggers{specs: map[enrich.Type]enrich.Spec{}}
	for _, k := range kinds {
		t.specs[k.Spec().Type] = k.Spec()
	}
	return t
}

// Spec returns what is known of a type; the defaults for a kind that is not here.
func (t *Triggers) Spec(kind enrich.Type) enrich.Spec {
	s := t.specs[kind]
	s.Type = kind
	return s.WithDefaults()
}

// On makes the requests of an occasion. depth is how many follow-ups deep the
// cause was, -1 for a surface; past enrich.MaxDepth nothing follows.
func (t *Triggers) On(o enrich.Occasion, depth int, causedBy string) ([]enrich.Request, error) {
	if depth+1 > enrich.MaxDepth {
		return nil, nil
	}
	var requests []enrich.Request
	for _, line := range Table() {
		if line.Channel != o.Channel || line.EntityType != o.EntityType || line.When != nil && !line.When(o.Facts) {
			continue
		}
		for _, kind := range line.Kinds {
			r, err := t.Request(o, kind, o.Targets[kind])
			if err != nil {
				return nil, err
			}
			r.Depth, r.CausedBy = depth+1, causedBy
			requests = append(requests, r)
		}
	}
	return requests, nil
}

// Request makes the request of one kind for the entity of an occasion. fields are
// its target fields; nil is none. However work on an entity is asked for, it has
// the same input and so the same hash.
func (t *Triggers) Request(o enrich.Occasion, kind enrich.Type, fields []string) (enrich.Request, error) {
	values := map[string]any{o.EntityType + "_id": o.EntityID}
	maps.Copy(values, o.Input)
	input, err := json.Marshal(values)
	if err != nil {
		return enrich.Request{}, err
	}
	spec := t.Spec(kind)
	hash, err := enrich.Fingerprint{Type: kind, Input: input, TargetFields: fields, KindVersion: spec.Version, Checksums: checksums(o)}.Hash()
	channel := o.Channel
	return enrich.Request{
		EntityType: o.EntityType, EntityID: o.EntityID, Type: kind, Input: input, TargetFields: fields, SourceChannel: &channel,
		Hash: hash, Priority: enrich.PriorityOf(channel), ReuseAge: spec.ReuseAge, Expire: spec.Expire,
	}, err
}

// checksums are the contents that the work will read.
func checksums(o enrich.Occasion) []string {
	if sum := o.Facts[FactContent]; sum != "" {
		return []string{sum}
	}
	return nil
}
