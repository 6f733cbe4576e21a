package matching_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
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

// Each labelled pair stands alone here, so the model is the priors.
func TestMiddayPairs(t *testing.T) {
	for _, c := range middayCases(t) {
		t.Run(c.ID, func(t *testing.T) {
			in, tx := c.Truth.Inbox, c.Truth.Transaction
			p := matching.Problem{
				Invoices: []matching.Invoice{{
					ID: "invoice", Currency: in.Currency, Amount: amount(t, in.Amount.String()), IssueDate: date(t, in.Date), Direction: matching.Payable,
					BaseCurrency: in.BaseCurrency, BaseAmount: amount(t, orZero(in.BaseAmount)), Counterparty: matching.Counterparty{Names: []string{in.DisplayName}},
				}},
				Transactions: []matching.Transaction{{
					ID: "transaction", Currency: tx.Currency, Amount: amount(t, tx.Amount.String()), Date: date(t, tx.Date), Name: tx.Name,
					BaseCurrency: tx.BaseCurrency, BaseAmount: amount(t, orZero(tx.BaseAmount)),
				}},
			}
			s := solve(t, p)
			if want := c.Truth.UserFeedback == "confirmed"; (len(s.Links) == 1) != want {
				t.Errorf("linked %v, a person said %s; unmatched: %+v", s.Links, c.Truth.UserFeedback, s.Invoices)
			}
			for _, l := range s.Links {
				t.Logf("%s %.4f %v", l.Status, l.Confidence, l.Reasons)
			}
		})
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
