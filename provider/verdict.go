package provider

import "math"

// Decision says how far a match may go by itself.
type Decision string

// The decisions.
const (
	Matched   Decision = "matched"   // beyond doubt
	Suggested Decision = "suggested" // a person must say
	None      Decision = "none"      // not enough is known
)

// Verdict is what became of the candidates.
type Verdict struct {
	Decision     Decision
	Best         *Candidate // nil for none
	Alternatives []Candidate
	Refusals     []Candidate // likely, but a person said no before
	Reason       string      // why there is no match; empty for one
}

// Reasons for not matching.
const (
	NoCandidate       = "NO_CANDIDATE"       // nothing names a provider of the catalogue
	NotEnough         = "NOT_ENOUGH"         // too little speaks for the likeliest
	Ambiguous         = "AMBIGUOUS"          // the runner-up is too near
	PreviouslyRefused = "PREVIOUSLY_REFUSED" // a person said no to the likeliest
)

// Judge passes ranked candidates through the gates. What a person refused is never
// matched or suggested again.
func Judge(ranked []Candidate) Verdict {
	v := Verdict{Decision: None, Reason: NoCandidate}
	var open []Candidate
	for _, c := range ranked {
		switch {
		case c.Refused:
			v.Refusals = append(v.Refusals, c)
		default:
			open = append(open, c)
		}
	}
	if len(open) == 0 {
		if len(v.Refusals) > 0 {
			v.Reason = PreviouslyRefused
		}
		return v
	}
	best, margin := open[0], open[0].Match
	if len(open) > 1 {
		margin -= open[1].Match
	}
	v.Alternatives = open[1:min(len(open), 4)]
	switch clear := margin >= Margin; {
	case best.Match >= MatchAt && clear:
		v.Decision, v.Best, v.Reason = Matched, &best, ""
	case best.Match >= AskAt:
		v.Decision, v.Best, v.Reason = Suggested, &best, NotEnough
		if !clear {
			v.Reason = Ambiguous
		}
	default:
		v.Alternatives, v.Reason = open[:min(len(open), 3)], NotEnough
	}
	return v
}

// Worth is what documents of a counterparty are wanted for.
type Worth struct {
	MonthsSeen     int     // months with a payment to it, in the last twelve
	WithoutInvoice int     // payments without an invoice
	Amount         float64 // of these, a rough figure for ranking alone, in any currency
}

// Priority ranks from 0 to 100 how much a provider's documents are worth: payments
// without an invoice, how regular they are and how large, each with a falling
// gain; every refusal of the counterparty's providers halves it.
func Priority(w Worth, refusals int) int {
	if w.WithoutInvoice == 0 {
		return 0
	}
	falling := func(x, half float64) float64 { return x / (x + half) }
	product := falling(float64(w.WithoutInvoice), 4) * falling(float64(w.MonthsSeen), 2) * falling(math.Log10(1+math.Abs(w.Amount)), 1.5)
	return int(math.Round(100 * math.Cbrt(product) * math.Pow(0.5, float64(refusals))))
}
