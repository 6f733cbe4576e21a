package formula

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
)

// An expression that is made to hurt ends in a typed refusal, when it is saved or
// when it runs, and leaves no memory behind.
func TestHostileExpressionsEndWithinTheirBudget(t *testing.T) {
	s, r := of(t, map[string][2]string{"text": {"text", strings.Repeat("ab,", MaxText/3)}, "number": {"number", "3"}})
	list := "[" + strings.Repeat("1,", 299) + "1]"
	words := "text.split(',')"
	for name, source := range map[string]string{
		"deep brackets":          strings.Repeat("(", 1500) + "1" + strings.Repeat(")", 1500),
		"deep lists":             strings.Repeat("[", 1500) + strings.Repeat("]", 1500),
		"deep conditions":        strings.Repeat("true ? 1 : (", 300) + "1" + strings.Repeat(")", 300),
		"too long":               "1" + strings.Repeat(" + 1", 2000),
		"a huge text literal":    "length('" + strings.Repeat("x", 100_000) + "')",
		"nested loops":           list + ".all(a, " + list + ".all(b, " + list + ".all(c, a + b + c > 0)))",
		"nested loops over text": words + ".all(a, " + words + ".all(b, " + words + ".all(c, a + b + c != '')))",
		"lists of lists":         words + ".map(a, " + words + ".map(b, a + b).count()).sum()",
		"text doubled":           strings.Repeat("text + ", 8) + "text",
		"text replaced by text":  "text.replace('a', text)",
		"pattern too large":      `text.matches('(((a{100}){100}){100})')`,
		"pattern unknown":        `text.matches(text)`,
		"number too large":       "99999999999.0 * 99999999999.0 * number",
		"division by nothing":    "1 / (number - 3)",
		"date out of the world":  "date('9999-12-31') + number",
		"loop variable hides":    "[1].all(number, number > 0)",
		"bytes":                  "b'abc' == b'abc'",
		"unbound":                "a.b.c.d",
		"no expression":          "",
		"control characters":     "\x00\x01",
		"not UTF-8":              "'\xff\xfe' == text",
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			p, err := s.Compile(source, "")
			if err == nil {
				_, err = p.Eval(context.Background(), r)
			}
			var fault *Fault
			if !errors.As(err, &fault) || fault.Code == "" || fault.Message == "" || len(fault.Error()) > 4096 {
				t.Errorf("ends with %v", err)
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > 8<<20 {
				t.Errorf("it keeps %d bytes", kept)
			}
			if made := after.TotalAlloc - before.TotalAlloc; made > 512<<20 {
				t.Errorf("it went through %d bytes", made)
			}
		})
	}
}

// Patterns that ruin backtracking engines are linear here.
func TestPatternsAreLinear(t *testing.T) {
	s, r := of(t, map[string][2]string{"text": {"text", strings.Repeat("a", 20_000) + "!"}})
	for _, pattern := range []string{`^(a+)+$`, `^([a-zA-Z]+)*$`, `^(a|aa)+$`, `^(a|a?)+$`, `(.*a){12}`} {
		p, err := s.Compile("text.matches('"+pattern+"')", Truth)
		if err != nil {
			t.Errorf("%s: %v", pattern, err)
			continue
		}
		if _, err := p.Eval(context.Background(), r); err != nil {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

func FuzzCompile(f *testing.F) {
	for _, source := range []string{"1 + number", "text.split(',').exists(x, x == 'a')", "number > 3 ? text : 'b'", "((", "'\\u00ff'", "1.5e300"} {
		f.Add(source)
	}
	s, r := of(f, map[string][2]string{"text": {"text", "a,b"}, "number": {"number", "3"}})
	f.Fuzz(func(t *testing.T, source string) {
		p, err := s.Compile(source, "")
		if err == nil {
			_, err = p.Eval(context.Background(), r)
		}
		var fault *Fault
		if err != nil && !errors.As(err, &fault) {
			t.Errorf("%q: %v is no fault", source, err)
		}
	})
}
