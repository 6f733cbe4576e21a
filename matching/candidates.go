package matching

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"sync"
)

// edge is a candidate with its weight against no link at all.
type edge struct {
	invoice, transaction int32
	bits                 float64
	p                    float64 // probability, once marginals were taken
	kind                 amountKind
	amountBin            uint8
	delayBin             int8 // -1: a date is missing
	unknownCurrency      bool
}

// graph holds the candidates of the invoices, grouped by invoice.
type graph struct {
	edges []edge
	spans []span    // edges of an invoice, by its place among all
	into  [][]int32 // edges of a transaction

	amountOnly map[int32]int32 // by invoice: a transaction with the amount that names somebody else, plus one
	declinedOf map[int32]int32 // by invoice: the transaction of its likeliest declined pair
}

// span is a run of edges [from, to).
type span struct{ from, to int32 }

// Bounds of the graph. A pair below weak is a sixteenth as likely as no link, and
// changes no decision.
const (
	weak       = -4.0
	maxPerSide = 64
)

// block holds the transactions of one currency and sign by day, and within a day
// by amount.
type block struct {
	days    []int32
	starts  []int32 // len(days)+1
	units   []int64 // by entry
	entries []entry
}

type entry struct {
	signature   signature
	transaction int32
	text        int32
	kind        amountKind
}

func (s *scorer) index() {
	type placed struct {
		day   int32
		units int64
		entry
	}
	groups := map[amountKey][]placed{}
	s.quoting = map[int32][]int32{}
	for j := range s.rows.transactions {
		t := &s.rows.transactions[j]
		if t.closed {
			continue
		}
		for _, m := range t.money {
			key := amountKey{m.currency, t.sign}
			groups[key] = append(groups[key], placed{t.day, m.units, entry{s.texts[t.text].signature, int32(j), t.text, m.kind}})
		}
		for _, q := range s.texts[t.text].quotes {
			if list := s.quoting[q.id]; len(list) == 0 || list[len(list)-1] != int32(j) {
				s.quoting[q.id] = append(list, int32(j))
			}
		}
	}
	s.blocks = map[amountKey]*block{}
	for key, list := range groups {
		slices.SortFunc(list, func(a, b placed) int {
			return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.units, b.units), cmp.Compare(a.transaction, b.transaction))
		})
		b := &block{}
		for k, p := range list {
			if k == 0 || p.day != list[k-1].day {
				b.days, b.starts = append(b.days, p.day), append(b.starts, int32(k))
			}
			b.units, b.entries = append(b.units, p.units), append(b.entries, p.entry)
		}
		b.starts = append(b.starts, int32(len(list)))
		s.blocks[key] = b
		s.keys = append(s.keys, key)
	}
	slices.SortFunc(s.keys, func(a, b amountKey) int {
		return cmp.Or(cmp.Compare(a.currency, b.currency), cmp.Compare(a.sign, b.sign))
	})
}

// finder looks for the candidates of one invoice after another.
type finder struct {
	*scorer
	edges []edge
	seen  []int32 // by transaction: place in edges of the invoice at hand, plus one
	first int

	// What comparing the invoice at hand with a text came to, by text.
	compared []compared
	needed   float64 // bits that its texts must add at the least
	c        comparison

	amountOnly, declinedOf map[int32]int32
}

type compared struct {
	invoice  int32 // plus one
	bits     float64
	stranger bool // names somebody else
}

// candidates finds the pairs worth a look of some invoices.
func (s *scorer) candidates(ctx context.Context, invoices []int32) (*graph, error) {
	g := &graph{
		spans: make([]span, len(s.rows.invoices)), into: make([][]int32, len(s.rows.transactions)),
		amountOnly: map[int32]int32{}, declinedOf: map[int32]int32{},
	}
	parts := make(map[int]*finder)
	var lock sync.Mutex
	inParallel(len(invoices), func(from, to int) {
		f := s.newFinder()
		for n, i := range invoices[from:to] {
			if n%256 == 0 && ctx.Err() != nil {
				return
			}
			f.invoice(i)
		}
		lock.Lock()
		parts[from] = f
		lock.Unlock()
	})
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	for _, from := range slices.Sorted(maps.Keys(parts)) {
		g.edges = append(g.edges, parts[from].edges...)
		maps.Copy(g.amountOnly, parts[from].amountOnly)
		maps.Copy(g.declinedOf, parts[from].declinedOf)
	}
	g.link()
	return g, nil
}

// link finds the edges of each row; they stand in order of invoice.
func (g *graph) link() {
	for k := range g.edges {
		e := &g.edges[k]
		if k == 0 || g.edges[k-1].invoice != e.invoice {
			g.spans[e.invoice].from = int32(k)
		}
		g.spans[e.invoice].to = int32(k + 1)
		g.into[e.transaction] = append(g.into[e.transaction], int32(k))
	}
}

func (s *scorer) newFinder() *finder {
	return &finder{
		scorer: s, seen: make([]int32, len(s.rows.transactions)), compared: make([]compared, len(s.texts)),
		amountOnly: map[int32]int32{}, declinedOf: map[int32]int32{},
	}
}

func (f *finder) invoice(i int32) {
	f.first = len(f.edges)
	in, t := &f.rows.invoices[i], &f.invoices[i]
	f.needed = weak - f.prior - t.mostOfRow()
	for n := range t.money {
		for _, key := range f.keys {
			m := &t.money[n]
			meets := m.currency == key.currency || m.currency == "" && m.kind == direct || key.currency == ""
			if meets && (in.sign == 0 || in.sign == key.sign) {
				f.byAmount(i, m, key)
			}
		}
	}
	f.byReference(i)
	own := f.edges[f.first:]
	for _, e := range own {
		f.seen[e.transaction] = 0
	}
	slices.SortFunc(own, func(a, b edge) int {
		return cmp.Or(cmp.Compare(b.bits, a.bits), cmp.Compare(a.transaction, b.transaction))
	})
	f.edges = f.edges[:f.first+min(len(own), maxPerSide)]
}

// byAmount takes the transactions within the window of days and amounts.
func (f *finder) byAmount(i int32, m *moneyTerms, key amountKey) {
	b := f.blocks[key]
	from, to := window(&f.rows.invoices[i])
	d, _ := slices.BinarySearch(b.days, from)
	if len(b.days) > 0 && b.days[0] == noDay {
		f.onDay(i, m, key, b, 0)
		d = max(d, 1)
	}
	for ; d < len(b.days) && b.days[d] <= to; d++ {
		f.onDay(i, m, key, b, d)
	}
}

func (f *finder) onDay(i int32, m *moneyTerms, key amountKey, b *block, d int) {
	t := &f.invoices[i]
	delay, unknown := t.delayBin(b.days[d]), key.currency == "" || m.currency == ""
	row := f.prior + t.delayBits(delay) + m.currencyBits
	if row+m.best+t.ceiling < weak {
		return
	}
	// Beyond the widest bin that the best of texts could make up for, nothing is a candidate.
	widest := len(amountBins) - 2
	for widest > 0 && row+m.most[widest]+t.ceiling < weak {
		widest--
	}
	low, high := m.units-within(m.units, widest), m.units+within(m.units, widest)
	units := b.units[b.starts[d]:b.starts[d+1]]
	entries := b.entries[b.starts[d]:b.starts[d+1]]
	at, _ := slices.BinarySearch(units, low)
	rung := len(amountBins) - 2 - widest
	for ; at < len(units) && units[at] <= high; at++ {
		e := &entries[at]
		for units[at] > m.ladder[rung].upTo {
			rung++
		}
		bin := m.ladder[rung].bin
		needed := weak - row - m.most[bin]
		if bin > 0 && (needed > t.ceiling || !e.signature.meets(&t.signature, needed)) {
			continue
		}
		if f.compareOnce(i, e.text).bits >= needed {
			f.add(i, m, e.transaction, max(m.kind, e.kind), bin, delay, unknown)
		}
	}
}

// compareOnce compares the invoice at hand with a text, unless it did before.
func (f *finder) compareOnce(i, text int32) *compared {
	c := &f.compared[text]
	if c.invoice == i+1 {
		return c
	}
	*c = compared{invoice: i + 1, bits: math.Inf(-1)}
	if f.compare(i, text, f.needed, &f.c) {
		c.bits = f.c.bits()
		c.stranger = f.c.quoted < 0 && f.c.account <= 0 && f.c.nameBits <= 0 && f.c.name >= 0 && f.texts[text].namesSomebody()
	}
	return c
}

// byReference takes transactions that quote a reference, whatever their amount,
// day and currency.
func (f *finder) byReference(i int32) {
	in, t := &f.rows.invoices[i], &f.invoices[i]
	for _, w := range in.references {
		list := f.quoting[w.id]
		if len(list) > maxPerSide {
			continue // everybody quotes it
		}
		for _, j := range list {
			tx := &f.rows.transactions[j]
			if f.seen[j] > int32(f.first) || in.sign != 0 && tx.sign != in.sign {
				continue
			}
			m, kind, units := t.meet(tx)
			bin := len(amountBins) - 1
			if m != nil {
				bin = amountBin(m.units, units)
			}
			f.add(i, m, j, kind, bin, t.delayBin(tx.day), m != nil && m.currency == "")
		}
	}
}

// meet finds the amounts of a pair in one currency, directly if possible.
func (t *invoiceTerms) meet(tx *transaction) (*moneyTerms, amountKind, int64) {
	for n := range t.money {
		for _, m := range tx.money {
			if m.currency == t.money[n].currency {
				return &t.money[n], max(m.kind, t.money[n].kind), m.units
			}
		}
	}
	return nil, unrelated, 0
}

// add weighs a pair and keeps it if it is worth a look.
func (f *finder) add(i int32, m *moneyTerms, j int32, kind amountKind, bin, delay int, unknown bool) {
	e := edge{invoice: i, transaction: j, kind: kind, amountBin: uint8(bin), delayBin: int8(delay), unknownCurrency: unknown}
	c := f.compareOnce(i, f.rows.transactions[j].text)
	e.bits = f.prior + f.invoices[i].rowBits(m, &e) + c.bits
	if e.bits < weak || f.refused(&e, c) {
		return
	}
	if at := int(f.seen[j]) - 1; at >= f.first {
		if e.bits > f.edges[at].bits {
			f.edges[at] = e
		}
		return
	}
	f.edges = append(f.edges, e)
	f.seen[j] = int32(len(f.edges))
}

// refused keeps pairs out that are never linked, and remembers them for the
// reasons: what a person declined, and equal amounts of different parties.
func (f *finder) refused(e *edge, c *compared) bool {
	if f.rows.declined[[2]int32{e.invoice, e.transaction}] {
		if _, ok := f.declinedOf[e.invoice]; !ok {
			f.declinedOf[e.invoice] = e.transaction
		}
		return true
	}
	if c.stranger && e.amountBin == 0 && f.amountOnly[e.invoice] == 0 {
		f.amountOnly[e.invoice] = e.transaction + 1
	}
	return c.stranger
}

// namesSomebody says whether a text's words can be a name: one of them is neither
// a number nor said all the time.
func (t *textTerms) namesSomebody() bool {
	const common = 6 // bits: in more than one of 64 transactions
	return slices.ContainsFunc(t.words, func(w textWordTerms) bool { return !w.digit && w.surprisal[first] >= common })
}

// window gives the days, inclusive, in which a transaction is a candidate of an
// invoice by its amount.
func window(in *invoice) (from, to int32) {
	from, to = in.issue, max(in.issue, in.due)
	if from == noDay {
		from = in.due
	}
	if from == noDay {
		return noDay, math.MaxInt32
	}
	return from - earliest, to + latest
}

// amountWindow gives the amounts, inclusive, that are candidates by amount.
func amountWindow(units int64) (low, high int64) {
	d := within(units, len(amountBins)-2)
	return units - d, units + d
}

// delayBin finds the bin of a transaction's day, or -1 where a date is missing.
func (t *invoiceTerms) delayBin(day int32) int {
	if day == noDay || t.from == noDay {
		return -1
	}
	return delayBin(day - t.from)
}

func (t *invoiceTerms) delayBits(bin int) float64 {
	if bin < 0 {
		return 0
	}
	return t.delay[bin]
}

// mostOfRow is the most that all but the texts can add.
func (t *invoiceTerms) mostOfRow() float64 {
	most := 0.0
	for n := range t.money {
		most = max(most, t.money[n].best+max(t.money[n].currencyBits, 0))
	}
	if t.from == noDay {
		return most
	}
	return most + max(0, slices.Max(t.delay[:]))
}

// rowBits weighs all but the texts of a pair.
func (t *invoiceTerms) rowBits(m *moneyTerms, e *edge) float64 {
	bits := t.delayBits(int(e.delayBin))
	if m == nil {
		return bits
	}
	bits += m.bits[e.kind][e.amountBin]
	if !e.unknownCurrency {
		bits += m.currencyBits
	}
	return bits
}
