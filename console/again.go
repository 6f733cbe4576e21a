package console

import (
	"net/http"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

// Again reports whether the page offers to run the task again; whether its visitor
// may is the frame's MayStart.
func (p taskPage) Again() bool { return trigger.MayRunAgain(p.Task.Task) }

// runAgain does the work of a task that ended once more, as a new task, and leads to it.
func (c *console) runAgain(w http.ResponseWriter, r *http.Request) {
	key, err := c.starter(r)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	id, err := c.startAgain(r, key)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, to("tasks", id), http.StatusSeeOther)
}

func (c *console) startAgain(r *http.Request, key postgres.Key) (id string, err error) {
	ctx := r.Context()
	task, err := c.Store.Task(ctx, key.WorkspaceID, r.PathValue("id"))
	if err != nil {
		return "", err
	}
	if !trigger.MayRunAgain(task) {
		return "", &problem{
			Status: http.StatusConflict, Title: say("This task cannot be run again"),
			Words: say("Only a task that has ended is run again, and neither a part of another task nor the close of a month. Nothing was started."),
		}
	}
	var sums []string
	if task.EntityType == record.EntityDocument {
		doc, err := c.Store.Document(ctx, key.WorkspaceID, task.EntityID)
		if err != nil && enrich.CodeOf(err) != enrich.CodeNotFound {
			return "", err
		}
		if doc.Checksum != "" {
			sums = []string{doc.Checksum}
		}
	}
	request, err := c.Triggers.Again(task, sums, key.Name)
	if err != nil {
		return "", err
	}
	out, err := c.Store.Enqueue(ctx, key.WorkspaceID, []enrich.Request{request})
	if err != nil {
		return "", err
	}
	return out[0].Task.ID, nil
}
