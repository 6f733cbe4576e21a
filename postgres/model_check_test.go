package postgres_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"
)

// compare holds the whole database against the model: status, dispatch row
// (decision 2), fence, attempts, and the events in their order.
func (w *world) compare(t *rapid.T) {
	rows, err := w.owner.Query(context.Background(), `
		SELECT t.enrichment_task_id::text, concat_ws(' ', t.status, t.deleted_at IS NOT NULL, (t.completed_at IS NOT NULL), d.task_pk IS NOT NULL,
			coalesce(d.token, 0), d.attempt, d.crashes),
			(SELECT string_agg(replace(event_type, 'enrichment_task.', ''), ' ' ORDER BY pk) FROM enrichment_events WHERE subject_id = t.enrichment_task_id::text),
			coalesce((SELECT string_agg(outcome, ' ' ORDER BY pk) FROM enrichment_task_attempts WHERE task_pk = t.pk), '')
		FROM enrichment_tasks t LEFT JOIN enrichment_dispatches d ON d.task_pk = t.pk`)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	var id, state, history, attempts string
	_, err = pgx.ForEachRow(rows, []any{&id, &state, &history, &attempts}, func() error {
		found++
		m := w.find(id)
		if m == nil {
			return fmt.Errorf("the model does not know the task %s", id)
		}
		want := fmt.Sprintf("%s %v %v %v 0", m.status, sql(m.deleted), sql(m.status.Terminal()), sql(m.waiting || m.held != nil))
		if m.held != nil {
			want = strings.TrimSuffix(want, "0") + fmt.Sprint(m.held.Token)
		}
		if m.waiting || m.held != nil {
			want += fmt.Sprintf(" %d %d", m.attempt, m.crashes)
		}
		if state != want || history != strings.Join(m.history, " ") || attempts != strings.Join(m.attempts, " ") {
			return fmt.Errorf("task %s is\n%s | %s | %s, the model says\n%s | %s | %s", id, state, history, attempts, want, m.history, m.attempts)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found != len(w.tasks) {
		t.Fatalf("%d tasks, the model has %d", found, len(w.tasks))
	}
	w.compareNames(t)
	w.compareFaults(t)
}

// compareFaults asks the store itself, which finds any dispatch row or counter
// that does not follow from the tasks.
func (w *world) compareFaults(t *rapid.T) {
	var faults string
	err := w.owner.QueryRow(context.Background(), `SELECT coalesce(string_agg(f::text, E'\n'), '') FROM enrichd_faults() f`).Scan(&faults)
	if err != nil || faults != "" {
		t.Fatalf("faults: %s %v", faults, err)
	}
}

// sql is a truth as PostgreSQL writes it.
func sql(b bool) string {
	if b {
		return "t"
	}
	return "f"
}
