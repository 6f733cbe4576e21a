package console

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/blob"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// know writes values of a record, as a kind does that found them in a document.
func (b bench) know(entityType, id, doc string, values map[string]string) {
	b.Helper()
	b.enqueue(enrich.Request{EntityType: record.EntityDocument, EntityID: doc, Type: enrich.AIInvoice, Force: true})
	write := enrich.RecordWrite{EntityType: entityType, EntityID: id}
	for name, value := range values {
		quoted, _ := json.Marshal(value)
		write.Fields = append(write.Fields, enrich.FieldWrite{
			Name: name, Value: quoted, Origin: enrich.ByDocument, Grade: enrich.Single, Confidence: .8,
			Evidence: []enrich.Evidence{{Origin: enrich.ByDocument, Quote: "quoted " + name, Ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: doc, Page: 2}}},
		})
	}
	b.settle(enrich.Settlement{To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Records: []enrich.RecordWrite{write}})
}

func TestEntityPages(t *testing.T) {
	b := setup(t)
	b.shows("/companies", "No company is known yet")
	b.shows("/people", "Nobody is known yet")
	doc := b.document("moulin.xml").ID
	b.know(record.EntityCompany, "c/1", doc, map[string]string{"name": "Moulin <SARL>", "phone": "+33 1"})
	b.know(record.EntityCompany, "c/1", doc, map[string]string{"phone": "+33 2"})
	b.know(record.EntityPerson, "p-1", doc, map[string]string{"full_name": "Ada Martin", "email": "ada@moulin.example"})
	b.know(record.EntityEmployment, "e-1", doc, map[string]string{"company_id": "c/1", "person_id": "p-1", "job_title": "Miller", "relationship_type": "employee"})
	task := b.enqueue(enrich.Request{EntityType: record.EntityCompany, EntityID: "c/1", Type: enrich.Logo})
	b.shows("/companies", "/entities/company/c%2F1", "Moulin &lt;SARL&gt;")
	b.shows("/people", "/entities/person/p-1", "Ada Martin", "ada@moulin.example")
	b.shows("/entities/company/c%2F1", "Moulin &lt;SARL&gt;", "&#43;33 2", "&#43;33 1", "1 other value", "stood", "quoted phone", "One source", "80 %", "page 2", "Ada Martin", "Miller", "/tasks/"+task.ID, "Find logo")
	b.shows("/entities/person/p-1", "Ada Martin", "/entities/company/c%2F1", "Moulin &lt;SARL&gt;", "quoted email")
	b.shows("/tasks?entity=company/c/1", "Moulin &lt;SARL&gt;", "/tasks/"+task.ID)
	for _, path := range []string{"/entities/company/none", "/entities/person/none", "/entities/nothing/none", "/entities/company/%00", "/logos/" + strings.Repeat("a", 64)} {
		if got, _ := b.get(path); got != http.StatusNotFound {
			t.Errorf("GET %s: %d", path, got)
		}
	}
	// A key that may not see people sees none.
	h := Handler(Options{Store: b.db, FindKey: func(context.Context, string) (postgres.Key, error) {
		return postgres.Key{WorkspaceID: pgtest.Workspace}, nil
	}})
	for path, status := range map[string]int{"/people": 403, "/entities/person/p-1": 403, "/entities/company/c%2F1": 200} {
		w := ask(h, http.MethodGet, path, nil, withKey("any"))
		if w.Code != status || strings.Contains(w.Body.String(), "Ada") {
			t.Errorf("GET %s without people:read: %d\n%s", path, w.Code, w.Body)
		}
	}
}

// Logos are PNGs of this workspace's companies, whatever lies in the store.
func TestLogos(t *testing.T) {
	b := setup(t)
	folder, err := blob.OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b.handler = Handler(Options{Store: b.db, Contents: folder, Workspace: pgtest.Workspace})
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	doc := b.document("moulin.xml").ID
	for name, c := range map[string]struct {
		content string
		kept    bool // by a company
		status  int
	}{
		"a picture":        {picture.String(), true, 200},
		"nobody's picture": {picture.String() + "\x00", false, 404},
		"a page":           {"<svg onload=alert(1)>", true, 404},
	} {
		sum, _, err := folder.Put(context.Background(), strings.NewReader(c.content), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if c.kept {
			b.know(record.EntityCompany, name, doc, map[string]string{"name": name, "logo_url": record.LogoURL(sum)})
			b.shows("/entities/company/"+pathEscape(name), `src="`+logoPath(record.LogoURL(sum))+`"`)
		}
		w := ask(b.handler, http.MethodGet, logoPath(record.LogoURL(sum)), nil)
		if w.Code != c.status || c.status == 200 && (w.Header().Get("Content-Type") != "image/png" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") || w.Body.String() != c.content) {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	b.know(record.EntityCompany, "away", doc, map[string]string{"name": "Away", "logo_url": "https://evil.example/x.png"})
	if body := b.shows("/entities/company/away", "tile"); strings.Contains(body, `src="https`) {
		t.Error("a page asks another site for a picture")
	}
}
