package matching

import (
	"context"
	"math"
)

// telling is the surprisal from which a word is worth looking rows up by, in bits:
// fewer than one of 64 transactions has it. In small books, where a supplier who is
// paid each month is above that, a word that few rows have is worth it as well.
const (
	telling = 6
	few     = 20
)

// Words are the words of texts as the matcher compares them: folded, without legal
// forms.
func Words(texts ...string) []string {
	v := newVocabulary()
	for _, s := range texts {
		v.field(s, maxWords)
	}
	return v.words
}

// Telling keeps the words that few transactions of the population have, by their
// share or by their number.
func (m *Model) Telling(words []string) []string {
	var out []string
	for _, w := range words {
		if s := m.surprisal(w); s >= telling || math.Exp2(-s)*float64(m.size+pseudo) <= few {
			out = append(out, w)
		}
	}
	return out
}

// Spread is how far apart, relatively, the amounts of an invoice and its payment
// are worth a look without a word in common: as wide as a candidate may be where
// amounts drift as a rule, else fees and discounts.
func (m *Model) Spread() float64 {
	if m.drift >= usualDrift && m.learnt >= established {
		return nearest
	}
	return fees
}

// fees bounds what fees and discounts usually take.
const fees = .05

// Learnt is how many links the model was learnt from.
func (m *Model) Learnt() float64 { return m.learnt }

// Candidates are the pairs of a problem that are worth a look: those that Solve
// would weigh against each other. The problem needs a model.
func Candidates(ctx context.Context, p Problem) ([]Pair, error) {
	rows, err := prepare(p)
	if err != nil {
		return nil, err
	}
	open := rows.openInvoices()
	g, err := newScorer(rows, p.Options.Model, open).candidates(ctx, open)
	if err != nil {
		return nil, err
	}
	out := make([]Pair, len(g.edges))
	for k, e := range g.edges {
		out[k] = Pair{rows.invoices[e.invoice].source.ID, rows.transactions[e.transaction].source.ID}
	}
	return out, nil
}
