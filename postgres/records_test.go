package postgres_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

// write settles one value on a company and returns the name that stands after it.
func (b bench) write(origin enrich.Origin, name string) string {
	b.Helper()
	raw, err := json.Marshal(name)
	if err != nil {
		b.Fatal(err)
	}
	out, err := b.db.Enqueue(context.Background(), pgtest.Workspace, []enrich.Request{{EntityType: "document", EntityID: "d", Type: enrich.OCRExtract}})
	if err != nil {
		b.Fatal(err)
	}
	c := b.claim(b.worker, 1)[0]
	if c.Task.ID != out[0].Task.ID {
		b.Fatal("claimed another task")
	}
	if !b.settle(enrich.Settlement{Claim: c, To: enrich.Completed, Outcome: enrich.OutcomeCompleted, Records: []enrich.RecordWrite{{
		EntityType: record.EntityCompany, EntityID: "c-1", Fields: []enrich.FieldWrite{{Name: "name", Value: raw, Origin: origin, Grade: enrich.Single, Confidence: .5}},
	}}}) {
		b.Fatal("the claim did not hold")
	}
	return pgtest.Query[string](b.T, b.url, `SELECT name FROM companies WHERE company_id = 'c-1'`)
}

// A value of lower precedence never replaces one of higher; it is kept as a
// suggestion. Of two equal ones the newer wins.
func TestPrecedence(t *testing.T) {
	b := setup(t)
	for _, step := range []struct {
		origin      enrich.Origin
		value, want string
		decision    record.Decision
	}{
		{enrich.ByModel, "guess", "guess", record.Applied},
		{enrich.ByDocument, "from XML", "from XML", record.Applied},
		{enrich.ByModel, "another guess", "from XML", record.Suggested},
		{enrich.ByModel, "from XML", "from XML", record.KeptExisting},
		{enrich.ByDocument, "newer XML", "newer XML", record.Applied},
		{enrich.ByPerson, "mine", "mine", record.Applied},
		{enrich.ByFieldRule, "a rule's", "mine", record.Suggested},
		{enrich.ByDocument, "newest XML", "mine", record.Suggested},
		{enrich.ByPerson, "mine again", "mine again", record.Applied},
	} {
		if got := b.write(step.origin, step.value); got != step.want {
			t.Errorf("after %s wrote %q the name is %q, want %q", step.origin, step.value, got, step.want)
		}
		values, err := b.db.FieldValues(context.Background(), pgtest.Workspace, record.EntityCompany, "c-1")
		if err != nil {
			t.Fatal(err)
		}
		if values[0].Decision != step.decision || values[0].TaskID == "" {
			t.Errorf("%s %q was %s, want %s", step.origin, step.value, values[0].Decision, step.decision)
		}
	}
	if n := pgtest.Query[int](t, b.url, `SELECT count(*) FROM field_values WHERE decision = 'applied' AND active_until IS NULL`); n != 1 {
		t.Errorf("%d values stand on one field", n)
	}
}
