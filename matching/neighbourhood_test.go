package matching_test

import (
	"context"
	"slices"
	"testing"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/matching/generate"
)

// A single invoice with its neighbours is answered as in the whole history.
func TestNeighbourhoodSuffices(t *testing.T) {
	r := generate.Bank{Invoices: 200, Days: 150, Seed: 11}.Rows()
	whole := matching.Problem{Invoices: r.Invoices, Transactions: r.Transactions}
	model, err := matching.Learn(context.Background(), whole)
	if err != nil {
		t.Fatal(err)
	}
	whole.Options.Model = model
	want := linkOf(solve(t, whole))
	for k := 0; k < len(r.Invoices); k += 5 {
		in := r.Invoices[k]
		part := around(t, whole, in)
		got := linkOf(solve(t, part))
		if got[in.ID] != want[in.ID] {
			t.Errorf("invoice %s: %q among %d and %d rows, %q among all", in.ID, got[in.ID], len(part.Invoices), len(part.Transactions), want[in.ID])
		}
	}
}

// linkOf gives transaction and status by invoice, but for splits that rest on the
// amounts alone, which reach beyond a neighbourhood.
func linkOf(s *matching.Solution) map[string]string {
	out := map[string]string{}
	for _, l := range s.Links {
		if slices.Contains(l.Reasons, matching.AmountOnly) && l.Method == matching.ByName {
			continue
		}
		out[l.InvoiceID] = l.TransactionID + " " + string(l.Status)
	}
	return out
}

// around makes the three steps that Neighbourhood names.
func around(t *testing.T, whole matching.Problem, in matching.Invoice) matching.Problem {
	part := matching.Problem{Options: whole.Options}
	candidates := transactionsNear(t, whole, []matching.Invoice{in})
	seen := map[string]bool{}
	for _, tx := range candidates {
		n, err := tx.Neighbourhood()
		if err != nil {
			t.Fatal(err)
		}
		for _, rival := range whole.Invoices {
			if !seen[rival.ID] && n.HoldsInvoice(rival) {
				seen[rival.ID] = true
				part.Invoices = append(part.Invoices, rival)
			}
		}
	}
	if !seen[in.ID] {
		part.Invoices = append(part.Invoices, in)
	}
	part.Transactions = transactionsNear(t, whole, part.Invoices)
	return part
}

func transactionsNear(t *testing.T, whole matching.Problem, invoices []matching.Invoice) []matching.Transaction {
	var near []matching.Transaction
	seen := map[string]bool{}
	for _, in := range invoices {
		n, err := in.Neighbourhood()
		if err != nil {
			t.Fatal(err)
		}
		for _, tx := range whole.Transactions {
			if !seen[tx.ID] && n.HoldsTransaction(tx) {
				seen[tx.ID] = true
				near = append(near, tx)
			}
		}
	}
	return near
}

func TestQuotable(t *testing.T) {
	got := matching.Quotable("Facture n° FA-2026/0113")
	for _, want := range []string{"fa20260113", "0113", "2026"} {
		found := false
		for _, g := range got {
			found = found || g == want
		}
		if !found {
			t.Errorf("%q is not among %q", want, got)
		}
	}
	if forms := (matching.Invoice{Number: "FA-2026/0113"}).Forms(); len(forms) != 2 || forms[0] != "fa20260113" || forms[1] != "0113" {
		t.Errorf("%q", forms)
	}
}
