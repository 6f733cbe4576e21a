package formula

import (
	"context"
	"errors"
	"testing"
)

// record is a record in memory, by field.
type record map[string]Value

func (r record) Value(field string) (Value, bool) { v, ok := r[field]; return v, ok }

func scope(t testing.TB, fields Fields) *Scope {
	t.Helper()
	language, err := New()
	if err != nil {
		t.Fatal(err)
	}
	s, err := language.Scope(fields)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// invoice are fields with a value each; empty is no value.
var invoice = map[string][2]string{
	"number": {"text", "F-17"}, "grand_total": {"number", "120.50"}, "tax_total": {"number", "20.05"}, "due_date": {"date", "2026-05-31"},
	"issue_date": {"date", "2026-05-01"}, "is_paid": {"boolean", "false"}, "note": {"text", ""}, "issuer.country": {"text", "DE"}, "paid": {"number", ""},
}

func of(t testing.TB, all map[string][2]string) (*Scope, record) {
	t.Helper()
	fields, r := Fields{}, record{}
	for name, v := range all {
		fields[name] = Type(v[0])
		if v[1] == "" {
			continue
		}
		value, err := Parse(Type(v[0]), v[1])
		if err != nil {
			t.Fatal(err)
		}
		r[name] = value
	}
	return scope(t, fields), r
}

func TestEvaluates(t *testing.T) {
	s, r := of(t, invoice)
	for source, want := range map[string]string{
		`1 + 2`:                                      "3",
		`0.1 + 0.2 == 0.3`:                           "true",
		`grand_total * 2`:                            "241.00",
		`2 * grand_total > 241`:                      "false",
		`round(grand_total / 3, 2)`:                  "40.17",
		`round(2.5)`:                                 "3",
		`round(-2.345, 2)`:                           "-2.35",
		`10 % 4`:                                     "2",
		`-tax_total`:                                 "-20.05",
		`due_date - issue_date`:                      "30",
		`due_date + 1`:                               "2026-06-01",
		`due_date < date('2026-06-01')`:              "true",
		`addMonths(date('2026-01-31'), 1)`:           "2026-02-28",
		`issue_date.endOfMonth()`:                    "2026-05-31",
		`weekday(date('2026-11-25'))`:                "3",
		`issuer.country == 'DE' ? 'home' : 'abroad'`: "home",
		`blank(note)`:                                "true",
		`filled(paid)`:                               "false",
		`ifBlank(paid, grand_total)`:                 "120.50",
		`blank(paid) || paid > 3`:                    "true",
		`paid > 3 || grand_total > 3`:                "true",
		`paid > 3 && grand_total < 3`:                "false",
		`'a' + text(grand_total)`:                    "a120.50",
		`number in ['F-16', 'F-17']`:                 "true",
		`[1, 2, 3].exists(x, x > 2)`:                 "true",
		`[1, 2, 3].map(x, x * 2).sum()`:              "12",
		`[1, 2, 3].exists_one(x, x > 2)`:             "true",
		`[1, 2, 3].filter(x, x > 1).count()`:         "2",
		`'a,b'.split(',').exists(x, x == 'b')`:       "true",
		`number.matches('^F-[0-9]+$')`:               "true",
		`upper(left(number, 1)) + lower('X')`:        "Fx",
		`'héé'.right(2)`:                             "éé",
		`length('héé')`:                              "3",
		`max(grand_total, 200)`:                      "200",
		`!is_paid`:                                   "true",
		`'a-b'.replace('-', '+')`:                    "a+b",
		`date(2024, 2, 29).year()`:                   "2024",
		`number('12.5') + 1`:                         "13.5",
		"grand_total // with a comment\n + 1":        "121.50",
	} {
		p, err := s.Compile(source, "")
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		v, err := p.Eval(context.Background(), r)
		if err != nil || v.Text() != want {
			t.Errorf("%s gives %q %v, want %q", source, v.Text(), err, want)
		}
	}
}

// A field without a value that decides makes the expression undecided.
func TestBlankFieldsDecideNothing(t *testing.T) {
	s, r := of(t, invoice)
	for source, field := range map[string]string{`paid + 1`: "paid", `paid > 3`: "paid", `note == 'x'`: "note", `paid > 3 || false`: "paid", `text(paid)`: "paid", `[paid].exists(x, x > 1)`: "paid"} {
		p, err := s.Compile(source, "")
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		var blank *Blank
		if v, err := p.Eval(context.Background(), r); !errors.As(err, &blank) || blank.Field != field {
			t.Errorf("%s gives %q %v, want %s to be blank", source, v.Text(), err, field)
		}
	}
}

func TestReads(t *testing.T) {
	s, _ := of(t, invoice)
	p, err := s.Compile(`issuer.country == 'DE' && [1].exists(x, x > 0) ? grand_total : tax_total`, Number)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Reads; len(got) != 3 || got[0] != "grand_total" || got[1] != "issuer.country" || got[2] != "tax_total" {
		t.Errorf("reads %v", got)
	}
}

func TestFaultsHaveAPlaceAndAHint(t *testing.T) {
	s, _ := of(t, invoice)
	for _, c := range []struct {
		source, code string
		want         Type
		line, column int
		hint         string
	}{
		{`grand_totl > 3`, UnknownName, "", 1, 1, "Did you mean grand_total?"},
		{"1 +\n gran_total", UnknownName, "", 2, 2, "Did you mean grand_total?"},
		{`grand_total = 3`, Unreadable, "", 1, 13, "To compare, write == with two signs."},
		{`grand_total >`, Unreadable, "", 1, 14, "Something is missing at its end: a value, a bracket or a quote."},
		{`grand_total + number`, WrongTypes, "", 1, 13, "Make a text of the number first: text(x)."},
		{`due_date < '2026-01-01'`, WrongTypes, "", 1, 10, "Write a date as date('2026-05-31')."},
		{`grand_total`, WrongType, Truth, 0, 0, "Compare it with something: … == 'x', … > 10."},
		{`size(number) > 3`, UnknownName, "", 1, 5, "Write length(x) or count(list)."},
		{`number == null`, NotOffered, "", 1, 11, "blank(x) asks whether a field has no value."},
		{`number.matches(note)`, NotOffered, "", 1, 16, "For a text from a field, use contains, startsWith or ==."},
		{`{'a': 1}`, NotOffered, "", 1, 1, ""},
		{`due_date()`, UnknownName, "", 1, 9, "Write it without brackets."},
		{`[1, 2]`, WrongType, "", 0, 0, "Make one value of it: with sum, count, exists or all."},
		{`number.matches('(')`, NotOffered, "", 1, 16, "It must be a regular expression (RE2) of a moderate size."},
	} {
		_, err := s.Compile(c.source, c.want)
		var f *Fault
		if !errors.As(err, &f) {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		if f.Code != c.code || f.Hint != c.hint || f.Line != c.line || f.Column != c.column {
			t.Errorf("%s: %s at %d:%d %s [%s]", c.source, f.Code, f.Line, f.Column, f.Message, f.Hint)
		}
	}
}
