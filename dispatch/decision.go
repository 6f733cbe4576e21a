package dispatch

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// decided carries out a person's decision on what a task proposed: the effects
// of the accepted parts, exactly as they were shown.
func (e *Engine) decided(c enrich.Claim) (enrich.Settlement, error) {
	d := c.Decision
	s := enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeDecided, Description: verdictLine(c), Follow: e.following(c)}
	var occasions []enrich.Occasion
	if d.Verdict == enrich.Approve {
		s.Records, occasions = c.Proposal.Records, c.Proposal.Occasions
	} else {
		s.To = enrich.Rejected
	}
	for _, item := range c.Proposal.Items {
		if !d.Accepts(item.ID) {
			s.Records = append(s.Records, byPerson(item.Refused, d)...)
			continue
		}
		s.Records = append(s.Records, byPerson(item.Records, d)...)
		if item.Occasion != nil {
			occasions = append(occasions, *item.Occasion)
		}
	}
	var err error
	if s.Output, err = decidedOutput(c); err != nil || len(occasions) == 0 {
		return s, err
	}
	s.FollowUps, err = e.followUps(c, occasions)
	return s, err
}

// byPerson gives writes the weight of the person who decided on them. Yes and no
// weigh the same, so that of two decisions on one thing the later one holds.
func byPerson(writes []enrich.RecordWrite, d *enrich.Decision) []enrich.RecordWrite {
	const origin = enrich.BySuggestion
	out := make([]enrich.RecordWrite, len(writes))
	for i, w := range writes {
		out[i] = enrich.RecordWrite{EntityType: w.EntityType, EntityID: w.EntityID}
		for _, f := range w.Fields {
			f.Origin, f.Grade = origin, enrich.Verified
			f.Evidence = append([]enrich.Evidence{{
				Origin: origin, Method: "person", Quote: d.Reason, ObservedAt: d.CreatedAt.UTC().Format(time.RFC3339),
				Ref: enrich.EvidenceRef{EntityType: "enrichment_task_decision", EntityID: d.ID},
			}}, f.Evidence...)
			out[i].Fields = append(out[i].Fields, f)
		}
	}
	return out
}

// decidedOutput is the proposal with the decision beside it. A rejection carries
// its reason where every rejection does.
func decidedOutput(c enrich.Claim) ([]byte, error) {
	output := map[string]json.RawMessage{}
	if len(c.Task.Output) > 0 {
		if err := json.Unmarshal(c.Task.Output, &output); err != nil {
			return nil, fmt.Errorf("output of the proposal: %w", err)
		}
	}
	d := c.Decision
	taken, refused := []string{}, []string{}
	for _, item := range c.Proposal.Items {
		if d.Accepts(item.ID) {
			taken = append(taken, item.ID)
		} else {
			refused = append(refused, item.ID)
		}
	}
	raw, err := json.Marshal(map[string]any{
		"decision_id": d.ID, "decision": d.Verdict, "by": d.By, "reason": d.Reason, "at": d.CreatedAt.UTC().Format("2006-01-02T15:04:05.000Z"),
		"reviewed_output_hash": d.ReviewedHash, "accepted": taken, "refused": refused,
	})
	if err != nil {
		return nil, err
	}
	output["_decision"] = raw
	switch {
	case d.Verdict == enrich.Reject:
		reason := enrich.Reason{Code: "rejected_by_person", Message: d.By + " rejected the proposal."}
		if d.Reason != "" {
			reason.Message += " " + d.Reason
		}
		if output["_reasons"], err = json.Marshal([]enrich.Reason{reason}); err != nil {
			return nil, err
		}
	case len(refused) > 0:
		output["_outcome"] = json.RawMessage(`"partial"`)
	default:
		output["_outcome"] = json.RawMessage(`"ok"`)
	}
	return json.Marshal(output)
}

// verdictLine is the task's description with what was decided below it.
func verdictLine(c enrich.Claim) string {
	d := c.Decision
	line := fmt.Sprintf("**Approved** by %s.", d.By)
	if d.Verdict == enrich.Reject {
		line = fmt.Sprintf("**Rejected** by %s.", d.By)
	} else if n := accepted(c); n < len(c.Proposal.Items) {
		line = fmt.Sprintf("**Approved in part** by %s: %d of %d.", d.By, n, len(c.Proposal.Items))
	}
	if d.Reason != "" {
		line += " " + strings.TrimSpace(d.Reason)
	}
	if c.Task.Description != nil {
		return *c.Task.Description + "\n\n" + line
	}
	return line
}

// accepted counts the items that a decision takes; it may name one twice.
func accepted(c enrich.Claim) int {
	n := 0
	for _, item := range c.Proposal.Items {
		if c.Decision.Accepts(item.ID) {
			n++
		}
	}
	return n
}
