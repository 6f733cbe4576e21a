package api

import (
	"errors"
	"net/http"
	"slices"

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

// decisionAttributes are those that a caller gives; the others follow from it.
var decisionAttributes = []string{"decision", "reason", "reviewed_output_hash", "accept", "apply_now"}

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
	for _, name := range req.Names() {
		if !slices.Contains(decisionAttributes, name) {
			req.Refuse("UNKNOWN_ATTRIBUTE", name, "A decision has no attribute %q.", name)
		}
	}
	v := postgres.Verdict{By: key.Name, KeyID: key.ID, Grace: enrich.DecisionGrace}
	v.Verdict = enrich.Verdict(req.Enum("decision", []string{string(enrich.Approve), string(enrich.Reject)}))
	if reason, _ := req.Optional("reason", maxReason); reason != nil {
		v.Reason = *reason
	}
	if hash, _ := req.Optional("reviewed_output_hash", 100); hash != nil {
		v.ReviewedHash = *hash
	}
	v.Accepted, _ = req.OptionalStrings("accept")
	if len(v.Accepted) > maxAcceptedItems {
		req.Refuse("TOO_LONG", "accept", "At most %d items can be accepted by name; leave accept out to accept all.", maxAcceptedItems)
	}
	if v.Accepted != nil && v.Verdict == enrich.Reject {
		req.Refuse("INVALID_VALUE", "accept", "A rejection accepts no items.")
	}
	if now, _ := req.OptionalBool("apply_now"); now != nil && *now {
		v.Grace = 0
	}
	if faults := req.Faults(); len(faults) > 0 {
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

func decisionResource(d enrich.Decision) jsonapi.Resource {
	return jsonapi.Resource{
		Type: decisionType, ID: d.ID, Links: map[string]any{"self": decisionPath(d)},
		Attributes: []jsonapi.Attribute{
			{Name: "decision", Value: d.Verdict},
			{Name: "accept", Value: d.Accepted},
			{Name: "reason", Value: textOrNull(d.Reason)},
			{Name: "reviewed_output_hash", Value: d.ReviewedHash},
			{Name: "decided_by", Value: d.By},
			{Name: "state", Value: d.State},
			{Name: "created_at", Value: stamp(&d.CreatedAt)},
			{Name: "effective_at", Value: stamp(&d.EffectiveAt)},
			{Name: "ended_at", Value: stamp(d.EndedAt)},
		},
		Relationships: []jsonapi.Relationship{{Name: "enrichment_task", Data: &jsonapi.Identifier{Type: taskType, ID: d.TaskID}, Linked: true}},
	}
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
	case enrich.CodeOutputChanged:
		return jsonapi.Fault("OUTPUT_CHANGED", "%s", e.Message).At("/data/attributes/reviewed_output_hash")
	case enrich.CodeNotAwaiting, enrich.CodeDecisionMade, enrich.CodeDecisionEnded:
		return jsonapi.Fault(e.Code, "%s", e.Message)
	}
	return err
}
