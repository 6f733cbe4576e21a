package statement

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

func booked(n, counterparties int) []record.Transaction {
	begin := time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC)
	list := make([]record.Transaction, n)
	for i := range list {
		list[i] = record.Transaction{
			ID: fmt.Sprint(i), Status: "booked", CounterpartyName: fmt.Sprint("Company ", i%counterparties),
			BookingDate: begin.AddDate(0, 0, i/1000).Format(time.DateOnly),
		}
	}
	return list
}

// An import of few counterparties is a task for each; of very many it is matched by
// periods, which leave out no day, and what came back stays an entry's task.
func TestMatched(t *testing.T) {
	few := matched("s", append(booked(2000, 1000), record.Transaction{ID: "pending", Status: "pending", CounterpartyName: "Company 0"}))
	entries := 0
	for _, o := range few {
		entries += len(o.Input["transaction_ids"].([]string))
	}
	if len(few) != 1000 || entries != 2000 {
		t.Errorf("%d tasks of %d entries", len(few), entries)
	}
	one := matched("s", booked(450, 1))
	if len(one) != 3 {
		t.Errorf("450 entries of one counterparty are %d tasks", len(one))
	}
	list := booked(32_500, 1001)
	slices.Reverse(list)
	list[7].IsReversal = true
	var periods [][2]string
	for _, o := range matched("s", list) {
		if o.Facts[trigger.FactMany] != "" {
			periods = append(periods, [2]string{o.Input["from"].(string), o.Input["to"].(string)})
		} else if diff := cmp.Diff([]string{list[7].ID}, o.Input["transaction_ids"]); diff != "" {
			t.Error(diff)
		}
	}
	want := [][2]string{{"2025-09-02", "2026-01-24"}, {"2026-01-25", "2026-02-08"}, {"2026-02-09", "2026-03-14"}}
	if diff := cmp.Diff(want, periods); diff != "" {
		t.Error(diff)
	}
	if got := matched("s", nil); len(got) != 0 {
		t.Errorf("nothing sets going %v", got)
	}
}
