package dispatch

import (
	"fmt"

	"github.com/enrichd/enrichd/enrich"
)

// maxSplits bounds how often one task may be split, so that it has an end. The
// backfill of ten years of months, two at a time, splits 60 times.
const maxSplits = 80

// split parks a task until its children have ended. A split that could never
// wake, or never end, fails the task.
func split(c enrich.Claim, a enrich.Split) enrich.Settlement {
	switch n := len(a.Children); {
	case c.Depth >= enrich.MaxDepth:
		return failed(c, enrich.Errorf("split_too_deep", "A subtask so deep cannot have subtasks of its own."), "", "")
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
		child.Priority, child.Depth = c.Priority, c.Depth+1
		if child.SourceChannel == nil {
			child.SourceChannel = c.Task.SourceChannel
		}
		s.Children = append(s.Children, child)
	}
	return s
}
