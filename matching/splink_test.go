package matching_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/matching"
)

// labelled is a problem with the pairs that belong together.
type labelled struct {
	matching.Problem
	truth map[matching.Pair]bool
}

func dataFolder(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = "../../shared/data"
	}
	dir = filepath.Join(dir, "reconcile")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the data folder is not beside the checkout: " + dir)
	}
	return dir
}

func splink(t testing.TB) labelled {
	dir := dataFolder(t)
	l := labelled{truth: map[matching.Pair]bool{}}
	for _, row := range table(t, filepath.Join(dir, "splink_origin.csv")) {
		l.Invoices = append(l.Invoices, matching.Invoice{
			ID: row[0], IssueDate: date(t, row[1]), Currency: "GBP", Amount: amount(t, row[2]),
			Direction: matching.Receivable, Counterparty: matching.Counterparty{Names: []string{row[3]}},
		})
	}
	for _, row := range table(t, filepath.Join(dir, "splink_destination.csv")) {
		l.Transactions = append(l.Transactions, matching.Transaction{
			ID: row[0], Date: date(t, row[1]), Currency: "GBP", Amount: amount(t, row[2]), Remittance: []string{row[3]},
		})
	}
	for _, row := range table(t, filepath.Join(dir, "splink_truth.csv")) {
		l.truth[matching.Pair{InvoiceID: row[0], TransactionID: row[1]}] = true
	}
	return l
}

func table(t testing.TB, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

func date(t testing.TB, s string) time.Time {
	t.Helper()
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func amount(t testing.TB, s string) decimal.Decimal {
	t.Helper()
	d, err := decimal.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// quality is how good links are against the truth.
type quality struct {
	confirmedPrecision, confirmedRecall, precision, recall, f1 float64
}

func measure(l labelled, s *matching.Solution) quality {
	var confirmed, confirmedRight, right float64
	for _, link := range s.Links {
		ok := l.truth[matching.Pair{InvoiceID: link.InvoiceID, TransactionID: link.TransactionID}]
		if ok {
			right++
		}
		if link.Status == matching.Confirmed {
			confirmed++
			if ok {
				confirmedRight++
			}
		}
	}
	q := quality{
		confirmedPrecision: confirmedRight / confirmed, confirmedRecall: confirmedRight / float64(len(l.truth)),
		precision: right / float64(len(s.Links)), recall: right / float64(len(l.truth)),
	}
	q.f1 = 2 * q.precision * q.recall / (q.precision + q.recall)
	return q
}

func TestSplinkPairs(t *testing.T) {
	l := splink(t)
	q := measure(l, solve(t, l.Problem))
	t.Logf("%s", q)
	q.reach(t, 0.997, 0.80, 0.985)
}

func solve(t testing.TB, p matching.Problem) *matching.Solution {
	t.Helper()
	s, err := matching.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (q quality) String() string {
	return fmt.Sprintf("confirmed: precision %.4f, recall %.4f; with proposed: precision %.4f, recall %.4f, F1 %.4f",
		q.confirmedPrecision, q.confirmedRecall, q.precision, q.recall, q.f1)
}

func (q quality) reach(t *testing.T, precision, recall, f1 float64) {
	t.Helper()
	if q.confirmedPrecision < precision || q.confirmedRecall < recall {
		t.Errorf("confirmed links: precision %.4f at recall %.4f, want %.4f at %.4f", q.confirmedPrecision, q.confirmedRecall, precision, recall)
	}
	if q.f1 < f1 {
		t.Errorf("confirmed and proposed links: F1 %.4f, want %.4f", q.f1, f1)
	}
}

// The weights are learnt on one half of the pairs and tried on the other.
func TestSplinkPairsHeldOut(t *testing.T) {
	odd, even := splink(t).halves()
	for name, sides := range map[string][2]labelled{"odd from even": {even, odd}, "even from odd": {odd, even}} {
		model, err := matching.Learn(context.Background(), sides[0].Problem)
		if err != nil {
			t.Fatal(err)
		}
		p := sides[1].Problem
		p.Options.Model = model
		q := measure(sides[1], solve(t, p))
		t.Logf("%s: %s", name, q)
		q.reach(t, 0.997, 0.80, 0.985)
	}
}

// halves splits pairs by their place, each with its own transactions.
func (l labelled) halves() (odd, even labelled) {
	parts := [2]labelled{{truth: map[matching.Pair]bool{}}, {truth: map[matching.Pair]bool{}}}
	half := map[string]int{}
	for k, in := range l.Invoices {
		half[in.ID] = k % 2
		parts[k%2].Invoices = append(parts[k%2].Invoices, in)
	}
	for pair := range l.truth {
		h := half[pair.InvoiceID]
		half[pair.TransactionID] = h
		parts[h].truth[pair] = true
	}
	for _, tx := range l.Transactions {
		parts[half[tx.ID]].Transactions = append(parts[half[tx.ID]].Transactions, tx)
	}
	return parts[1], parts[0]
}
