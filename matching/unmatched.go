package matching

import "fmt"

// unmatched gives a reason to every row without a link.
func (d *decision) unmatched() (invoices, transactions []Unmatched) {
	fixedInvoice, fixedTransaction := map[int32]bool{}, map[int32]bool{}
	for _, f := range d.rows.fixed {
		fixedInvoice[f[0]], fixedTransaction[f[1]] = true, true
	}
	for i := range d.rows.invoices {
		edges := d.edgesOf(int32(i))
		if !fixedInvoice[int32(i)] && !d.inSplit[0][int32(i)] && !d.anyLinked(edges) {
			invoices = append(invoices, d.whyInvoice(int32(i), edges))
		}
	}
	for j := range d.rows.transactions {
		if !fixedTransaction[int32(j)] && !d.inSplit[1][int32(j)] && !d.anyLinked(d.into[j]) {
			transactions = append(transactions, d.whyTransaction(int32(j)))
		}
	}
	return invoices, transactions
}

func (d *decision) anyLinked(edges []int32) bool {
	for _, k := range edges {
		if d.linked[k] {
			return true
		}
	}
	return false
}

func (d *decision) whyInvoice(i int32, edges []int32) Unmatched {
	in := &d.rows.invoices[i]
	u := Unmatched{ID: in.source.ID}
	switch pair, declined := d.declinedOf[i]; {
	case in.source.Locked:
		u.Reason, u.Detail = PeriodLocked, "the invoice is in a closed period"
	case d.contested(edges):
		u.Reason, u.Detail = d.tie(edges)
	case declined:
		u.Reason, u.Detail = PreviouslyDeclined, "a person declined transaction "+d.rows.transactions[pair].source.ID
	case in.source.Currency == "":
		u.Reason, u.Detail = CurrencyUnknown, "the invoice's currency is unknown"
	case d.amountOnly[i] > 0:
		u.Reason, u.Detail = AmountOnly, fmt.Sprintf("transaction %s has the amount, and names somebody else", d.rows.transactions[d.amountOnly[i]-1].source.ID)
	case d.noRate(in):
		u.Reason, u.Detail = FXRateUnavailable, "no transaction is in "+in.source.Currency+", and no rate is known"
	default:
		u.Reason, u.Detail = NoCandidate, d.bestOf(edges, false)
	}
	return u
}

func (d *decision) whyTransaction(j int32) Unmatched {
	tx := &d.rows.transactions[j]
	u := Unmatched{ID: tx.source.ID}
	twin, twins := d.twin(j)
	switch {
	case tx.source.Locked:
		u.Reason, u.Detail = PeriodLocked, "the transaction is in a closed period"
	case tx.within:
		u.Reason, u.Detail = NoCandidate, "a transfer between own accounts"
	case twins:
		u.Reason, u.Detail = DuplicateTransaction, "transaction "+d.rows.transactions[twin].source.ID+" is the same"
	case d.chances(d.into[j]) > d.options.ProposeAt:
		u.Reason, u.Detail = d.tie(d.into[j])
	case tx.source.Currency == "":
		u.Reason, u.Detail = CurrencyUnknown, "the transaction's currency is unknown"
	default:
		u.Reason, u.Detail = NoCandidate, d.bestOf(d.into[j], true)
	}
	return u
}

// chances is the probability that one of the edges is a link.
func (d *decision) chances(edges []int32) float64 {
	total := 0.0
	for _, k := range edges {
		total += d.edges[k].p
	}
	return total
}

// contested says whether an invoice's edges come to a link that cannot be told:
// one of its transactions, or one of those who want its likeliest transaction.
func (d *decision) contested(edges []int32) bool {
	if d.chances(edges) > d.options.ProposeAt {
		return true
	}
	a, _ := d.top(edges)
	if a < 0 || d.edges[a].bits < 0 {
		return false
	}
	rivals := d.into[d.edges[a].transaction]
	return !d.anyLinked(rivals) && d.chances(rivals) > d.options.ProposeAt
}

// tie explains edges of which none is likely enough.
func (d *decision) tie(edges []int32) (Reason, string) {
	a, b := d.top(edges)
	if b < 0 {
		return Ambiguous, d.pair(a)
	}
	if x, y := d.edges[a].transaction, d.edges[b].transaction; x != y && d.same(x, y) {
		return DuplicateTransaction, d.pair(a) + " or " + d.pair(b) + ", which are the same line"
	}
	return Ambiguous, d.pair(a) + " or " + d.pair(b)
}

// top finds the two likeliest edges, or -1.
func (d *decision) top(edges []int32) (a, b int32) {
	a, b = -1, -1
	for _, k := range edges {
		switch {
		case a < 0 || d.edges[k].p > d.edges[a].p:
			a, b = k, a
		case b < 0 || d.edges[k].p > d.edges[b].p:
			b = k
		}
	}
	return a, b
}

func (d *decision) pair(k int32) string {
	e := &d.edges[k]
	return fmt.Sprintf("%s with %s (%.0f %%)", d.rows.invoices[e.invoice].source.ID, d.rows.transactions[e.transaction].source.ID, 100*e.p)
}

// bestOf names the best of edges that come to nothing.
func (d *decision) bestOf(edges []int32, invoices bool) string {
	a, _ := d.top(edges)
	switch {
	case a < 0 && invoices:
		return "no open invoice is near in amount and date, or is quoted"
	case a < 0:
		return "no transaction is near in amount and date, or quotes it"
	}
	return "the likeliest is " + d.pair(a)
}

// noRate says whether only transactions of other currencies exist.
func (d *decision) noRate(in *invoice) bool {
	for _, key := range d.keys {
		for _, m := range in.money {
			if key.currency == m.currency {
				return false
			}
		}
	}
	return len(d.keys) > 0
}

// twin finds another transaction that an invoice could as well have: same day,
// amount, account and words, so most likely the same bank line.
func (d *decision) twin(j int32) (int32, bool) {
	for _, k := range d.into[j] {
		for o := d.spans[d.edges[k].invoice].from; o < d.spans[d.edges[k].invoice].to; o++ {
			if other := d.edges[o].transaction; other != j && d.same(j, other) {
				return other, true
			}
		}
	}
	return -1, false
}

func (d *decision) same(a, b int32) bool {
	x, y := &d.rows.transactions[a], &d.rows.transactions[b]
	return x.day == y.day && x.text == y.text && x.source.Currency == y.source.Currency && x.source.Amount.Cmp(y.source.Amount) == 0
}
