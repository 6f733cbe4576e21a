package console

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/enrichd/enrichd/bankfile"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/statement"
)

// What the page of an import lists at most.
const statementEntriesShown = 20

// scopeStatements is what a key needs to say how a table is read.
const scopeStatements = "bank_statements:write"

// statementPage is one imported file of a bank: what it says of accounts, the entries
// that it brought, and, for a table, how its columns are read.
type statementPage struct {
	record.BankStatement
	Table       *tableForm // nil for what is no table
	Entries     []entry
	MoreEntries bool
	Tasks       []enrich.Task
}

// statement is the page of an import; an address that names columns has them tried.
func (c *console) statement(r *http.Request, key postgres.Key) (page, error) {
	return c.statementPage(r, key, r.URL.Query(), refusedTable{})
}

// statementPage shows an import with the form as said fills it in, and why it was not
// taken, if it was not.
func (c *console) statementPage(r *http.Request, key postgres.Key, said url.Values, refused refusedTable) (page, error) {
	ctx, ws, id := r.Context(), key.WorkspaceID, r.PathValue("id")
	if !printable(id) {
		return page{}, errNoPage
	}
	s, err := c.Store.BankStatement(ctx, ws, id)
	if err != nil {
		return page{}, err
	}
	body := statementPage{BankStatement: s}
	p := page{View: "statement", Title: say("Bank file"), Section: "/bank"}
	if s.Filename != "" {
		p.Title = verbatim(s.Filename)
	}
	if body.Table, err = c.tableForm(r, key, s, said, refused); err != nil {
		return page{}, err
	}
	if body.Table != nil && body.Table.Refused.Some() {
		p.Status = http.StatusUnprocessableEntity
	}
	list, err := c.Store.ListTransactions(ctx, ws, postgres.ListQuery{
		Filters: []postgres.Filter{{Name: "bank_statement", Values: []string{id}}}, Sort: "booking_date", Descending: true, Size: statementEntriesShown,
	})
	if err != nil {
		return page{}, err
	}
	body.MoreEntries = list.HasNext
	if body.Entries, err = c.entries(ctx, ws, list.Records); err != nil {
		return page{}, err
	}
	tasks, err := c.Store.Tasks(ctx, ws, postgres.TaskFilter{EntityType: record.EntityStatement, EntityID: id}, postgres.Page{Size: batchTasksShown})
	body.Tasks = tasks.Tasks
	p.Body = body
	return p, err
}

// IsUnread says whether nothing of the file is read before a person says what its
// columns are.
func (p statementPage) IsUnread() bool { return statement.IsUnread(p.BankStatement) }

// notReading says why a visitor may not say how a table is read; empty where it may.
func (c *console) notReading(key postgres.Key) phrase {
	switch {
	case c.Statements == nil:
		return say("This console reads no files.")
	case key.Holder != person:
		return say("Only a person says what a column is: it counts as a person's word.")
	case !may(key, scopeStatements):
		return say("The key that you signed in with may look but not say what a column is: it lacks the scope %s.", scopeStatements)
	}
	return nil
}

// readTable reads the table of an import anew, as a person's form says.
func (c *console) readTable(w http.ResponseWriter, r *http.Request) {
	key, err := c.sender(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if words := c.notReading(key); words != nil {
		c.fail(w, r, &problem{Status: http.StatusForbidden, Title: say("This key may not read files"), Words: words})
		return
	}
	refused, err := c.correct(r, key)
	switch {
	case err != nil:
		c.fail(w, r, err)
	case refused.Some():
		c.show(w, r, key, func(r *http.Request, key postgres.Key) (page, error) {
			return c.statementPage(r, key, r.PostForm, refused)
		})
	default:
		http.Redirect(w, r, to("bank-statements", r.PathValue("id")), http.StatusSeeOther)
	}
}

// correct has the file read by a form, through the same room as the API.
func (c *console) correct(r *http.Request, key postgres.Key) (refusedTable, error) {
	s, err := c.Store.BankStatement(r.Context(), key.WorkspaceID, r.PathValue("id"))
	if err != nil {
		return refusedTable{}, err
	}
	raw, words := correction(statement.MappingOf(s), r.PostForm)
	if words != nil {
		return refusedTable{Words: words}, nil
	}
	return refusedBy(c.Statements.Correct(r.Context(), key.WorkspaceID, s, raw, key.Name))
}

// refusedTable is why a table is not read as a form says: words of this room, or what
// the reader or the store says, in English.
type refusedTable struct {
	Words phrase
	Said  string
}

// Some reports whether anything is refused.
func (r refusedTable) Some() bool { return r.Words != nil || r.Said != "" }

// refusedBy takes out of an error what a person can mend in the form.
func refusedBy(err error) (refusedTable, error) {
	var file *bankfile.Error
	var asked *enrich.Error
	switch {
	case errors.As(err, &file):
		return refusedTable{Said: file.Error()}, nil
	case errors.As(err, &asked) && asked.Code == enrich.CodeInvalid:
		return refusedTable{Said: asked.Message}, nil
	}
	return refusedTable{}, err
}
