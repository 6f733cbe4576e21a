// Package kindtest is the contract that every kind keeps.
//
// A kind's test plays its cases through Run, which checks each answer: it has a
// description, its output is a JSON object with an outcome, a refusal has
// reasons, a failure a code and a message for people, and the same job gives
// the same answer twice.
package kindtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// Case is one job and the answer that is wanted.
type Case struct {
	Name string
	Job  enrich.Job
	// Want is the name of the answer: Done, Ask, Refuse, Fail, Retry, Split or Later.
	Want string
	// Code is the code of a Fail or Retry, or of a Refuse's first reason.
	Code string
	// Check looks closer; it may be nil.
	Check func(t *testing.T, answer enrich.Answer)
}

// Run plays the cases and holds the kind to the contract.
func Run(t *testing.T, kind enrich.Kind, cases []Case) {
	t.Helper()
	for _, problem := range Spec(kind.Spec()) {
		t.Errorf("spec: %s", problem)
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			answer := kind.Run(t.Context(), c.Job)
			if got := nameOf(answer); got != c.Want {
				t.Fatalf("answer is %s (%s), want %s", got, codeOf(answer), c.Want)
			}
			if c.Code != "" && codeOf(answer) != c.Code {
				t.Errorf("code is %q, want %q", codeOf(answer), c.Code)
			}
			for _, problem := range Answer(answer) {
				t.Errorf("contract: %s", problem)
			}
			if again := kind.Run(t.Context(), c.Job); !same(answer, again) {
				t.Errorf("the same job gave two answers: %s", difference(timeless(answer), timeless(again)))
			}
			if c.Check != nil {
				c.Check(t, answer)
			}
		})
	}
	t.Run("ended context", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, c := range cases {
			done := make(chan struct{})
			go func() { kind.Run(ctx, c.Job); close(done) }()
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Errorf("%s: the kind ran on after its context had ended", c.Name)
			}
		}
	})
}

// Spec lists what is wrong with a kind's description of itself.
func Spec(s enrich.Spec) []string {
	var problems []string
	if !s.Type.Known() {
		problems = append(problems, fmt.Sprintf("%q is none of the contract's types", s.Type))
	}
	if s.Version < 1 {
		problems = append(problems, "it has no version: results of an older one would pass for its own")
	}
	if s.Deadline <= 0 || s.Deadline > 30*time.Minute {
		problems = append(problems, "its deadline is not between 0 and 30 minutes")
	}
	return problems
}

// Answer lists what is wrong with an answer.
func Answer(a enrich.Answer) []string {
	switch a := a.(type) {
	case enrich.Done:
		return append(description(a.Description), result(a.Result)...)
	case enrich.Ask:
		return append(description(a.Description), result(a.Result)...)
	case enrich.Refuse:
		return append(description(a.Description), reasons(a.Reasons)...)
	case enrich.Fail:
		return append(description(a.Description), fault(a.Err)...)
	case enrich.Retry:
		return append(description(a.Description), fault(a.Err)...)
	case enrich.Split:
		return description(a.Description)
	case enrich.Later:
		return description(a.Description)
	}
	return []string{fmt.Sprintf("%T is no answer", a)}
}

func description(s string) []string {
	if strings.TrimSpace(s) == "" {
		return []string{"the answer has no description"}
	}
	return nil
}

var outcomes = []string{"ok", "partial", "no_result", "ambiguous", "abstained", "skipped"}

func result(r enrich.Result) []string {
	var out map[string]json.RawMessage
	if err := json.Unmarshal(r.Output, &out); err != nil {
		return []string{"the output is no JSON object"}
	}
	var problems []string
	if outcome := strings.Trim(string(out["_outcome"]), `"`); !slices.Contains(outcomes, outcome) {
		problems = append(problems, fmt.Sprintf("_outcome is %q, want one of %v", outcome, outcomes))
	}
	if bytes.Contains(r.Output, []byte(`\u0000`)) {
		problems = append(problems, "the output holds a NUL character, which the store cannot keep")
	}
	for _, w := range r.Records {
		for _, f := range w.Fields {
			if f.Origin.Precedence() == 99 || f.Grade == "" || len(f.Evidence) == 0 {
				problems = append(problems, fmt.Sprintf("the write of %s.%s has no known origin, grade or evidence", w.EntityType, f.Name))
			}
		}
	}
	return problems
}

func reasons(list []enrich.Reason) []string {
	if len(list) == 0 {
		return []string{"the refusal has no reason"}
	}
	for _, r := range list {
		if r.Code == "" || r.Message == "" {
			return []string{"a reason lacks its code or its message"}
		}
	}
	return nil
}

func fault(e *enrich.Error) []string {
	if e == nil || e.Code == "" || e.Message == "" {
		return []string{"the error lacks its code or its message"}
	}
	return nil
}

func nameOf(a enrich.Answer) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", a), "enrich.")
}

func codeOf(a enrich.Answer) string {
	switch a := a.(type) {
	case enrich.Refuse:
		if len(a.Reasons) > 0 {
			return a.Reasons[0].Code
		}
	case enrich.Fail:
		if a.Err != nil {
			return a.Err.Code
		}
	case enrich.Retry:
		if a.Err != nil {
			return a.Err.Code + " " + a.Detail
		}
	}
	return ""
}

// timePattern is what may differ between two runs of one job.
var timePattern = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`)

func timeless(a enrich.Answer) string {
	raw, err := json.Marshal(a)
	if err != nil {
		return err.Error()
	}
	// Whether a parse came out of the cache may differ too.
	s := strings.ReplaceAll(string(raw), `"cache":"hit"`, `"cache":"miss"`)
	return timePattern.ReplaceAllString(s, "time")
}

// difference shows the first place where two texts part.
func difference(a, b string) string {
	at := 0
	for at < len(a) && at < len(b) && a[at] == b[at] {
		at++
	}
	from := max(0, at-80)
	return fmt.Sprintf("…%.200s\nand …%.200s", a[min(from, len(a)):], b[min(from, len(b)):])
}

func same(a, b enrich.Answer) bool { return timeless(a) == timeless(b) }
