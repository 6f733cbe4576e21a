package console

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// neighbours is how many related tasks a page lists.
const neighbours = 50

// taskPage is one task.
type taskPage struct {
	Task          taskRow
	Attempts      []enrich.Attempt
	Subtasks      []enrich.Task
	MoreSubtasks  bool
	Others        []enrich.Task    // on the same entity
	Invoices      []record.Invoice // that were read from its document
	Result        result
	Input, Output string // JSON over lines
}

func (c *console) task(r *http.Request, workspaceID string) (page, error) {
	ctx := r.Context()
	task, err := c.Store.Task(ctx, workspaceID, r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	rows, err := c.rows(ctx, workspaceID, []enrich.Task{task})
	if err != nil {
		return page{}, err
	}
	body := taskPage{Task: rows[0], Result: readOutput(task.Output), Input: pretty(task.Input), Output: pretty(task.Output)}
	if body.Attempts, err = c.Store.Attempts(ctx, workspaceID, task.ID); err != nil {
		return page{}, err
	}
	if err := c.chain(ctx, workspaceID, &body); err != nil {
		return page{}, err
	}
	return page{View: "task", Title: body.Headline(), Section: "/tasks", Live: !task.Status.Terminal(), Body: body}, nil
}

// chain finds what stands around the task: its subtasks, the other tasks on its
// entity, and the invoices of its document.
func (c *console) chain(ctx context.Context, workspaceID string, p *taskPage) error {
	subtasks, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{ParentID: p.Task.ID}, postgres.Page{Size: neighbours, Ascending: true})
	if err != nil {
		return err
	}
	p.Subtasks, p.MoreSubtasks = subtasks.Tasks, subtasks.HasNext
	others, err := c.Store.Tasks(ctx, workspaceID, postgres.TaskFilter{EntityType: p.Task.EntityType, EntityID: p.Task.EntityID}, postgres.Page{Size: neighbours})
	if err != nil {
		return err
	}
	for _, t := range others.Tasks {
		if t.ID != p.Task.ID {
			p.Others = append(p.Others, t)
		}
	}
	if p.Task.EntityType == record.EntityDocument {
		p.Invoices, err = c.Store.InvoicesByDocument(ctx, workspaceID, p.Task.EntityID)
	}
	return err
}

// Headline says in one line what the task is.
func (p taskPage) Headline() phrase {
	on := verbatim(cmp.Or(p.Task.Filename, p.Task.Name))
	if on == nil {
		on = say("%s %s", words(p.Task.EntityType), p.Task.EntityID)
	}
	return say("%s: %s", workOn(p.Task.Type, p.Task.EntityType), on)
}

// Started is when the first attempt began; nil when none has ended yet.
func (p taskPage) Started() *time.Time {
	if len(p.Attempts) == 0 {
		return nil
	}
	return &p.Attempts[0].StartedAt
}

// Waited is how long the task waited for its first attempt.
func (p taskPage) Waited() time.Duration { return p.Attempts[0].StartedAt.Sub(p.Task.CreatedAt) }

// Took is how long the task took from its making to its end.
func (p taskPage) Took() time.Duration { return p.Task.CompletedAt.Sub(p.Task.CreatedAt) }

// CostMicros is what all attempts cost.
func (p taskPage) CostMicros() (sum int64) {
	for _, a := range p.Attempts {
		sum += a.CostMicros
	}
	return sum
}

// Repeats reports whether the description says no more than the error below it: what
// was worked on, which stands above, and why it failed.
func (p taskPage) Repeats() bool {
	if p.Task.Description == nil || p.Task.Error == nil {
		return false
	}
	_, message, coded := strings.Cut(*p.Task.Error, ": ")
	if !coded {
		message = *p.Task.Error
	}
	return !strings.Contains(*p.Task.Description, "\n") && strings.HasSuffix(strings.TrimSpace(*p.Task.Description), message)
}
