package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// story tells on the terminal what happens to each task, from the events.
type story struct {
	db        *postgres.DB
	workspace string
	out       io.Writer
	cursor    int64             // sequence number of the last event that was told
	names     map[string]string // id of a document or a bank statement → its file name
}

func newStory(db *postgres.DB, workspace string, out io.Writer) *story {
	return &story{db: db, workspace: workspace, out: out, names: map[string]string{}}
}

// follow tells every event after the cursor until ctx ends.
func (s *story) follow(ctx context.Context) {
	for sleep(ctx, 200*time.Millisecond) == nil {
		events, err := s.db.Events(ctx, s.workspace, s.cursor, 500)
		if err != nil {
			continue // the database is away: the story goes on when it is back
		}
		for _, e := range events {
			s.cursor = e.Sequence
			s.tell(ctx, e)
		}
	}
}

// tell writes the line of one event; most have none.
func (s *story) tell(ctx context.Context, e enrich.Event) {
	switch e.Type {
	case enrich.EventDocumentStored:
		s.line(e.At, "document_upload", s.name(ctx, e.SubjectID), "stored")
	case enrich.EventStatementImported:
		var data struct {
			Filename string `json:"filename"`
			Entries  int    `json:"entries_new"`
		}
		_ = json.Unmarshal(e.Data, &data)
		s.names[e.SubjectID] = printable(data.Filename)
		s.line(e.At, "bank_sync", printable(data.Filename), fmt.Sprintf("imported, %d new entries", data.Entries))
	case enrich.EventTaskCreated:
		var data struct {
			Type       string `json:"enrichment_type"`
			EntityType string `json:"entity_type"`
			EntityID   string `json:"entity_id"`
			Channel    string `json:"source_channel"`
		}
		_ = json.Unmarshal(e.Data, &data)
		s.line(e.At, data.Type, s.subject(ctx, data.EntityType, data.EntityID), "enqueued by "+or(data.Channel, "a caller"))
	case enrich.EventOf(enrich.Completed), enrich.EventOf(enrich.Failed), enrich.EventOf(enrich.Rejected), enrich.EventOf(enrich.AwaitingApproval):
		s.tellEnd(ctx, e)
	}
}

func (s *story) tellEnd(ctx context.Context, e enrich.Event) {
	task, err := s.db.Task(ctx, s.workspace, e.SubjectID)
	if err != nil {
		return
	}
	what := string(task.Status)
	if task.CompletedAt != nil {
		what += fmt.Sprintf(" after %d ms", task.CompletedAt.Sub(task.CreatedAt).Milliseconds())
	}
	s.line(e.At, string(task.Type), s.subject(ctx, task.EntityType, task.EntityID), what)
	if task.Description != nil {
		fmt.Fprintf(s.out, "            %s\n", firstLine(*task.Description))
	}
}

func (s *story) line(at time.Time, what, subject, happened string) {
	fmt.Fprintf(s.out, "  %s  %-16s %-36s %s\n", at.Local().Format("15:04:05"), what, subject, happened)
}

func (s *story) subject(ctx context.Context, entityType, id string) string {
	switch entityType {
	case record.EntityDocument:
		return s.name(ctx, id)
	case record.EntityStatement:
		return or(s.names[id], "bank statement "+printable(id))
	case record.EntityInvoice:
		return s.invoice(ctx, id)
	case record.EntityCompany:
		if c, err := s.db.Company(ctx, s.workspace, id); err == nil && c.Name != "" {
			return printable(c.Name)
		}
	}
	return entityType + " " + printable(id)
}

func (s *story) name(ctx context.Context, id string) string {
	if s.names[id] == "" {
		if doc, err := s.db.Document(ctx, s.workspace, id); err == nil {
			s.names[id] = printable(doc.Filename)
		}
	}
	return or(s.names[id], "document "+printable(id))
}

// invoice names an invoice by its number and its issuer.
func (s *story) invoice(ctx context.Context, id string) string {
	if v, err := s.db.Invoice(ctx, s.workspace, id); err == nil && v.Number != "" {
		return printable("invoice " + v.Number)
	}
	return "invoice " + printable(id)
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
