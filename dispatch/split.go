package dispatch

import (
	"fmt"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// maxSplits bounds how often one task may be split, so that it has an end.
const maxSplits = 20

// split parks a task until its children have ended. A split that could never
// wake, or never end, fails the task.
func split(c enrich.Claim, a enrich.Split) enrich.Settlement {
	switch n := len(a.Children); {
	case c.Task.ParentID != nil:
		return failed(c, enrich.Errorf("split_too_deep", "A subtask cannot have subtasks of its own."), "", "")
	case n == 0 || n > enrich.MaxChildren:
		return failed(c, enrich.Errorf("split_size", "A task is split into 1 to %d subtasks, not into %d.", enrich.MaxChildren, n), "", "")
	case c.Splits >= maxSplits:
		return failed(c, enrich.Errorf("split_too_often", "The task was split %d times and did not end.", c.Splits), "", "")
	}
	s := enrich.Settlement{
		Claim: c, Outcome: enrich.OutcomeSplit, Description: a.Description, WaitCode: enrich.WaitChildren,
		WaitWords: fmt.Sprintf("It waits for its subtasks, %d of them new.", len(a.Children)),
	}
	for _, child := range a.Children {
		child.Priority, child.Depth = c.Priority, c.Depth
		if child.SourceChannel == nil {
			child.SourceChannel = c.Task.SourceChannel
		}
		child.Trace = c.Trace
		s.Children = append(s.Children, child)
	}
	return s
}

// later hands a task back uncharged, and makes the tasks that it will wait for.
// They are as urgent as it is.
func later(c enrich.Claim, a enrich.Later) enrich.Settlement {
	s := enrich.Settlement{
		Claim: c, Outcome: enrich.OutcomeDeferred, Retry: max(a.After, minLater), Description: a.Description, WaitCode: enrich.WaitChildren, WaitWords: a.Words,
	}
	for _, r := range a.Tasks {
		r.Priority, r.Depth, r.CausedBy, r.Force = c.Priority, c.Depth+1, c.Task.ID, true
		if r.SourceChannel == nil {
			r.SourceChannel = c.Task.SourceChannel
		}
		s.FollowUps = append(s.FollowUps, r)
	}
	return s
}

// minLater bounds how often a task that waits looks again.
const minLater = 250 * time.Millisecond
