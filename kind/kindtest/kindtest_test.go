package kindtest_test

import (
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/kind/kindtest"
)

// The suite must fail what breaks the contract.
func TestTheContractCatches(t *testing.T) {
	good := enrich.Result{Output: []byte(`{"_outcome": "ok"}`), Description: "done"}
	fault := enrich.Errorf("code", "message")
	for _, c := range []struct {
		name   string
		answer enrich.Answer
		ok     bool
	}{
		{"a good answer", enrich.Done{Result: good}, true},
		{"no description", enrich.Done{Result: enrich.Result{Output: good.Output}}, false},
		{"a blank description", enrich.Ask{Result: enrich.Result{Output: good.Output, Description: " \n"}}, false},
		{"no output", enrich.Done{Result: enrich.Result{Description: "done"}}, false},
		{"an output that is a list", enrich.Done{Result: enrich.Result{Output: []byte(`[]`), Description: "done"}}, false},
		{"no outcome", enrich.Done{Result: enrich.Result{Output: []byte(`{}`), Description: "done"}}, false},
		{"an unknown outcome", enrich.Done{Result: enrich.Result{Output: []byte(`{"_outcome": "fine"}`), Description: "done"}}, false},
		{"a NUL", enrich.Done{Result: enrich.Result{Output: []byte(`{"_outcome": "ok", "a": "\u0000"}`), Description: "done"}}, false},
		{"a write without evidence", enrich.Done{Result: enrich.Result{
			Output: good.Output, Description: "done",
			Records: []enrich.RecordWrite{{EntityType: "company", Fields: []enrich.FieldWrite{{Name: "name", Origin: enrich.ByModel, Grade: enrich.Guess}}}},
		}}, false},
		{"a refusal", enrich.Refuse{Reasons: []enrich.Reason{{Code: "c", Message: "m"}}, Description: "refused"}, true},
		{"a refusal without reasons", enrich.Refuse{Description: "refused"}, false},
		{"a failure", enrich.Fail{Err: fault, Description: "failed"}, true},
		{"a failure without an error", enrich.Fail{Description: "failed"}, false},
		{"a failure without a description", enrich.Fail{Err: fault}, false},
		{"a retry without a description", enrich.Retry{Err: fault}, false},
		{"nothing", nil, false},
	} {
		if problems := kindtest.Answer(c.answer); (len(problems) == 0) != c.ok {
			t.Errorf("%s: problems %q", c.name, problems)
		}
	}
	if len(kindtest.Spec(enrich.Spec{Type: "nope"})) == 0 {
		t.Error("a kind of no known type passes")
	}
}
