// Package monthly holds the kinds that close months.
//
// A close is a task for the month that splits into one for each counterparty, and
// waits for them: what one of these finds a person waives or fixes. When the last
// has ended the month is read again; counterparties whose facts have moved on are
// asked about anew, and what nobody has to ask about any more makes the verdict.
package monthly

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"time"

	"github.com/govalues/decimal"

	"github.com/enrichd/enrichd/closing"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// Records is what closing a month reads of the workspace.
type Records interface {
	Month(ctx context.Context, workspaceID, month string) (record.Month, error)
	MonthPart(ctx context.Context, workspaceID, month string, part record.MonthPart) (record.Month, error)
	// ClosesOf tells of the last close of each month.
	ClosesOf(ctx context.Context, workspaceID string, months []string) (map[string]record.Close, error)
	// CloseParts are the subtasks of a close, the latest of each counterparty.
	CloseParts(ctx context.Context, workspaceID, taskID string) ([]enrich.Child, error)
	LastRows(ctx context.Context, workspaceID, month, before string) (rows map[string]string, found bool, err error)
}

// Close is the worker of monthly_close: of months and of their counterparties.
type Close struct{ Records Records }

// Spec describes the kind. A finished close never stands for a new one: the books
// have moved on since.
func (k *Close) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.MonthlyClose, Version: 1, Deadline: 5 * time.Minute, MaxAttempts: 5, ReuseAge: time.Nanosecond}
}

// input is what a close is asked for; Share is set for a counterparty's part.
type input struct {
	RecordID        string   `json:"record_id"` // YYYY-MM
	CounterpartyIDs []string `json:"counterparty_ids,omitempty"`
	Materiality     string   `json:"materiality,omitempty"` // decimal; gaps below it are tolerated
	DryRun          bool     `json:"dry_run,omitempty"`     // says what would be, and asks nobody
	Ask             *bool    `json:"ask,omitempty"`         // false: a gap is told, not asked about
	RetryOf         string   `json:"retry_of,omitempty"`    // a failed close: what it found stands, and only what failed of it is done anew
	Share           *share   `json:"share,omitempty"`
}

// share is one counterparty's part of a close: which rows are its.
type share struct {
	Key       string           `json:"key"`
	CompanyID string           `json:"company_id,omitempty"`
	Name      string           `json:"name,omitempty"`
	Part      record.MonthPart `json:"part"`
}

func (in input) asks() bool { return !in.DryRun && (in.Ask == nil || *in.Ask) }

func (in input) materiality() decimal.Decimal {
	d, err := decimal.Parse(cmp.Or(in.Materiality, "0"))
	if err != nil {
		return decimal.Zero
	}
	return d.Abs()
}

// maxCounterparties is how many counterparties a close may be limited to.
const maxCounterparties = 10_000

var (
	monthPattern = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])$`)
	taskPattern  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// Check refuses an input that names no month.
func (k *Close) Check(raw json.RawMessage) error {
	var in input
	if len(raw) == 0 {
		return nil // a task without a month is taken, and refused with its reason when it runs
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "record_id is a month such as \"2026-10\", counterparty_ids a list of texts, dry_run and ask are true or false.", Field: "record_id"}
	}
	if in.RecordID != "" && !monthPattern.MatchString(in.RecordID) {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "record_id must be a month such as \"2026-10\".", Field: "record_id"}
	}
	if in.RetryOf != "" && !taskPattern.MatchString(in.RetryOf) {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "retry_of must be the id of a close.", Field: "retry_of"}
	}
	if len(in.CounterpartyIDs) > maxCounterparties {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: fmt.Sprintf("A close can be limited to at most %d counterparties.", maxCounterparties), Field: "counterparty_ids"}
	}
	if _, err := decimal.Parse(cmp.Or(in.Materiality, "0")); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "materiality must be a decimal number as a string, such as \"10.00\".", Field: "materiality"}
	}
	return nil
}

// Run closes a month, or a counterparty's part of one.
func (k *Close) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	if err := k.Check(job.Task.Input); err != nil {
		return refuse("not_a_month", "%s", err.Error()) // older rows may hold anything
	}
	var in input
	if len(job.Task.Input) > 0 {
		_ = json.Unmarshal(job.Task.Input, &in) // it was just checked
	}
	if in.RecordID == "" {
		return refuse("not_a_month", "The input names no month: record_id is a month such as \"2026-10\".")
	}
	switch job.Task.EntityType {
	case record.EntityMonth:
		return k.month(ctx, job, in)
	case record.EntityCounterpartyMonth:
		return k.share(ctx, job.Task, in)
	}
	return refuse("not_a_month", "The task targets %q; what can be closed is a calendar_month.", job.Task.EntityType)
}

// month parts a month, has its counterparties looked at and says what came of it.
func (k *Close) month(ctx context.Context, job enrich.Job, in input) enrich.Answer {
	if want := record.MonthID(job.Task.WorkspaceID, in.RecordID); job.Task.EntityID != want {
		return refuse("month_mismatch", "The month %s of this workspace has the id %s; the task names another.", in.RecordID, want)
	}
	facts, err := k.Records.Month(ctx, job.Task.WorkspaceID, in.RecordID)
	if err != nil {
		return unreachable(err)
	}
	c := newResult(job.Task, in, facts)
	if !c.proof.Complete() {
		return enrich.Fail{
			Err:         enrich.Errorf("partition_broken", "The rows of the month could not be parted: %d stand twice, %d nowhere.", len(c.proof.Twice), len(c.proof.LeftOut)),
			Description: "**Not closed.** The rows of the month could not be parted among the counterparties.",
		}
	}
	if !in.DryRun {
		if in.RetryOf != "" {
			if c.earlier, err = k.Records.CloseParts(ctx, job.Task.WorkspaceID, in.RetryOf); err != nil {
				return unreachable(err)
			}
		}
		if answer := c.await(job); answer != nil {
			return answer
		}
	}
	last, found, err := k.Records.LastRows(ctx, job.Task.WorkspaceID, in.RecordID, job.Task.ID)
	if err != nil {
		return unreachable(err)
	}
	c.delta(last, found)
	return c.answer()
}

// share looks at one counterparty's part of a month.
func (k *Close) share(ctx context.Context, task enrich.Task, in input) enrich.Answer {
	s := in.Share
	if s == nil || task.ParentID == nil {
		return refuse("no_macro", "A counterparty's month is closed by the close of the month alone.")
	}
	facts, err := k.Records.MonthPart(ctx, task.WorkspaceID, in.RecordID, s.Part)
	if err != nil {
		return unreachable(err)
	}
	group := closing.Whole(facts, closing.Group{Key: s.Key, CompanyID: s.CompanyID, Name: s.Name})
	return newPart(task.WorkspaceID, in, group, facts).answer()
}

func refuse(code, format string, args ...any) enrich.Answer {
	message := fmt.Sprintf(format, args...)
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not closed.** " + message}
}

func unreachable(err error) enrich.Answer {
	const message = "The books could not be read at the moment."
	return enrich.Retry{Err: enrich.Errorf("temporarily_unavailable", message), Detail: err.Error(), Description: "**Not closed.** " + message}
}
