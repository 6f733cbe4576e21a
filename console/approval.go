package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// approvalPage is one proposal with what speaks for it, the form in which a
// person decides on it, and what was decided.
type approvalPage struct {
	Task      taskRow
	Statement string // file name of the bank statement that the task works on
	Question  phrase
	Proposal  proposal
	Hash      string // of the output that is shown
	Decisions []enrich.Decision
	Waiting   *enrich.Decision // taken and not carried out yet
	Undoable  bool             // there is time left to undo it
	Barred    phrase           // why the visitor may not decide; empty where it may
	Draft     draft
	Next      string // id of the proposal that waits after this one; empty where none does
}

// draft is a form that came back with nothing decided.
type draft struct {
	Notice phrase          // why
	Reason string          // as it was written
	Ticked map[string]bool // items; nil is all of them
}

func (c *console) approval(r *http.Request, key postgres.Key) (page, error) {
	ctx := r.Context()
	task, err := c.Store.Task(ctx, key.WorkspaceID, r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	rows, err := c.rows(ctx, key.WorkspaceID, []enrich.Task{task})
	if err != nil {
		return page{}, err
	}
	body := approvalPage{Task: rows[0], Proposal: readProposal(task), Barred: notDeciding(key)}
	if body.Hash, err = enrich.OutputHash(task.Output); err != nil {
		return page{}, err
	}
	if body.Decisions, err = c.Store.Decisions(ctx, key.WorkspaceID, task.ID); err != nil {
		return page{}, err
	}
	if task.Status != enrich.AwaitingApproval && len(body.Decisions) == 0 && len(body.Proposal.Items) == 0 {
		return page{}, errNoProposal
	}
	body.findWaiting(c)
	if body.Statement, err = c.statementName(ctx, key.WorkspaceID, task.EntityType, task.EntityID); err != nil {
		return page{}, err
	}
	for _, bring := range []func(context.Context, string, []item) error{c.bringEnds, c.bringTakebacks, c.bringDoubles} {
		if err := bring(ctx, key.WorkspaceID, body.Proposal.Items); err != nil {
			return page{}, err
		}
	}
	if body.Next, err = c.nextProposal(ctx, key.WorkspaceID, task); err != nil {
		return page{}, err
	}
	body.Question = question(task, body.Proposal)
	return page{View: "approval", Title: body.Question, Section: "/approvals", Body: body}, nil
}

// nextRead is how many proposals are looked through for one that nobody decided on.
const nextRead = 60

// nextProposal finds the proposal to look at after one: the next older one that
// nobody has decided on or, where there is none, the newest.
func (c *console) nextProposal(ctx context.Context, workspaceID string, t enrich.Task) (string, error) {
	for _, after := range []*postgres.Position{{CreatedAt: t.CreatedAt, ID: t.ID}, nil} {
		list, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{Statuses: []enrich.Status{enrich.AwaitingApproval}}, postgres.Page{Size: nextRead, After: after})
		if err != nil {
			return "", err
		}
		for _, other := range list.Tasks {
			if other.ID != t.ID && (other.Wait == nil || other.Wait.Code != enrich.WaitDecided) {
				return other.ID, nil
			}
		}
	}
	return "", nil
}

var errNoProposal = &problem{Status: http.StatusNotFound, Title: say("There is nothing to decide here"), Words: say("This task proposes nothing to a person.")}

// bringEnds reads the rows that matches are about, as they stand now.
func (c *console) bringEnds(ctx context.Context, workspaceID string, items []item) error {
	var ofInvoices, ofTransactions []string
	for _, i := range items {
		if i.Match != nil && printable(i.Match.InvoiceID+i.Match.TransactionID) {
			ofInvoices, ofTransactions = append(ofInvoices, i.Match.InvoiceID), append(ofTransactions, i.Match.TransactionID)
		}
	}
	invoices, transactions, err := c.ends(ctx, workspaceID, ofInvoices, ofTransactions)
	for _, i := range items {
		if i.Match != nil {
			i.Match.InvoiceNow, i.Match.TransactionNow = invoices[i.Match.InvoiceID], transactions[i.Match.TransactionID]
		}
	}
	return err
}

func (p *approvalPage) findWaiting(c *console) {
	for i, d := range p.Decisions {
		if d.State == enrich.DecisionWaiting {
			p.Waiting, p.Undoable = &p.Decisions[i], c.now().Before(d.EffectiveAt)
		}
	}
}

// Open reports whether a decision can be taken.
func (p approvalPage) Open() bool {
	return p.Task.Status == enrich.AwaitingApproval && p.Waiting == nil
}

// Ticked reports whether the form begins with an item accepted.
func (p approvalPage) Ticked(id string) bool { return p.Draft.Ticked == nil || p.Draft.Ticked[id] }

// Fate says what the decision that holds makes of an item; empty where none does.
func (p approvalPage) Fate(id string) phrase {
	for _, d := range p.Decisions {
		if d.State != enrich.DecisionWaiting && d.State != enrich.DecisionApplied {
			continue
		}
		if d.Accepts(id) {
			return say("Accepted")
		}
		return say("Refused")
	}
	return nil
}

// Count says how many items a decision accepts.
func (p approvalPage) Count(d enrich.Decision) (n int) {
	for _, i := range p.Proposal.Items {
		if d.Accepts(i.ID) {
			n++
		}
	}
	return n
}

// mayBeEmpty reports whether an approval without any item means something: what
// a document states besides is then taken.
func mayBeEmpty(t enrich.Type) bool { return t != enrich.Reconcile }

// approvalWords say what the two buttons do.
func approvalWords(t enrich.Task, p proposal) phrase {
	back := slices.ContainsFunc(p.Items, func(i item) bool { return i.Takeback != nil })
	switch {
	case matchesRecords(t.Type, t.EntityType):
		return say("Approve makes one company of each pair that is ticked: what named the first names the second, and that can be undone. A pair that is not ticked stays two companies and is not proposed again. Reject keeps all of them apart.")
	case back:
		return say("Approve does what is ticked: a payment that came back no longer pays its invoice, which is open again. What is not ticked stays as it is and is not proposed again. Reject leaves all of it as it is.")
	case t.Type == enrich.Reconcile:
		return say("Approve links what is ticked; what is not ticked is declined and not proposed again. Reject declines all of it.")
	}
	return say("Approve takes over the document: a ticked value stands as the XML states it, one that is not ticked stays empty. Reject takes over nothing of it.")
}

// verdictOf names what was decided.
func verdictOf(d enrich.Decision) phrase {
	return named(map[enrich.Verdict]string{enrich.Approve: "Approved", enrich.Reject: "Rejected"}[d.Verdict], string(d.Verdict))
}

func stateWords(s enrich.DecisionState) phrase {
	return named(map[enrich.DecisionState]string{
		enrich.DecisionWaiting: "Takes effect soon", enrich.DecisionApplied: "Took effect", enrich.DecisionWithdrawn: "Undone",
		enrich.DecisionSuperseded: "Had no effect: the records had moved on",
	}[s], string(s))
}
