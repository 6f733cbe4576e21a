package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// What a decision may hold, as in the API.
const (
	maxReason = 2000 // characters
	maxItems  = 1000
)

func badForm(words phrase) error {
	return &problem{Status: http.StatusBadRequest, Title: say("This form cannot be read"), Words: say("%s Nothing was decided.", words)}
}

// refusal says why a form decided nothing, for the page that it is shown on again.
type refusal struct{ phrase }

// Error returns the words.
func (r refusal) Error() string { return r.String() }

func refuse(words string) error { return refusal{say(words)} }

// sender reads a form and says whose it is. One that was cut short must not pass
// for one with fewer items.
func (c *console) sender(r *http.Request) (postgres.Key, error) {
	key, err := c.visitor(r)
	if err != nil {
		return key, err
	}
	if err := r.ParseForm(); err != nil {
		return key, badForm(say("It is damaged or too long."))
	}
	return key, nil
}

// decide takes what a person sends from the page of a proposal: an approval, a
// rejection, or the undoing of either.
func (c *console) decide(w http.ResponseWriter, r *http.Request) {
	key, err := c.sender(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if words := notDeciding(key); words != nil {
		c.fail(w, r, &problem{Status: http.StatusForbidden, Title: say("This key may not decide"), Words: say("%s Nothing was decided.", words)})
		return
	}
	var refused refusal
	switch err := c.act(r, key); {
	case errors.As(err, &refused):
		c.show(w, r, key, c.again(refused.phrase))
	case err != nil:
		c.fail(w, r, err)
	default:
		http.Redirect(w, r, to("approvals", r.PathValue("id")), http.StatusSeeOther)
	}
}

// again is the page of a proposal with the form as it was filled in, and why
// nothing was decided. A proposal that changed begins with a form of its own.
func (c *console) again(notice phrase) keyView {
	return func(r *http.Request, key postgres.Key) (page, error) {
		p, err := c.approval(r, key)
		body, ok := p.Body.(approvalPage)
		if err != nil || !ok {
			return p, err
		}
		body.Draft = draft{Notice: notice, Reason: r.PostForm.Get("reason")}
		if r.PostForm.Get("hash") == body.Hash {
			body.Draft.Ticked = map[string]bool{}
			for _, id := range r.PostForm["item"] {
				body.Draft.Ticked[id] = true
			}
		}
		p.Body, p.Status = body, http.StatusConflict
		return p, nil
	}
}

// act does what the pressed button says.
func (c *console) act(r *http.Request, key postgres.Key) error {
	ctx, id := r.Context(), r.PathValue("id")
	var err error
	switch r.PostForm.Get("decision") {
	case "undo":
		err = c.Store.Withdraw(ctx, key.WorkspaceID, id, r.PostForm.Get("undo"))
	case string(enrich.Approve), string(enrich.Reject):
		var v postgres.Verdict
		if v, err = c.readVerdict(ctx, r, key); err == nil {
			_, err = c.Store.Decide(ctx, key.WorkspaceID, id, v)
		}
	default:
		return badForm(say("It says neither approve nor reject nor undo."))
	}
	switch enrich.CodeOf(err) {
	case enrich.CodeOutputChanged, enrich.CodeUnknownItem:
		return refuse("The proposal changed since you looked at it, so nothing was decided. This is how it stands now: please look again.")
	case enrich.CodeReasonNeeded:
		return refuse("Who lets a gap stand must say why, so nothing was decided. Please write a reason.")
	case enrich.CodeDecisionMade:
		return refuse("Somebody else decided before you. Your decision was not taken.")
	case enrich.CodeNotAwaiting:
		return refuse("This proposal is no longer open. Your decision was not taken.")
	case enrich.CodeDecisionEnded:
		return refuse("It was too late to undo: the decision takes effect or has taken it.")
	}
	return err
}

// readVerdict reads the form. All items ticked is an approval of the whole.
func (c *console) readVerdict(ctx context.Context, r *http.Request, key postgres.Key) (postgres.Verdict, error) {
	v := postgres.Verdict{
		Verdict: enrich.Verdict(r.PostForm.Get("decision")), Reason: reasonText(r.PostForm.Get("reason")),
		ReviewedHash: r.PostForm.Get("hash"), By: key.Name, KeyID: key.ID, Grace: enrich.DecisionGrace,
	}
	ticked := r.PostForm["item"]
	switch {
	case v.ReviewedHash == "":
		return v, badForm(say("It does not say which proposal was looked at."))
	case len(ticked) > maxItems:
		return v, badForm(say("It ticks more items than there can be."))
	case utf8.RuneCountInString(v.Reason) > maxReason:
		return v, refuse("The reason is longer than 2000 characters, so nothing was decided. Please shorten it.")
	case v.Verdict == enrich.Reject:
		return v, nil
	}
	task, err := c.Store.Task(ctx, key.WorkspaceID, r.PathValue("id"))
	if err != nil {
		return v, err
	}
	items := readProposal(task).Items
	switch {
	case len(ticked) == 0 && len(items) > 0 && !mayBeEmpty(task.Type):
		return v, refuse("Nothing is ticked, so nothing was decided. To refuse all of it, press Reject.")
	case slices.ContainsFunc(items, func(i item) bool { return !slices.Contains(ticked, i.ID) }):
		v.Accepted = append([]string{}, ticked...) // not nil, which is all
	}
	return v, nil
}

// reasonText keeps what can be stored and shown.
func reasonText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s))
}
