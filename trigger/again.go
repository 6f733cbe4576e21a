package trigger

import (
	"github.com/enrichd/enrichd/enrich"
)

// MayRunAgain reports whether a task can be run again by itself: one that has
// ended, that no parent counts on, and that is no close of a month, which is begun
// as one.
func MayRunAgain(t enrich.Task) bool {
	return t.Status.Terminal() && t.ParentID == nil && t.Type != enrich.MonthlyClose && t.Type != enrich.CloseBackfill
}

// Again makes the request that does the work of a task once more, as a person asks
// for it: a new task beside the old one, which stays as it ended. It is what the API
// makes of the same values with meta.force. Callers ask MayRunAgain first. Checksums are of the contents that the
// task reads.
func (t *Triggers) Again(task enrich.Task, checksums []string, by string) (enrich.Request, error) {
	channel, spec := enrich.Manual, t.Spec(task.Type)
	r := enrich.Request{
		EntityType: task.EntityType, EntityID: task.EntityID, Type: task.Type, Input: task.Input, TargetFields: task.TargetFields,
		SourceChannel: &channel, Priority: enrich.PriorityPerson, Force: true, By: by, ReuseAge: spec.ReuseAge, Expire: spec.Expire,
	}
	var err error
	r.Hash, err = enrich.Fingerprint{Type: r.Type, Input: r.Input, TargetFields: r.TargetFields, KindVersion: spec.Version, Checksums: checksums}.Hash()
	return r, err
}
