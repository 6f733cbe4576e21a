package reconcile

import (
	"math"
	"strings"
	"time"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// gateOf sets the gate of confirmation by what people decided in the workspace.
func gateOf(judged []record.Judgement) matching.Gate {
	list := make([]matching.Judged, len(judged))
	for k, j := range judged {
		list[k] = matching.Judged{Confidence: j.Confidence, Kept: j.Kept}
	}
	return matching.Calibrate(list)
}

// shownGate is the gate with the precision that people's decisions give it.
func shownGate(g matching.Gate) map[string]any {
	bands := []map[string]any{}
	for _, b := range g.Bands {
		if b.Of > 0 {
			bands = append(bands, map[string]any{"from": b.From, "to": b.To, "kept": b.Kept, "of": b.Of})
		}
	}
	var measured any
	if g.Measured != nil {
		measured = math.Round(*g.Measured*1000) / 1000
	}
	return map[string]any{
		"confirm_at": g.ConfirmAt, "margin": g.Margin, "calibrated_on": g.Labels, "measured_precision": measured, "decisions": bands,
	}
}

// A refusal of a pair weighs on other pairs of the same company and the same bank
// name, less from day to day: at first it takes a third of the confidence, after 45
// days an e-th of that.
const (
	mostAversion = .35
	aversionDays = 45
)

// aversion is what people's refusals take of the confidence of a link between a
// company and who the bank names; confirmations since then weigh against them.
func aversion(judged []record.Judgement, companyID, counterparty string, now time.Time) float64 {
	total := 0.0
	for _, j := range judged {
		if companyID == "" || counterparty == "" || j.PartyID != companyID || j.Counterparty != strings.ToLower(counterparty) {
			continue
		}
		weight := mostAversion * math.Exp(-now.Sub(j.At).Hours()/24/aversionDays)
		if j.Kept {
			weight = -weight
		}
		total += weight
	}
	return min(max(total, 0), mostAversion)
}
