package formula

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/decls"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/operators"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/interpreter"
	"github.com/govalues/decimal"
)

// literalFunction stands around each number of an expression until it is planned.
const literalFunction = "@number"

// environment is what every expression has: the logic of CEL, our operators on
// numbers, dates and texts, and the functions.
func environment() (*cel.Env, error) {
	subset := env.NewLibrarySubset()
	for _, name := range []string{
		operators.LogicalAnd, operators.LogicalOr, operators.LogicalNot, operators.Conditional, operators.Equals, operators.NotEquals,
		operators.In, operators.NotStrictlyFalse, "matches",
	} {
		subset.AddIncludedFunctions(env.NewFunction(name))
	}
	subset.AddIncludedMacros(operators.All, operators.Exists, operators.ExistsOne, operators.Filter, operators.Map)
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset)),
		cel.ParserExpressionSizeLimit(MaxLength), cel.ExpressionNodeLimit(maxNodes), cel.ParserRecursionLimit(maxDepth),
		cel.ParserErrorRecoveryLimit(4), cel.RegexProgramSizeLimit(maxRegexp), cel.HomogeneousAggregateLiterals(),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
	}
	for _, group := range [][]cel.EnvOption{arithmetic(), comparisons(), texts(), dates(), numbers(), blanks()} {
		options = append(options, group...)
	}
	return cel.NewCustomEnv(options...)
}

// foldNumbers makes constants of the numbers in an expression.
func foldNumbers(i interpreter.Interpretable) (interpreter.Interpretable, error) {
	call, ok := i.(interpreter.InterpretableCall)
	if !ok || call.Function() != literalFunction {
		return i, nil
	}
	text, ok := call.Args()[0].(interpreter.InterpretableConst)
	if !ok {
		return i, nil
	}
	d, err := decimal.Parse(string(text.Value().(types.String)))
	if err != nil {
		return nil, &Fault{Code: NotOffered, Message: "A number has more digits than can be kept."}
	}
	return interpreter.NewConstValue(i.ID(), number{d}), nil
}

// signature is one form of a function: the types of its arguments and of its result.
type signature struct {
	id    string
	args  []*cel.Type
	gives *cel.Type
	bind  cel.OverloadOpt
}

func form(id string, gives *cel.Type, bind cel.OverloadOpt, args ...*cel.Type) signature {
	return signature{id, args, gives, bind}
}

// function offers forms as f(x, …) alone.
func function(name string, forms ...signature) cel.EnvOption {
	options := []cel.FunctionOpt{decls.DisableTypeGuards(true)} // the checker has seen all types; nothing is dynamic
	for _, f := range forms {
		options = append(options, cel.Overload(f.id, f.args, f.gives, f.bind))
	}
	return cel.Function(name, options...)
}

// method offers forms as f(x, …) and as x.f(…).
func method(name string, forms ...signature) cel.EnvOption {
	options := []cel.FunctionOpt{decls.DisableTypeGuards(true)}
	for _, f := range forms {
		options = append(options, cel.Overload(f.id, f.args, f.gives, f.bind), cel.MemberOverload(f.id+"_of", f.args, f.gives, f.bind))
	}
	return cel.Function(name, options...)
}

func unary(fn functions.UnaryOp) cel.OverloadOpt      { return cel.UnaryBinding(fn) }
func binary(fn functions.BinaryOp) cel.OverloadOpt    { return cel.BinaryBinding(fn) }
func several(fn functions.FunctionOp) cel.OverloadOpt { return cel.FunctionBinding(fn) }

var (
	num, txt, dat, yes = numberType, cel.StringType, dayType, cel.BoolType
	list               = cel.ListType(cel.StringType)
	numList            = cel.ListType(numberType)
	anyList            = cel.ListType(cel.TypeParamType("A"))
)

func arithmetic() []cel.EnvOption {
	return []cel.EnvOption{
		function(literalFunction, form("number_literal", num, unary(parseNumber), txt)),
		function(operators.Add, form("add_numbers", num, binary(addNumbers), num, num), form("add_texts", txt, binary(addTexts), txt, txt),
			form("add_days", dat, binary(addDays), dat, num), form("add_lists", anyList, binary(addLists), anyList, anyList)),
		function(operators.Subtract, form("subtract_numbers", num, binary(subtractNumbers), num, num),
			form("subtract_days", dat, binary(subtractDays), dat, num), form("days_between", num, binary(daysBetween), dat, dat)),
		function(operators.Multiply, form("multiply_numbers", num, binary(multiplyNumbers), num, num)),
		function(operators.Divide, form("divide_numbers", num, binary(divideNumbers), num, num)),
		function(operators.Modulo, form("modulo_numbers", num, binary(moduloNumbers), num, num)),
		function(operators.Negate, form("negate_number", num, unary(negateNumber), num)),
	}
}

func comparisons() []cel.EnvOption {
	var options []cel.EnvOption
	for name, holds := range map[string]func(int) bool{
		operators.Less: func(c int) bool { return c < 0 }, operators.LessEquals: func(c int) bool { return c <= 0 },
		operators.Greater: func(c int) bool { return c > 0 }, operators.GreaterEquals: func(c int) bool { return c >= 0 },
	} {
		compare := binary(comparing(holds))
		options = append(options, function(name, form(name+"number", yes, compare, num, num), form(name+"date", yes, compare, dat, dat),
			form(name+"text", yes, compare, txt, txt), form(name+"boolean", yes, compare, yes, yes)))
	}
	return options
}

func texts() []cel.EnvOption {
	return []cel.EnvOption{
		method("contains", form("contains_text", yes, binary(onTexts(contains)), txt, txt)),
		method("startsWith", form("starts_with", yes, binary(onTexts(startsWith)), txt, txt)),
		method("endsWith", form("ends_with", yes, binary(onTexts(endsWith)), txt, txt)),
		method("lower", form("lower_text", txt, unary(onText(lower)), txt)),
		method("upper", form("upper_text", txt, unary(onText(upper)), txt)),
		method("trim", form("trim_text", txt, unary(onText(trim)), txt)),
		method("length", form("length_text", num, unary(lengthOf), txt)),
		method("replace", form("replace_text", txt, several(replaceText), txt, txt, txt)),
		method("left", form("left_text", txt, binary(leftOf), txt, num)),
		method("right", form("right_text", txt, binary(rightOf), txt, num)),
		method("split", form("split_text", list, binary(splitText), txt, txt)),
		method("text", form("text_number", txt, unary(asText), num), form("text_date", txt, unary(asText), dat),
			form("text_boolean", txt, unary(asText), yes), form("text_text", txt, unary(asText), txt)),
	}
}

func dates() []cel.EnvOption {
	return []cel.EnvOption{
		function("date", form("date_text", dat, unary(asDate), txt), form("date_parts", dat, several(dateOf), num, num, num)),
		method("year", form("year_date", num, unary(partOfDay(year)), dat)),
		method("month", form("month_date", num, unary(partOfDay(month)), dat)),
		method("day", form("day_date", num, unary(partOfDay(dayOfMonth)), dat)),
		method("weekday", form("weekday_date", num, unary(partOfDay(weekday)), dat)),
		method("addMonths", form("add_months", dat, binary(addMonths), dat, num)),
		method("endOfMonth", form("end_of_month", dat, unary(endOfMonth), dat)),
	}
}

func numbers() []cel.EnvOption {
	return []cel.EnvOption{
		method("number", form("number_text", num, unary(parseNumber), txt)),
		method("round", form("round_whole", num, unary(roundWhole), num), form("round_places", num, binary(roundPlaces), num, num)),
		method("floor", form("floor_number", num, unary(onNumber(floor)), num)),
		method("ceil", form("ceil_number", num, unary(onNumber(ceil)), num)),
		method("abs", form("abs_number", num, unary(onNumber(abs)), num)),
		function("min", form("min_numbers", num, binary(minNumber), num, num), form("min_dates", dat, binary(minNumber), dat, dat)),
		function("max", form("max_numbers", num, binary(maxNumber), num, num), form("max_dates", dat, binary(maxNumber), dat, dat)),
		method("sum", form("sum_numbers", num, unary(sumOf), numList)),
		method("count", form("count_list", num, unary(countOf), anyList)),
	}
}

// blanks are the only functions that see a field without a value.
func blanks() []cel.EnvOption {
	a := cel.TypeParamType("A")
	return []cel.EnvOption{
		cel.Function("blank", cel.Overload("blank_any", []*cel.Type{a}, yes, cel.OverloadIsNonStrict(), cel.UnaryBinding(isBlank))),
		cel.Function("filled", cel.Overload("filled_any", []*cel.Type{a}, yes, cel.OverloadIsNonStrict(), cel.UnaryBinding(isFilled))),
		cel.Function("ifBlank", cel.Overload("if_blank_any", []*cel.Type{a, a}, a, cel.OverloadIsNonStrict(), cel.BinaryBinding(ifBlank))),
	}
}
