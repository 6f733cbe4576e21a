package console

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

func testBank(k till) {
	k.shows("/bank", "/transactions/t-1", "PAPETERIE DU RHONE", "FOURNITURES OCT", "−250.00\u00a0EUR", "Proposed", "/invoices/"+k.invoiceID, ", Pending", "Nothing near in amount and date",
		"releve.xml", "The balances leave a gap of 5.00.", "balance_gap", "3 new", "DE89 3704 0044 0532 0130 00", "100.00 → 1.00 EUR")
	k.shows("/transactions/t-1", "2026-11-18", "2026-11-19", "FR76 3008 8001 2000 0991 2034 524", "AGRIFRPP", "RF18539007547034", "SCOR", "E2E-77", "BANK-9", "PMNT-RDDT", "P-5530", "−270.00\u00a0USD",
		"a reversal", "&#34;part&#34;", "Stmt[1]/Ntry[7]", "releve.xml", "Proposed", "/invoices/"+k.invoiceID, "What speaks for it (93 %, by name)", "nothing quoted", "Look and decide", "/approvals/")
	if f, err := k.db.Frame(context.Background(), pgtest.Workspace, 3); f.Waiting != 3 || err != nil {
		k.Errorf("more than three wait, counted %d: %v", f.Waiting, err)
	}
	k.shows("/transactions/t-3", "Nothing near in amount and date")
	// The newest word counts, and outputs of any shape are survived.
	for _, output := range []string{`{"unmatched":7}`, `{"unmatched":[7,{"entity_type":"transaction"},{"entity_type":"transaction","entity_id":"t-3","code":"AMOUNT_ONLY"}]}`} {
		k.enqueue(enrich.Request{EntityType: record.EntityTransaction, EntityID: "t-3", Type: enrich.Reconcile})
		k.settleReconcile(enrich.Settlement{To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Output: []byte(output)})
	}
	k.shows("/transactions/t-3", "Nothing but amount and date speaks for it.")
	k.shows("/bank", "Nothing but amount and date speaks for it.")
	k.shows("/invoices/"+k.invoiceID, "Payments", "Not paid", "/transactions/t-1", "Proposed", "nothing quoted")
}

// Walking to older entries and back meets each once.
func testBankPages(k till) {
	var entries []record.Transaction
	for i := range transactionsShown + 20 {
		entries = append(entries, record.Transaction{ID: fmt.Sprint("many-", i), Status: "booked", Amount: "1.00", Currency: "EUR", BookingDate: fmt.Sprintf("2025-01-%02d", i%9+1)})
	}
	if _, _, err := k.db.ImportStatement(context.Background(), pgtest.Workspace, record.BankStatement{Format: "test", Checksum: "sha256:2"}, entries,
		func(record.BankStatement, []record.Transaction, []string) ([]enrich.Request, error) { return nil, nil }); err != nil {
		k.Fatal(err)
	}
	link := func(body, direction string) string {
		m := regexp.MustCompile(`class="button" href="(/bank\?` + direction + `=[^"]*)"`).FindStringSubmatch(body)
		if m == nil {
			return ""
		}
		return m[1]
	}
	first := k.shows("/bank", "Imports")
	second := k.shows(link(first, "older"), "many-")
	if strings.Contains(second, "Imports") || link(second, "older") != "" {
		k.Error("the last page is taken for the first")
	}
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`/transactions/([^"]+)"`).FindAllStringSubmatch(first+second, -1) {
		if seen[m[1]] {
			k.Errorf("%s comes twice", m[1])
		}
		seen[m[1]] = true
	}
	if len(seen) != transactionsShown+23 {
		k.Errorf("saw %d entries", len(seen))
	}
	k.shows(link(second, "newer"), "/transactions/t-1")
}
