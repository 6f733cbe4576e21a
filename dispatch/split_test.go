package dispatch_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// A kind that splits runs again when its subtasks have ended, and sees what
// became of each.
func TestSplitRunsAgainWithItsChildren(t *testing.T) {
	b := setup(t, enrich.Spec{MaxAttempts: 1, BaseDelay: time.Millisecond}, func(_ context.Context, j enrich.Job) enrich.Answer {
		switch {
		case j.Task.ParentID != nil && j.Task.EntityID == "child-2":
			return enrich.Fail{Err: enrich.Errorf("broken", "It broke."), Description: "broke"}
		case j.Task.ParentID != nil:
			return enrich.Done{Result: enrich.Result{Output: json.RawMessage(`{"n": 1}`), Description: "done"}}
		case len(j.Children) == 0:
			var children []enrich.Request
			for i := range 3 {
				children = append(children, enrich.Request{EntityType: "company", EntityID: fmt.Sprintf("child-%d", i), Type: enrich.Logo})
			}
			return enrich.Split{Children: children, Description: "split"}
		}
		var states []string
		for _, c := range j.Children {
			states = append(states, c.EntityID+" "+string(c.Status)+" "+string(c.Output)+c.Error)
		}
		return enrich.Done{Result: enrich.Result{Output: json.RawMessage(`{}`), Description: strings.Join(states, ", ")}}
	})
	id := b.enqueue(1)[0]
	got := b.until(id, terminal)
	want := `child-0 completed {"n": 1}, child-1 completed {"n": 1}, child-2 failed broken: It broke.`
	if got.Status != enrich.Completed || *got.Description != want {
		t.Errorf("%s: %s", got.Status, *got.Description)
	}
	if got := b.outcomes(id); got != "split completed" {
		t.Errorf("attempts ended %q", got)
	}
}

// Splits that could never wake or never end fail their task.
func TestSplitsThatCannotBe(t *testing.T) {
	child := enrich.Request{EntityType: "company", EntityID: "child", Type: enrich.Logo}
	done := enrich.Done{Result: enrich.Result{Description: "done"}}
	for name, c := range map[string]struct {
		code string
		run  func(enrich.Job) enrich.Answer
	}{
		"no children": {"split_size", func(enrich.Job) enrich.Answer { return enrich.Split{} }},
		"too many": {"split_size", func(enrich.Job) enrich.Answer {
			return enrich.Split{Children: make([]enrich.Request, enrich.MaxChildren+1)}
		}},
		"without end": {"split_too_often", func(j enrich.Job) enrich.Answer {
			if j.Task.ParentID != nil {
				return done
			}
			return enrich.Split{Children: []enrich.Request{child}}
		}},
		"a subtask": {"split_too_deep", func(j enrich.Job) enrich.Answer {
			if len(j.Children) > 0 {
				return enrich.Fail{Err: enrich.Errorf("child", "%s", j.Children[0].Error)}
			}
			return enrich.Split{Children: []enrich.Request{child}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			b := setup(t, enrich.Spec{MaxAttempts: 1}, func(_ context.Context, j enrich.Job) enrich.Answer { return c.run(j) })
			got := b.until(b.enqueue(1)[0], terminal)
			if got.Status != enrich.Failed || got.Error == nil || !strings.Contains(*got.Error, c.code) {
				t.Errorf("%s: %v", got.Status, got.Error)
			}
		})
	}
}
