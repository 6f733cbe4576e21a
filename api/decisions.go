package api

import (
	"errors"
	"net/http"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
)

const decisionType = "enrichment_task_decision"

// What a decision may hold.
const (
	maxReason        = 2000 // characters
	maxAcceptedItems = 1000
)

// verdict is what a caller says; everything else of a decision follows from it.
func verdict() *resource {
	return &resource{Type: decisionType, Noun: "a decision", fields: []fieldInfo{
		{Name: "decision", Form: oneOf([]enrich.Verdict{enrich.Approve, enrich.Reject}), Write: needed},
		{Name: "reason", Form: text(maxReason), Write: offered},
		{Name: "reviewed_output_hash", Form: text(100), Write: offered},
		{Name: "accept", Form: texts().counted(0, maxAcceptedItems, "TOO_LONG"), Write: offered},
		{Name: "apply_now", Form: flag(), Write: offered},
	}}
}

// decisions are read beneath their task, at this path.
func decisions(path string) table[enrich.Decision] {
	return table[enrich.Decision]{
		Type: decisionType, Path: path, Noun: "a decision",
		ID: func(d enrich.Decision) string { return d.ID },
		Fields: []field[enrich.Decision]{
			{Name: "decision", Form: words(), Value: func(d enrich.Decision) any { return d.Verdict }},
			{Name: "accept", Form: texts(), Value: func(d enrich.Decision) any { return d.Accepted }},
			{Name: "reason", Form: words(), Value: func(d enrich.Decision) any { return textOrNull(d.Reason) }},
			{Name: "reviewed_output_hash", Form: words(), Value: func(d enrich.Decision) any { return d.ReviewedHash }},
			{Name: "decided_by", Form: words(), Value: func(d enrich.Decision) any { return d.By }},
			{Name: "state", Form: words(), Value: func(d enrich.Decision) any { return d.State }},
			{Name: "created_at", Form: moment(), Value: func(d enrich.Decision) any { return stamp(&d.CreatedAt) }},
			{Name: "effective_at", Form: moment(), Value: func(d enrich.Decision) any { return stamp(&d.EffectiveAt) }},
			{Name: "ended_at", Form: moment(), Value: func(d enrich.Decision) any { return stamp(d.EndedAt) }},
		},
		Relations: []relation[enrich.Decision]{{Name: "enrichment_task", To: taskType, ID: func(d enrich.Decision) *string { return &d.TaskID }}},
	}
}

// decide takes a person's decision on what a task proposes. It changes no
// status: the pipeline does, when the time for undoing is over.
func (s *server) decide(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	if fault := onlyPeople(c.key); fault != nil {
		return fault
	}
	req, err := jsonapi.Decode(c.w, c.r, jsonapi.Rules{Type: decisionType, Limit: MaxBody})
	if err != nil {
		return err
	}
	verdict, err := readVerdict(req, c.key)
	if err != nil {
		return err
	}
	task := c.r.PathValue("id")
	d, err := s.store.Decide(c.r.Context(), c.workspace(), task, verdict)
	if err != nil {
		return decisionFault(err)
	}
	c.w.Header().Set("Location", decisionPath(d))
	s.write(c, http.StatusCreated, &jsonapi.Document{Data: decisionResource(d), Links: map[string]any{"self": decisionPath(d)}})
	return nil
}

// onlyPeople refuses keys of services and agents: a decision is a person's word.
func onlyPeople(key postgres.Key) error {
	if key.Holder == "person" {
		return nil
	}
	return jsonapi.Fault("FORBIDDEN", "Only a person decides; this key is held by a %s. A person can decide in the console or with enrichd approval.", key.Holder)
}

func readVerdict(req *jsonapi.Request, key postgres.Key) (postgres.Verdict, error) {
	in, err := verdict().readInput(req, true)
	if err != nil {
		return postgres.Verdict{}, err
	}
	v := postgres.Verdict{Verdict: enrich.Verdict(in.need("decision")), By: key.Name, KeyID: key.ID, Grace: enrich.DecisionGrace}
	v.Reason, v.ReviewedHash = in.need("reason"), in.need("reviewed_output_hash")
	v.Accepted, _ = in.texts("accept")
	if v.Accepted != nil && v.Verdict == enrich.Reject {
		in.Refuse("INVALID_VALUE", "accept", "A rejection accepts no items.")
	}
	if now, _ := in.flag("apply_now"); now != nil && *now {
		v.Grace = 0
	}
	if faults := in.Faults(); len(faults) > 0 {
		return v, faults
	}
	return v, nil
}

// listDecisions says who decided what on a task, when and why.
func (s *server) listDecisions(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	list, err := s.store.Decisions(c.r.Context(), c.workspace(), c.r.PathValue("id"))
	if err != nil {
		return decisionFault(err)
	}
	data := []jsonapi.Resource{}
	for _, d := range list {
		data = append(data, decisionResource(d))
	}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: data, Links: map[string]any{"self": tasksPath + "/" + c.r.PathValue("id") + "/decisions"}})
	return nil
}

func (s *server) getDecision(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	d, err := s.store.Decision(c.r.Context(), c.workspace(), c.r.PathValue("id"), c.r.PathValue("decision"))
	if err != nil {
		return decisionFault(err)
	}
	s.write(c, http.StatusOK, &jsonapi.Document{Data: decisionResource(d), Links: map[string]any{"self": decisionPath(d)}})
	return nil
}

// withdrawDecision undoes a decision within its grace.
func (s *server) withdrawDecision(c *call) error {
	if _, err := c.query(jsonapi.Allowed{Custom: []string{"workspaceId"}}); err != nil {
		return err
	}
	if fault := onlyPeople(c.key); fault != nil {
		return fault
	}
	if err := s.store.Withdraw(c.r.Context(), c.workspace(), c.r.PathValue("id"), c.r.PathValue("decision")); err != nil {
		return decisionFault(err)
	}
	return jsonapi.Write(c.w, c.r, http.StatusNoContent, nil)
}

func decisionPath(d enrich.Decision) string {
	return tasksPath + "/" + d.TaskID + "/decisions/" + d.ID
}

// decisionResource shows a decision. Its relationship has no address of its own.
func decisionResource(d enrich.Decision) jsonapi.Resource {
	r := decisions(tasksPath+"/"+d.TaskID+"/decisions").show(d, true).Resource
	r.Relationships = []jsonapi.Relationship{{Name: "enrichment_task", Data: linkTo(taskType, &d.TaskID), Linked: true}}
	return r
}

// decisionFault is an error of the store in the caller's terms.
func decisionFault(err error) error {
	var e *enrich.Error
	if !errors.As(err, &e) {
		return err
	}
	switch e.Code {
	case enrich.CodeNotFound:
		return jsonapi.Fault("ENRICHMENT_TASK_NOT_FOUND", "%s", e.Message)
	case enrich.CodeUnknownItem:
		return jsonapi.Fault("INVALID_VALUE", "%s", e.Message).At("/data/attributes/accept")
	case enrich.CodeReasonNeeded:
		return jsonapi.Fault("REQUIRED", "%s", e.Message).At("/data/attributes/reason")
	case enrich.CodeOutputChanged:
		return jsonapi.Fault("OUTPUT_CHANGED", "%s", e.Message).At("/data/attributes/reviewed_output_hash")
	case enrich.CodeNotAwaiting, enrich.CodeDecisionMade, enrich.CodeDecisionEnded:
		return jsonapi.Fault(e.Code, "%s", e.Message)
	}
	return err
}
