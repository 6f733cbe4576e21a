package postgres_test

import (
	"context"
	"encoding/json"
	"fmt"

	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// edited is the record that the model's people edit, one in each workspace.
const edited = "c"

// change is a caller's new input of a task: it may while the task is pending.
func (w *world) change(t *rapid.T) {
	m := pick(t, "task", w.tasks)
	hash := fmt.Sprintf("sha256:%d", rapid.IntRange(0, 3).Draw(t, "hash"))
	input := json.RawMessage(`{"changed": true}`)
	_, err := w.db.UpdateTask(context.Background(), m.workspace, m.id, func(task enrich.Task) (postgres.TaskPatch, error) {
		if task.Status != m.status {
			t.Fatalf("the change sees %s, the model has %s", task.Status, m.status)
		}
		if task.Status != enrich.Pending {
			return postgres.TaskPatch{}, enrich.Errorf(enrich.CodeNotPending, "It has begun.")
		}
		return postgres.TaskPatch{Input: &input, InputHash: &hash}, nil
	})
	want := ""
	switch {
	case m.deleted:
		want = enrich.CodeNotFound
	case m.status != enrich.Pending:
		want = enrich.CodeNotPending
	}
	if enrich.CodeOf(err) != want || err != nil && want == "" {
		t.Fatalf("a change of %+v: %v, want %q", m, err, want)
	}
	if err == nil {
		m.hash, m.history = hash, append(m.history, "updated")
	}
}

// edit is a person's new value on a record, and the task that follows from it.
func (w *world) edit(t *rapid.T) {
	ws, name := drawWorkspace(t), fmt.Sprintf("name %d", rapid.IntRange(0, 2).Draw(t, "name"))
	r := enrich.Request{
		EntityType: "company", EntityID: edited, Type: enrich.OCRExtract, Priority: enrich.PriorityPerson,
		Hash: fmt.Sprintf("sha256:%d", rapid.IntRange(0, 1).Draw(t, "hash")),
	}
	value, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	e := postgres.Edit{EntityType: "company", EntityID: edited, By: "Ada", Values: map[string]json.RawMessage{"name": value}}
	standing := w.standing(ws, r)
	err = w.db.EditRecord(context.Background(), ws, e, func(enrich.Occasion) ([]enrich.Request, error) { return []enrich.Request{r}, nil })
	if err != nil {
		t.Fatal(err)
	}
	w.names[ws] = name
	if standing == nil {
		var id string
		err := w.owner.QueryRow(context.Background(), `SELECT enrichment_task_id::text FROM enrichment_tasks ORDER BY pk DESC LIMIT 1`).Scan(&id)
		if err != nil || w.find(id) != nil {
			t.Fatalf("the edit made no task: the last is %s, %v", id, err)
		}
		w.add(ws, id, r)
	}
}

// standing is the open task that a request joins; nil for none.
func (w *world) standing(ws string, r enrich.Request) *modelTask {
	for _, m := range w.tasks {
		if m.workspace == ws && m.entity == r.EntityType && m.hash == r.Hash && !m.deleted && !m.status.Terminal() {
			return m
		}
	}
	return nil
}

// compareNames holds the edited records against what people last wrote.
func (w *world) compareNames(t *rapid.T) {
	for ws, want := range w.names {
		var got string
		err := w.owner.QueryRow(context.Background(), `SELECT coalesce(c.name, '') FROM companies c JOIN workspaces w ON w.pk = c.workspace_pk
			WHERE w.workspace_id = $1 AND c.company_id = $2`, ws, edited).Scan(&got)
		if err != nil || got != want {
			t.Fatalf("the name in %s is %q, %v; the model has %q", ws, got, err, want)
		}
	}
}
