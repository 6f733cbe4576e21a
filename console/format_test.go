package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAmount(t *testing.T) {
	for _, c := range [][3]string{
		{"0", "EUR", "0\u00a0EUR"},
		{"999.90", "EUR", "999.90\u00a0EUR"},
		{"1000", "", "1\u202f000"},
		{"1234567.8900", "CHF", "1\u202f234\u202f567.8900\u00a0CHF"},
		{"-1500.00", "EUR", "−1\u202f500.00\u00a0EUR"},
		{"", "EUR", ""},
		{"12,40 €", "EUR", "12,40 €"},
		{"1e9", "EUR", "1e9"},
		{"100000000000000000001", "", "100\u202f000\u202f000\u202f000\u202f000\u202f000\u202f001"},
	} {
		if got := english.amount(c[0], c[1]); got != c[2] {
			t.Errorf("amount(%q, %q) = %q, want %q", c[0], c[1], got, c[2])
		}
	}
}

func TestTimes(t *testing.T) {
	now := time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		0: "just now", -500 * time.Millisecond: "just now", 12 * time.Second: "12 s ago", 3 * time.Minute: "3 min ago",
		5 * time.Hour: "5 h ago", 72 * time.Hour: "3 days ago", -90 * time.Second: "in 1 min",
	} {
		if got := ago(now, now.Add(-d)).String(); got != want {
			t.Errorf("%v ago: %q, want %q", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		6 * time.Millisecond: "6 ms", 1500 * time.Millisecond: "1.5 s", 63 * time.Second: "1 min 3 s", 3700 * time.Second: "1 h 1 min", -time.Second: "0 ms",
	} {
		if got := english.span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	if due(now, now) != nil || due(now, now.Add(time.Hour)).String() != "in 1 h" {
		t.Error("due")
	}
}

func TestMarkdown(t *testing.T) {
	for in, want := range map[string]string{
		"":                          "",
		"plain":                     "p(plain)",
		"a **b** c":                 "p(a |B:b| c)",
		"one\ntwo\n\nthree":         "p(one| two)p(three)",
		"- a\n- **b**\n\n* c":       "ul(a;B:b)ul(c)",
		"text\n- a\nmore":           "p(text)ul(a)p(more)",
		"open ** and * and ` stay":  "p(open *|*| and *| and `| stay)",
		"`a**b`":                    "p(C:a**b)",
		"<b>x</b> [l](javascript:)": "p(<b>x</b> [l](javascript:))",
		"****":                      "p(*|*|*|*)",
	} {
		if got := outline(markdown(&in)); got != want {
			t.Errorf("markdown(%q) = %s, want %s", in, got, want)
		}
	}
	if markdown(nil) != nil || summary(nil) != "" {
		t.Error("no description is not nothing")
	}
	text := "**Read.** 3 of 4\n- x"
	if got := summary(&text); got != "Read. 3 of 4" {
		t.Errorf("summary: %q", got)
	}
}

func outline(blocks []block) string {
	var b strings.Builder
	for _, block := range blocks {
		var items []string
		for _, line := range block.Lines {
			var runs []string
			for _, r := range line {
				mark := map[[2]bool]string{{true, false}: "B:", {false, true}: "C:"}[[2]bool{r.Bold, r.Code}]
				runs = append(runs, mark+r.Text)
			}
			items = append(items, strings.Join(runs, "|"))
		}
		fmt.Fprintf(&b, "%s(%s)", map[bool]string{true: "ul", false: "p"}[block.List], strings.Join(items, ";"))
	}
	return b.String()
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"issuer_vat_id_checksum": "Issuer VAT id checksum", "a.b": "A b", "": "", "_": "_", "été": "Été", "\xff": "\ufffd",
	} {
		if got := words(in).String(); got != want {
			t.Errorf("words(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"grand_total": "Total", "issuer.tax_id_value": "Issuer tax id", "issuer.": "Issuer", ".": ".", "": "", ".x": "x", "field": "Field"} {
		if got := fieldWords(in).String(); got != want {
			t.Errorf("fieldWords(%q) = %q, want %q", in, got, want)
		}
	}
}

// An output of another shape than expected shows as JSON and breaks nothing.
func TestReadOutputOfAnyShape(t *testing.T) {
	for _, raw := range []string{
		"", "null", "[]", "1", `"x"`, `{"_checks":1,"_fields":[],"_reasons":{},"_warnings":"x","local_currency":7}`,
		`{"_fields":{"a":1,"b":null,"c":{"value":{"x":1},"provenance":"no"}},"_checks":[1,{"code":5}]}`,
	} {
		r := readOutput(json.RawMessage(raw))
		_ = pretty(json.RawMessage(raw))
		if len(r.Reasons) != 0 || len(r.Warnings) != 0 {
			t.Errorf("%s: %+v", raw, r)
		}
	}
	long := `{"a":"` + strings.Repeat("é", longestJSON) + `"}`
	if got := pretty(json.RawMessage(long)); len(got) > longestJSON+100 || !strings.Contains(got, "cut here") {
		t.Errorf("a long output shows %d bytes", len(got))
	}
}

func FuzzMarkdown(f *testing.F) {
	f.Add("**a** `b` *c*\n- d\n\n* e")
	f.Fuzz(func(t *testing.T, s string) {
		for _, b := range markdown(&s) {
			for _, line := range b.Lines {
				for _, r := range line {
					if r.Text == "" || !strings.Contains(" "+s, r.Text) && !strings.HasPrefix(r.Text, " ") {
						t.Fatalf("%q was made up of %q", r.Text, s)
					}
				}
			}
		}
	})
}
