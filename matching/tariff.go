package matching

import (
	"fmt"
	"math"
	"slices"
)

// What makes a published tariff that of the books: so many payouts that it fits to the
// cent in one way, so many deviations more than chance makes, and so many times more
// than the next tariff.
const (
	fewestAlike    = 4
	mostDeviations = 4
	timesAnother   = 2
	mostRounds     = 12 // in which payouts that are settled leave fewer invoices to others
	atOnceDays     = 3  // a due date so soon after issue is none
	boldestOdds    = 8  // at most, that a payout is of sales which the books have, all of them
	besideChance   = 3  // beside what chance makes
)

// ownTariff finds the published tariff that a provider's payouts of these books keep
// to, and how many of them: it fits far more of them to the cent, each in one way, than
// chance and any other tariff do.
func (d *decision) ownTariff(payouts []int32, tariffs []Tariff, sales []int32, taken map[int32]bool) (own Tariff, alike int) {
	next, chance := 0, 0.0
	for _, t := range tariffs {
		if t.Slack > 0 {
			continue
		}
		fits, by := 0, 0.0
		for _, j := range payouts {
			sp, ok := d.payoutBy(t, j, sales, taken)
			if by += min(1, math.Exp2(-sp.bits)); ok {
				fits++
			}
		}
		if fits > alike {
			own, alike, next, chance = t, fits, alike, by
		} else {
			next = max(next, fits)
		}
	}
	if alike < fewestAlike || alike < timesAnother*next || float64(alike) < chance+mostDeviations*math.Sqrt(chance)+besideChance {
		return Tariff{}, 0
	}
	return own, alike
}

// byOwnTariff settles the payouts of a provider by the tariff that the books keep to.
// What one payout takes no other can, so the surest are settled first and the rest is
// looked at again. What is left is proposed.
func (d *decision) byOwnTariff(own Tariff, payouts []int32, alike int, sales []int32, taken map[int32]bool) (found []split) {
	sure := logOdds(d.options.ConfirmAt)
	open, total := slices.Clone(payouts), len(payouts)
	explained := alike
	for range mostRounds {
		odds := math.Log2(min(max(float64(explained)/float64(max(total-explained, 1)), 1), boldestOdds))
		var round []split
		for _, j := range open {
			if sp, ok := d.payoutBy(own, j, sales, taken); ok {
				sp.bits += odds
				sp.alike = explained
				round = append(round, sp)
			}
		}
		round = undisputed(round)
		settled := slices.DeleteFunc(slices.Clone(round), func(sp split) bool { return sp.bits < sure })
		if len(settled) == 0 {
			return append(found, round...)
		}
		for _, sp := range settled {
			for _, i := range sp.invoices {
				taken[i] = true
			}
			open = slices.DeleteFunc(open, func(j int32) bool { return j == sp.transactions[0] })
		}
		found = append(found, settled...)
		explained = max(explained, len(found))
	}
	return found
}

// payoutBy finds the one set of invoices whose payments a payout passed on by a tariff
// to the cent: all that are open of a stretch of days, or of those all that were not
// billed on terms, as what is billed on terms is paid by transfer. Its bits say how
// unlikely chance makes one.
func (d *decision) payoutBy(own Tariff, j int32, sales []int32, taken map[int32]bool) (split, bool) {
	all := d.unpaidBefore(j, sales, taken)
	atOnce := slices.DeleteFunc(slices.Clone(all), func(i int32) bool {
		in := &d.rows.invoices[i]
		return in.due != noDay && in.due > in.issue+atOnceDays
	})
	amount, day := d.rows.transactions[j].money[0].units, d.rows.transactions[j].day
	var best split
	tried, width, hits, seen := 0.0, 1.0, 0, map[string]bool{}
	for _, list := range [][]int32{all, atOnce} {
		fees := make([]int64, len(list)+1)
		for k := range list {
			fee, _ := d.feeOf(list[k:k+1], own)
			fees[k+1] = fees[k] + fee
		}
		for _, s := range d.stretches(list, day) {
			fee, key := s.sum-amount, fmt.Sprint(list[s.from:s.to])
			if s.to-s.from < fewestPayouts || fee <= 0 || float64(fee) > payoutRange*float64(s.sum) || seen[key] {
				continue
			}
			seen[key] = true
			tried += min(1, centUnits/(payoutRange*float64(s.sum)))
			off := max(fee-fees[s.to]+fees[s.from], fees[s.to]-fees[s.from]-fee)
			if off > centUnits {
				continue
			}
			hits++
			width = float64(2*off/centUnits + 1)
			best = split{invoices: slices.Clone(list[s.from:s.to]), transactions: []int32{j}, fee: fee, tariff: own.words()}
		}
	}
	slices.Sort(best.invoices)
	best.bits = -math.Log2(min(1, tried*width))
	if hits != 1 {
		best.bits = -math.Log2(min(1, tried*3))
	}
	return best, hits == 1
}
