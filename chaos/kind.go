package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// Kinds are the workers of a campaign: each calls the upstream at url before it
// answers. They stand in place of the shipped kinds of their types, in the
// processes that a campaign starts and nowhere else.
func Kinds(url string, shipped []enrich.Kind) []enrich.Kind {
	mine := []enrich.Kind{
		worker{url: url, spec: spec(enrich.Logo), run: worker.one},
		worker{url: url, spec: spec(enrich.AICompany), run: worker.ask},
		worker{url: url, spec: spec(enrich.DocumentBackfill), run: worker.family},
	}
	replaced := func(k enrich.Kind) bool {
		return slices.ContainsFunc(mine, func(m enrich.Kind) bool { return m.Spec().Type == k.Spec().Type })
	}
	return append(slices.DeleteFunc(slices.Clone(shipped), replaced), mine...)
}

// spec has a short deadline and many quick retries: a campaign has not long, and
// what the upstream does wrong must not end a task.
func spec(t enrich.Type) enrich.Spec {
	return enrich.Spec{Type: t, Deadline: 4 * time.Second, MaxAttempts: 1000, BaseDelay: 100 * time.Millisecond, MaxDelay: time.Second}
}

// worker is a kind that calls the upstream.
type worker struct {
	url  string
	spec enrich.Spec
	run  func(worker, context.Context, enrich.Job, order) enrich.Answer
}

// order is the input of a campaign's task.
type order struct {
	Canary string `json:"canary"`
	Mode   string `json:"mode,omitempty"` // what goes wrong, see worker.poison
	Millis int    `json:"millis,omitempty"`
}

// Spec is the kind's.
func (w worker) Spec() enrich.Spec { return w.spec }

// Check takes any input.
func (w worker) Check(json.RawMessage) error { return nil }

// Run calls the upstream and answers.
func (w worker) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	var o order
	if err := json.Unmarshal(job.Task.Input, &o); err != nil {
		return enrich.Fail{Err: enrich.Errorf("bad_input", "The input is no order.")}
	}
	return w.run(w, ctx, job, o)
}

// one calls and is done, or goes wrong as it was told.
func (w worker) one(ctx context.Context, job enrich.Job, o order) enrich.Answer {
	if err := w.call(ctx, job, o); err != nil {
		return again(err)
	}
	if a := poison(o, job.Attempt); a != nil {
		return a
	}
	return enrich.Done{Result: result(job, o)}
}

// ask proposes what one would have done.
func (w worker) ask(ctx context.Context, job enrich.Job, o order) enrich.Answer {
	if err := w.call(ctx, job, o); err != nil {
		return again(err)
	}
	return enrich.Ask{Result: result(job, o)}
}

// family splits its task in four, and is done when they are.
func (w worker) family(ctx context.Context, job enrich.Job, o order) enrich.Answer {
	if job.Children != nil {
		r := result(job, o)
		r.Records = nil
		return enrich.Done{Result: r}
	}
	if err := w.call(ctx, job, o); err != nil {
		return again(err)
	}
	var children []enrich.Request
	for i := range 4 {
		input, _ := json.Marshal(order{Canary: o.Canary, Millis: o.Millis}) // texts and numbers always marshal
		children = append(children, enrich.Request{
			Type: enrich.Logo, EntityType: "company", EntityID: fmt.Sprintf("%s-%d", job.Task.EntityID, i), Input: input,
		})
	}
	return enrich.Split{Children: children, Description: "Four parts."}
}

// result has one value for one record, and the task and attempt that made it.
func result(job enrich.Job, o order) enrich.Result {
	output, _ := json.Marshal(map[string]string{"_outcome": "done", "canary": o.Canary, "proof": keyOf(job)})
	name, _ := json.Marshal(o.Canary + " " + job.Task.ID)
	return enrich.Result{
		Output: output, Description: "Called the upstream.",
		Records: []enrich.RecordWrite{{EntityType: "company", EntityID: job.Task.EntityID, Fields: []enrich.FieldWrite{{
			Name: "name", Value: name, Origin: enrich.ByRegistry, Confidence: 1, Grade: enrich.Single,
		}}}},
	}
}

func keyOf(job enrich.Job) string { return job.Task.ID + "/" + strconv.Itoa(job.Attempt) }

// call has the effect: the upstream notes it under the key of task and attempt.
func (w worker) call(ctx context.Context, job enrich.Job, o order) error {
	body, _ := json.Marshal(map[string]any{"task": job.Task.ID, "attempt": job.Attempt, "canary": o.Canary})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"?millis="+strconv.Itoa(o.Millis), bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Idempotency-Key", keyOf(job))
	req.Header.Set("X-Pid", strconv.Itoa(os.Getpid()))
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	if err == nil && (res.StatusCode != http.StatusOK || strings.TrimSpace(string(answer)) != "done") {
		err = fmt.Errorf("the upstream answered %d %q", res.StatusCode, answer)
	}
	return err
}

func again(err error) enrich.Answer {
	return enrich.Retry{Err: enrich.Errorf("upstream_failed", "The upstream did not answer."), Detail: err.Error()}
}

// poison is what a bad input does to its worker.
func poison(o order, attempt int) enrich.Answer {
	switch o.Mode {
	case "nul":
		return enrich.Done{Result: enrich.Result{Output: []byte(`{"text":"a\u0000b"}`), Description: "bad \x00 text"}}
	case "surrogate":
		return enrich.Done{Result: enrich.Result{Output: []byte(`{"text":"\ud800"}`), Description: "half a character"}}
	case "number":
		return enrich.Done{Result: enrich.Result{Output: []byte(`{"n":1e999999}`), Description: "a number without end"}}
	case "large":
		big, _ := json.Marshal(map[string]string{"text": strings.Repeat("x", 17<<20)})
		return enrich.Done{Result: enrich.Result{Output: big, Description: "17 MB"}}
	case "fail":
		return enrich.Fail{Err: enrich.Errorf("bad_input", "It is \x00 broken.")}
	case "refuse":
		return enrich.Refuse{Reasons: []enrich.Reason{{Code: "refused_input", Message: "not this"}}, Description: "Refused."}
	case "panic":
		if attempt <= 3 {
			panic("the worker of a campaign was told to panic")
		}
	case "exit":
		os.Exit(3)
	}
	return nil
}
