package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/enrichd/enrichd/api"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// operation is a route as the OpenAPI document tells of it, which is made of the
// route table.
type operation struct{ method, path, answers string }

// operations lists every route.
func (b *bench) operations() []operation {
	b.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			Responses map[string]struct{ Content map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(b.get("/openapi.json").body), &doc); err != nil {
		b.Fatal(err)
	}
	var list []operation
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, op := range doc.Paths[path] {
			answers := strings.Join(slices.Collect(maps.Keys(op.Responses["200"].Content)), " ")
			list = append(list, operation{strings.ToUpper(method), path, answers})
		}
	}
	return list
}

// ownLogo is the SHA-256 of "own logo".
const ownLogo = "94e431200ce876c5f661171044f1c942bb79ce40cc0c42d5d942b3b3062ea307"

// The definitions of belongings.
const ownColumn, ownRule = "44444444-0000-4000-8000-000000000001", "44444444-0000-4000-8000-000000000002"

// belongings gives W1 one record of each resource, and their ids by path.
func (b *bench) belongings() map[string]string {
	b.Helper()
	b.fixture()
	own := func(sql string) { pgtest.Exec(b, b.dbURL, "INSERT INTO "+sql, pgtest.Workspace) }
	const ws = `(SELECT pk FROM workspaces WHERE workspace_id = $1)`
	own(`companies (workspace_pk, company_id, name, logo_url) VALUES (` + ws + `, 'own-company', 'Mine', '/v1/media/` + ownLogo + `')`)
	if _, _, err := b.blobs.Put(b.Context(), strings.NewReader("own logo"), 100); err != nil {
		b.Fatal(err)
	}
	own(`people (workspace_pk, person_id, full_name) VALUES (` + ws + `, 'own-person', 'Ada')`)
	own(`company_people (workspace_pk, company_person_id, company_id, person_id) VALUES (` + ws + `, 'own-employment', 'own-company', 'own-person')`)
	own(`reconciliation_links (workspace_pk, reconciliation_link_id, entity_type, source_id, target_id, action, status) VALUES (` + ws + `, 'own-merge', 'company', 'other', 'own-company', 'merge', 'proposed')`)
	own(`documents (workspace_pk, document_id, filename) VALUES (` + ws + `, 'own-document', 'mine.pdf')`)
	own(`emails (workspace_pk, email_id, checksum, document_id) VALUES (` + ws + `, 'own-email', 'sha256:y', 'own-document')`)
	own(`invoices (workspace_pk, invoice_id, document_id, issuer_id) VALUES (` + ws + `, 'own-invoice', 'own-document', 'own-company')`)
	own(`bank_statements (workspace_pk, bank_statement_id, filename, format, checksum, statements, warnings, entries_new, entries_known)
		VALUES (` + ws + `, 'own-statement', 'mine.xml', 'camt.053', 'sha256:x', '[]', '[]', 1, 0)`)
	own(`transactions (workspace_pk, transaction_id, bank_statement_pk, status) SELECT workspace_pk, 'own-transaction', pk, 'booked' FROM bank_statements WHERE workspace_pk = ` + ws)
	own(`invoice_transactions (workspace_pk, invoice_transaction_id, invoice_id, transaction_id) VALUES (` + ws + `, 'own-link', 'own-invoice', 'own-transaction')`)
	own(`enrichment_batches (workspace_pk, batch_id, total, running, open) VALUES (` + ws + `, 'f7e6d5c4-3b2a-1908-7654-321098fedcba', 12, 6, 6)`)
	own(`field_values (workspace_pk, field_value_id, entity_type, entity_id, field, value, origin, precedence, grade, confidence, decision)
		VALUES (` + ws + `, '11111111-0000-4000-8000-000000000001', 'company', 'own-company', 'name', '"Mine"', 'model', 1, 'low', 0.5, 'suggested')`)
	own(`webhook_endpoints (workspace_pk, webhook_endpoint_id, url, event_types, secret, cursor)
		VALUES (` + ws + `, '22222222-0000-4000-8000-000000000001', 'https://own.example/', '{enrichment_task.created}', 'whsec_', 0)`)
	own(`webhook_deliveries (workspace_pk, endpoint_pk, webhook_delivery_id, sequence, event_type, subject_type, subject_id, event_at)
		SELECT workspace_pk, pk, '22222222-0000-4000-8000-000000000002', 1, 'enrichment_task.created', 'enrichment_task', 'x', '2026-05-01' FROM webhook_endpoints WHERE workspace_pk = ` + ws)
	own(`enrichment_tasks (workspace_pk, enrichment_task_id, entity_type, entity_id, enrichment_type, status, input, completed_at)
		VALUES (` + ws + `, '33333333-0000-4000-8000-000000000001', 'calendar_month', 'own-month', 'monthly_close', 'completed', '{"record_id": "2026-05"}', now())`)
	own(`close_sign_offs (workspace_pk, close_sign_off_id, record_id, task_id, snapshot_hash, signed_by)
		VALUES (` + ws + `, '33333333-0000-4000-8000-000000000002', '2026-05', '33333333-0000-4000-8000-000000000001', 'sha256:own', 'somebody')`)
	for kind, id := range map[string]string{"custom_column": ownColumn, "field_rule": ownRule} {
		own(`field_definitions (workspace_pk, field_definition_id, kind, root, field_key, type, formula_config, hash)
			VALUES (` + ws + `, '` + id + `', '` + kind + `', 'invoices', 'due_date', 'date', '{"expression": "issue_date"}', 'sha256:x')`)
	}
	return map[string]string{
		"/v1/monthly-closes/{id}": "33333333-0000-4000-8000-000000000001", "/v1/close-sign-offs/{id}": "33333333-0000-4000-8000-000000000002",
		"/v1/custom-columns/{id}": ownColumn, "/v1/field-rules/{id}": ownRule,
		"/v1/webhook-endpoints/{id}": "22222222-0000-4000-8000-000000000001", "/v1/webhook-deliveries/{id}": "22222222-0000-4000-8000-000000000002",
		"/v1/enrichment-batches/{id}": "f7e6d5c4-3b2a-1908-7654-321098fedcba", "/v1/field-values/{id}": "11111111-0000-4000-8000-000000000001",
		"/v1/enrichment-tasks/{id}": id(parent), "/v1/companies/{id}": "own-company", "/v1/documents/{id}": "own-document", "/v1/invoices/{id}": "own-invoice",
		"/v1/bank-statements/{id}": "own-statement", "/v1/transactions/{id}": "own-transaction", "/v1/invoice-transactions/{id}": "own-link",
		"/v1/workspaces/{id}": pgtest.Workspace, "/v1/emails/{id}": "own-email", "/v1/people/{id}": "own-person", "/v1/company-people/{id}": "own-employment",
		"/v1/reconciliation-links/{id}": "own-merge", "/v1/media/{id}": ownLogo,
	}
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Every route with an id, made from the route table: another workspace's id and
// an unknown one get the same answer, byte for byte, and change nothing. A route
// whose resource has no case here fails.
func TestIsolation(t *testing.T) {
	b := setup(t)
	own := b.belongings()
	before := b.everything()
	asOther := []string{"Authorization", "Bearer " + b.k2}
	for _, op := range b.operations() {
		resource, _, named := strings.Cut(op.path, "}")
		mine := own[resource+"}"]
		if named && mine == "" {
			t.Errorf("%s %s: give the isolation test a record of this resource", op.method, op.path)
			continue
		}
		if !named {
			b.foreignList(op, own)
			continue
		}
		address := func(id string) string {
			return placeholder.ReplaceAllString(strings.Replace(op.path, "{id}", id, 1), unknown)
		}
		foreign := b.send(op.method, address(mine), bodyFor(op, mine), asOther...)
		none := b.send(op.method, address(unknown), bodyFor(op, unknown), asOther...)
		if foreign.status != 404 || masked(foreign) != masked(none) {
			t.Errorf("%s %s: a foreign id gives %s, an unknown one %s", op.method, op.path, foreign, none)
		}
		if op.method == "GET" && op.answers != "image/png" { // the case is one: its owner sees it
			if got := b.get(strings.Replace(op.path, "{id}", mine, 1)); got.status != 200 && !placeholder.MatchString(strings.Replace(op.path, "{id}", mine, 1)) {
				t.Errorf("%s %s: its owner gets %s", op.method, op.path, got)
			}
		}
	}
	if after := b.everything(); after != before {
		t.Errorf("requests that were refused changed something")
	}
}

// foreignList: a list of another workspace shows nothing of W1.
func (b *bench) foreignList(op operation, own map[string]string) {
	b.Helper()
	if op.method != "GET" || strings.Contains(op.answers, "event-stream") { // streams have their own tests
		return
	}
	if op.path == "/v1/search-results" { // it tells what was sought
		for _, mine := range own {
			if r := b.get(op.path+"?filter[text]="+mine, "Authorization", "Bearer "+b.k2); r.status != 200 || len(r.ids()) != 0 {
				b.Errorf("%s finds %s for another workspace: %s", op.path, mine, r)
			}
		}
		return
	}
	r := b.get(op.path+"?page[size]=500", "Authorization", "Bearer "+b.k2)
	for _, mine := range own {
		if r.status != 200 || strings.Contains(r.body, mine) {
			b.Errorf("%s %s shows %s to another workspace: %s", op.method, op.path, mine, r)
		}
	}
}

func bodyFor(op operation, id string) string {
	types := map[string]string{
		"/v1/enrichment-tasks": "enrichment_task", "/v1/companies": "company", "/v1/invoices": "invoice", "/v1/field-values": "field_value", "/v1/webhook-endpoints": "webhook_endpoint",
		"/v1/people": "person", "/v1/company-people": "company_person", "/v1/reconciliation-links": "reconciliation_link",
		"/v1/custom-columns": "custom_column", "/v1/field-rules": "field_rule",
	}
	base, _, _ := strings.Cut(op.path, "/{id}")
	switch {
	case op.method == "GET" || op.method == "DELETE":
		return ""
	case strings.HasSuffix(op.path, "/decisions"):
		return `{"data":{"type":"enrichment_task_decision","attributes":{"decision":"approve"}}}`
	case strings.Contains(op.path, "/relationships/"):
		return `{"data":null}`
	}
	return `{"data":{"type":"` + types[base] + `","id":"` + id + `","attributes":{}}}`
}

// everything is a digest of all that workspaces hold, keys of requests apart.
func (b *bench) everything() string {
	b.Helper()
	tables := pgtest.Query[[]string](b, b.dbURL, `SELECT array_agg(c.relname::text ORDER BY c.relname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attname = 'workspace_pk' AND relname NOT IN ('api_keys', 'idempotency_keys')`)
	digest := ""
	for _, table := range tables {
		digest += table + " " + pgtest.Query[string](b, b.dbURL, `SELECT coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') FROM `+table+` t`) + "\n"
	}
	return digest
}

// TEN: keys and tenancy.
func TestTenancy(t *testing.T) {
	b := setup(t)
	b.fixture()
	with := func(key string) reply { return b.get(base, "Authorization", key) }
	none := with("")
	b.says("TEN-01", none.refused(401, "UNAUTHORIZED", "header Authorization"), none)
	malformed := true
	for _, key := range []string{"Bearer x", "Bearer enrichd_live_x", "Basic eDp5", "Bearer " + b.k1[:len(b.k1)-1] + "!", "Bearer ", b.k1} {
		malformed = malformed && with(key).status == 401
	}
	b.says("TEN-02", malformed)
	for number, change := range map[string]string{"TEN-03": `revoked_at = now()`, "TEN-04": `expires_at = now() - interval '1 s'`} {
		key := b.key(pgtest.Workspace, api.ScopeTasksRead)
		ok := with("Bearer " + key).status
		pgtest.Exec(t, b.dbURL, `UPDATE api_keys SET `+change+` WHERE key_id = $1`, strings.Split(key, "_")[2])
		b.says(number, ok == 200 && with("Bearer "+key).refused(401, "UNAUTHORIZED", ""))
	}
	b.says("TEN-05", b.get(base+"?api_key="+b.k1, "Authorization", "").status == 401)
	reader := []string{"Authorization", "Bearer " + b.reader}
	refused := b.get(base, reader...).status == 200
	for _, r := range []reply{b.send("POST", base, create(minimal), reader...), b.send("PATCH", base+"/"+id(1), patch(id(1), `"attributes":{}`), reader...), b.send("DELETE", base+"/"+id(1), "", reader...)} {
		refused = refused && r.refused(403, "INSUFFICIENT_SCOPE", "")
	}
	b.says("TEN-06", refused)
	writer := b.key(pgtest.Workspace, api.ScopeTasksRead, api.ScopeTasksWrite)
	decide := b.send("POST", base+"/"+id(4)+"/decisions", `{"data":{"type":"enrichment_task_decision","attributes":{"decision":"approve"}}}`, "Authorization", "Bearer "+writer)
	b.says("TEN-07", decide.refused(403, "INSUFFICIENT_SCOPE", ""), decide)
	b.foreignIDs()
	b.databaseBelts()
}

func (b *bench) foreignIDs() {
	before := b.everything()
	for number, c := range map[string][2]string{
		"TEN-08": {"GET", ""}, "TEN-09": {"PATCH", ""}, "TEN-10": {"DELETE", ""}, "TEN-11": {"GET", "/relationships/parent_task"}, "TEN-12": {"GET", "/relationships/subtasks"},
		"TEN-13": {"GET", "/parent_task"}, "TEN-14": {"GET", "/subtasks"}, "TEN-15": {"GET", "/decisions"},
	} {
		ask := func(id string) string {
			return masked(b.send(c[0], base+"/"+id+c[1], bodyFor(operation{method: c[0], path: base + "/{id}"}, id), "Authorization", "Bearer "+b.k2))
		}
		foreign := ask(id(51))
		b.says(number, strings.HasPrefix(foreign, "404") && foreign == ask(unknown) && b.everything() == before, foreign)
	}
}

func (b *bench) databaseBelts() {
	month := create(`"entity_type":"calendar_month","entity_id":"same","enrichment_type":"monthly_close","input":{"record_id":"2026-05"}`)
	mine, theirs := b.send("POST", base, month), b.send("POST", base, month, "Authorization", "Bearer "+b.k2)
	leading := pgtest.Query[int](b, b.dbURL, `SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE i.indisunique AND NOT i.indisprimary AND a.attname NOT IN ('workspace_pk', 'enrichment_task_id', 'decision_id', 'field_value_id', 'key_id', 'workspace_id', 'task_pk', 'invoice_pk')
			AND EXISTS (SELECT FROM pg_attribute w WHERE w.attrelid = c.oid AND w.attname = 'workspace_pk')`)
	b.says("TEN-16", mine.status == 201 && theirs.status == 201 && leading == 0, mine, theirs, leading)
	err := pgtest.Try(b, b.dbURL, `INSERT INTO enrichment_tasks (workspace_pk, parent_task_pk, entity_type, entity_id, enrichment_type)
		SELECT (SELECT pk FROM workspaces WHERE workspace_id = $1), pk, 'x', 'y', 'logo' FROM enrichment_tasks WHERE enrichment_task_id = $2`, w2, id(parent))
	b.says("TEN-17", err != nil && strings.Contains(err.Error(), "same workspace"), err)
	b.says("TEN-18", interleaved(b.T))
	rows := 0
	for _, table := range []string{"enrichment_tasks", "workspaces", "documents", "companies", "invoices", "transactions", "idempotency_keys", "api_keys"} {
		rows += pgtest.Query[int](b, pgtest.AsApp(b.dbURL), `SELECT count(*) FROM `+table)
	}
	b.says("TEN-19", rows == 0, rows)
	free := pgtest.Query[string](b, b.dbURL, `SELECT concat_ws(' ', (SELECT string_agg(relname, ' ') FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
			AND relname NOT IN ('enrichment_dispatches', 'enrichment_weights', 'webhook_turns') AND NOT (relrowsecurity AND relforcerowsecurity) AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND attname = 'workspace_pk')),
		(SELECT rolname FROM pg_roles r WHERE rolname = $1 AND (rolsuper OR rolbypassrls OR EXISTS (SELECT FROM pg_class WHERE relowner = r.oid))))`, postgres.AppRole)
	b.says("TEN-20", free == "", free)
}

// interleaved sends a thousand requests of two workspaces over two connections.
func interleaved(t *testing.T) bool {
	b := setupOn(t, postgres.Options{MaxConns: 2})
	b.fixture()
	theirs := b.send("POST", base, create(minimal), "Authorization", "Bearer "+b.k2).text("data", "id")
	var wg sync.WaitGroup
	crossed := make([]int, 8)
	for i := range crossed {
		wg.Go(func() {
			for n := range 125 {
				key, want := b.k1, 60
				if (i+n)%2 == 0 {
					key, want = b.k2, 1
				}
				r := b.get(base+"?page[size]=100", "Authorization", "Bearer "+key)
				if len(r.ids()) != want || (want == 1) != slices.Contains(r.ids(), theirs) {
					crossed[i]++
				}
			}
		})
	}
	wg.Wait()
	return fmt.Sprint(crossed) == fmt.Sprint(make([]int, 8))
}
