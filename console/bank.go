package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/statement"
)

// What the bank's page holds at most.
const (
	transactionsShown = 100
	importsShown      = 20
)

// bankPage is the newest entries of the bank accounts with what they pay, and
// the files that they came from.
type bankPage struct {
	Entries      []entry
	Newer, Older string // addresses of the neighbouring pages; empty where there are none
	First        bool   // it is the page of the latest entries
	Imports      []record.BankStatement
	MoreImports  bool
}

// entry is a bank entry with what it pays, or why it pays nothing.
type entry struct {
	record.Transaction
	Payments []payment
	Reason   phrase // of no link, in words
}

func (c *console) bank(r *http.Request, workspaceID string) (page, error) {
	ctx := r.Context()
	query, err := readBankPlace(r.URL.Query())
	if err != nil {
		return page{}, err
	}
	list, err := c.Store.ListTransactions(ctx, workspaceID, query)
	if err != nil {
		return page{}, err
	}
	imports, err := c.Store.ListStatements(ctx, workspaceID, postgres.ListQuery{Size: importsShown})
	if err != nil {
		return page{}, err
	}
	body := bankPage{Imports: imports.Records, MoreImports: imports.HasNext, First: !list.HasPrev}
	if body.Entries, err = c.entries(ctx, workspaceID, list.Records); err != nil {
		return page{}, err
	}
	at := func(direction string, p postgres.Place) string {
		return "/bank?" + url.Values{direction: {p.Key + "|" + p.ID}}.Encode()
	}
	if list.HasPrev {
		body.Newer = at("newer", list.First)
	}
	if list.HasNext {
		body.Older = at("older", list.Last)
	}
	return page{View: "bank", Title: say("Bank"), Section: "/bank", Body: body}, nil
}

// readBankPlace reads where in the list a page begins: "older" and "newer" hold
// the day and the id of the entry that it begins after.
func readBankPlace(q url.Values) (postgres.ListQuery, error) {
	query := postgres.ListQuery{Sort: "booking_date", Descending: true, Size: transactionsShown}
	for name, place := range map[string]**postgres.Place{"older": &query.After, "newer": &query.Before} {
		if q.Get(name) == "" {
			continue
		}
		day, id, _ := strings.Cut(q.Get(name), "|")
		if _, err := time.Parse(time.DateOnly, day); err != nil || !printable(id) {
			return query, badLink(say("The place in the list that it names cannot be read."))
		}
		*place = &postgres.Place{Key: day, ID: id}
	}
	if query.After != nil && query.Before != nil {
		return query, badLink(say("It names two places in the list."))
	}
	return query, nil
}

// entries finds what each transaction pays, or why it pays nothing.
func (c *console) entries(ctx context.Context, workspaceID string, list []record.Transaction) ([]entry, error) {
	ids := make([]string, len(list))
	for i, t := range list {
		ids[i] = t.ID
	}
	payments, err := c.payments(ctx, workspaceID, nil, ids)
	if err != nil {
		return nil, err
	}
	entries, alone := make([]entry, len(list)), []record.Transaction{}
	for i, t := range list {
		entries[i].Transaction = t
		for _, p := range payments {
			if p.TransactionID == t.ID {
				entries[i].Payments = append(entries[i].Payments, p)
			}
		}
		if entries[i].Pays() == 0 {
			alone = append(alone, t)
		}
	}
	reasons, err := c.reasons(ctx, workspaceID, alone)
	for i := range entries {
		entries[i].Reason = reasons[entries[i].ID]
	}
	return entries, err
}

// Unread says whether nothing of an import is read before a person says what its
// columns are.
func (bankPage) Unread(s record.BankStatement) bool { return statement.IsUnread(s) }

// Pays counts the links that hold or are proposed.
func (e entry) Pays() (n int) {
	for _, p := range e.Payments {
		if !p.Status.Gone() {
			n++
		}
	}
	return n
}

// paysShown is how many links of an entry the list names.
const paysShown = 5

// First are the links that the list names.
func (e entry) First() []payment { return e.Payments[:min(len(e.Payments), paysShown)] }

// Rest counts the links beyond those.
func (e entry) Rest() int { return len(e.Payments) - len(e.First()) }

// reasons says in words why transactions have no link, by their ids.
func (c *console) reasons(ctx context.Context, workspaceID string, list []record.Transaction) (map[string]phrase, error) {
	var statements, ids []string
	for _, t := range list {
		ids = append(ids, t.ID)
		if t.StatementID != "" && !slices.Contains(statements, t.StatementID) {
			statements = append(statements, t.StatementID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	codes, err := c.Store.Unlinked(ctx, workspaceID, statements, ids)
	words := map[string]phrase{}
	for id, code := range codes {
		words[id] = matchReason(code)
	}
	return words, err
}

// statementName is the file name of a bank statement; empty for other entities
// and where there is none.
func (c *console) statementName(ctx context.Context, workspaceID, entityType, id string) (string, error) {
	if entityType != record.EntityStatement {
		return "", nil
	}
	s, err := c.Store.BankStatement(ctx, workspaceID, id)
	if err != nil && enrich.CodeOf(err) != enrich.CodeNotFound {
		return "", err
	}
	return s.Filename, nil
}
