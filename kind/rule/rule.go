// Package rule holds the kinds that run a workspace's own logic.
//
// custom_column computes the workspace's columns on a record, field_rule sets
// fields of the product by the workspace's rules. Both read a record once,
// evaluate compiled definitions (package sheet), and answer with values that say
// what they were read from, so that the store can refuse one that is overtaken.
package rule

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sheet"
)

// Records is what the kinds read of a workspace.
type Records interface {
	// Definitions reads all columns and rules.
	Definitions(ctx context.Context, workspaceID string) (record.Definitions, error)
	// Rows reads fields of some records of a root.
	Rows(ctx context.Context, workspaceID, root string, ids, fields []string, n int) (record.Rows, error)
}

// Model answers the columns whose type is ai. A nil one is no model: these columns
// abstain then.
type Model interface {
	Answer(ctx context.Context, q Question) (Reply, error)
}

// Question is what a model is asked about one record.
type Question struct {
	WorkspaceID string
	TaskID      string
	BatchID     *string
	Prompt      string
	Schema      json.RawMessage // JSON schema of the answer
}

// Reply is what a model answered.
type Reply struct {
	Answer     json.RawMessage
	Model      string
	CostMicros int64
}

// MaxRecords is how many records one task may be about.
const MaxRecords = 500

// Sheets keeps the compiled definitions of workspaces. It is safe for use by many.
type Sheets struct {
	Records Records
	mu      sync.Mutex
	known   map[string]*sheet.Sheet
}

// maxSheets bounds how many workspaces' definitions are kept compiled.
const maxSheets = 1000

// of gives a workspace's definitions, of the given revision or a later one; 0 takes
// what is kept.
func (s *Sheets) of(ctx context.Context, workspaceID string, revision int64) (*sheet.Sheet, error) {
	s.mu.Lock()
	known := s.known[workspaceID]
	s.mu.Unlock()
	if known != nil && known.Revision >= revision {
		return known, nil
	}
	definitions, err := s.Records.Definitions(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	language, err := formula.New()
	if err != nil {
		return nil, err
	}
	fresh, err := sheet.New(language, definitions)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known == nil || len(s.known) >= maxSheets {
		s.known = map[string]*sheet.Sheet{}
	}
	s.known[workspaceID] = fresh
	return fresh, nil
}

type input struct {
	RecordIDs []string `json:"record_ids"`
	Today     string   `json:"today"` // the day that counts as today; default: when the task was made
	User      string   `json:"user"`  // who asked
}

func checkInput(raw json.RawMessage) error {
	if len(raw) == 0 {
		return nil
	}
	var in input
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Field: "record_ids", Message: "record_ids is a list of texts, today and user are texts."}
	}
	if len(in.RecordIDs) > MaxRecords {
		return &enrich.Error{Code: enrich.CodeInvalid, Field: "record_ids", Message: fmt.Sprintf("At most %d records can be computed in one task.", MaxRecords)}
	}
	if _, err := time.Parse(time.DateOnly, in.Today); in.Today != "" && err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Field: "today", Message: "today is a date such as 2026-05-31."}
	}
	return nil
}

// work is what a task is about: records with the definitions to evaluate on them.
type work struct {
	task   enrich.Task
	sheet  *sheet.Sheet
	root   string
	fields []*sheet.Field
	rows   []record.Row
	given  sheet.Given
}

// gather reads the records of a task with what the definitions need of them.
func gather(ctx context.Context, sheets *Sheets, task enrich.Task, pick func(s *sheet.Sheet, root string, names []string) []*sheet.Field) (*work, enrich.Answer) {
	root, ok := record.RootOf(task.EntityType)
	if !ok {
		return nil, refuse("no_root", "Columns and rules are not defined on %q.", task.EntityType)
	}
	var in input
	if len(task.Input) > 0 {
		_ = json.Unmarshal(task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	ids := in.RecordIDs
	if len(ids) == 0 {
		ids = []string{task.EntityID}
	}
	w := &work{task: task, root: root.Name, given: givenOf(task, in)}
	for revision := int64(0); ; {
		var err error
		if w.sheet, err = sheets.of(ctx, task.WorkspaceID, revision); err != nil {
			return nil, unreachable(err)
		}
		w.fields = pick(w.sheet, root.Name, task.TargetFields)
		rows, err := sheets.Records.Rows(ctx, task.WorkspaceID, root.Name, ids, sheet.Reads(w.fields), len(ids))
		if err != nil {
			return nil, unreachable(err)
		}
		w.rows = rows.Rows
		if rows.Revision <= w.sheet.Revision {
			break
		}
		revision = rows.Revision // the definitions have changed: once more with theirs
	}
	if len(w.rows) == 0 {
		return nil, refuse("record_not_found", "There is no %s %s in this workspace.", task.EntityType, strings.Join(ids[:min(3, len(ids))], ", "))
	}
	return w, nil
}

// givenOf are the inputs that change by themselves, out of what is recorded with the
// task: a second run has the same.
func givenOf(task enrich.Task, in input) sheet.Given {
	g := sheet.Given{Today: in.Today, User: in.User}
	if g.Today == "" {
		g.Today = task.CreatedAt.UTC().Format(time.DateOnly)
	}
	h := fnv.New64a()
	h.Write([]byte(task.ID))
	g.Random = fmt.Sprintf("0.%015d", h.Sum64()%1_000_000_000_000_000)
	return g
}

// readsOf lists what a definition read of a row, with versions.
func readsOf(f *sheet.Field, row *sheet.Row) []enrich.Read {
	var reads []enrich.Read
	for _, path := range f.Reads {
		cell := row.Cell(path)
		if cell.EntityID == "" {
			continue
		}
		_, field := record.SplitField(path)
		reads = append(reads, enrich.Read{EntityType: cell.EntityType, EntityID: cell.EntityID, Field: field, Version: cell.Version})
	}
	return append(reads, owners(f, row)...)
}

// owners are the fields that say which related record was read.
func owners(f *sheet.Field, row *sheet.Row) []enrich.Read {
	var reads []enrich.Read
	for _, path := range f.Reads {
		related, _ := record.SplitField(path)
		if related == "" {
			continue
		}
		cell := row.Cell(related + "_id")
		if cell.EntityID != "" {
			reads = append(reads, enrich.Read{EntityType: cell.EntityType, EntityID: cell.EntityID, Field: related + "_id", Version: cell.Version})
		}
	}
	return slices.Compact(reads)
}

// evidenceOf says where a value came from: the expression, and each field that it
// read, in the version that it had.
func evidenceOf(f *sheet.Field, row *sheet.Row, r sheet.Result, basis string) []enrich.Evidence {
	first := enrich.Evidence{Origin: enrich.ByFormula, Method: "rule", Ref: enrich.EvidenceRef{Expr: f.Expression(), Definition: f.Hash, Inputs: basis}}
	if r.Reason != nil {
		first.Quote = r.Reason.Message
	}
	list := []enrich.Evidence{first}
	for _, path := range f.Reads {
		cell := row.Cell(path)
		text, _ := row.Text(path)
		list = append(list, enrich.Evidence{Origin: enrich.Origin(cell.Origin), Method: "read", Quote: cutText(text), Ref: enrich.EvidenceRef{
			EntityType: cell.EntityType, EntityID: cell.EntityID, Path: path, Version: cell.Version,
		}})
	}
	return list
}

// maxQuote is how much of a value that was read is kept with the result, in characters.
const maxQuote = 200

func cutText(s string) string {
	if len(s) <= maxQuote {
		return s
	}
	runes := []rune(s)
	return string(runes[:min(len(runes), maxQuote)])
}

func refuse(code, format string, args ...any) enrich.Answer {
	message := fmt.Sprintf(format, args...)
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not computed.** " + message}
}

func unreachable(err error) enrich.Answer {
	var fault *enrich.Error
	if errors.As(err, &fault) && fault.Code == enrich.CodeNotFound {
		return refuse("record_not_found", "%s", fault.Message)
	}
	const message = "The records could not be read at the moment."
	return enrich.Retry{Err: enrich.Errorf("temporarily_unavailable", message), Detail: err.Error(), Description: "**Not computed.** " + message}
}
