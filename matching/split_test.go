package matching_test

import (
	"testing"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/matching"
)

func TestSplits(t *testing.T) {
	three := func() []matching.Invoice {
		list := []matching.Invoice{invoiceOf(t, "a", "FA-2026-0113"), invoiceOf(t, "b", "FA-2026-0121"), invoiceOf(t, "c", "FA-2026-0134")}
		list[0].Amount, list[1].Amount, list[2].Amount = amount(t, "310.10"), amount(t, "87.45"), amount(t, "1200.00")
		return list
	}
	pay := func(id, money, remittance string) matching.Transaction {
		tx := paymentOf(t, id, remittance)
		tx.Amount = amount(t, money)
		return tx
	}
	cases := map[string]struct {
		transactions []matching.Transaction
		links        map[matching.Pair]matching.Status
		reason       matching.Reason // of each link
	}{
		"one transaction quotes two invoices": {
			[]matching.Transaction{pay("t", "-397.55", "FA-2026-0113 FA-2026-0121")},
			map[matching.Pair]matching.Status{{InvoiceID: "a", TransactionID: "t"}: matching.Confirmed, {InvoiceID: "b", TransactionID: "t"}: matching.Confirmed},
			"",
		},
		"one transaction of the party's comes to two invoices": {
			[]matching.Transaction{pay("t", "-1287.45", "vos factures")},
			map[matching.Pair]matching.Status{{InvoiceID: "b", TransactionID: "t"}: matching.Proposed, {InvoiceID: "c", TransactionID: "t"}: matching.Proposed},
			matching.AmountOnly,
		},
		"a payment provider keeps its fee of two invoices": {
			[]matching.Transaction{pay("t", "-386.10", "FA-2026-0113 FA-2026-0121")},
			map[matching.Pair]matching.Status{{InvoiceID: "a", TransactionID: "t"}: matching.Proposed, {InvoiceID: "b", TransactionID: "t"}: matching.Proposed},
			matching.FeeVariance,
		},
		"two transactions pay one invoice": {
			[]matching.Transaction{pay("t", "-500.00", "acompte FA-2026-0134"), pay("u", "-700.00", "solde FA-2026-0134")},
			map[matching.Pair]matching.Status{{InvoiceID: "c", TransactionID: "t"}: matching.Confirmed, {InvoiceID: "c", TransactionID: "u"}: matching.Confirmed},
			"",
		},
		"two transactions pay a part of one invoice": {
			[]matching.Transaction{pay("t", "-500.00", "acompte FA-2026-0134"), pay("u", "-100.00", "FA-2026-0134")},
			map[matching.Pair]matching.Status{{InvoiceID: "c", TransactionID: "t"}: matching.Proposed, {InvoiceID: "c", TransactionID: "u"}: matching.Proposed},
			matching.SplitIncomplete,
		},
		"a sum of nobody's": {
			[]matching.Transaction{pay("t", "-777.77", "vos factures")}, map[matching.Pair]matching.Status{}, "",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			s := solve(t, matching.Problem{Invoices: three(), Transactions: c.transactions})
			if len(s.Links) != len(c.links) {
				t.Fatalf("%d links, want %d: %+v", len(s.Links), len(c.links), s)
			}
			given := decimal.Zero
			for _, l := range s.Links {
				if sum, err := given.Add(l.Amount); err == nil {
					given = sum
				}
				if want := c.links[matching.Pair{InvoiceID: l.InvoiceID, TransactionID: l.TransactionID}]; l.Status != want || append(l.Reasons, "")[0] != c.reason {
					t.Errorf("%s with %s: %s %v, want %s %s", l.InvoiceID, l.TransactionID, l.Status, l.Reasons, want, c.reason)
				}
			}
			if name == "a payment provider keeps its fee of two invoices" && given.String() != "386.10" {
				t.Errorf("%s of 386.10 are given", given)
			}
		})
	}
}
