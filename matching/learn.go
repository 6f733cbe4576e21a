package matching

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// Effort of learning. Rates of shares settle with a few thousand links; the
// steps of expectation and maximisation after the fourth change the third digit.
const (
	sample   = 2000 // invoices
	steps    = 4
	priorFor = 20 // links that the priors stand for
)

// Learn makes a model of a population of rows: what a workspace has of, say, a
// year, with what people decided as fixed pairs. It needs no labels.
func Learn(ctx context.Context, p Problem) (*Model, error) {
	rows, err := prepare(p)
	if err != nil {
		return nil, err
	}
	return learn(ctx, rows)
}

func learn(ctx context.Context, r *rows) (*Model, error) {
	m := &Model{population: count(r), rates: priors()}
	invoices := r.sample()
	for range steps {
		s := newScorer(r, m, invoices)
		g, err := s.candidates(ctx, invoices)
		if err != nil {
			return nil, err
		}
		g.marginals()
		m = &Model{population: m.population, rates: s.maximise(g, len(invoices))}
	}
	return m, nil
}

// sample takes a stretch of open invoices in the middle of time, so that those
// who compete for a transaction stay together.
func (r *rows) sample() []int32 {
	open := r.openInvoices()
	if len(open) <= sample {
		return open
	}
	slices.SortStableFunc(open, func(a, b int32) int { return cmp.Compare(r.invoices[a].issue, r.invoices[b].issue) })
	from := (len(open) - sample) / 2
	open = open[from : from+sample]
	slices.Sort(open)
	return open
}

// maximise gives the rates that make the expected links most likely.
func (s *scorer) maximise(g *graph, invoices int) rates {
	t := newTallies()
	for k := range g.edges {
		if e := &g.edges[k]; e.p > 1e-3 {
			t.add(s, e)
		}
	}
	r, prior := priors(), priors()
	r.learnt = t.links
	r.matched = tally{t.links, float64(invoices)}.shrunk(prior.matched, priorFor)
	r.matched = min(r.matched, .98)
	r.quoted, r.account = t.quoted.shrunk(prior.quoted, priorFor), t.account.shrunk(prior.account, priorFor)
	r.drift = t.drift.shrunk(prior.drift, priorFor)
	for kind := range amountKinds {
		r.kinds[kind] = tally{sum(t.amount[kind][:]), t.links}.shrunk(prior.kinds[kind], priorFor)
		shares(r.amount[kind][:], t.amount[kind][:])
	}
	for b := range bases {
		shares(r.delay[b][:], t.delay[b][:])
	}
	for c := range classes {
		for x := range precedings {
			r.kept[c][x] = probable(t.kept[c][x].shrunk(prior.kept[c][x], priorFor))
			r.extra[c][x] = probable(t.extra[c][x].shrunk(prior.extra[c][x], priorFor))
		}
	}
	r.keptOf, r.extraOf = t.keptOf, t.extraOf
	return r
}

// probable keeps a rate from certainty, which no sample can show.
func probable(p float64) float64 { return min(max(p, .001), .995) }

// shares turns counts into shares, shrunk towards what stands in bins.
func shares(bins, counts []float64) {
	total := sum(counts)
	for b := range bins {
		bins[b] = (counts[b] + priorFor*bins[b]) / (total + priorFor)
	}
}

func sum(list []float64) float64 {
	total := 0.0
	for _, x := range list {
		total += x
	}
	return total
}

// tallies count what the expected links look like.
type tallies struct {
	links                  float64
	quoted, account, drift tally
	amount                 [amountKinds][len(amountBins)]float64
	delay                  [bases][len(delayBins)]float64
	kept, extra            [classes][precedings]tally
	keptOf, extraOf        map[string][precedings]tally
	c                      comparison
}

func newTallies() *tallies {
	return &tallies{keptOf: map[string][precedings]tally{}, extraOf: map[string][precedings]tally{}}
}

func (t *tallies) add(s *scorer, e *edge) {
	in, tx := &s.invoices[e.invoice], s.rows.textOfEdge(e)
	s.compare(e.invoice, s.rows.transactions[e.transaction].text, math.Inf(-1), &t.c)
	t.links += e.p
	t.amount[e.kind][e.amountBin] += e.p
	if e.kind == direct {
		t.drift.count(e.amountBin > 0, e.p)
	}
	if e.delayBin >= 0 {
		t.delay[in.basis][e.delayBin] += e.p
	}
	if t.c.account != 0 {
		t.account.count(t.c.account > 0, e.p)
	}
	if len(s.rows.invoices[e.invoice].references) > 0 && len(tx.words) > 0 {
		t.quoted.count(t.c.quoted >= 0, e.p)
	}
	if t.c.name >= 0 {
		f := s.rows.invoices[e.invoice].names[t.c.name]
		t.words(s, f.words, t.c.nameWords[:], found, e.p, &t.kept, t.keptOf)
	}
	t.words(s, tx.words, t.c.words[:], absent, e.p, &t.extra, t.extraOf)
}

// words counts those words of a text whose state is yes, by what became of the
// word before.
func (t *tallies) words(s *scorer, words []word, states []state, yes state, p float64, by *[classes][precedings]tally, of map[string][precedings]tally) {
	before := first
	for k, w := range words {
		if w.start {
			before = first
		}
		if states[k] == skipped {
			continue
		}
		by[w.class()][before].count(states[k] == yes, p)
		text := s.rows.vocabulary.words[w.id]
		own := of[text]
		own[before].count(states[k] == yes, p)
		of[text] = own
		before = missing
		if states[k] == found {
			before = shared
		}
	}
}

func (t *tally) count(yes bool, p float64) {
	t.all += p
	if yes {
		t.yes += p
	}
}
