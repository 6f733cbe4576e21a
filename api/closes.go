package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

const (
	closesPath   = "/v1/monthly-closes"
	closeType    = "monthly_close"
	signOffsPath = "/v1/close-sign-offs"
	signOffType  = "close_sign_off"
)

// closeShown is a close with its output read; its blockers are those of its
// subtasks as long as it has not ended.
type closeShown struct {
	postgres.Close
	out  closing.Shown
	live []closing.Blocker
}

func newCloseShown(c postgres.Close) closeShown {
	shown := closeShown{Close: c, out: closing.ReadShown(c.Output)}
	shown.live = append([]closing.Blocker{}, shown.out.Blockers...)
	return shown
}

// closes are the closes of months. A month has as many as it was closed times.
func (s *server) closes() *resource {
	return table[closeShown]{
		Type: closeType, Path: closesPath, Noun: "a monthly close", Read: ScopeTasksRead, Write: ScopeTasksWrite,
		ID: func(c closeShown) string { return c.ID },
		Fields: []field[closeShown]{
			{Name: "record_id", Form: month(), Write: needed, Value: func(c closeShown) any { return c.Month }},
			{Name: "materiality", Form: decimal(), Write: offered, Value: closeInput("materiality")},
			{Name: "counterparty_ids", Form: texts(), Write: offered, Value: closeInput("counterparty_ids")},
			{Name: "dry_run", Form: flag(), Write: offered, Value: closeInput("dry_run")},
			{Name: "ask", Form: flag(), Write: offered, Value: closeInput("ask")},
			{Name: "retry_of", Form: closeID(), Write: offered, Value: closeInput("retry_of")},
			{Name: "status", Form: oneOf(enrich.Statuses()), Value: func(c closeShown) any { return c.Status }},
			{Name: "verdict", Form: words(), Value: func(c closeShown) any { return textOrNull(c.out.Verdict) }},
			{Name: "prepared_by", Form: words(), Value: func(c closeShown) any { return textOrNull(c.PreparedBy) }},
			{Name: "subtasks", Form: count(), Value: func(c closeShown) any { return c.Subtasks }},
			{Name: "subtasks_waiting", Form: count(), Value: func(c closeShown) any { return c.Waiting }},
			{Name: "subtasks_running", Form: count(), Value: func(c closeShown) any { return c.Running }},
			{Name: "counts", Form: anything(), Value: closeOutput("counts")},
			{Name: "coverage", Form: anything(), Value: closeOutput("coverage")},
			{Name: "totals", Form: anything(), Value: closeOutput("totals")},
			{Name: "dropped_groups", Form: anything(), Value: closeOutput("dropped_groups")},
			{Name: "from_ready", Form: anything(), Value: closeOutput("from_ready")},
			{Name: "delta_since_last", Form: anything(), Value: closeOutput("delta_since_last")},
			{Name: "partition", Form: anything(), Value: closeOutput("partition")},
			{Name: "snapshot_hash", Form: words(), Value: func(c closeShown) any { return textOrNull(c.out.Snapshot.Hash) }},
			{Name: "blockers", Form: anything(), Lone: true, Value: func(c closeShown) any { return c.live }},
			{Name: "waivers", Form: anything(), Lone: true, Value: closeOutput("waivers")},
			{Name: "error", Form: words(), Value: func(c closeShown) any { return textOrNull(c.Error) }},
			{Name: "signed_off_by", Form: words(), Value: signedBy},
			{Name: "sign_off_state", Form: words(), Value: signOffState},
			{Name: "created_at", Form: moment(), Value: func(c closeShown) any { return stamp(&c.CreatedAt) }},
			{Name: "completed_at", Form: moment(), Value: func(c closeShown) any { return stamp(c.CompletedAt) }},
		},
		Relations: []relation[closeShown]{{Name: "enrichment_task", To: taskType, ID: func(c closeShown) *string { return &c.ID }}},
		Filters:   []filter{byText("record_id"), byTime("created_at")},
		Sorts:     []string{"created_at"},
		List:      s.listCloses, Get: s.getClose, Create: s.createClose, Fault: closeFault,
	}.resource()
}

// month is YYYY-MM; read as *string.
func month() form {
	return pattern(map[string]any{"type": "string", "pattern": `^\d{4}-(0[1-9]|1[0-2])$`}, "a month such as 2026-10", isMonth)
}

func isMonth(s string) bool {
	_, err := closing.ParseMonth(s)
	return err == nil && len(s) == len("2006-01")
}

// closeID is the id of a close; read as *string.
func closeID() form {
	return pattern(map[string]any{"type": "string", "format": "uuid"}, "the id of a close", postgres.IsUUID)
}

// closeOutput gives a member of the output; null before there is one.
func closeOutput(name string) func(closeShown) any {
	return func(c closeShown) any { return member(c.Output, name) }
}

// closeInput gives what the close was asked for with; null where it was not.
func closeInput(name string) func(closeShown) any {
	return func(c closeShown) any { return member(c.Input, name) }
}

func member(object json.RawMessage, name string) any {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(object, &members) // nothing of what is no object
	return rawOrNull(members[name])
}

func signedBy(c closeShown) any {
	if c.SignOff == nil {
		return nil
	}
	return c.SignOff.SignedBy
}

func signOffState(c closeShown) any {
	if c.SignOff == nil {
		return nil
	}
	return c.SignOff.State
}

func (s *server) listCloses(ctx context.Context, workspaceID string, q postgres.ListQuery) (postgres.ListPage[closeShown], error) {
	found, err := s.store.ListCloses(ctx, workspaceID, q)
	page := postgres.ListPage[closeShown]{First: found.First, Last: found.Last, HasPrev: found.HasPrev, HasNext: found.HasNext}
	for _, c := range found.Records {
		page.Records = append(page.Records, newCloseShown(c))
	}
	return page, err
}

func (s *server) getClose(ctx context.Context, workspaceID, id string) (closeShown, error) {
	page, err := s.listCloses(ctx, workspaceID, postgres.ListQuery{Filters: []postgres.Filter{{Name: "id", Values: []string{id}}}, Size: 1})
	if err != nil {
		return closeShown{}, err
	}
	if len(page.Records) == 0 {
		return closeShown{}, enrich.Errorf(enrich.CodeNotFound, "There is no monthly close with this id.")
	}
	c := page.Records[0]
	if c.Status.Terminal() {
		return c, nil
	}
	parts, err := s.store.CloseParts(ctx, workspaceID, id)
	if err != nil {
		return closeShown{}, err
	}
	for _, p := range parts {
		c.live = append(c.live, closing.ReadPart(p.ID, p.Output).Blockers...)
	}
	return c, nil
}

// createClose starts the close of a month. A month that is being closed is not
// closed once more beside that.
func (s *server) createClose(c *call, in *input) (made[closeShown], error) {
	var none made[closeShown]
	label := in.need("record_id")
	values := map[string]any{"record_id": label}
	for _, name := range []string{"dry_run", "ask"} {
		if flag, _ := in.flag(name); flag != nil {
			values[name] = *flag
		}
	}
	if amount, _ := in.text("materiality"); amount != nil {
		values["materiality"] = *amount
	}
	if ids, _ := in.texts("counterparty_ids"); len(ids) > 0 {
		values["counterparty_ids"] = ids
	}
	if faults := in.Faults(); len(faults) > 0 {
		return none, faults
	}
	if of, _ := in.text("retry_of"); of != nil {
		again, err := s.retryClose(c, *of, label, values)
		if again.ID != "" || err != nil {
			return made[closeShown]{Record: again, Stood: true}, err
		}
	}
	occasion := enrich.Occasion{Channel: enrich.Manual, EntityType: record.EntityMonth, EntityID: record.MonthID(c.workspace(), label), Input: values}
	r, err := s.triggers.Request(occasion, enrich.MonthlyClose, nil)
	if err != nil {
		return none, err
	}
	r.By, r.Force = c.key.Name, true
	out, err := s.store.Enqueue(c.r.Context(), c.workspace(), []enrich.Request{r})
	if err != nil {
		return none, err
	}
	shown, err := s.getClose(c.r.Context(), c.workspace(), out[0].Task.ID)
	return made[closeShown]{Record: shown}, err
}

// retryClose tries what failed of a close alone. While others of its subtasks are open
// these are made anew under the close that stands, which is given back; a close that
// has failed becomes a new one of the same values, which takes over what was found.
func (s *server) retryClose(c *call, of, label string, values map[string]any) (stands closeShown, err error) {
	refused := func(format string, args ...any) error {
		return jsonapi.Fault("INVALID_VALUE", format, args...).At("/data/attributes/retry_of")
	}
	before, err := s.getClose(c.r.Context(), c.workspace(), of)
	switch {
	case enrich.CodeOf(err) == enrich.CodeNotFound:
		return stands, refused("There is no monthly close with this id.")
	case err != nil:
		return stands, err
	case before.Month != label:
		return stands, refused("That is a close of %s.", before.Month)
	case before.Status == enrich.Processing:
		n, err := s.store.RetryParts(c.r.Context(), c.workspace(), of, c.key.Name)
		if err == nil && n == 0 {
			err = refused("No part of this close has failed.")
		}
		if err != nil {
			return stands, err
		}
		return s.getClose(c.r.Context(), c.workspace(), of)
	case before.Status != enrich.Failed:
		return stands, refused("This close is %s: only what failed is tried anew.", before.Status)
	}
	values["retry_of"] = of
	var asked map[string]any
	_ = json.Unmarshal(before.Input, &asked) // an object: it was checked when it was made
	for _, name := range []string{"materiality", "counterparty_ids", "ask"} {
		if value, given := asked[name]; given && values[name] == nil {
			values[name] = value
		}
	}
	return stands, nil
}

func closeFault(err error, _ string) error {
	if enrich.CodeOf(err) == enrich.CodeCloseActive {
		return closeActive(err)
	}
	return err
}

// signOffs are the words of people that a month is closed. A late fact suspends
// one; nobody deletes it.
func (s *server) signOffs() *resource {
	type signOff = record.SignOff
	return table[signOff]{
		Type: signOffType, Path: signOffsPath, Noun: "a sign-off of a month", Read: ScopeTasksRead, Write: ScopeSignOffsWrite,
		ID: func(v signOff) string { return v.ID },
		Fields: []field[signOff]{
			{Name: "record_id", Form: words(), Value: func(v signOff) any { return v.Month }},
			{Name: "snapshot_hash", Form: text(100), Write: needed, Value: func(v signOff) any { return v.SnapshotHash }},
			{Name: "note", Form: text(maxReason), Write: offered, Value: func(v signOff) any { return textOrNull(v.Note) }},
			{Name: "prepared_by", Form: words(), Value: func(v signOff) any { return textOrNull(v.PreparedBy) }},
			{Name: "signed_by", Form: words(), Value: func(v signOff) any { return v.SignedBy }},
			{Name: "state", Form: oneOf([]record.SignOffState{record.SignOffStanding, record.SignOffSuspended, record.SignOffReplaced}), Value: func(v signOff) any { return v.State }},
			{Name: "suspended_at", Form: moment(), Value: func(v signOff) any { return stamp(v.SuspendedAt) }},
			{Name: "suspended_by", Form: words(), Value: func(v signOff) any { return textOrNull(v.SuspendedBy) }},
			{Name: "created_at", Form: moment(), Value: func(v signOff) any { return stamp(&v.CreatedAt) }},
		},
		Relations: []relation[signOff]{{Name: "monthly_close", To: closeType, Write: needed, ID: func(v signOff) *string { return &v.TaskID }}},
		Filters: []filter{
			byText("record_id"), byEnum("state", []record.SignOffState{record.SignOffStanding, record.SignOffSuspended, record.SignOffReplaced}), byTime("created_at"),
		},
		Sorts: []string{"created_at"},
		List:  s.store.ListSignOffs, Create: s.createSignOff, Fault: signOffFault,
	}.resource()
}

// createSignOff takes a person's word that a month is closed.
func (s *server) createSignOff(c *call, in *input) (made[record.SignOff], error) {
	var none made[record.SignOff]
	if fault := onlyPeople(c.key); fault != nil {
		return none, fault
	}
	signing := postgres.Signing{Hash: in.need("snapshot_hash"), By: c.key.Name, KeyID: c.key.ID}
	if note, _ := in.text("note"); note != nil {
		signing.Note = *note
	}
	id, given := in.link("monthly_close")
	if !given || id == nil {
		in.Note(jsonapi.Fault("REQUIRED", "monthly_close must be given.").At("/data/relationships/monthly_close"))
	}
	if faults := in.Faults(); len(faults) > 0 {
		return none, faults
	}
	signing.TaskID = *id
	signed, err := s.store.SignOff(c.r.Context(), c.workspace(), signing, snapshotHash)
	return made[record.SignOff]{Record: signed}, err
}

// snapshotHash is what the books of a month come to now.
func snapshotHash(m record.Month) string { return closing.Part(m).Snapshot(m.Waivers) }

func signOffFault(err error, at string) error {
	var e *enrich.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case enrich.CodeNotFound:
		return relatedNotFound("monthly_close", "There is no such monthly close.", at)
	case enrich.CodeOutputChanged:
		return jsonapi.Fault("OUTPUT_CHANGED", "%s", e.Message).At("/data/attributes/snapshot_hash")
	case enrich.CodeCloseNotReady, enrich.CodeOwnWork, enrich.CodeSignedAlready:
		return jsonapi.Fault(e.Code, "%s", e.Message)
	}
	return err
}
