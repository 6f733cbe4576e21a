package api

import (
	"net/http"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/jsonapi"
)

// Scopes of API keys.
const (
	ScopeTasksRead      = "enrichment_tasks:read"
	ScopeTasksWrite     = "enrichment_tasks:write"
	ScopeTasksApprove   = "enrichment_tasks:approve"
	ScopeDocumentsRead  = "documents:read"
	ScopeDocumentsWrite = "documents:write"
	ScopeInvoicesRead   = "invoices:read"

	ScopeStatementsRead  = "bank_statements:read"
	ScopeStatementsWrite = "bank_statements:write"
)

// Scopes lists every scope there is.
func Scopes() []string {
	return []string{ScopeTasksRead, ScopeTasksWrite, ScopeTasksApprove, ScopeDocumentsRead, ScopeDocumentsWrite, ScopeInvoicesRead,
		ScopeStatementsRead, ScopeStatementsWrite}
}

// route is one method of one path.
type route struct {
	method, path, scope string
	handle              func(*server, *call) error
}

// table is every route, each with who calls it and when.
func table() []route {
	return []route{
		// A program or a person looking at the work.
		{"GET", "/v1/enrichment-tasks", ScopeTasksRead, (*server).listTasks},
		{"GET", "/v1/enrichment-tasks/{id}", ScopeTasksRead, (*server).getTask},
		// A surface or a program that wants work done.
		{"POST", "/v1/enrichment-tasks", ScopeTasksWrite, (*server).createTask},
		// A person who annotates, or corrects what has not begun.
		{"PATCH", "/v1/enrichment-tasks/{id}", ScopeTasksWrite, (*server).updateTask},
		// Whoever wants it withdrawn.
		{"DELETE", "/v1/enrichment-tasks/{id}", ScopeTasksWrite, (*server).deleteTask},
		// A person who decides on what a task proposes, and may think again.
		{"POST", "/v1/enrichment-tasks/{id}/decisions", ScopeTasksApprove, (*server).decide},
		{"GET", "/v1/enrichment-tasks/{id}/decisions", ScopeTasksRead, (*server).listDecisions},
		{"GET", "/v1/enrichment-tasks/{id}/decisions/{decision}", ScopeTasksRead, (*server).getDecision},
		{"DELETE", "/v1/enrichment-tasks/{id}/decisions/{decision}", ScopeTasksApprove, (*server).withdrawDecision},
		// enrichd upload, and every surface that brings a file.
		{"POST", "/v1/documents", ScopeDocumentsWrite, (*server).upload},
		{"GET", "/v1/documents/{id}", ScopeDocumentsRead, (*server).getDocument},
		// enrichd statement, and every surface that brings a bank file.
		{"POST", "/v1/bank-statements", ScopeStatementsWrite, (*server).importStatement},
		{"GET", "/v1/bank-statements/{id}", ScopeStatementsRead, (*server).getStatement},
		// A program that reads what was read.
		{"GET", "/v1/invoices", ScopeInvoicesRead, (*server).listInvoices},
		{"GET", "/v1/invoices/{id}", ScopeInvoicesRead, (*server).getInvoice},
	}
}

// routes hangs the table into a mux. Other methods of a known path are 405 with
// Allow; everything else under /v1 is 404.
func (s *server) routes() http.Handler {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, route := range table() {
		mux.HandleFunc(route.method+" "+route.path, s.enter(route))
		methods[route.path] = append(methods[route.path], route.method)
	}
	for path, allowed := range methods {
		if slices.Contains(allowed, "GET") {
			allowed = append(allowed, "HEAD")
		}
		slices.Sort(allowed)
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			s.fail(w, r, jsonapi.Fault("METHOD_NOT_ALLOWED", "%s is not possible here; these are: %s.", r.Method, strings.Join(allowed, ", ")))
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, jsonapi.Fault("NOT_FOUND", "There is nothing at this address."))
	})
	return mux
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
		if !slices.Contains(key.Scopes, route.scope) {
			s.fail(w, r, jsonapi.Fault("INSUFFICIENT_SCOPE", "This API key lacks the scope %s.", route.scope))
			return
		}
		if err := route.handle(s, &call{r: r, w: w, key: key}); err != nil {
			s.fail(w, r, err)
		}
	}
}
