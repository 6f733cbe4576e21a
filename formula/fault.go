package formula

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
)

// Codes of a Fault.
const (
	Unreadable     = "expression_unreadable" // its grammar is wrong
	UnknownName    = "unknown_name"          // no such field or function
	WrongTypes     = "wrong_types"           // an operator or a function on values that it does not take
	WrongType      = "wrong_result_type"     // it gives another type than its field has
	NotOffered     = "not_offered"           // part of no expression here
	TooLong        = "too_long"              // expression, text or list
	TooDeep        = "too_deep"              // brackets in brackets
	TooCostly      = "too_costly"            // it would take, or took, more than its budget
	DivisionByZero = "division_by_zero"
	Failed         = "expression_failed" // on these values
)

// Fault says what is wrong with an expression, for who wrote it. Line and Column
// count from 1; both are 0 where the fault has no place.
type Fault struct {
	Code    string
	Line    int
	Column  int
	Message string // one sentence
	Hint    string // what to do; may be empty
}

// Error is the message with its place and its hint.
func (f *Fault) Error() string {
	s := f.Message
	if f.Line > 0 {
		s = fmt.Sprintf("Line %d, column %d: %s", f.Line, f.Column, s)
	}
	if f.Hint != "" {
		s += " " + f.Hint
	}
	return s
}

func limitHint(n, limit int, of string) string {
	return fmt.Sprintf("It has %d %s; %d are the most.", n, of, limit)
}

var (
	undeclared = regexp.MustCompile(`undeclared reference to '([^']*)'`)
	overload   = regexp.MustCompile(`found no matching overload for '([^']*)' applied to '([^']*)'`)
	mismatched = regexp.MustCompile(`Syntax error: (?:mismatched|extraneous) input '([^']*)'`)
)

// explain makes a fault of the first thing that the compiler found.
func (s *Scope) explain(source string, issues *cel.Issues) error {
	list := issues.Errors()
	if len(list) == 0 {
		return &Fault{Code: Unreadable, Message: "The expression cannot be read."}
	}
	first := list[0]
	f := s.word(first.Message)
	f.Line, f.Column = first.Location.Line(), first.Location.Column()+1
	if f.Line < 1 || f.Code == TooLong || f.Code == TooDeep {
		f.Line, f.Column = 0, 0
	}
	return f
}

// word says a compiler's message in the words of who writes expressions.
func (s *Scope) word(message string) *Fault {
	if m := undeclared.FindStringSubmatch(message); m != nil {
		return s.unknown(strings.TrimPrefix(m[1], "."))
	}
	if m := overload.FindStringSubmatch(message); m != nil {
		return misapplied(m[1], m[2])
	}
	lower := strings.ToLower(message)
	switch {
	case strings.Contains(lower, "recursion") || strings.Contains(lower, "depth"):
		return &Fault{Code: TooDeep, Message: fmt.Sprintf("The expression has more than %d brackets in brackets.", maxDepth), Hint: "Split it into several columns."}
	case strings.Contains(lower, "node") && strings.Contains(lower, "limit"), strings.Contains(lower, "code point"), strings.Contains(lower, "size"):
		return &Fault{Code: TooLong, Message: "The expression has too many parts.", Hint: "Split it into several columns."}
	case strings.Contains(lower, "regex"), strings.Contains(lower, "invalid matches argument"):
		return &Fault{Code: NotOffered, Message: "The pattern of matches is not valid.", Hint: "It must be a regular expression (RE2) of a moderate size."}
	case strings.Contains(message, "does not support field selection"):
		return &Fault{Code: UnknownName, Message: "Only related records have fields of their own behind a dot.", Hint: s.fieldList()}
	}
	if strings.HasPrefix(message, "Syntax error: token recognition error at: '=") {
		return unreadable("=")
	}
	if m := mismatched.FindStringSubmatch(message); m != nil {
		return unreadable(m[1])
	}
	if strings.HasPrefix(message, "Syntax error") {
		return &Fault{Code: Unreadable, Message: "The expression cannot be read here.", Hint: "Look for a missing bracket, quote or operator. Equality is ==, and is &&, or is ||."}
	}
	return &Fault{Code: WrongTypes, Message: strings.ToUpper(message[:1]) + message[1:] + "."}
}

func unreadable(token string) *Fault {
	f := &Fault{Code: Unreadable, Message: fmt.Sprintf("%q is not expected here.", token), Hint: "Look for a missing bracket, quote or operator before it."}
	switch token {
	case "<EOF>":
		f.Message, f.Hint = "The expression ends too early.", "Something is missing at its end: a value, a bracket or a quote."
	case "=":
		f.Hint = "To compare, write == with two signs."
	case ",":
		f.Hint = "Decimals have a point: 12.5."
	}
	return f
}

// unknown names what comes nearest to a name that is not there.
func (s *Scope) unknown(name string) *Fault {
	f := &Fault{Code: UnknownName, Message: fmt.Sprintf("There is no field or function %q.", name)}
	words := map[string]string{
		"and": "&&", "AND": "&&", "or": "||", "OR": "||", "not": "!", "NOT": "!", "IF": "condition ? value : otherwise", "if": "condition ? value : otherwise",
		"size": "length(x) or count(list)", "today()": "today", "TODAY": "today", "now": "today", "NOW": "today", "ISBLANK": "blank(x)", "LEN": "length(x)",
	}
	if instead := words[name]; instead != "" {
		f.Hint = "Write " + instead + "."
		return f
	}
	if t, field := s.fields[name]; field {
		f.Message, f.Hint = fmt.Sprintf("%s is a field (%s), not a function.", name, t), "Write it without brackets."
		return f
	}
	names := slices.Sorted(maps.Keys(s.fields))
	for fn := range s.env.Functions() {
		if fn[0] >= 'a' && fn[0] <= 'z' {
			names = append(names, fn)
		}
	}
	slices.Sort(names)
	if near := nearest(name, names); near != "" {
		f.Hint = "Did you mean " + near + "?"
	} else {
		f.Hint = s.fieldList()
	}
	return f
}

func (s *Scope) fieldList() string {
	return "These fields can be read: " + strings.Join(slices.Sorted(maps.Keys(s.fields)), ", ") + "."
}

// misapplied explains an operator on values that it does not take.
func misapplied(op, args string) *Fault {
	shown := strings.Trim(strings.ReplaceAll(op, "_", " "), " @")
	args = friendly(args)
	f := &Fault{Code: WrongTypes, Message: fmt.Sprintf("%s cannot be used on %s.", shown, args)}
	switch {
	case strings.Contains(args, "date") && strings.Contains(args, "text"):
		f.Hint = "Write a date as date('2026-05-31')."
	case strings.Contains(args, "number") && strings.Contains(args, "text") && op == "_+_":
		f.Hint = "Make a text of the number first: text(x)."
	case strings.Contains(args, "number") && strings.Contains(args, "text"):
		f.Hint = "Make a number of the text first, number(x), or compare with a text in quotes."
	case op == "_?_:_":
		f.Hint = "Before ? stands a condition; both values behind it have the same type."
	case strings.Contains(args, "boolean"):
		f.Hint = "A condition is true or false; it is no number or text."
	}
	return f
}

// friendly names types as people see them.
func friendly(args string) string {
	args = strings.Trim(args, "()")
	for from, to := range map[string]string{"string": "text", "bool": "boolean", "dyn": "anything"} {
		args = regexp.MustCompile(`\b`+from+`\b`).ReplaceAllString(args, to)
	}
	return strings.ReplaceAll(args, ", ", " and ")
}

func wrongResult(gives Type, raw string, want Type) *Fault {
	if gives == "" {
		return &Fault{Code: WrongType, Message: fmt.Sprintf("The expression gives a %s, which no field can hold.", friendly(raw)), Hint: "Make one value of it: with sum, count, exists or all."}
	}
	f := &Fault{Code: WrongType, Message: fmt.Sprintf("The expression gives a %s; a %s is needed.", gives, want)}
	switch {
	case want == Text:
		f.Hint = "Make a text of it: text(…)."
	case want == Truth:
		f.Hint = "Compare it with something: … == 'x', … > 10."
	}
	return f
}

// runtimeFault is what the library says of an evaluation that it ended.
func runtimeFault(err error) *Fault {
	text := err.Error()
	switch {
	case strings.Contains(text, "cost limit"), strings.Contains(text, "interrupted"), strings.Contains(text, "memory limit"):
		return &Fault{Code: TooCostly, Message: "The expression took more than its budget on this record.", Hint: "Look through fewer lists inside each other."}
	}
	return &Fault{Code: Failed, Message: "The expression could not be evaluated on this record: " + plain(text) + "."}
}

// plain cuts a message of the library to a sentence.
func plain(text string) string {
	var fault *Fault
	if errors.As(errors.New(text), &fault) {
		return fault.Message
	}
	if i := strings.IndexByte(text, '\n'); i > 0 {
		text = text[:i]
	}
	if len(text) > 200 {
		text = text[:200]
	}
	return strings.ToValidUTF8(text, "")
}

// nearest is the name with the fewest changes of letters to a name that is not
// there; empty where all are far.
func nearest(name string, names []string) string {
	best, least := "", len([]rune(name))/3+1
	for _, candidate := range names {
		if d := distance(strings.ToLower(name), strings.ToLower(candidate)); d <= least && (best == "" || d < least) {
			best, least = candidate, d
		}
	}
	return best
}

// distance counts the letters to add, drop or change (Levenshtein 1965).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		before := row[0]
		row[0] = i + 1
		for j := range y {
			change := before
			if x[i] != y[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(y)]
}
