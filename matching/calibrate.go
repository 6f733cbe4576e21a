package matching

import (
	"cmp"
	"math"
	"slices"
)

// Judged is a person's word on a link that was proposed with a confidence.
type Judged struct {
	Confidence float64
	Kept       bool
}

// Gate is from which confidence links are confirmed, and what is known of it.
type Gate struct {
	ConfirmAt float64
	Margin    float64
	Labels    int      // decisions of people that it was set by; 0 for the default gate
	Measured  *float64 // share of links at or above ConfirmAt that people kept; nil: too few
	Bands     []Band
}

// Band is how people decided on links within a range of confidence.
type Band struct {
	From, To float64 // From included, To not, but for 1
	Kept, Of int
}

// What a gate may be set by: enough decisions, of both kinds, and bounds in which
// it stays. Lowering asks that even the lower end of what the share may be (Wilson
// 1927, 95 %) is high; raising needs no proof.
const (
	enoughLabels = 20
	enoughOfEach = 5
	lowestGate   = .90
	highestGate  = .999
	wanted       = .99
	atLeast      = .97
)

// Calibrate sets the gate by what people decided in a workspace: as low as their
// decisions allow, higher where they took links back, the default where too little
// is known.
func Calibrate(judged []Judged) Gate {
	o := Options{}.withDefaults()
	g := Gate{ConfirmAt: o.ConfirmAt, Margin: o.Margin, Bands: bandsOf(judged)}
	sorted := slices.Clone(judged)
	slices.SortFunc(sorted, func(a, b Judged) int { return cmp.Compare(b.Confidence, a.Confidence) })
	kept := 0
	for _, j := range sorted {
		if j.Kept {
			kept++
		}
	}
	if len(sorted) >= enoughLabels && kept >= enoughOfEach && len(sorted)-kept >= enoughOfEach {
		g.Labels = len(sorted)
		g.set(sorted)
	}
	if k, n := keptFrom(sorted, g.ConfirmAt); n >= enoughLabels {
		share := float64(k) / float64(n)
		g.Measured = &share
	}
	return g
}

// set looks for the lowest confidence at which those above it were kept.
func (g *Gate) set(sorted []Judged) {
	kept, best := 0, 0.0
	for n, j := range sorted {
		if j.Kept {
			kept++
		}
		last := n+1 == len(sorted) || sorted[n+1].Confidence < j.Confidence
		share := float64(kept) / float64(n+1)
		if last && n+1 >= enoughLabels && j.Confidence >= lowestGate && share >= wanted && wilson(kept, n+1) >= atLeast {
			best = j.Confidence
		}
	}
	switch k, n := keptFrom(sorted, g.ConfirmAt); {
	case best > 0:
		g.ConfirmAt = math.Min(best, g.ConfirmAt)
		g.Margin = math.Min(g.Margin, 2*g.ConfirmAt-1)
	case n >= enoughLabels && float64(k)/float64(n) < wanted:
		g.ConfirmAt = highestGate
	}
}

func keptFrom(sorted []Judged, from float64) (kept, of int) {
	for _, j := range sorted {
		if j.Confidence >= from {
			of++
			if j.Kept {
				kept++
			}
		}
	}
	return kept, of
}

// wilson is the lower end of the 95 % interval of a share.
func wilson(yes, of int) float64 {
	const z = 1.96
	n, p := float64(of), float64(yes)/float64(of)
	return (p + z*z/(2*n) - z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))) / (1 + z*z/n)
}

func bandsOf(judged []Judged) []Band {
	bands := []Band{{From: .5, To: .8}, {From: .8, To: .9}, {From: .9, To: .99}, {From: .99, To: 1}}
	for _, j := range judged {
		for b := range bands {
			if j.Confidence >= bands[b].From && (j.Confidence < bands[b].To || b == len(bands)-1) {
				bands[b].Of++
				if j.Kept {
					bands[b].Kept++
				}
			}
		}
	}
	return bands
}
