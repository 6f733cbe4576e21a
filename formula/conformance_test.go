package formula

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	conformance "cel.dev/expr/conformance/test"
	"google.golang.org/protobuf/encoding/prototext"

	_ "cel.dev/expr/conformance/proto2" // messages that the files of cases name
	_ "cel.dev/expr/conformance/proto3"
)

// Files of CEL's public cases that hold something of what is offered here. The
// others are about protocol buffers, maps, bytes, unsigned numbers and extensions.
var conformanceFiles = []string{"basic", "comparisons", "fp_math", "integer_math", "lists", "logic", "macros", "parse", "plumbing", "string"}

// leastConformance is how many cases the subset has: fewer would mean that cases are
// left out without a word.
const leastConformance = 325

// differs names cases that our exact numbers answer otherwise, and rightly so.
var differs = map[string]string{
	"comparisons/ne_literal/not_ne_double_nan":            "there is no NaN: a division by zero is a fault",
	"comparisons/ne_literal/ne_double_nan":                "the same",
	"comparisons/eq_literal/not_eq_double_nan":            "the same",
	"integer_math/int64_math/int64_overflow_positive":     "numbers have 19 digits, not 64 bits: this one still fits",
	"integer_math/int64_math/int64_overflow_negative":     "the same",
	"integer_math/int64_math/int64_min_negate":            "the same",
	"integer_math/int64_math/int64_min_negate_mul":        "the same",
	"integer_math/int64_math/int64_min_negate_div":        "the same",
	"integer_math/int64_math/int64_overflow_add_negative": "the same",
	"integer_math/int64_math/int64_overflow_sub_positive": "the same",
}

// The cases of CEL's own conformance suite hold for the subset that is offered:
// every case whose expression compiles here gives the value that CEL asks for.
func TestConformance(t *testing.T) {
	s := scope(t, Fields{})
	held := 0
	for _, name := range conformanceFiles {
		for id, c := range conformanceCases(t, name) {
			want, comparable := wanted(c)
			if !comparable || differs[id] != "" {
				continue
			}
			p, err := s.Compile(c.Expr, "")
			if err != nil {
				continue // it is not of the subset
			}
			v, err := p.Eval(context.Background(), record{})
			if (err != nil) != (want == "error") || err == nil && v.Text() != want {
				t.Errorf("%s: %s gives %q %v, want %q", id, c.Expr, v.Text(), err, want)
				continue
			}
			held++
		}
	}
	t.Logf("%d cases hold", held)
	if held < leastConformance {
		t.Errorf("only %d cases are of the subset, there were %d", held, leastConformance)
	}
}

func conformanceCases(t *testing.T, name string) map[string]*conformance.SimpleTest {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(conformanceFolder(t), name+".textproto"))
	if err != nil {
		t.Fatal(err)
	}
	var file conformance.SimpleTestFile
	if err := prototext.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	cases := map[string]*conformance.SimpleTest{}
	for _, section := range file.Section {
		for _, c := range section.Test {
			if len(c.TypeEnv) == 0 && len(c.Bindings) == 0 && c.Container == "" && !c.DisableCheck {
				cases[name+"/"+section.Name+"/"+c.Name] = c
			}
		}
	}
	return cases
}

// conformanceFolder is where the module with the cases lies.
func conformanceFolder(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "cel.dev/expr").Output()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), "tests", "simple", "testdata")
}

// wanted is the value of a case as ours is written; comparable is false for what no
// field can hold.
func wanted(c *conformance.SimpleTest) (text string, comparable bool) {
	if c.GetEvalError() != nil {
		return "error", true
	}
	v := c.GetValue()
	if v == nil {
		return "true", c.ResultMatcher == nil
	}
	switch {
	case strings.Contains(v.String(), "bool_value"):
		return fmt.Sprint(v.GetBoolValue()), true
	case strings.Contains(v.String(), "int64_value"):
		return fmt.Sprint(v.GetInt64Value()), true
	case strings.Contains(v.String(), "string_value"):
		return v.GetStringValue(), true
	}
	return "", false
}
