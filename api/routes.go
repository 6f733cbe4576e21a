package api

import (
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// Scopes of API keys.
const (
	ScopeTasksRead      = "enrichment_tasks:read"
	ScopeTasksWrite     = "enrichment_tasks:write"
	ScopeTasksApprove   = "enrichment_tasks:approve"
	ScopeDocumentsRead  = "documents:read"
	ScopeDocumentsWrite = "documents:write"
	ScopeInvoicesRead   = "invoices:read"
	ScopeCompaniesRead  = "companies:read"

	ScopeStatementsRead  = "bank_statements:read"
	ScopeStatementsWrite = "bank_statements:write"

	ScopeTransactionsRead = "transactions:read"
	ScopeInvoicesWrite    = "invoices:write"
	ScopeValuesRead       = "field_values:read"
	ScopeValuesWrite      = "field_values:write"
	ScopeCompaniesWrite   = "companies:write"
	ScopePeopleRead       = "people:read"
	ScopePeopleWrite      = "people:write"
	ScopeWebhooksRead     = "webhooks:read"
	ScopeWebhooksWrite    = "webhooks:write"
	ScopeDefinitionsRead  = "definitions:read"
	ScopeDefinitionsWrite = "definitions:write"
	ScopeSignOffsWrite    = "close_sign_offs:write"
)

// Scopes lists every scope there is.
func Scopes() []string {
	return []string{
		ScopeTasksRead, ScopeTasksWrite, ScopeTasksApprove, ScopeDocumentsRead, ScopeDocumentsWrite, ScopeInvoicesRead,
		ScopeCompaniesRead, ScopeStatementsRead, ScopeStatementsWrite, ScopeTransactionsRead,
		ScopeInvoicesWrite, ScopeCompaniesWrite, ScopeValuesRead, ScopeValuesWrite,
		ScopePeopleRead, ScopePeopleWrite, ScopeWebhooksRead, ScopeWebhooksWrite, ScopeDefinitionsRead, ScopeDefinitionsWrite,
		ScopeSignOffsWrite,
	}
}

// resources lists every resource. Its routes follow from its table.
func (s *server) resources() []*resource {
	return []*resource{
		s.tasks(),
		s.documents(),
		s.emails(),
		s.invoices(),
		s.companies(),
		s.people(),
		s.employments(),
		s.merges(),
		s.statements(),
		s.transactions(),
		s.links(),
		s.fieldValues(),
		s.workspaces(),
		s.batches(),
		s.webhookEndpoints(),
		s.webhookDeliveries(),
		s.closes(),
		s.signOffs(),
		s.definitions(record.CustomColumn),
		s.definitions(record.FieldRule),
	}
}

// route is one method of one path.
type route struct {
	method, path string
	scope        string // that the key must have; empty: any key will do
	handle       func(*call) error
	about        about // what the OpenAPI document tells
}

// about is what a route does, for who reads the OpenAPI document.
type about struct {
	does     string    // one sentence
	resource *resource // whose route it is; nil for one of a kind
	relation string    // whose relationship it is; empty for none
	answers  answer
	or       string // type of what it answers with instead; empty for none
	files    bool   // the body is a file

	takes *resource // whose fields the body holds, where they are not the resource's
	gives *resource // what it answers with, where no query names its fields
	query [2]string // a parameter of its own, and what it is for
}

// answer is what stands in the data of a route's answer.
type answer int

// The answers.
const (
	answerNothing answer = iota
	answerOne
	answerPage
	answerLinkage
	answerLinkages
	answerStream
	answerPicture
)

// table is every route: those of one of a kind, each with who calls it and
// when, and those that follow from the tables.
func (s *server) table() []route {
	decided := decisions(tasksPath + "/{id}/decisions").resource()
	routes := []route{
		// A person who decides on what a task proposes, and may think again.
		{"POST", tasksPath + "/{id}/decisions", ScopeTasksApprove, s.decide, about{does: "Approve or reject what a task proposes.", takes: verdict(), gives: decided, answers: answerOne}},
		{"GET", tasksPath + "/{id}/decisions", ScopeTasksRead, s.listDecisions, about{does: "List who decided what on a task, when and why.", gives: decided, answers: answerPage}},
		{"GET", tasksPath + "/{id}/decisions/{decision}", ScopeTasksRead, s.getDecision, about{does: "Read a decision.", gives: decided, answers: answerOne}},
		{"DELETE", tasksPath + "/{id}/decisions/{decision}", ScopeTasksApprove, s.withdrawDecision, about{does: "Undo a decision that has not taken effect."}},
		// Whoever wants to know what happens as it happens.
		{"GET", eventsPath, ScopeTasksRead, s.streamEvents, about{does: "Follow what happens, as server-sent events.", answers: answerStream}},
		// enrichd statement, and every surface that brings a bank file.
		{"POST", statementsPath, ScopeStatementsWrite, s.importStatement, about{does: "Import a file of a bank.", resource: s.types[record.EntityStatement], answers: answerOne, files: true}},
		// enrichd email, and every mailbox that forwards.
		{"POST", emailsPath, ScopeDocumentsWrite, s.importEmail, about{does: "Import an e-mail with its attachments.", resource: s.types[record.EntityEmail], answers: answerOne, files: true}},
		// The Magic button.
		{"POST", batchesPath, ScopeTasksWrite, s.press, about{does: "Enqueue kinds for many entities as one batch, or estimate that.", takes: pressing(), resource: s.types[batchType], answers: answerOne, or: estimateType}},
		// Whoever runs a receiver of webhooks.
		{"POST", endpointsPath + "/{id}/rotate", ScopeWebhooksWrite, s.rotateSecret, about{does: "Give a webhook endpoint a new secret; the old one signs for a day more.", resource: s.types[endpointType], answers: answerOne}},
		{"POST", deliveriesPath + "/{id}/redeliver", ScopeWebhooksWrite, s.redeliver, about{does: "Send a webhook delivery again.", resource: s.types[deliveryType], answers: answerOne}},
		// Whoever shows a company.
		{"GET", mediaPath + "/{id}", ScopeCompaniesRead, s.serveMedia, about{does: "Read a stored logo.", answers: answerPicture}},
		// enrichd search, and whoever has a box to look for things in.
		{"GET", searchPath, "", s.search, about{does: "Find records by id, number, VAT number, IBAN, domain, amount, or the beginning of a name: those of types that the key may read.", gives: s.results().resource(), answers: answerPage, query: [2]string{textFilter, "What to look for, up to 200 bytes. Without it nothing is found."}}},
		// Who writes columns and rules: looks before, runs after.
		{"POST", columnsPath + "/{id}/compute", ScopeTasksWrite, s.compute(record.CustomColumn), about{does: "Compute a column on records, as one batch.", takes: computing(), resource: s.types[batchType], answers: answerOne, or: estimateType}},
		{"POST", rulesPath + "/{id}/compute", ScopeTasksWrite, s.compute(record.FieldRule), about{does: "Evaluate a rule on records, as one batch.", takes: computing(), resource: s.types[batchType], answers: answerOne, or: estimateType}},
		{"POST", previewsPath, ScopeDefinitionsRead, s.preview, about{does: "Try a column or a rule on some records before it is saved.", takes: previewing(), or: previewType, answers: answerOne}},
		// enrichd upload, and every surface that brings a file.
		{"POST", documentsPath, ScopeDocumentsWrite, s.upload, about{does: "Store a file and start what follows from it.", resource: s.types[record.EntityDocument], answers: answerOne, files: true}},
	}
	for _, r := range s.list {
		routes = append(routes, s.routesOf(r)...)
	}
	return routes
}

// routesOf are the routes of a resource: its list, itself, its relationships.
func (s *server) routesOf(r *resource) []route {
	one := r.Path + "/{id}"
	routes := []route{
		{"GET", r.Path, r.Read, s.listResource(r), about{does: "List " + r.plural() + ".", resource: r, answers: answerPage}},
		{"GET", one, r.Read, s.getResource(r), about{does: "Read " + r.Noun + ".", resource: r, answers: answerOne}},
	}
	if r.canCreate {
		routes = append(routes, route{"POST", r.Path, r.Write, s.createResource(r), about{does: "Make " + r.Noun + ".", resource: r, answers: answerOne}})
	}
	if r.canUpdate {
		routes = append(routes, route{"PATCH", one, r.Write, s.updateResource(r), about{does: "Change " + r.Noun + ".", resource: r, answers: answerOne}})
	}
	if r.canDelete {
		routes = append(routes, route{"DELETE", one, r.Write, s.deleteResource(r), about{does: "Delete " + r.Noun + ".", resource: r, answers: answerNothing}})
	}
	for _, rel := range r.relations {
		routes = append(routes, s.routesOfRelation(r, rel)...)
	}
	return routes
}

// routesOfRelation are what a relationship leads to, and the relationship itself.
func (s *server) routesOfRelation(r *resource, rel relationInfo) []route {
	linkage, related := r.Path+"/{id}/relationships/"+rel.Name, r.Path+"/{id}/"+rel.Name
	full, identifier := answerOne, answerLinkage
	if rel.many() {
		full, identifier = answerPage, answerLinkages
	}
	routes := []route{
		{"GET", related, r.Read, s.getRelated(r, rel), about{does: "Read what " + rel.Name + " leads to.", resource: s.types[rel.To], relation: rel.Name, answers: full}},
		{"GET", linkage, r.Read, s.getLinkage(r, rel), about{does: "Read the relationship " + rel.Name + ".", resource: r, relation: rel.Name, answers: identifier}},
	}
	if !r.canUpdate {
		return routes
	}
	if rel.Write.later() && !rel.many() {
		return append(routes, route{"PATCH", linkage, r.Write, s.setLinkage(r, rel), about{does: "Set the relationship " + rel.Name + ".", resource: r, relation: rel.Name, answers: identifier}})
	}
	methods := []string{"PATCH"}
	if rel.many() {
		methods = []string{"POST", "PATCH", "DELETE"}
	}
	for _, method := range methods {
		routes = append(routes, route{method, linkage, r.Write, s.refuseLinkage(r, rel), about{does: "Refused: " + rel.Name + " follows from other things.", resource: r, relation: rel.Name, answers: answerNothing}})
	}
	return routes
}

// routes hangs the table into a mux. Other methods of a known path are 405 with
// Allow; everything else is 404.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, route := range s.table() {
		mux.HandleFunc(route.method+" "+route.path, s.enter(route))
		methods[route.path] = append(methods[route.path], route.method)
	}
	for path, allowed := range methods {
		mux.HandleFunc(path, s.refuseMethod(allowed))
	}
	mux.HandleFunc("GET "+describedBy, s.serveOpenAPI)
	mux.HandleFunc("GET "+referencePath, s.serveReference)
	for _, path := range []string{describedBy, referencePath} {
		mux.HandleFunc(path, s.refuseMethod([]string{"GET"}))
	}
	mux.HandleFunc("/", s.nothingHere)
	return s.plainPaths(mux)
}

func (s *server) nothingHere(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, jsonapi.Fault("NOT_FOUND", "There is nothing at this address."))
}

// plainPaths answers 404 for a path that is not written plainly, which the mux
// would redirect.
func (s *server) plainPaths(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if clean := path.Clean(r.URL.Path); clean != r.URL.Path && clean+"/" != r.URL.Path {
			s.nothingHere(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuseMethod answers for every other method of a known path.
func (s *server) refuseMethod(allowed []string) http.HandlerFunc {
	if slices.Contains(allowed, "GET") {
		allowed = append(allowed, "HEAD")
	}
	slices.Sort(allowed)
	list := strings.Join(slices.Compact(allowed), ", ")
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", list)
		if r.Method == http.MethodOptions {
			_ = jsonapi.Write(w, r, http.StatusNoContent, nil)
			return
		}
		s.fail(w, r, jsonapi.Fault("METHOD_NOT_ALLOWED", "%s is not possible here; these are: %s.", r.Method, list))
	}
}

// enter checks what every request must have: a key with the scope, and a form of
// answer that we can give.
func (s *server) enter(route route) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if fault := jsonapi.CheckAccept(r.Header); fault != nil {
			s.fail(w, r, fault)
			return
		}
		key, err := s.authenticate(w, r)
		if err != nil {
			s.fail(w, r, err)
			return
		}
		c := &call{r: r, w: w, key: key}
		if err := s.allow(c); err != nil {
			s.fail(w, r, err)
			return
		}
		if route.scope != "" && !c.has(route.scope) {
			s.fail(w, r, jsonapi.Fault("INSUFFICIENT_SCOPE", "This API key lacks the scope %s.", route.scope))
			return
		}
		if err := s.once(c, route); err != nil {
			s.fail(w, r, err)
		}
	}
}

// call is one request of a known caller.
type call struct {
	r   *http.Request
	w   http.ResponseWriter
	key postgres.Key
	// once is the idempotency key under which this is handled; nil for none.
	once *postgres.IdempotencyKey
}

func (c *call) workspace() string { return c.key.WorkspaceID }

func (c *call) has(scope string) bool { return slices.Contains(c.key.Scopes, scope) }

// checkMatch refuses a change where the caller read another version.
func (c *call) checkMatch(version string) error {
	if fault := jsonapi.CheckMatch(c.r.Header, version); fault != nil {
		return fault
	}
	return nil
}
