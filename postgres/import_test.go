package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// An entry that a file brings twice is one transaction, and counted as one.
func TestAnEntryTwiceInOneFile(t *testing.T) {
	b := setup(t)
	e := record.Transaction{ID: "t-1", Status: "booked", Amount: "-1.00", Currency: "EUR"}
	var told int
	s, _, err := b.db.ImportStatement(context.Background(), pgtest.Workspace, record.BankStatement{Format: "camt.053", Checksum: "sha256:1"}, []record.Transaction{e, e},
		func(_ record.BankStatement, fresh []record.Transaction, _ []string) ([]enrich.Request, error) {
			told = len(fresh)
			return nil, nil
		})
	if err != nil || s.EntriesNew != 1 || s.EntriesKnown != 1 || told != 1 {
		t.Errorf("%d new, %d known, %d told: %v", s.EntriesNew, s.EntriesKnown, told, err)
	}
}

// Who brings a file that is being imported waits for it, longer than others wait
// for a lock, and finds it standing.
func TestTheSameFileAtOnce(t *testing.T) {
	url := pgtest.URL(t)
	hasty := pgtest.Open(t, url+"&lock_timeout=1ms")
	file := record.BankStatement{Format: "camt.053", Checksum: "sha256:1"}
	second := make(chan error, 1)
	_, made, err := hasty.ImportStatement(context.Background(), pgtest.Workspace, file, nil, func(record.BankStatement, []record.Transaction, []string) ([]enrich.Request, error) {
		go func() {
			_, again, err := hasty.ImportStatement(context.Background(), pgtest.Workspace, file, nil, nil)
			if again {
				t.Error("one file was imported twice")
			}
			second <- err
		}()
		for seen := 0; seen < 3 && len(second) == 0; time.Sleep(5 * time.Millisecond) {
			seen += pgtest.Query[int](t, url, `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		}
		return nil, nil
	})
	if err != nil || !made {
		t.Error(made, err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
	if s, stands, err := hasty.StatementOf(context.Background(), pgtest.Workspace, file.Checksum); err != nil || !stands || s.ID == "" {
		t.Error(s, stands, err)
	}
	if _, stands, err := hasty.StatementOf(context.Background(), pgtest.Workspace, "sha256:2"); err != nil || stands {
		t.Error(stands, err)
	}
}

// An import names the companies that it pays and that no invoice is from.
func TestPaidWithoutDocuments(t *testing.T) {
	b := setup(t)
	pgtest.Exec(t, b.url, `INSERT INTO companies (workspace_pk, company_id, name, is_own_company) SELECT pk, c, n, o FROM workspaces,
		(VALUES ('c-1', 'Acme', false), ('c-2', 'Billed', false), ('c-3', 'Own', true), ('c-4', 'Payer', false)) AS v (c, n, o)`)
	pgtest.Exec(t, b.url, `INSERT INTO invoices (workspace_pk, invoice_id, issuer_id) SELECT pk, 'i-1', 'c-2' FROM workspaces`)
	var entries []record.Transaction
	for name, amount := range map[string]string{"ACME": "-1.00", "Billed": "-2.00", "Own": "-3.00", "Payer": "4.00", "Nobody": "-5.00"} {
		entries = append(entries, record.Transaction{ID: name, Status: "booked", Amount: amount, Currency: "EUR", CounterpartyName: name})
	}
	var got []string
	_, _, err := b.db.ImportStatement(t.Context(), pgtest.Workspace, record.BankStatement{Format: "camt.053", Checksum: "sha256:1"}, entries,
		func(_ record.BankStatement, _ []record.Transaction, unserved []string) ([]enrich.Request, error) {
			got = unserved
			return nil, nil
		})
	if err != nil || len(got) != 1 || got[0] != "c-1" {
		t.Errorf("unserved %v: %v", got, err)
	}
}
