package matching

import (
	"cmp"
	"math"
	"slices"
)

// split is a payment of several invoices by one transaction, or of one invoice by
// several transactions: one whole and its parts. A group has several of both; a payout
// has a fee that no line quotes.
type split struct {
	invoices, transactions []int32
	bits                   float64
	quoted                 bool  // every pair of it is quoted
	incomplete             bool  // the parts do not come to the whole
	fee                    int64 // what the whole lacks of its parts: a payment provider's, or a discount

	given  map[[2]int32]int64 // of a group: what each transaction gives to each invoice
	tariff string             // of a payout: what its fee is by, in words
	alike  int                // payouts of these books that keep to the tariff
}

// Bounds of the search for splits.
const (
	mostParts  = 12     // of a whole
	mostShares = 20     // rows that are tried as parts of a whole
	mostTries  = 20_000 // sums that are tried for a whole
	lead       = 6      // bits by which a split must beat those that claim its rows
)

// share is a row that may be a part of a whole.
type share struct {
	row    int32
	units  int64
	bits   float64 // of its texts with the whole's
	quoted bool
}

// splits finds the splits among rows that have no link of their own amount.
func (d *decision) splits() []split {
	byInvoice, byTransaction := d.related()
	var found []split
	for j := range d.rows.transactions {
		if sp, ok := d.splitOf(d.rows.transactions[j].money, byTransaction[int32(j)], false); ok {
			sp.transactions = []int32{int32(j)}
			found = d.keepBetter(found, sp)
		}
	}
	for i := range d.rows.invoices {
		if sp, ok := d.splitOf(d.rows.invoices[i].money, byInvoice[int32(i)], true); ok {
			sp.invoices = []int32{int32(i)}
			found = d.keepBetter(found, sp)
		}
	}
	found = undisputed(found)
	found = append(found, d.groups(byInvoice, byTransaction, found)...)
	return append(found, d.payouts(found)...)
}

func (d *decision) keepBetter(found []split, sp split) []split {
	if d.displaces(&sp) {
		found = append(found, sp)
	}
	return found
}

// free says whether a row is open, or in a link that does not account for its
// amount and leaves room for a better one.
func (d *decision) free(edges []int32) bool {
	return !slices.ContainsFunc(edges, func(k int32) bool { return d.linked[k] && !d.unaccounted(&d.edges[k]) })
}

// unaccounted says whether the amounts of an edge differ as links here do not.
func (d *decision) unaccounted(e *edge) bool {
	return e.kind == direct && (int(e.amountBin) == len(amountBins)-1 || e.amountBin > 0 && !d.driftIsUsual())
}

// displaces says whether a split is better than each link that its rows have.
func (d *decision) displaces(sp *split) bool {
	better := func(edges []int32) bool {
		return !slices.ContainsFunc(edges, func(k int32) bool { return d.linked[k] && d.edges[k].bits >= sp.bits })
	}
	return !slices.ContainsFunc(sp.invoices, func(i int32) bool { return !better(d.edgesOf(i)) }) &&
		!slices.ContainsFunc(sp.transactions, func(j int32) bool { return !better(d.into[j]) })
}

// related finds free rows whose texts belong together, from both sides: by a
// reference, an account or a name.
func (d *decision) related() (byInvoice, byTransaction map[int32][]share) {
	byInvoice, byTransaction = map[int32][]share{}, map[int32][]share{}
	index := d.freeInvoices()
	seen := make([]int32, len(d.rows.invoices))
	for j := range d.rows.transactions {
		tx := &d.rows.transactions[j]
		if tx.closed || !d.free(d.into[j]) {
			continue
		}
		for _, id := range d.keysOfText(tx.text) {
			for _, i := range index[id] {
				if seen[i] == int32(j)+1 {
					continue
				}
				seen[i] = int32(j) + 1
				if s, ok := d.share(i, int32(j)); ok {
					byTransaction[int32(j)] = append(byTransaction[int32(j)], share{i, d.rows.invoices[i].money[0].units, s.bits, s.quoted})
					byInvoice[i] = append(byInvoice[i], share{int32(j), tx.money[0].units, s.bits, s.quoted})
				}
			}
		}
	}
	return byInvoice, byTransaction
}

// freeInvoices indexes free invoices by what a text may say of them. What too
// many share is no help.
func (d *decision) freeInvoices() map[int32][]int32 {
	index := map[int32][]int32{}
	for i := range d.rows.invoices {
		in := &d.rows.invoices[i]
		if in.closed || !d.free(d.edgesOf(int32(i))) {
			continue
		}
		keys := slices.Clone(in.ibans)
		for _, w := range in.references {
			keys = append(keys, w.id)
		}
		for _, n := range d.invoices[i].names {
			for k := range n.words {
				if n.words[k].surprisal[first] >= little {
					keys = append(keys, n.words[k].id)
				}
			}
		}
		slices.Sort(keys)
		for _, id := range slices.Compact(keys) {
			index[id] = append(index[id], int32(i))
		}
	}
	for id, list := range index {
		if len(list) > 10*mostShares {
			delete(index, id)
		}
	}
	return index
}

func (d *decision) keysOfText(text int32) []int32 {
	t := &d.texts[text]
	keys := slices.Clone(t.ids)
	for _, q := range t.quotes {
		keys = append(keys, q.id)
	}
	if t.iban >= 0 {
		keys = append(keys, t.iban)
	}
	return keys
}

// share says whether an invoice and a transaction may be in one split.
func (d *decision) share(i, j int32) (share, bool) {
	in, tx := &d.rows.invoices[i], &d.rows.transactions[j]
	from, to := window(in)
	near := tx.day == noDay || from == noDay || tx.day >= from && tx.day <= to
	same := in.money[0].currency == tx.money[0].currency && in.money[0].currency != ""
	if !same || in.sign != 0 && in.sign != tx.sign || d.rows.declined[[2]int32{i, j}] {
		return share{}, false
	}
	if !d.compare(i, tx.text, math.Inf(-1), &d.c) || !d.named() || !near && d.c.quoted < 0 {
		return share{}, false
	}
	return share{bits: d.c.bits(), quoted: d.c.quoted >= 0 && d.c.referenceBits > 0}, true
}

// bestFirst are at most so many shares, the quoted ones first, of which there are must,
// and then what speaks for each.
func bestFirst(shares []share, most int) (best []share, must int) {
	slices.SortFunc(shares, func(a, b share) int {
		return cmp.Or(-boolCompare(a.quoted, b.quoted), cmp.Compare(b.bits, a.bits), cmp.Compare(a.row, b.row))
	})
	best = shares[:min(len(shares), most)]
	for must < len(best) && best[must].quoted {
		must++
	}
	return best, must
}

// splitOf looks for parts that come to a whole.
func (d *decision) splitOf(whole []money, shares []share, ofInvoice bool) (split, bool) {
	total := whole[0].units
	shares = slices.DeleteFunc(slices.Clone(shares), func(s share) bool { return s.units >= total || s.units == 0 }) // groups look at all of them
	if len(shares) < 2 {
		return split{}, false
	}
	shares, must := bestFirst(shares, mostShares)
	parts, tried, sum := addUp(shares, must, total)
	out := split{quoted: len(parts) > 0 && len(parts) == must}
	if len(parts) == 0 {
		// Of parts that are all quoted, what lacks may be still to come, or a fee.
		switch short := sum - total; {
		case must < 2:
			return split{}, false
		case !ofInvoice && short > 0 && float64(short) <= fees*float64(sum):
			out.fee = short
		case !ofInvoice || sum > total:
			return split{}, false
		}
		parts, out.quoted, out.incomplete = shares[:must], true, true
	}
	for _, s := range parts {
		if ofInvoice {
			out.transactions = append(out.transactions, s.row)
		} else {
			out.invoices = append(out.invoices, s.row)
		}
	}
	out.bits = d.splitBits(whole[0], parts, tried, out.incomplete)
	return out, out.bits > 0
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// splitBits weighs a split: the texts of its parts, and how unlikely one of the
// sums that were possible meets the whole by chance.
func (d *decision) splitBits(whole money, parts []share, tried float64, incomplete bool) float64 {
	bits, names := d.prior, 0.0
	for _, s := range parts {
		if s.quoted {
			bits += max(s.bits, 0)
		}
		names = max(names, s.bits)
	}
	if !slices.ContainsFunc(parts, func(s share) bool { return s.quoted }) {
		bits += names // one party, said once
	}
	if incomplete {
		return bits
	}
	return bits - math.Log2(min(1, tried*amountChance(whole.units, 0)))
}

// addUp finds the one set of two or more shares that comes to the total and holds
// the first must of them. It gives the number of sets that were possible, and
// the sum of those that must be. Two sets are as good as none.
func addUp(shares []share, must int, total int64) (parts []share, possible float64, sum int64) {
	chosen := slices.Clone(shares[:must])
	for _, s := range chosen {
		sum += s.units
	}
	if sum == total && must >= 2 {
		return chosen, 1, sum
	}
	rest := shares[must:]
	tries, found := 0, 0
	var walk func(from int, left int64)
	walk = func(from int, left int64) {
		if left == 0 && len(chosen) >= 2 {
			if found++; found == 1 {
				parts = slices.Clone(chosen)
			}
			return
		}
		for k := from; k < len(rest) && len(chosen) < mostParts && found < 2 && tries < mostTries; k++ {
			tries++
			if rest[k].units <= left {
				chosen = append(chosen, rest[k])
				walk(k+1, left-rest[k].units)
				chosen = chosen[:len(chosen)-1]
			}
		}
	}
	walk(0, total-sum)
	if found != 1 || tries >= mostTries {
		return nil, 0, sum
	}
	return parts, setsUpTo(len(rest), len(parts)-must), sum
}

// setsUpTo counts the sets of up to k of n.
func setsUpTo(n, k int) float64 {
	total, choose := 0.0, 1.0
	for size := 1; size <= k; size++ {
		choose *= float64(n-size+1) / float64(size)
		total += choose
	}
	return max(total, 1)
}

// undisputed keeps the splits that no other one nearly as good claims a row of.
func undisputed(all []split) []split {
	slices.SortStableFunc(all, func(a, b split) int { return cmp.Compare(b.bits, a.bits) })
	best := map[[2]int32]float64{} // by side and row: bits of the best claim
	dead := make([]bool, len(all))
	claim := func(k int, side int32, rows []int32) {
		for _, r := range rows {
			key := [2]int32{side, r}
			if bits, taken := best[key]; taken {
				dead[k] = true
				if bits-all[k].bits < lead {
					for o := range k {
						dead[o] = dead[o] || slices.Contains([][]int32{all[o].invoices, all[o].transactions}[side], r)
					}
				}
				continue
			}
			best[key] = all[k].bits
		}
	}
	for k := range all {
		claim(k, 0, all[k].invoices)
		claim(k, 1, all[k].transactions)
	}
	var kept []split
	for k := range all {
		if !dead[k] {
			kept = append(kept, all[k])
		}
	}
	return kept
}
