package kindtest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/record"
)

// Main runs a kind's tests. It must be called from TestMain: the test program is
// also the child in which PDFs and images are read.
func Main(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "reader" {
		os.Exit(reader.Main(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}

// ReaderCommand starts the child in which tests read PDFs and images: the program
// that ENRICHD_READER names, because the race detector makes this one many times
// slower, or this one.
func ReaderCommand() []string {
	if program := os.Getenv("ENRICHD_READER"); program != "" {
		return []string{program, "reader"}
	}
	return nil
}

// CacheDir keeps compiled code between test programs.
func CacheDir() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "enrichd-reader")
}

// Workspace is a real workspace for a kind to read: a database of its own and a
// folder of contents.
type Workspace struct {
	DB     *postgres.DB
	Blobs  *blob.Folder
	Reader *extraction.Reader
}

// NewWorkspace makes an empty workspace.
func NewWorkspace(t testing.TB) *Workspace {
	t.Helper()
	blobs, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	db := pgtest.New(t)
	pages := reader.New(reader.Options{Command: ReaderCommand(), CacheDir: CacheDir()})
	t.Cleanup(pages.Close)
	return &Workspace{DB: db, Blobs: blobs, Reader: &extraction.Reader{Blobs: blobs, Cache: db, Pages: pages}}
}

// Add stores a document, without enqueuing anything.
func (w *Workspace) Add(t testing.TB, name string, content []byte) record.Document {
	t.Helper()
	checksum, size, err := w.Blobs.Put(t.Context(), bytes.NewReader(content), extraction.MaxContent)
	if err != nil {
		t.Fatal(err)
	}
	doc, _, err := w.DB.AddDocument(t.Context(), pgtest.Workspace, record.Document{Filename: name, Size: size, Checksum: checksum, MimeType: http.DetectContentType(content)},
		func(record.Document) enrich.Occasion { return enrich.Occasion{} }, func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Job is a first attempt at a document.
func (w *Workspace) Job(kind enrich.Type, doc record.Document) enrich.Job {
	return enrich.Job{Attempt: 1, Task: enrich.Task{
		ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace,
		EntityType: record.EntityDocument, EntityID: doc.ID, Type: kind, Status: enrich.Processing,
	}}
}

// Data is the folder of shared evaluation data: ENRICHD_DATA, or the one beside
// the checkout.
func Data() string {
	if dir := os.Getenv("ENRICHD_DATA"); dir != "" {
		return dir
	}
	return filepath.Join("..", "..", "..", "shared", "data")
}

// WriteCompany makes a company with a person's values.
func (w *Workspace) WriteCompany(t testing.TB, id string, values map[string]string) {
	t.Helper()
	w.write(t, record.EntityCompany, id, values)
}

// WritePerson makes a person with a person's values.
func (w *Workspace) WritePerson(t testing.TB, id string, values map[string]string) {
	t.Helper()
	w.write(t, record.EntityPerson, id, values)
}

func (w *Workspace) write(t testing.TB, entityType, id string, values map[string]string) {
	t.Helper()
	e := postgres.Edit{EntityType: entityType, EntityID: id, By: "kindtest", Values: map[string]json.RawMessage{}}
	for name, value := range values {
		if value == "" {
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		e.Values[name] = raw
	}
	err := w.DB.CreateRecord(t.Context(), pgtest.Workspace, e, enrich.Occasion{}, func(enrich.Occasion) ([]enrich.Request, error) { return nil, nil })
	if err != nil {
		t.Fatal(err)
	}
}

// Settle runs a kind on a document through the queue, so that its records are
// written, and returns the answer.
func (w *Workspace) Settle(t testing.TB, kind enrich.Kind, doc record.Document) enrich.Answer {
	t.Helper()
	return w.SettleTask(t, kind, enrich.Task{EntityType: record.EntityDocument, EntityID: doc.ID})
}

// SettleTask does the same on any entity, with the input of the task.
func (w *Workspace) SettleTask(t testing.TB, kind enrich.Kind, task enrich.Task) enrich.Answer {
	t.Helper()
	typ := kind.Spec().Type
	worker, err := w.DB.Register(t.Context(), "kindtest", []enrich.Type{typ})
	if err != nil {
		t.Fatal(err)
	}
	request := enrich.Request{EntityType: task.EntityType, EntityID: task.EntityID, Type: typ, Input: task.Input, TargetFields: task.TargetFields}
	if _, err := w.DB.Enqueue(t.Context(), pgtest.Workspace, []enrich.Request{request}); err != nil {
		t.Fatal(err)
	}
	claims, err := w.DB.Claim(t.Context(), worker, []enrich.Type{typ}, 1)
	if err != nil || len(claims) != 1 {
		t.Fatalf("claimed %d: %v", len(claims), err)
	}
	answer := kind.Run(t.Context(), enrich.Job{Task: claims[0].Task, Attempt: 1})
	done, ok := answer.(enrich.Done)
	if !ok {
		t.Fatalf("answer is %s %s", nameOf(answer), codeOf(answer))
	}
	held, err := w.DB.Settle(t.Context(), "kindtest", []enrich.Settlement{{
		Claim: claims[0], To: enrich.Completed, Outcome: enrich.OutcomeCompleted,
		Output: done.Output, Description: done.Description, Records: done.Records,
	}})
	if err != nil || !held[claims[0].Token] {
		t.Fatalf("settle: %v", err)
	}
	return answer
}

// Output reads the output of an answer as a JSON object.
func Output(t testing.TB, a enrich.Answer) map[string]any {
	t.Helper()
	var out map[string]any
	done, ok := a.(enrich.Done)
	if !ok {
		t.Fatalf("answer is %s %s", nameOf(a), codeOf(a))
	}
	if err := json.Unmarshal(done.Output, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
