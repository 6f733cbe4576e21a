package reconcile

import (
	"context"
	"maps"
	"slices"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// fewestSeen is how many payouts of a provider must stand before its fee counts as
// known, and mostSeen how many are looked at.
const (
	fewestSeen = 2
	mostSeen   = 12
)

// leastSlack is how far the share of a fee is let go beyond what was seen.
const leastSlack = .0005

// payouts reads what providers kept of earlier payouts, where entries may be one.
func (k *Kind) payouts(ctx context.Context, workspaceID, runID string, list []record.OpenTransaction) ([]record.Payout, error) {
	if !slices.ContainsFunc(list, paysOut) {
		return nil, nil
	}
	return k.Records.Payouts(ctx, workspaceID, runID, matching.Providers())
}

func paysOut(t record.OpenTransaction) bool {
	v, ok := transactionOf(t)
	return ok && v.PaysOut()
}

// payoutsOf are the entries of providers that pay out. Few are, and each is read once:
// a file may have thousands of entries beside thousands of invoices.
func payoutsOf(list []record.OpenTransaction) (out []matching.Transaction) {
	for _, t := range list {
		if v, ok := transactionOf(t); ok && v.PaysOut() {
			out = append(out, v)
		}
	}
	return out
}

// mayPayOut says whether an invoice may be one of those that a payout passes on.
func mayPayOut(payouts []matching.Transaction, i record.OpenInvoice) bool {
	if len(payouts) == 0 {
		return false
	}
	in, ok := invoiceOf(i)
	return ok && slices.ContainsFunc(payouts, func(tx matching.Transaction) bool { return tx.MayPayOut(in) })
}

// partsOf is the range of amounts that invoices of a payout may have, or "".
func partsOf(t record.OpenTransaction) string {
	v, ok := transactionOf(t)
	if !ok || !v.PaysOut() {
		return ""
	}
	return "[0.01," + v.Amount.String() + "]"
}

// tariffs are the shares that providers kept of the payouts that stand.
func tariffs(seen []record.Payout) (list []matching.Tariff) {
	shares := map[string][]float64{}
	for _, p := range seen {
		name := matching.Transaction{Name: p.Counterparty, Remittance: p.Remittance}.Provider()
		amount, err := decimal.Parse(p.Amount)
		sum, errSum := decimal.Parse(p.Sum)
		if err != nil || errSum != nil || name == "" || len(shares[name]) == mostSeen || sum.Cmp(amount) <= 0 {
			continue
		}
		if left, err := amount.Quo(sum); err == nil {
			share, _ := left.Float64()
			shares[name] = append(shares[name], 1-share)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(shares)) {
		if of := shares[name]; len(of) >= fewestSeen {
			low, high := slices.Min(of), slices.Max(of)
			list = append(list, matching.Tariff{Provider: name, Share: (low + high) / 2, Slack: (high-low)/2 + leastSlack})
		}
	}
	return list
}
