package matching

import (
	"cmp"
	"slices"
)

// Bounds of the search for several transactions that pay several invoices.
const (
	mostPayments   = 3  // of a group
	mostCompanions = 6  // transactions that are tried beside the first of a group
	mostGroupParts = 8  // invoices of a group
	mostGroupTries = 16 // invoices that are tried as parts of one
	groupDays      = 31 // between the first payment of a group and the last
)

// groups finds several transactions that together pay several invoices of one
// party, among rows that no split and no link accounts for. Each transaction
// belongs to every invoice of its group by its texts, the sums are equal, and no
// part of the group comes out even by itself: those parts would be links of their own.
func (d *decision) groups(byInvoice, byTransaction map[int32][]share, used []split) []split {
	taken := takenBy(used)
	beside := d.companions(byInvoice, byTransaction, taken)
	var found []split
	for j := range d.rows.transactions {
		first, others := int32(j), beside[int32(j)]
		sets := paymentSets(first, others)
		for _, set := range sets {
			if sp, ok := d.groupOf(set, byTransaction, taken[0], float64(len(sets))); ok {
				found = d.keepBetter(found, sp)
			}
		}
	}
	return undisputed(found)
}

// takenBy are the rows of splits: invoices and transactions.
func takenBy(used []split) (taken [2]map[int32]bool) {
	taken = [2]map[int32]bool{{}, {}}
	for _, sp := range used {
		for _, i := range sp.invoices {
			taken[0][i] = true
		}
		for _, j := range sp.transactions {
			taken[1][j] = true
		}
	}
	return taken
}

// companions are, for each transaction, those after it in canonical order that share
// an invoice with it and lie near in time, the nearest first.
func (d *decision) companions(byInvoice, byTransaction map[int32][]share, taken [2]map[int32]bool) map[int32][]int32 {
	out := map[int32][]int32{}
	for j, shares := range byTransaction {
		if taken[1][j] {
			continue
		}
		var list []int32
		for _, s := range shares[:min(len(shares), mostShares)] {
			for _, o := range byInvoice[s.row] {
				if o.row > j && !taken[1][o.row] && d.together(j, o.row) {
					list = append(list, o.row)
				}
			}
		}
		slices.Sort(list)
		list = slices.Compact(list)
		slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(d.apart(j, a), d.apart(j, b)) })
		out[j] = list[:min(len(list), mostCompanions)]
	}
	return out
}

// together says whether two transactions may be parts of one group.
func (d *decision) together(a, b int32) bool {
	x, y := &d.rows.transactions[a], &d.rows.transactions[b]
	return x.sign == y.sign && x.money[0].currency == y.money[0].currency && x.day != noDay && y.day != noDay && d.apart(a, b) <= groupDays && !d.same(a, b)
}

func (d *decision) apart(a, b int32) int32 {
	return max(d.rows.transactions[a].day-d.rows.transactions[b].day, d.rows.transactions[b].day-d.rows.transactions[a].day)
}

// paymentSets are the sets of two to mostPayments transactions that hold the first.
func paymentSets(first int32, others []int32) (sets [][]int32) {
	for k, a := range others {
		sets = append(sets, []int32{first, a})
		for _, b := range others[k+1:] {
			sets = append(sets, []int32{first, a, b})
		}
	}
	return sets
}

// groupOf looks for the one set of invoices that a set of transactions pays together.
func (d *decision) groupOf(set []int32, byTransaction map[int32][]share, taken map[int32]bool, sets float64) (split, bool) {
	total := int64(0)
	for _, j := range set {
		total += d.rows.transactions[j].money[0].units
	}
	shares, quotes := common(set, byTransaction, taken)
	shares = slices.DeleteFunc(shares, func(s share) bool { return s.units >= total || s.units == 0 })
	if len(shares) < 2 {
		return split{}, false
	}
	shares, must := bestFirst(shares, mostGroupTries)
	parts, tried, _ := addUp(shares, must, total)
	if len(parts) < 2 || len(parts) > mostGroupParts || d.comesApart(set, parts) {
		return split{}, false
	}
	out := split{transactions: set, quoted: true}
	for _, s := range parts {
		out.invoices = append(out.invoices, s.row)
		out.quoted = out.quoted && quotes[s.row] == len(set)
	}
	slices.Sort(out.invoices)
	whole := d.rows.transactions[set[0]].money[0]
	whole.units = total
	out.bits = d.splitBits(whole, parts, tried*sets, false)
	out.given = d.fill(out.invoices, set)
	return out, out.bits > 0
}

// common are the invoices that belong to every transaction of a set by its texts, and
// how many of these quote each. A share is as good as its best, and quoted where one
// of the transactions quotes it.
func common(set []int32, byTransaction map[int32][]share, taken map[int32]bool) (shares []share, quotes map[int32]int) {
	seen, best := map[int32]int{}, map[int32]share{}
	quotes = map[int32]int{}
	for _, j := range set {
		for _, s := range byTransaction[j] {
			if taken[s.row] {
				continue
			}
			seen[s.row]++
			if s.quoted {
				quotes[s.row]++
			}
			b, known := best[s.row]
			if !known {
				b = s
			}
			b.bits, b.quoted = max(b.bits, s.bits), b.quoted || s.quoted
			best[s.row] = b
		}
	}
	for row, n := range seen {
		if n == len(set) {
			shares = append(shares, best[row])
		}
	}
	return shares, quotes
}

// comesApart says whether one transaction of a group pays some of its invoices by
// itself: which rows belong together, the sums then do not say.
func (d *decision) comesApart(set []int32, parts []share) bool {
	for mask := 1; mask < 1<<len(parts)-1; mask++ {
		sum := int64(0)
		for k, s := range parts {
			if mask&(1<<k) != 0 {
				sum += s.units
			}
		}
		for _, j := range set {
			if sum == d.rows.transactions[j].money[0].units {
				return true
			}
		}
	}
	return false
}

// fill says what each transaction gives to each invoice: payments in their order in
// time fill the invoices in theirs, each before the next, as accounts are settled
// that nobody assigned.
func (d *decision) fill(invoices, transactions []int32) map[[2]int32]int64 {
	invoices, transactions = slices.Clone(invoices), slices.Clone(transactions)
	slices.SortStableFunc(invoices, func(a, b int32) int {
		return cmp.Or(cmp.Compare(d.rows.invoices[a].issue, d.rows.invoices[b].issue), cmp.Compare(a, b))
	})
	slices.SortStableFunc(transactions, func(a, b int32) int {
		return cmp.Or(cmp.Compare(d.rows.transactions[a].day, d.rows.transactions[b].day), cmp.Compare(a, b))
	})
	given := map[[2]int32]int64{}
	k, left := 0, d.rows.transactions[transactions[0]].money[0].units
	for _, i := range invoices {
		for open := d.rows.invoices[i].money[0].units; open > 0 && k < len(transactions); {
			part := min(open, left)
			if part > 0 {
				given[[2]int32{i, transactions[k]}] = part
			}
			if open, left = open-part, left-part; left == 0 {
				if k++; k < len(transactions) {
					left = d.rows.transactions[transactions[k]].money[0].units
				}
			}
		}
	}
	return given
}
