package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// Requests made out of our own OpenAPI document, valid, nearly valid and hostile:
// none is a 500, every answer is one that its route tells of and fits its schema,
// nobody sees a row of another workspace, and what is refused changes nothing.
// ENRICHD_FIGURES=1 sends 10,000 of them.
func TestGeneratedRequests(t *testing.T) {
	n, seed := 300, uint64(1)
	if os.Getenv("ENRICHD_FIGURES") != "" {
		n = 10_000
	}
	b := setup(t, func(o *api.Options) { o.Rate = 1_000_000 })
	j := newJudge(b, b.belongings())
	ops := slices.DeleteFunc(b.operations(), func(op operation) bool { return strings.Contains(op.answers, "event-stream") }) // which does not end
	slices.SortFunc(ops, func(a, b operation) int { return strings.Compare(a.path+" "+a.method, b.path+" "+b.method) })
	for i := range n {
		j.Rand = rand.New(rand.NewPCG(seed, uint64(i)))
		key := b.k1
		if j.mark = "of-w1"; j.chance(20) {
			key, j.mark = b.k2, "of-w2"
		}
		r := j.request(ops[i%len(ops)])
		j.send(i, key, r)
		if t.Failed() && j.faults > 20 {
			t.Fatal("and so on")
		}
	}
	if faults := j.doctor(false); len(faults) > 0 {
		t.Errorf("after all that the doctor finds %v", faults)
	}
	t.Logf("%d requests of %d operations, by answer: %v", n, len(ops), j.answers)
	if done := j.answers[200] + j.answers[201] + j.answers[204]; done < n/10 || j.answers[400] < n/20 || j.changes == 0 {
		t.Errorf("the requests are not what they should be: %v, %d changes", j.answers, j.changes)
	}
}

// judge sends generated requests and holds the answers against the document.
type judge struct {
	*bench
	generator
	schemas *jsonschema.Compiler
	owner   *pgx.Conn // looks at the database between two requests
	changes int       // rows that were changed so far
	faults  int
	answers map[int]int
}

func newJudge(b *bench, own map[string]string) *judge {
	b.Helper()
	j := &judge{bench: b, answers: map[int]int{}, schemas: jsonschema.NewCompiler()}
	raw := b.get("/openapi.json").body
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(raw))
	if err != nil {
		b.Fatal(err)
	}
	if err := j.schemas.AddResource("openapi.json", doc); err != nil {
		b.Fatal(err)
	}
	if err := json.Unmarshal([]byte(raw), &j.doc); err != nil {
		b.Fatal(err)
	}
	j.known = map[string][]string{}
	for path, id := range own {
		j.known[strings.TrimSuffix(path, "/{id}")] = []string{id}
	}
	for n := range 40 {
		j.known[base] = append(j.known[base], id(n+1))
	}
	j.mine("of-w1", pgtest.Workspace)
	j.theirs()
	j.doctor(true) // the fixture's rows were counted by nobody
	j.countChanges()
	if j.owner, err = pgx.Connect(context.Background(), b.dbURL); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = j.owner.Close(context.Background()) })
	return j
}

// mine puts a mark into all rows of a workspace.
func (j *judge) mine(mark, workspace string) {
	j.Helper()
	for table, change := range map[string]string{
		"workspaces": "name = $1", "enrichment_tasks": "description = $1", "companies": "name = $1", "documents": "filename = $1",
		"bank_statements": "filename = $1", "transactions": "counterparty_name = $1", "field_values": "value = to_jsonb($1::text)",
	} {
		pgtest.Exec(j, j.dbURL, fmt.Sprintf(`UPDATE %s SET %s WHERE %s = (SELECT pk FROM workspaces WHERE workspace_id = $2)`, table, change,
			map[bool]string{true: "pk", false: "workspace_pk"}[table == "workspaces"]), mark, workspace)
	}
}

// doctor looks for what does not fit together in the database, and mends it if asked.
func (j *judge) doctor(fix bool) []postgres.Fault {
	j.Helper()
	faults, err := j.db.Examine(context.Background(), fix)
	if err != nil {
		j.Fatal(err)
	}
	return faults
}

// theirs gives W2 rows of its own.
func (j *judge) theirs() {
	j.Helper()
	for table, columns := range map[string]string{
		"companies (workspace_pk, company_id, name)": `'their-company', 'x'`, "documents (workspace_pk, document_id, filename)": `'their-document', 'x'`,
		"enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type)": `'company', 'e-1', 'logo'`,
	} {
		pgtest.Exec(j, j.dbURL, `INSERT INTO `+table+` SELECT pk, `+columns+` FROM workspaces WHERE workspace_id = $1`, w2)
	}
	j.mine("of-w2", w2)
}

// countChanges has the database count every row of a workspace that is written,
// keys apart.
func (j *judge) countChanges() {
	j.Helper()
	pgtest.Exec(j, j.dbURL, `
		CREATE TABLE changes (n bigint);
		INSERT INTO changes VALUES (0);
		CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN UPDATE public.changes SET n = n + 1; RETURN NULL; END';
		DO $$ DECLARE t text; BEGIN
			FOR t IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
				WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attname = 'workspace_pk' AND relname NOT IN ('api_keys', 'idempotency_keys')
			LOOP
				EXECUTE format('CREATE TRIGGER count_change AFTER INSERT OR UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION count_change()', t);
			END LOOP;
		END $$`)
}

// send sends a request and judges its answer.
func (j *judge) send(i int, key string, r generated) {
	j.Helper()
	got := j.bench.send(r.method, r.path, r.body, append([]string{"Authorization", "Bearer " + key}, r.headers...)...)
	j.answers[got.status]++
	fault := func(format string, args ...any) {
		j.Helper()
		j.faults++
		j.Errorf("request %d: %s %s %s %v: %s\n%s", i, r.method, shorten(r.path), shorten(r.body), len(r.headers), fmt.Sprintf(format, args...), shorten(got.String()))
	}
	if got.status >= 500 {
		fault("our fault")
	}
	if err := j.fits(r, got); err != nil {
		fault("%v", err)
	}
	if other := map[string]string{"of-w1": "of-w2", "of-w2": "of-w1"}[j.mark]; strings.Contains(got.body, other) {
		fault("shows %s to %s", other, j.mark)
	}
	var changes int
	if err := j.owner.QueryRow(context.Background(), `SELECT n FROM changes`).Scan(&changes); err != nil {
		j.Fatal(err)
	}
	if changes != j.changes && (got.status >= 400 || r.method == "GET") {
		fault("was refused, and changed %d rows", changes-j.changes)
	}
	j.changes = changes
	if id := got.text("data", "id"); got.status == 201 && r.route == base && key == j.k1 {
		j.known[base] = append(j.known[base], id)
	}
}

// fits says what an answer has that its route does not tell of.
func (j *judge) fits(r generated, got reply) error {
	status := fmt.Sprint(got.status)
	told := j.resolve(dig(r.operation, "responses", status))
	if told == nil {
		return fmt.Errorf("the answer %s is not one of %v", status, slices.Sorted(maps.Keys(r.operation["responses"].(map[string]any))))
	}
	if got.body == "" || told["content"] == nil {
		if (got.body == "") != (told["content"] == nil) {
			return fmt.Errorf("a body where none is told of, or none where one is")
		}
		return nil
	}
	if content, _ := told["content"].(map[string]any); content["image/png"] != nil {
		return nil
	}
	at := "#/components/responses/error"
	if got.status < 400 {
		at = "#/paths/" + strings.ReplaceAll(strings.ReplaceAll(r.route, "/", "~1"), "{", "%7B")
		at = strings.ReplaceAll(at, "}", "%7D") + "/" + strings.ToLower(r.method) + "/responses/" + status
	}
	schema, err := j.schemas.Compile("openapi.json" + at + "/content/" + strings.ReplaceAll(jt, "/", "~1") + "/schema")
	if err != nil {
		return err
	}
	return schema.Validate(got.doc)
}
