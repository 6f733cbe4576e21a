package statement

import (
	"cmp"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

// afterImport are the tasks that an import asks for: entries meet invoices, and who was
// paid without a document is scored.
func (i *Importer) afterImport(statement record.BankStatement, fresh []record.Transaction, unserved []string) ([]enrich.Request, error) {
	var occasions []enrich.Occasion
	for _, ids := range byCounterparty(fresh) {
		occasions = append(occasions, enrich.Occasion{
			Channel: enrich.BankSync, EntityType: record.EntityStatement, EntityID: statement.ID,
			Input: map[string]any{"kind": "invoice_transaction", "transaction_ids": ids},
		})
	}
	for _, id := range unserved {
		occasions = append(occasions, enrich.Occasion{
			Channel: enrich.BankSync, EntityType: record.EntityCompany, EntityID: id, Facts: map[string]string{trigger.FactMissing: "true"},
		})
	}
	var requests []enrich.Request
	for _, o := range occasions {
		more, err := i.Triggers.On(o, -1, "")
		if err != nil {
			return nil, err
		}
		requests = append(requests, more...)
	}
	return requests, nil
}

// Work of one sync: one task for each counterparty, unless they are too many.
const (
	maxPerTask        = 200  // transactions
	maxCounterparties = 1000 // beyond it they share tasks
)

// byCounterparty groups booked entries by who is on the other side.
func byCounterparty(entries []record.Transaction) [][]string {
	groups := map[string][]string{}
	var order []string
	for _, t := range entries {
		if t.Status != string(bankfile.Booked) {
			continue
		}
		who := cmp.Or(t.CounterpartyIBAN, strings.ToLower(t.CounterpartyName))
		if groups[who] == nil {
			order = append(order, who)
		}
		groups[who] = append(groups[who], t.ID)
	}
	var tasks [][]string
	for _, who := range order {
		last := len(tasks) - 1
		if len(order) > maxCounterparties && last >= 0 && len(tasks[last])+len(groups[who]) <= maxPerTask {
			tasks[last] = append(tasks[last], groups[who]...)
			continue
		}
		tasks = slices.AppendSeq(tasks, slices.Chunk(groups[who], maxPerTask))
	}
	return tasks
}
