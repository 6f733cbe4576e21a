package console

import (
	"cmp"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// closesShown is how many closes the list holds, blockersShown how many blockers
// a page lists.
const (
	closesShown   = 100
	blockersShown = 200
)

// closesPage is the list of months that were closed, each with its newest close.
type closesPage struct {
	Closes []closeRow
	More   bool
	Next   string // the month that one would close next, YYYY-MM
	Barred phrase // why the visitor may not start one; empty where it may
	Notice phrase
}

// closeRow is one close.
type closeRow struct {
	postgres.Close
	Out closing.Shown
}

// Title is the month in words: "October 2026".
func (c closeRow) Title() phrase { return monthWords(c.Month) }

// Done is how many counterparties nobody has to look at any more.
func (c closeRow) Done() int {
	if c.Out.Verdict != "" {
		return c.Out.Counts.Ready + c.Out.Counts.Waived
	}
	return c.Subtasks - c.Waiting - c.Running
}

// All is how many counterparties there are.
func (c closeRow) All() int { return max(c.Out.Counts.Counterparties, c.Subtasks) }

// Amounts are the totals in the order of their currencies.
func (c closeRow) Amounts() []currencyTotal {
	var list []currencyTotal
	for currency, total := range c.Out.Totals {
		list = append(list, currencyTotal{currency, total.Spend, total.Documented})
	}
	slices.SortFunc(list, func(a, b currencyTotal) int { return cmp.Compare(a.Currency, b.Currency) })
	return list
}

type currencyTotal struct{ Currency, Spend, Documented string }

func monthWords(month string) phrase {
	t, err := closing.ParseMonth(month)
	if err != nil {
		return verbatim(month)
	}
	return say("%s %s", say(t.Format("January")), t.Format("2006"))
}

func (c *console) closes(r *http.Request, key postgres.Key) (page, error) {
	found, err := c.Store.ListCloses(r.Context(), key.WorkspaceID, postgres.ListQuery{Size: closesShown + 1})
	if err != nil {
		return page{}, err
	}
	body := closesPage{More: len(found.Records) > closesShown, Barred: notStarting(key)}
	seen := map[string]bool{}
	for _, one := range found.Records[:min(len(found.Records), closesShown)] {
		if !seen[one.Month] {
			seen[one.Month] = true
			body.Closes = append(body.Closes, closeRow{one, closing.ReadShown(one.Output)})
		}
	}
	body.Next = c.now().UTC().AddDate(0, -1, 1-c.now().UTC().Day()).Format("2006-01")
	return page{View: "closes", Title: say("Close"), Section: "/close", Body: body}, nil
}

// closePage is one close: what stands in its way, counterparty by counterparty,
// and its sign-off.
type closePage struct {
	Close    closeRow
	Blockers []closing.Blocker
	More     int // blockers that the page leaves out
	Parts    []partRow
	Older    []closeRow
	Barred   phrase // why the visitor may not sign it off; empty where it may
	Notice   phrase
}

// partRow is one counterparty of a close.
type partRow struct {
	ID     string
	Status enrich.Status
	closing.ShownPart
}

// Failing are the checks that found something.
func (p partRow) Failing() []closing.ShownCheck {
	return slices.DeleteFunc(slices.Clone(p.Checks), func(c closing.ShownCheck) bool { return c.Status != "fail" })
}

func (c *console) monthClose(r *http.Request, key postgres.Key) (page, error) {
	month := r.PathValue("month")
	found, err := c.Store.ListCloses(r.Context(), key.WorkspaceID, postgres.ListQuery{
		Filters: []postgres.Filter{{Name: "record_id", Values: []string{month}}}, Size: closesShown,
	})
	if err != nil {
		return page{}, err
	}
	if len(found.Records) == 0 {
		return page{}, errNoClose
	}
	body := closePage{}
	for n, one := range found.Records {
		row := closeRow{one, closing.ReadShown(one.Output)}
		if n == 0 {
			body.Close = row
		} else {
			body.Older = append(body.Older, row)
		}
	}
	parts, err := c.Store.CloseParts(r.Context(), key.WorkspaceID, body.Close.ID)
	if err != nil {
		return page{}, err
	}
	body.Blockers = body.Close.Out.Blockers
	for _, p := range parts {
		row := partRow{p.ID, p.Status, closing.ReadPart(p.ID, p.Output)}
		body.Parts = append(body.Parts, row)
		if !body.Close.Status.Terminal() {
			body.Blockers = append(body.Blockers, row.Blockers...)
		}
	}
	if body.More = len(body.Blockers) - blockersShown; body.More > 0 {
		body.Blockers = body.Blockers[:blockersShown]
	}
	body.Barred = body.barred(key)
	return page{View: "close", Title: say("Close %s", monthWords(month)), Section: "/close", Live: !body.Close.Status.Terminal(), Body: body}, nil
}

var errNoClose = &problem{Status: http.StatusNotFound, Title: say("This month has not been closed"), Words: say("Start its close on the page of all closes.")}

// barred says why a visitor cannot sign the close off now; empty where it can.
func (p closePage) barred(key postgres.Key) phrase {
	switch words := notSigning(key); {
	case !p.Close.Status.Terminal():
		return say("The close has not ended yet.")
	case p.Close.Out.DryRun:
		return say("This was a dry run.")
	case p.Close.Out.Verdict != "ready":
		return say("It cannot be signed off: %s.", derived(strings.ToLower(or(p.Close.Out.Verdict, string(p.Close.Status)))))
	case words != nil:
		return words
	case p.Close.PreparedBy != "" && strings.EqualFold(p.Close.PreparedBy, key.Name):
		return say("You prepared it: somebody else signs it off.")
	}
	return nil
}

// Signed is the sign-off that the page shows; nil where there is none.
func (p closePage) Signed() *record.SignOff { return p.Close.SignOff }

// notStarting says why a key may not start a close; empty where it may.
func notStarting(key postgres.Key) phrase {
	if slices.Contains(key.Scopes, scopeWrite) {
		return nil
	}
	return say("The key that you signed in with may look but not close a month: it lacks the scope %s.", scopeWrite)
}

// startClose starts the close of a month.
func (c *console) startClose(w http.ResponseWriter, r *http.Request) {
	key, err := c.visitor(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	month := r.PostFormValue("month")
	if _, err := time.Parse("2006-01", month); err != nil {
		c.show(w, r, key, c.closesAgain(say("A month is written like 2026-10, so nothing was begun.")))
		return
	}
	if words := notStarting(key); words != nil {
		c.fail(w, r, &problem{Status: http.StatusForbidden, Title: say("This key may not close a month"), Words: words})
		return
	}
	_, err = c.Store.Enqueue(r.Context(), key.WorkspaceID, []enrich.Request{closeRequest(key, month)})
	switch {
	case enrich.CodeOf(err) == enrich.CodeCloseActive:
		c.show(w, r, key, c.closesAgain(say("%s is being closed already; nothing was begun.", monthWords(month))))
	case err != nil:
		c.fail(w, r, err)
	default:
		http.Redirect(w, r, to("close", month), http.StatusSeeOther)
	}
}

func closeRequest(key postgres.Key, month string) enrich.Request {
	channel := enrich.Manual
	return enrich.Request{
		Type: enrich.MonthlyClose, EntityType: record.EntityMonth, EntityID: record.MonthID(key.WorkspaceID, month),
		Input: []byte(`{"record_id":"` + month + `"}`), SourceChannel: &channel, Priority: enrich.PriorityPerson, Force: true, By: key.Name,
	}
}

// closesAgain is the list with a word on why nothing was begun.
func (c *console) closesAgain(notice phrase) keyView {
	return func(r *http.Request, key postgres.Key) (page, error) {
		p, err := c.closes(r, key)
		if body, ok := p.Body.(closesPage); ok {
			body.Notice = notice
			p.Body, p.Status = body, http.StatusConflict
		}
		return p, err
	}
}

// signOff takes a person's word that the month is closed as the page showed it.
func (c *console) signOff(w http.ResponseWriter, r *http.Request) {
	key, err := c.visitor(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if words := notSigning(key); words != nil {
		c.fail(w, r, &problem{Status: http.StatusForbidden, Title: say("This key may not sign off"), Words: say("%s Nothing was signed.", words)})
		return
	}
	_, err = c.Store.SignOff(r.Context(), key.WorkspaceID, postgres.Signing{
		TaskID: r.PostFormValue("close"), Hash: r.PostFormValue("hash"), By: key.Name, KeyID: key.ID, Note: cutRunes(reasonText(r.PostFormValue("note")), maxReason),
	}, func(m record.Month) string { return closing.Part(m).Snapshot(m.Waivers) })
	var e *enrich.Error
	switch {
	case err == nil:
		http.Redirect(w, r, to("close", r.PathValue("month")), http.StatusSeeOther)
	case errors.As(err, &e) && e.Code != enrich.CodeNotFound:
		c.show(w, r, key, c.closeAgain(say("%s Nothing was signed.", faultWords(e))))
	default:
		c.fail(w, r, err)
	}
}

// closeAgain is the page of a close with a word on why nothing was signed.
func (c *console) closeAgain(notice phrase) keyView {
	return func(r *http.Request, key postgres.Key) (page, error) {
		p, err := c.monthClose(r, key)
		if body, ok := p.Body.(closePage); ok {
			body.Notice = notice
			p.Body, p.Status = body, http.StatusConflict
		}
		return p, err
	}
}

func cutRunes(s string, n int) string {
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n])
	}
	return s
}
