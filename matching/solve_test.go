package matching_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/govalues/decimal"
	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/matching/generate"
)

func TestShuffledRowsGiveTheSameSolution(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		r := generate.Bank{Invoices: rapid.IntRange(1, 60).Draw(t, "invoices"), Days: 60, Seed: seed}.Rows()
		p := matching.Problem{Invoices: r.Invoices, Transactions: r.Transactions}
		twice(&p) // ties
		want, err := matching.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		order := rand.New(rand.NewPCG(seed, 1))
		order.Shuffle(len(p.Invoices), func(a, b int) { p.Invoices[a], p.Invoices[b] = p.Invoices[b], p.Invoices[a] })
		order.Shuffle(len(p.Transactions), func(a, b int) {
			p.Transactions[a], p.Transactions[b] = p.Transactions[b], p.Transactions[a]
		})
		got, err := matching.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, decimals); diff != "" {
			t.Errorf("in another order (-before +after):\n%s", diff)
		}
		checkWhole(t, p, got)
	})
}

var decimals = cmp.Comparer(func(a, b decimal.Decimal) bool { return a.Cmp(b) == 0 })

// twice adds a copy of every seventh row under another ID.
func twice(p *matching.Problem) {
	for k := 0; k < len(p.Invoices); k += 7 {
		in := p.Invoices[k]
		if in.ID += "-again"; len(in.ID) < 20 {
			p.Invoices = append(p.Invoices, in)
		}
	}
	for k := 0; k < len(p.Transactions); k += 7 {
		tx := p.Transactions[k]
		if tx.ID += "-again"; len(tx.ID) < 20 {
			p.Transactions = append(p.Transactions, tx)
		}
	}
}

// checkWhole says that each row is linked or has a reason, and never both, and
// that a row is used twice in splits alone.
func checkWhole(t *rapid.T, p matching.Problem, s *matching.Solution) {
	links, reasons, invoicesOf := map[string]int{}, map[string]int{}, map[string]int{}
	for _, l := range s.Links {
		links["i"+l.InvoiceID]++
		links["t"+l.TransactionID]++
		invoicesOf[l.TransactionID]++
	}
	for _, l := range s.Links {
		if links["i"+l.InvoiceID] > 1 && (!l.IsPartial || invoicesOf[l.TransactionID] > 1) {
			t.Errorf("%s and %s are in two links", l.InvoiceID, l.TransactionID)
		}
	}
	for _, u := range s.Invoices {
		reasons["i"+u.ID]++
	}
	for _, u := range s.Transactions {
		reasons["t"+u.ID]++
	}
	check := func(id string) {
		if (links[id] == 0) != (reasons[id] == 1) {
			t.Errorf("row %s has %d links and %d reasons", id, links[id], reasons[id])
		}
	}
	for _, in := range p.Invoices {
		check("i" + in.ID)
	}
	for _, tx := range p.Transactions {
		check("t" + tx.ID)
	}
}

// invoiceOf and paymentOf are a pair that nothing speaks against.
func invoiceOf(t testing.TB, id, number string) matching.Invoice {
	return matching.Invoice{
		ID: id, Number: number, Currency: "EUR", Amount: amount(t, "1234.56"), IssueDate: date(t, "2026-03-02"), DueDate: date(t, "2026-04-01"),
		Direction: matching.Payable, Counterparty: matching.Counterparty{Names: []string{"Papeterie du Rhône SARL"}},
	}
}

func paymentOf(t testing.TB, id, remittance string) matching.Transaction {
	return matching.Transaction{
		ID: id, Currency: "EUR", Amount: amount(t, "-1234.56"), Date: date(t, "2026-04-01"), Name: "PAPETERIE DU RHONE", Remittance: []string{remittance},
	}
}

func TestOnePair(t *testing.T) {
	cases := map[string]struct {
		change func(*matching.Problem)
		status matching.Status // none: no link
		reason matching.Reason // the first of the link, or the invoice's
	}{
		"all agrees": {func(*matching.Problem) {}, matching.Confirmed, ""},
		"the number is not quoted": {func(p *matching.Problem) {
			p.Transactions[0].Remittance = nil
		}, matching.Confirmed, ""},
		"digits within other digits are no reference": {func(p *matching.Problem) {
			p.Invoices[0].Number, p.Transactions[0].Remittance = "14", []string{"1814"}
			p.Transactions[0].Name = ""
		}, matching.Proposed, matching.AmountOnly},
		"nothing but the amount": {func(p *matching.Problem) {
			p.Transactions[0].Name, p.Transactions[0].Remittance = "", nil
		}, matching.Proposed, matching.AmountOnly},
		"the amount of somebody else": {func(p *matching.Problem) {
			p.Transactions[0].Name, p.Transactions[0].Remittance = "Boulangerie Martin", nil
		}, "", matching.AmountOnly},
		"the invoice's currency is unknown": {func(p *matching.Problem) {
			p.Invoices[0].Currency = ""
		}, matching.Proposed, matching.CurrencyUnknown},
		"the transaction's currency is unknown": {func(p *matching.Problem) {
			p.Transactions[0].Currency = ""
		}, matching.Proposed, matching.CurrencyUnknown},
		"another currency and no rate": {func(p *matching.Problem) {
			p.Transactions[0].Currency, p.Transactions[0].Remittance = "USD", nil
		}, "", matching.FXRateUnavailable},
		"another currency at a known rate": {func(p *matching.Problem) {
			p.Transactions[0].Currency, p.Transactions[0].Amount = "USD", amount(t, "-1444.43")
			p.Transactions[0].BaseCurrency, p.Transactions[0].BaseAmount = "EUR", amount(t, "-1234.56")
		}, matching.Confirmed, ""},
		"ordered in the invoice's currency": {func(p *matching.Problem) {
			p.Transactions[0].Currency, p.Transactions[0].Amount = "CHF", amount(t, "-1160.49")
			p.Transactions[0].InstructedCurrency, p.Transactions[0].InstructedAmount = "EUR", amount(t, "1234.56")
		}, matching.Confirmed, ""},
		"less a fee": {func(p *matching.Problem) {
			p.Transactions[0].Amount = amount(t, "-1230.00")
		}, matching.Proposed, matching.FeeVariance},
		"half of it": {func(p *matching.Problem) {
			p.Transactions[0].Amount = amount(t, "-617.28")
		}, matching.Proposed, matching.SplitIncomplete},
		"the money comes in": {func(p *matching.Problem) {
			p.Transactions[0].Amount = amount(t, "1234.56")
		}, "", matching.NoCandidate},
		"declined before": {func(p *matching.Problem) {
			p.Declined = []matching.Pair{{InvoiceID: "i", TransactionID: "t"}}
		}, "", matching.PreviouslyDeclined},
		"decided by a person": {func(p *matching.Problem) {
			p.Transactions[0].Name, p.Transactions[0].Amount = "X", amount(t, "-5")
			p.Fixed = []matching.Pair{{InvoiceID: "i", TransactionID: "t"}}
		}, matching.Confirmed, matching.PersonDecided},
		"money between own accounts": {func(p *matching.Problem) {
			p.Transactions[0].IBAN = "DE89370400440532013000"
			p.Options.OwnIBANs = []string{"DE89 3704 0044 0532 0130 00"}
		}, "", matching.NoCandidate},
		"in a closed period": {func(p *matching.Problem) {
			p.Invoices[0].Locked = true
		}, "", matching.PeriodLocked},
		"the line stands twice": {func(p *matching.Problem) {
			p.Transactions = append(p.Transactions, paymentOf(t, "t2", "Facture FA-2026-0113"))
		}, "", matching.DuplicateTransaction},
		"two invoices alike": {func(p *matching.Problem) {
			p.Transactions[0].Remittance = nil
			p.Invoices = append(p.Invoices, invoiceOf(t, "i2", "FA-2026-0114"))
		}, "", matching.Ambiguous},
		"two invoices alike, one quoted": {func(p *matching.Problem) {
			p.Invoices = append(p.Invoices, invoiceOf(t, "i2", "FA-2026-0114"))
		}, matching.Confirmed, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := matching.Problem{
				Invoices:     []matching.Invoice{invoiceOf(t, "i", "FA-2026-0113")},
				Transactions: []matching.Transaction{paymentOf(t, "t", "Facture FA-2026-0113")},
			}
			c.change(&p)
			status, reason := first(solve(t, p))
			if status != c.status || reason != c.reason {
				t.Errorf("%q %q, want %q %q; %+v", status, reason, c.status, c.reason, solve(t, p))
			}
		})
	}
}

// first gives the status of invoice i's link and its first reason.
func first(s *matching.Solution) (matching.Status, matching.Reason) {
	for _, l := range s.Links {
		if l.InvoiceID == "i" {
			return l.Status, append(l.Reasons, "")[0]
		}
	}
	for _, u := range s.Invoices {
		if u.ID == "i" {
			return "", u.Reason
		}
	}
	return "", "no word of the invoice"
}

func TestEvidence(t *testing.T) {
	s := solve(t, matching.Problem{
		Invoices:     []matching.Invoice{invoiceOf(t, "i", "FA-2026-0113"), invoiceOf(t, "i2", "FA-2026-0114")},
		Transactions: []matching.Transaction{paymentOf(t, "t", "Facture FA 2026 0113"), paymentOf(t, "t2", "sans")},
	})
	if len(s.Links) == 0 || s.Links[0].InvoiceID != "i" || s.Links[0].TransactionID != "t" || s.Links[0].Method != matching.ReferenceExact {
		t.Fatalf("%+v", s.Links)
	}
	l := s.Links[0]
	verdicts := map[matching.Signal]matching.Verdict{}
	for _, e := range l.Evidence {
		verdicts[e.Signal] = e.Verdict
		if e.Detail == "" {
			t.Errorf("%s says nothing", e.Signal)
		}
	}
	for signal, want := range map[matching.Signal]matching.Verdict{
		matching.SignalReference: matching.Supports, matching.SignalAmount: matching.Supports, matching.SignalDate: matching.Supports,
		matching.SignalCounterparty: matching.Supports, matching.SignalAccount: matching.Neutral,
	} {
		if verdicts[signal] != want {
			t.Errorf("%s: %s, want %s", signal, verdicts[signal], want)
		}
	}
	if l.RunnerUp == nil || l.Margin <= 0 || l.Margin > l.Confidence {
		t.Errorf("confidence %v, margin %v, runner-up %+v", l.Confidence, l.Margin, l.RunnerUp)
	}
	if len(l.WouldChangeIf) == 0 {
		t.Error("nothing would change it")
	}
}

func TestBadRows(t *testing.T) {
	good := func() matching.Problem {
		return matching.Problem{Invoices: []matching.Invoice{invoiceOf(t, "i", "1")}, Transactions: []matching.Transaction{paymentOf(t, "t", "")}}
	}
	cases := map[string]struct {
		change func(*matching.Problem)
		list   string
		index  int
	}{
		"no ID":                    {func(p *matching.Problem) { p.Invoices[0].ID = "" }, "invoices", 0},
		"an ID twice":              {func(p *matching.Problem) { p.Transactions = append(p.Transactions, p.Transactions[0]) }, "transactions", 1},
		"a negative open amount":   {func(p *matching.Problem) { p.Invoices[0].Amount = amount(t, "-1") }, "invoices", 0},
		"five decimals":            {func(p *matching.Problem) { p.Transactions[0].Amount = amount(t, "1.00001") }, "transactions", 0},
		"too large":                {func(p *matching.Problem) { p.Transactions[0].Amount = amount(t, "9999999999999999999") }, "transactions", 0},
		"no currency of the world": {func(p *matching.Problem) { p.Invoices[0].Currency = "EURO" }, "invoices", 0},
		"no direction":             {func(p *matching.Problem) { p.Invoices[0].Direction = "sideways" }, "invoices", 0},
		"a fixed pair of nothing":  {func(p *matching.Problem) { p.Fixed = []matching.Pair{{InvoiceID: "i", TransactionID: "x"}} }, "fixed", 0},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := good()
			c.change(&p)
			_, err := matching.Solve(context.Background(), p)
			if e, ok := errors.AsType[*matching.RowError](err); !ok || e.List != c.list || e.Index != c.index {
				t.Errorf("%v, want an error of %s[%d]", err, c.list, c.index)
			}
		})
	}
}

func TestNoRows(t *testing.T) {
	if s := solve(t, matching.Problem{}); len(s.Links)+len(s.Invoices)+len(s.Transactions) != 0 {
		t.Errorf("%+v", s)
	}
}

func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r := generate.Bank{Invoices: 50, Days: 30}.Rows()
	if _, err := matching.Solve(ctx, matching.Problem{Invoices: r.Invoices, Transactions: r.Transactions}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
