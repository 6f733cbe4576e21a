// Package formula is the language of a workspace's own logic.
//
// An expression is checked against the fields it may read, compiled once, and
// evaluated under a budget. Numbers are exact decimals and dates are days; a
// field without a value makes the whole expression undecided instead of wrong.
// There is no clock in here: what changes by itself is given as a field.
// The grammar and its logic are those of CEL (cel.dev); what is offered of it,
// and what is added, stands in language.go.
package formula

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
)

// Type is what kind of value a field has or an expression gives.
type Type string

// The types.
const (
	Text   Type = "text"
	Number Type = "number" // an exact decimal of up to 19 digits
	Date   Type = "date"   // a day of the calendar, YYYY-MM-DD
	Truth  Type = "boolean"
)

// Budgets of one expression.
const (
	MaxLength = 4000      // characters of an expression
	maxNodes  = 2000      // of its tree, with what macros make of it
	maxDepth  = 60        // brackets in brackets
	MaxText   = 64 << 10  // bytes of a text that is read or made
	maxCost   = 1_000_000 // units of an evaluation with a loop, as Kubernetes gives its rules
	maxMemory = 100_000   // elements that an evaluation with a loop holds at the same time
	maxList   = 10_000    // elements of a list
	maxRegexp = 1000      // characters of a pattern, and instructions of its program
	// maxTime bounds an evaluation with a loop on a busy machine.
	maxTime = time.Second
)

// Fields are the names that expressions may read, with their types. Names with a
// dot are fields of a related record: "issuer.country".
type Fields map[string]Type

// Language compiles expressions. It is safe for use by many.
type Language struct{ base *cel.Env }

// New makes the language.
func New() (*Language, error) {
	base, err := environment()
	return &Language{base}, err
}

// Scope is the language with the fields of one kind of record.
type Scope struct {
	env    *cel.Env
	fields Fields
}

// Scope makes a scope of fields.
func (l *Language) Scope(fields Fields) (*Scope, error) {
	declared := make([]cel.EnvOption, 0, len(fields))
	for name, t := range fields {
		declared = append(declared, cel.Variable(name, celType(t)))
	}
	env, err := l.base.Extend(declared...)
	return &Scope{env, fields}, err
}

// Program is a compiled expression. It is safe for use by many.
type Program struct {
	Source  string
	Type    Type
	Reads   []string // the fields that it reads, sorted
	plan    cel.Program
	metered bool // it has a loop: it runs under a meter
}

// Compile checks an expression. want is the type it must give; empty takes any.
// What is wrong with it is a *Fault.
func (s *Scope) Compile(source string, want Type) (*Program, error) {
	if n := len([]rune(source)); n > MaxLength {
		return nil, &Fault{Code: TooLong, Message: "The expression is too long.", Hint: limitHint(n, MaxLength, "characters")}
	}
	if !utf8.ValidString(source) {
		return nil, &Fault{Code: Unreadable, Message: "The expression is not text in UTF-8."}
	}
	parsed, issues := s.env.Parse(source)
	if issues.Err() != nil {
		return nil, s.explain(source, issues)
	}
	tree := &tree{ast: parsed.NativeRep(), fields: s.fields}
	if fault := tree.prepare(); fault != nil {
		return nil, fault
	}
	checked, issues := s.env.Check(parsed)
	if issues.Err() != nil {
		return nil, s.explain(source, issues)
	}
	gives := typeOf(checked.OutputType())
	if gives == "" || want != "" && gives != want {
		return nil, wrongResult(gives, checked.OutputType().String(), want)
	}
	plan, err := s.env.Program(checked, options(tree.loops)...)
	if err != nil {
		return nil, &Fault{Code: TooCostly, Message: "The expression cannot be prepared: " + plain(err.Error())}
	}
	return &Program{Source: source, Type: gives, Reads: s.reads(checked.NativeRep()), plan: plan, metered: tree.loops}, nil
}

// options of a plan. An expression without a loop needs no meter: its cost is
// bounded by its length and by the lengths of texts.
func options(loops bool) []cel.ProgramOption {
	o := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize), cel.CustomDecorator(foldNumbers)}
	if loops {
		o = append(o, cel.CostLimit(maxCost), cel.MemoryLimit(maxMemory), cel.InterruptCheckFrequency(100))
	}
	return o
}

// reads lists the fields that a checked tree names.
func (s *Scope) reads(tree *ast.AST) []string {
	var names []string
	for _, reference := range tree.ReferenceMap() {
		if _, known := s.fields[reference.Name]; known && len(reference.OverloadIDs) == 0 {
			names = append(names, reference.Name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Values gives the values of fields; ok is false for one that has none.
type Values interface {
	Value(field string) (v Value, ok bool)
}

// Eval evaluates the program. The error is *Blank where a field that decides has
// no value, and else a *Fault.
func (p *Program) Eval(ctx context.Context, values Values) (Value, error) {
	var result any
	var err error
	if p.metered {
		timed, cancel := context.WithTimeout(ctx, maxTime)
		defer cancel()
		r, _, e := p.plan.ContextEval(timed, &activation{values})
		result, err = r, e
	} else {
		r, _, e := p.plan.Eval(&activation{values})
		result, err = r, e
	}
	if err != nil {
		return Value{}, evalFault(err)
	}
	return valueOf(result)
}

// activation hands fields to the interpreter as it asks for them.
type activation struct{ values Values }

// ResolveName finds a field. One without a value is an error that decides only
// where nothing else does.
func (a *activation) ResolveName(name string) (any, bool) {
	v, ok := a.values.Value(name)
	if !ok {
		return types.WrapErr(&Blank{name}), true
	}
	return v.val, true
}

// Parent is nil: there is no other scope.
func (a *activation) Parent() interpreter.Activation { return nil }

// Blank says that a field that decides has no value.
type Blank struct{ Field string }

// Error names the field.
func (b *Blank) Error() string { return b.Field + " has no value" }

// evalFault is an error of an evaluation for people.
func evalFault(err error) error {
	var blank *Blank
	var fault *Fault
	switch {
	case errors.As(err, &blank):
		return blank
	case errors.As(err, &fault):
		return fault
	}
	return runtimeFault(err)
}

// tree is a parsed expression on its way to be checked.
type tree struct {
	ast    *ast.AST
	fields Fields
	loops  bool
	fault  *Fault
}

// prepare makes every number of the tree an exact one, and refuses what the
// language does not offer.
func (t *tree) prepare() *Fault {
	next := ast.MaxID(t.ast) + 1
	factory := ast.NewExprFactory()
	ast.PostOrderVisit(t.ast.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		switch e.Kind() {
		case ast.LiteralKind:
			t.literal(e, factory, &next)
		case ast.ComprehensionKind:
			t.loops = true
			if _, field := t.fields[e.AsComprehension().IterVar()]; field {
				t.refuse(e, "In a loop, "+e.AsComprehension().IterVar()+" would hide the field of this name.", "Give the loop's variable another name, such as x.")
			}
		case ast.MapKind, ast.StructKind:
			t.refuse(e, "Braces { } are not part of this language.", "")
		case ast.CallKind:
			t.call(e)
		}
	}))
	return t.fault
}

// literal turns a number into a call that the planner folds into a decimal.
func (t *tree) literal(e ast.Expr, factory ast.ExprFactory, next *int64) {
	var digits string
	switch v := e.AsLiteral().(type) {
	case types.Int:
		digits = intDigits(v)
	case types.Double:
		digits = doubleDigits(v)
		if significant(digits) > 15 {
			t.refuse(e, "This number has more than 15 digits.", "Give it with fewer digits, or as number('…').")
		}
	case types.Uint, types.Bytes:
		t.refuse(e, "This form of a value is not part of this language.", "Write texts in quotes and numbers plainly: 'abc', 12.5.")
		return
	case types.Null:
		t.refuse(e, "null is not part of this language.", "blank(x) asks whether a field has no value.")
		return
	default:
		return
	}
	if t.inMacro(e) {
		return
	}
	e.SetKindCase(factory.NewCall(e.ID(), literalFunction, factory.NewLiteral(*next, types.String(digits))))
	*next++
}

// inMacro reports whether a number was put there by a macro and not by a person:
// it has no place in the source.
func (t *tree) inMacro(e ast.Expr) bool {
	_, placed := t.ast.SourceInfo().GetOffsetRange(e.ID())
	return !placed
}

// call refuses patterns that are not there to be looked at beforehand.
func (t *tree) call(e ast.Expr) {
	call := e.AsCall()
	switch call.FunctionName() {
	case "matches":
		args := call.Args()
		if len(args) == 0 {
			return
		}
		pattern := args[len(args)-1]
		text, ok := patternText(pattern)
		if !ok {
			t.refuse(pattern, "The pattern of matches must stand in quotes.", "For a text from a field, use contains, startsWith or ==.")
		} else if len(text) > maxRegexp {
			t.refuse(pattern, "The pattern is too long.", limitHint(len(text), maxRegexp, "characters"))
		}
	case operators.Index:
		t.refuse(e, "Square brackets cannot pick from a list.", "Use in, exists or all to look into a list.")
	}
}

func patternText(e ast.Expr) (string, bool) {
	if e.Kind() != ast.LiteralKind {
		return "", false
	}
	s, ok := e.AsLiteral().(types.String)
	return string(s), ok
}

// refuse notes the first thing that the language does not offer.
func (t *tree) refuse(e ast.Expr, message, hint string) {
	if t.fault != nil {
		return
	}
	t.fault = &Fault{Code: NotOffered, Message: message, Hint: hint}
	if at := t.ast.SourceInfo().GetStartLocation(e.ID()); at.Line() > 0 {
		t.fault.Line, t.fault.Column = at.Line(), at.Column()+1
	}
}
