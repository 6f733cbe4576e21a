package matching

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Tariff is what a payment provider keeps of each payment that it passes on: a share
// of the amount and a fixed part. Providers publish them; a workspace's own is seen in
// what it accepted before.
type Tariff struct {
	Provider string  // a word that names it on bank lines, in lower case
	Share    float64 // of each amount
	Fixed    int64   // of each payment, in ten-thousandths of the currency's unit
	// Slack is how far Share has been seen to go to either side. Zero is a tariff
	// to the cent.
	Slack float64
}

// providers are the words by which payment providers name themselves on bank lines.
var providers = []string{
	"stripe", "paypal", "adyen", "mollie", "sumup", "zettle", "izettle", "gocardless", "klarna", "payone", "worldline", "shopify", "square",
	"unzer", "nexi", "lemonway", "lydia", "viva", "braintree", "trustly",
}

// published are tariffs for payments inside Europe as providers print them. One that
// has changed finds nothing; see Options.Tariffs for what a workspace is charged.
var published = []Tariff{
	{Provider: "stripe", Share: .015, Fixed: 2500},
	{Provider: "stripe", Share: .014, Fixed: 2500},
	{Provider: "stripe", Share: .025, Fixed: 2500},
	{Provider: "stripe", Share: .029, Fixed: 3000},
	{Provider: "paypal", Share: .0249, Fixed: 3500},
	{Provider: "paypal", Share: .0299, Fixed: 3900},
	{Provider: "paypal", Share: .029, Fixed: 3500},
	{Provider: "paypal", Share: .034, Fixed: 3500},
	{Provider: "mollie", Share: .018, Fixed: 2500},
	{Provider: "mollie", Fixed: 3200},
	{Provider: "sumup", Share: .0139},
	{Provider: "sumup", Share: .0169},
	{Provider: "sumup", Share: .0195},
	{Provider: "zettle", Share: .0175},
	{Provider: "izettle", Share: .0175},
	{Provider: "gocardless", Share: .01, Fixed: 2000},
	{Provider: "square", Share: .026, Fixed: 1000},
	{Provider: "klarna", Share: .0299, Fixed: 3500},
	{Provider: "viva", Share: .012},
}

// Bounds of the search for payouts.
const (
	payoutDays    = 35   // how long before a payout its payments may have been
	payoutDelay   = 10   // how long a provider keeps them at most
	mostPayout    = 200  // invoices of one
	payoutRange   = .05  // of the sum, over which fees lie that nothing is known of
	payoutBits    = 2    // least evidence of a payout: four to one
	centUnits     = 100  // ten-thousandths
	mostWindows   = 1000 // stretches of days that are tried for one
	fewestPayouts = 2
)

// Providers are the words by which payment providers are known on bank lines.
func Providers() []string { return slices.Clone(providers) }

// Provider is the word of Providers that names who pays, or "".
func (tx Transaction) Provider() string { return providerOf(tx) }

// PaysOut says whether the transaction is money that comes from a payment provider,
// which keeps a fee of what it passes on.
func (tx Transaction) PaysOut() bool { return tx.Amount.IsPos() && providerOf(tx) != "" }

func providerOf(tx Transaction) string {
	for _, w := range Words(append([]string{tx.Name}, tx.Remittance...)...) {
		if slices.Contains(providers, w) {
			return w
		}
	}
	return ""
}

// MayPayOut says whether an invoice may be one of those whose payments a provider
// passes on with the transaction.
func (tx Transaction) MayPayOut(in Invoice) bool {
	day, issued := day(tx.Date), day(in.IssueDate)
	return in.Direction == Receivable && in.Currency == tx.Currency && tx.Currency != "" && day != noDay && issued != noDay && issued <= day && issued >= day-payoutDays
}

// payouts finds the invoices whose payments a provider passed on together, less its
// fee, where no line quotes them: all that are open of a stretch of days, such that
// what lacks is the fee to the cent by a published tariff, or the share that the
// workspace's own payouts lacked before. One stretch must do so and no other. What is
// found so rests on amounts alone and is proposed; where a provider's payouts of these
// books keep to one tariff, see byOwnTariff.
func (d *decision) payouts(used []split) []split {
	taken, sales := takenBy(used), d.openSales()
	tariffs := append(slices.Clone(d.options.Tariffs), published...)
	of := map[string][]int32{}
	for j := range d.rows.transactions {
		tx := &d.rows.transactions[j]
		if !tx.closed && tx.sign > 0 && tx.day != noDay && !taken[1][int32(j)] && !d.anyLinked(d.into[j]) {
			if name := providerOf(*tx.source); name != "" {
				of[name] = append(of[name], int32(j))
			}
		}
	}
	var found []split
	for _, name := range slices.Sorted(maps.Keys(of)) {
		mine := tariffsOf(tariffs, name)
		if own, alike := d.ownTariff(of[name], mine, sales, taken[0]); alike > 0 {
			found = append(found, d.byOwnTariff(own, of[name], alike, sales, maps.Clone(taken[0]))...)
			continue
		}
		for _, j := range of[name] {
			if sp, ok := d.payoutOf(j, d.unpaidBefore(j, sales, taken[0]), mine); ok {
				found = append(found, sp)
			}
		}
	}
	return undisputed(found)
}

func tariffsOf(list []Tariff, provider string) []Tariff {
	return slices.DeleteFunc(slices.Clone(list), func(t Tariff) bool { return !strings.EqualFold(t.Provider, provider) })
}

// openSales lists the open invoices that a payout may be of, in order of issue.
func (d *decision) openSales() (list []int32) {
	for i := range d.rows.invoices {
		in := &d.rows.invoices[i]
		if in.source.Direction == Receivable && in.issue != noDay && !in.closed && in.money[0].units > 0 && !d.anyLinked(d.edgesOf(int32(i))) {
			list = append(list, int32(i))
		}
	}
	slices.SortStableFunc(list, func(a, b int32) int {
		return cmp.Or(cmp.Compare(d.rows.invoices[a].issue, d.rows.invoices[b].issue), cmp.Compare(a, b))
	})
	return list
}

// unpaidBefore lists those of sales, in order of issue, that a payout may be of.
func (d *decision) unpaidBefore(j int32, sales []int32, taken map[int32]bool) (list []int32) {
	tx := &d.rows.transactions[j]
	from, _ := slices.BinarySearchFunc(sales, tx.day-payoutDays, func(i, day int32) int { return cmp.Compare(d.rows.invoices[i].issue, day) })
	for _, i := range sales[from:] {
		in := &d.rows.invoices[i]
		if in.issue > tx.day {
			break
		}
		if !taken[i] && tx.source.MayPayOut(*in.source) && !d.rows.declined[[2]int32{i, j}] {
			list = append(list, i)
		}
	}
	return list[max(len(list)-mostPayout, 0):]
}

// stretch is a run of invoices by days, and what they come to.
type stretch struct {
	from, to int // places in the list, to excluded
	sum      int64
}

// stretches are the runs of whole days of which the last may be passed on by day.
func (d *decision) stretches(list []int32, day int32) (out []stretch) {
	issue := func(k int) int32 { return d.rows.invoices[list[k]].issue }
	for from := range list {
		if from > 0 && issue(from-1) == issue(from) {
			continue
		}
		sum := int64(0)
		for to := from + 1; to <= len(list) && len(out) < mostWindows; to++ {
			sum += d.rows.invoices[list[to-1]].money[0].units
			if (to == len(list) || issue(to) != issue(to-1)) && issue(to-1) >= day-payoutDelay {
				out = append(out, stretch{from, to, sum})
			}
		}
	}
	return out
}

// payoutOf finds the one stretch and tariff that a payout fits.
func (d *decision) payoutOf(j int32, list []int32, tariffs []Tariff) (split, bool) {
	amount := d.rows.transactions[j].money[0].units
	tried, hits := 0.0, 0
	var best split
	for _, s := range d.stretches(list, d.rows.transactions[j].day) {
		fee := s.sum - amount
		if fee <= 0 || float64(fee) > payoutRange*float64(s.sum) || s.to-s.from < fewestPayouts {
			continue
		}
		before := hits
		for _, t := range tariffs {
			want, slack := d.feeOf(list[s.from:s.to], t)
			tried += min(1, float64(2*slack+centUnits)/(payoutRange*float64(s.sum)))
			if fee < want-slack || fee > want+slack || hits > before { // one stretch counts once
				continue
			}
			hits++
			best = split{invoices: slices.Clone(list[s.from:s.to]), transactions: []int32{j}, fee: fee, tariff: t.words()}
		}
	}
	if hits != 1 {
		return split{}, false
	}
	slices.Sort(best.invoices)
	best.bits = -math.Log2(min(1, tried))
	return best, best.bits >= payoutBits
}

// feeOf is what a tariff takes of invoices, and how far it may be off: each part is
// rounded to a cent.
func (d *decision) feeOf(invoices []int32, t Tariff) (fee, slack int64) {
	sum := int64(0)
	for _, i := range invoices {
		units := d.rows.invoices[i].money[0].units
		sum += units
		fee += int64(math.Round(float64(units)*t.Share/centUnits))*centUnits + t.Fixed
	}
	if t.Slack > 0 {
		return fee, int64(t.Slack * float64(sum))
	}
	return fee, centUnits
}

func (t Tariff) words() string {
	s := fmt.Sprintf("%.2f %%", 100*t.Share)
	if t.Fixed > 0 {
		s += fmt.Sprintf(" and %s each", decimalOf(t.Fixed))
	}
	if t.Slack > 0 {
		return s + ", as in earlier payouts of " + t.Provider
	}
	return s + ", a tariff of " + t.Provider
}
