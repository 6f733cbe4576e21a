package matching_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/enrichd/enrichd/matching"
)

// middayCase is a document, a bank line and what a person said of them.
type middayCase struct {
	ID    string
	Truth struct {
		Inbox struct {
			DisplayName, Currency, Date, BaseCurrency string
			Amount, BaseAmount                        json.Number
		}
		Transaction struct {
			Name, Currency, Date, BaseCurrency string
			Amount, BaseAmount                 json.Number
		}
		UserFeedback string
	}
}

func (c middayCase) rows(t *testing.T) (matching.Invoice, matching.Transaction) {
	in, tx := c.Truth.Inbox, c.Truth.Transaction
	invoice := matching.Invoice{
		ID: c.ID, Currency: in.Currency, Amount: amount(t, in.Amount.String()), IssueDate: date(t, in.Date), Direction: matching.Payable,
		BaseCurrency: in.BaseCurrency, BaseAmount: amount(t, orZero(in.BaseAmount)), Counterparty: matching.Counterparty{Names: []string{in.DisplayName}},
	}
	transaction := matching.Transaction{
		ID: c.ID, Currency: tx.Currency, Amount: amount(t, tx.Amount.String()), Date: date(t, tx.Date), Name: tx.Name,
		BaseCurrency: tx.BaseCurrency, BaseAmount: amount(t, orZero(tx.BaseAmount)),
	}
	return invoice, transaction
}

// check says whether the case's own pair is linked as a person wanted.
func (c middayCase) check(t *testing.T, s *matching.Solution) {
	linked := slices.ContainsFunc(s.Links, func(l matching.Link) bool { return l.InvoiceID == c.ID && l.TransactionID == c.ID })
	if linked != (c.Truth.UserFeedback == "confirmed") {
		t.Errorf("%s: linked %v, a person said %s: %+v", c.ID, linked, c.Truth.UserFeedback, s)
	}
}

// Each labelled pair stands alone here, so the model is the priors.
func TestMiddayPairs(t *testing.T) {
	for _, c := range middayCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			in, tx := c.rows(t)
			c.check(t, solve(t, matching.Problem{Invoices: []matching.Invoice{in}, Transactions: []matching.Transaction{tx}}))
		})
	}
}

func TestMiddayPairsTogether(t *testing.T) {
	var p matching.Problem
	cases := middayCases(t)
	for _, c := range cases {
		in, tx := c.rows(t)
		p.Invoices, p.Transactions = append(p.Invoices, in), append(p.Transactions, tx)
	}
	s := solve(t, p)
	for _, c := range cases {
		c.check(t, s)
	}
}

func orZero(n json.Number) string {
	if n == "" {
		return "0"
	}
	return n.String()
}

func middayCases(t *testing.T) []middayCase {
	t.Helper()
	f, err := os.Open(filepath.Join(dataFolder(t), "truth.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []middayCase
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var head struct{ Truth json.RawMessage }
		if err := json.Unmarshal(lines.Bytes(), &head); err != nil {
			t.Fatal(err)
		}
		if head.Truth[0] != '{' {
			continue // splink's truth is a file
		}
		var c middayCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if len(cases) == 0 {
		t.Fatal("no labelled pairs")
	}
	return cases
}
