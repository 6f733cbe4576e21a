package dispatch

import (
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
)

// Two tasks that asked about one link at once are decided one after the other:
// yes and no weigh the same, so that the later word holds, whichever it is.
func TestYesAndNoWeighTheSame(t *testing.T) {
	write := func(status string) []enrich.RecordWrite {
		return []enrich.RecordWrite{{EntityType: "invoice_transaction", EntityID: "l", Fields: []enrich.FieldWrite{{Name: "edge_status", Value: []byte(status), Origin: enrich.ByRule}}}}
	}
	weight := func(v enrich.Verdict) int {
		s, err := (&Engine{}).decided(enrich.Claim{
			Decision: &enrich.Decision{Verdict: v},
			Proposal: enrich.Proposal{Items: []enrich.Item{{ID: "l", Records: write(`"confirmed"`), Refused: write(`"declined"`)}}},
		})
		if err != nil || len(s.Records) != 1 {
			t.Fatalf("%s: %+v %v", v, s, err)
		}
		return s.Records[0].Fields[0].Origin.Precedence()
	}
	yes, no := weight(enrich.Approve), weight(enrich.Reject)
	if yes != no || yes >= enrich.ByFieldRule.Precedence() {
		t.Errorf("yes weighs %d, no %d, a rule %d", yes, no, enrich.ByFieldRule.Precedence())
	}
}

// One item named twice is one item of two.
func TestAnItemNamedTwice(t *testing.T) {
	s, err := (&Engine{}).decided(enrich.Claim{
		Decision: &enrich.Decision{Verdict: enrich.Approve, Accepted: []string{"a", "a"}, By: "Ada"},
		Proposal: enrich.Proposal{Items: []enrich.Item{{ID: "a"}, {ID: "b"}}},
	})
	if err != nil || !strings.Contains(s.Description, "in part** by Ada: 1 of 2") {
		t.Errorf("%q %v", s.Description, err)
	}
}
