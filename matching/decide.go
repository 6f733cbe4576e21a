package matching

import (
	"cmp"
	"math"
	"slices"

	"github.com/govalues/decimal"
)

// usualDrift is the share of links with unequal amounts from which a difference
// is usual, and established the number of links that must show it. Below them a
// difference without a person's word is a variance to be looked at.
const (
	usualDrift  = .2
	established = 20
)

// decision is a graph on its way to a solution.
type decision struct {
	*scorer
	*graph
	options Options
	linked  []bool            // by edge
	inSplit [2]map[int32]bool // invoices and transactions
	c       comparison
}

// decide passes the candidates through the gates.
func decide(s *scorer, g *graph, o Options) *Solution {
	d := &decision{scorer: s, graph: g, options: o, linked: make([]bool, len(g.edges)), inSplit: [2]map[int32]bool{{}, {}}}
	out := &Solution{Candidates: len(g.edges)}
	for _, f := range s.rows.fixed {
		out.Links = append(out.Links, d.fixed(f))
	}
	d.choose()
	out.Links = append(out.Links, d.splitLinks()...)
	for k := range g.edges {
		if d.linked[k] {
			out.Links = append(out.Links, d.link(k))
		}
	}
	slices.SortFunc(out.Links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.InvoiceID, b.InvoiceID), cmp.Compare(a.TransactionID, b.TransactionID))
	})
	out.Invoices, out.Transactions = d.unmatched()
	return out
}

// choose links what is likelier than not. Two such candidates of one transaction
// can only come of an iteration that has not settled: a tie, so none is taken.
func (d *decision) choose() {
	likely := func(k int32) bool { return d.edges[k].p > d.options.ProposeAt }
	for _, edges := range d.into {
		at := slices.IndexFunc(edges, likely)
		if at >= 0 && !slices.ContainsFunc(edges[at+1:], likely) {
			d.linked[edges[at]] = true
		}
	}
}

func (d *decision) fixed(pair [2]int32) Link {
	in, tx := d.rows.invoices[pair[0]].source, d.rows.transactions[pair[1]].source
	return Link{
		InvoiceID: in.ID, TransactionID: tx.ID, Amount: in.Amount, Currency: in.Currency,
		Status: Confirmed, Method: ByPerson, Confidence: 1, Margin: 1, Reasons: []Reason{PersonDecided},
	}
}

// link makes a link of an edge.
func (d *decision) link(k int) Link {
	e := &d.edges[k]
	in, tx := d.rows.invoices[e.invoice].source, d.rows.transactions[e.transaction].source
	d.compare(e.invoice, d.rows.transactions[e.transaction].text, math.Inf(-1), &d.c)
	l := Link{
		InvoiceID: in.ID, TransactionID: tx.ID, Currency: in.Currency, Amount: in.Amount,
		Confidence: e.p, Margin: e.p, Status: Proposed, Method: d.method(e),
	}
	if up := d.runnerUp(k); up != nil {
		l.RunnerUp, l.Margin = up, e.p-up.Confidence
	}
	if paid := tx.Amount.Abs(); tx.Currency == in.Currency && paid.Less(in.Amount) && d.short(e) {
		l.Amount, l.IsPartial = paid, true
	}
	l.Evidence = d.evidence(e)
	if l.Reasons = d.doubts(e, &l); len(l.Reasons) == 0 {
		l.Status = Confirmed
	}
	l.WouldChangeIf = d.wouldChangeIf(e, &l)
	return l
}

// edgesOf lists the edges of an invoice.
func (d *decision) edgesOf(i int32) []int32 {
	s := d.spans[i]
	out := make([]int32, 0, s.to-s.from)
	for k := s.from; k < s.to; k++ {
		out = append(out, k)
	}
	return out
}

// short says whether an amount below the invoice's is a part and no drift.
func (d *decision) short(e *edge) bool {
	return e.kind == direct && e.amountBin > 0 && !(d.driftIsUsual() && int(e.amountBin) < len(amountBins)-1)
}

func (d *decision) driftIsUsual() bool {
	return d.model.drift >= usualDrift && d.model.learnt >= established
}

// doubts are the reasons not to confirm a likely link. Empty: confirm.
func (d *decision) doubts(e *edge, l *Link) []Reason {
	var out []Reason
	if e.unknownCurrency {
		out = append(out, CurrencyUnknown)
	}
	if e.kind == unrelated {
		out = append(out, FXRateUnavailable)
	}
	if !d.named() {
		out = append(out, AmountOnly)
	}
	switch far := int(e.amountBin) == len(amountBins)-1; {
	case e.kind == unrelated || e.amountBin == 0:
	case far && l.IsPartial:
		out = append(out, SplitIncomplete)
	case far || !d.driftIsUsual():
		out = append(out, FeeVariance)
	}
	if l.Confidence < d.options.ConfirmAt || l.Margin < d.options.Margin {
		out = append(out, Ambiguous)
	}
	return out
}

// named says whether the pair last compared shares more than amount and date.
func (d *decision) named() bool {
	return d.c.quoted >= 0 && d.c.referenceBits > 0 || d.c.account > 0 || d.c.nameBits > 0
}

func (d *decision) method(e *edge) Method {
	switch {
	case d.c.quoted >= 0 && d.c.referenceBits > 0 && e.amountBin == 0 && e.kind != unrelated:
		return ReferenceExact
	case d.c.quoted >= 0 && d.c.referenceBits > 0:
		return ByReference
	case d.c.account > 0:
		return ByAccount
	case d.c.nameBits > 0:
		return ByName
	}
	return ByAmount
}

// runnerUp finds the likeliest other candidate of an edge's rows.
func (d *decision) runnerUp(k int) *RunnerUp {
	e, best := &d.edges[k], -1
	consider := func(o int) {
		if o != k && (best < 0 || d.edges[o].p > d.edges[best].p) {
			best = o
		}
	}
	for o := d.spans[e.invoice].from; o < d.spans[e.invoice].to; o++ {
		consider(int(o))
	}
	for _, o := range d.into[e.transaction] {
		consider(int(o))
	}
	if best < 0 {
		return nil
	}
	o := &d.edges[best]
	return &RunnerUp{d.rows.invoices[o.invoice].source.ID, d.rows.transactions[o.transaction].source.ID, o.p}
}

// logOdds gives the bits of a probability, bounded.
func logOdds(p float64) float64 {
	return math.Log2(max(p, 1e-18) / max(1-p, 1e-18))
}

func decimalOf(units int64) decimal.Decimal {
	v, err := decimal.New(units, scale)
	if err != nil {
		return decimal.Zero // cannot be: scale is valid
	}
	return v.Trim(2)
}
