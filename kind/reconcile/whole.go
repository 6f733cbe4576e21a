package reconcile

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/matching"
	"github.com/enrichd/enrichd/record"
)

// mostHistory is how many invoices, and how many transactions, one backfill looks at.
const mostHistory = 50_000

// whole is a period solved at once.
type whole struct {
	books record.Books
	solved
}

type solved struct {
	solution *matching.Solution
	unfit    map[string]enrich.Reason
	gate     matching.Gate
}

// wholes keeps the last solution by the rows that it was made from, so that the
// parts of one backfill do not each solve the whole again. It only saves time:
// the same rows give the same solution anywhere.
type wholes struct {
	lock sync.Mutex
	key  [sha256.Size]byte
	last *solved
}

// whole solves the invoices of a period with the payments around it, as the run
// found them. The order in which rows come changes nothing.
func (k *Kind) whole(ctx context.Context, workspaceID, runID, from, to string) (*whole, error) {
	books, err := k.Records.History(ctx, workspaceID, runID, day(from).AddDate(0, 0, -window).Format(time.DateOnly),
		day(to).AddDate(0, 0, window).Format(time.DateOnly), mostHistory)
	if err != nil {
		return nil, err
	}
	if books.Memory, err = k.Records.Remembered(ctx, workspaceID, runID, books.Invoices); err != nil {
		return nil, err
	}
	if books.Payouts, err = k.payouts(ctx, workspaceID, runID, books.Transactions); err != nil {
		return nil, err
	}
	raw, err := json.Marshal([]any{workspaceID, books.Invoices, books.Transactions, books.Returned, books.Payouts, books.Locked, declined(books.Links), books.Kin, books.Judged})
	if err != nil {
		return nil, err
	}
	found, err := k.wholes.of(ctx, sha256.Sum256(raw), books)
	if err != nil {
		return nil, err
	}
	return &whole{books, *found}, nil
}

// of gives the solution of books, one at a time: each takes all processors.
func (w *wholes) of(ctx context.Context, key [sha256.Size]byte, books record.Books) (*solved, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	if w.last != nil && w.key == key {
		return w.last, nil
	}
	s := &solved{gate: gateOf(books.Judged)}
	problem, unfit := problemOf(books)
	problem.Options.ConfirmAt, problem.Options.Margin, s.unfit = s.gate.ConfirmAt, s.gate.Margin, unfit
	solution, err := matching.Solve(ctx, problem)
	if err != nil {
		return nil, err
	}
	s.solution, w.key, w.last = solution, key, s
	return s, nil
}

// declined are the links that a person refused or took back; those that wait change no solution.
func declined(links []record.Link) []record.Link {
	return slices.DeleteFunc(slices.Clone(links), func(l record.Link) bool { return !l.Status.Gone() })
}

// part answers for some invoices of a period that is solved as a whole.
func (k *Kind) part(ctx context.Context, task enrich.Task, in input) enrich.Answer {
	run := task.ID
	if task.ParentID != nil {
		run = *task.ParentID
	}
	w, err := k.whole(ctx, task.WorkspaceID, run, in.From, in.To)
	if err != nil {
		return unsolved(err)
	}
	return newResult(task, &subject{invoices: in.InvoiceIDs}, w.books, w.solution, w.unfit, w.gate).answer()
}

// periodFault names the member of an input that is no day, or ends before the other.
func periodFault(from, to string) string {
	switch {
	case day(from).Year() < 1900 || day(from).Year() > 2200:
		return "from"
	case day(to).Year() > 2200 || day(to).Before(day(from)):
		return "to"
	}
	return ""
}
