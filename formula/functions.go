package formula

import (
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"cel.dev/cel-go/common/functions"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"github.com/govalues/decimal"
)

// wrong is a fault of an evaluation.
func wrong(code, message, hint string) ref.Val {
	return types.WrapErr(&Fault{Code: code, Message: message, Hint: hint})
}

func tooBig() ref.Val {
	return wrong(Failed, "A number became larger than 19 digits.", "Round, or divide, before you multiply.")
}

// decided gives a number, or says that it became too large.
func decided(d decimal.Decimal, err error) ref.Val {
	if err != nil {
		return tooBig()
	}
	return number{d}
}

func numbersOf(a, b ref.Val) (decimal.Decimal, decimal.Decimal) { return a.(number).d, b.(number).d }

func addNumbers(a, b ref.Val) ref.Val {
	x, y := numbersOf(a, b)
	return decided(sum(x, y))
}

func subtractNumbers(a, b ref.Val) ref.Val {
	x, y := numbersOf(a, b)
	return decided(sum(x, y.Neg()))
}

func multiplyNumbers(a, b ref.Val) ref.Val {
	x, y := numbersOf(a, b)
	return decided(x.Mul(y))
}

func divideNumbers(a, b ref.Val) ref.Val {
	x, y := numbersOf(a, b)
	if y.IsZero() {
		return divisionByZero()
	}
	return decided(quotient(x, y))
}

func divisionByZero() ref.Val {
	return wrong(DivisionByZero, "A number is divided by zero.", "Ask first: total == 0 ? 0 : part / total.")
}

func moduloNumbers(a, b ref.Val) ref.Val {
	x, y := numbersOf(a, b)
	if y.IsZero() {
		return divisionByZero()
	}
	_, r, err := x.QuoRem(y)
	return decided(r, err)
}

func negateNumber(a ref.Val) ref.Val { return number{a.(number).d.Neg()} }

func onNumber(fn func(decimal.Decimal) decimal.Decimal) functions.UnaryOp {
	return func(a ref.Val) ref.Val { return number{fn(a.(number).d)} }
}

func floor(d decimal.Decimal) decimal.Decimal { return d.Floor(0) }
func ceil(d decimal.Decimal) decimal.Decimal  { return d.Ceil(0) }
func abs(d decimal.Decimal) decimal.Decimal   { return d.Abs() }

func roundWhole(a ref.Val) ref.Val { return number{halfUp(a.(number).d, 0)} }

func roundPlaces(a, places ref.Val) ref.Val {
	n, ok := whole(places, 0, decimal.MaxScale)
	if !ok {
		return wrong(Failed, "round takes 0 to 19 decimal places.", "")
	}
	return number{halfUp(a.(number).d, n)}
}

// halfUp rounds as invoices do: a half goes away from zero. The decimals'
// own way is to the even neighbour.
func halfUp(d decimal.Decimal, places int) decimal.Decimal {
	if d.Scale() <= places {
		return d
	}
	down := d.Trunc(places)
	rest, err := d.Sub(down)
	if err != nil {
		return d.Round(places)
	}
	half, err := decimal.New(5, places+1)
	if err != nil || rest.CmpAbs(half) < 0 {
		return down
	}
	up, err := down.Add(down.ULP().CopySign(d))
	if err != nil {
		return d.Round(places)
	}
	return up
}

// whole is a number without decimals within bounds.
func whole(v ref.Val, least, most int) (int, bool) {
	d := v.(number).d
	n, _, ok := d.Int64(0)
	return int(n), ok && d.IsInt() && n >= int64(least) && n <= int64(most)
}

func minNumber(a, b ref.Val) ref.Val {
	if compare(a, b) <= 0 {
		return a
	}
	return b
}

func maxNumber(a, b ref.Val) ref.Val {
	if compare(a, b) >= 0 {
		return a
	}
	return b
}

func sumOf(v ref.Val) ref.Val {
	total, err := decimal.Decimal{}, error(nil)
	for it := v.(traits.Lister).Iterator(); it.HasNext() == types.True; {
		n, ok := it.Next().(number)
		if !ok {
			return wrong(Failed, "sum takes a list of numbers.", "")
		}
		if total, err = sum(total, n.d); err != nil {
			return tooBig()
		}
	}
	return number{total}
}

func countOf(v ref.Val) ref.Val {
	n, _ := v.(traits.Lister).Size().(types.Int)
	return number{decimal.MustNew(int64(n), 0)}
}

func parseNumber(v ref.Val) ref.Val {
	d, err := decimal.Parse(strings.TrimSpace(string(v.(types.String))))
	if err != nil {
		return wrong(Failed, "A text is not a number.", "number takes digits such as '1234.50'.")
	}
	return number{d}
}

// compare orders two values of one type.
func compare(a, b ref.Val) int {
	switch a := a.(type) {
	case number:
		return a.d.Cmp(b.(number).d)
	case day:
		return int(a) - int(b.(day))
	case types.String:
		return strings.Compare(string(a), string(b.(types.String)))
	case types.Bool:
		c, _ := a.Compare(b).(types.Int)
		return int(c)
	}
	return 0
}

func comparing(holds func(int) bool) functions.BinaryOp {
	return func(a, b ref.Val) ref.Val { return types.Bool(holds(compare(a, b))) }
}

// madeText gives a text, or says that it became too long.
func madeText(size int, text func() string) ref.Val {
	if size > MaxText {
		return wrong(TooLong, "A text became too long.", limitHint(size, MaxText, "bytes"))
	}
	return types.String(text())
}

func addTexts(a, b ref.Val) ref.Val {
	x, y := string(a.(types.String)), string(b.(types.String))
	return madeText(len(x)+len(y), func() string { return x + y })
}

// addLists is what map and filter are made of.
func addLists(a, b ref.Val) ref.Val { return a.(traits.Adder).Add(b) }

func onText(fn func(string) string) functions.UnaryOp {
	return func(a ref.Val) ref.Val {
		made := fn(string(a.(types.String)))
		return madeText(len(made), func() string { return made })
	}
}

func onTexts(fn func(a, b string) bool) functions.BinaryOp {
	return func(a, b ref.Val) ref.Val { return types.Bool(fn(string(a.(types.String)), string(b.(types.String)))) }
}

func lower(s string) string          { return strings.ToLower(s) }
func upper(s string) string          { return strings.ToUpper(s) }
func trim(s string) string           { return strings.TrimSpace(s) }
func contains(s, part string) bool   { return strings.Contains(s, part) }
func startsWith(s, with string) bool { return strings.HasPrefix(s, with) }
func endsWith(s, with string) bool   { return strings.HasSuffix(s, with) }

func lengthOf(v ref.Val) ref.Val {
	return number{decimal.MustNew(int64(utf8.RuneCountInString(string(v.(types.String)))), 0)}
}

func replaceText(args ...ref.Val) ref.Val {
	s, old, with := string(args[0].(types.String)), string(args[1].(types.String)), string(args[2].(types.String))
	size := len(s) + strings.Count(s, old)*(len(with)-len(old))
	return madeText(size, func() string { return strings.ReplaceAll(s, old, with) })
}

func leftOf(v, n ref.Val) ref.Val {
	return cutText(v, n, func(r []rune, n int) []rune { return r[:n] })
}

func rightOf(v, n ref.Val) ref.Val {
	return cutText(v, n, func(r []rune, n int) []rune { return r[len(r)-n:] })
}

func cutText(v, n ref.Val, cut func([]rune, int) []rune) ref.Val {
	count, ok := whole(n, 0, MaxText)
	if !ok {
		return wrong(Failed, "left and right take a number of characters: 0, 1, 2, …", "")
	}
	runes := []rune(string(v.(types.String)))
	return types.String(cut(runes, min(count, len(runes))))
}

func splitText(v, at ref.Val) ref.Val {
	s, sep := string(v.(types.String)), string(at.(types.String))
	if sep == "" || strings.Count(s, sep) >= maxList {
		return wrong(TooLong, "split makes too many parts.", limitHint(strings.Count(s, sep)+1, maxList, "parts"))
	}
	return types.NewStringList(types.DefaultTypeAdapter, strings.Split(s, sep))
}

func asText(v ref.Val) ref.Val { return types.String(Value{val: v}.Text()) }

func asDate(v ref.Val) ref.Val {
	d, err := parseDay(strings.TrimSpace(string(v.(types.String))))
	if err != nil {
		return wrong(Failed, "A text is not a date.", "date takes year, month and day: date('2026-05-31').")
	}
	return d
}

func dateOf(args ...ref.Val) ref.Val {
	y, ok1 := whole(args[0], 1, 9999)
	m, ok2 := whole(args[1], 1, 12)
	d, ok3 := whole(args[2], 1, 31)
	at := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if !ok1 || !ok2 || !ok3 || at.Day() != d {
		return wrong(Failed, "There is no such day in the calendar.", "")
	}
	return dayOf(at)
}

// madeDay gives a day of the calendar.
func madeDay(days int64) ref.Val {
	if days < int64(firstDay) || days > int64(lastDay) {
		return wrong(Failed, "A date left the calendar.", "Dates go from the year 1 to the year 9999.")
	}
	return day(days)
}

// maxSpan is more days than the calendar has.
const maxSpan = 4_000_000

func addDays(a, n ref.Val) ref.Val {
	days, ok := whole(n, -maxSpan, maxSpan)
	if !ok {
		return wrong(Failed, "Only whole days can be added to a date.", "Use round, floor or ceil on the number of days.")
	}
	return madeDay(int64(a.(day)) + int64(days))
}

func subtractDays(a, n ref.Val) ref.Val { return addDays(a, negateNumber(n)) }

func daysBetween(a, b ref.Val) ref.Val {
	return number{decimal.MustNew(int64(a.(day))-int64(b.(day)), 0)}
}

func partOfDay(part func(time.Time) int) functions.UnaryOp {
	return func(v ref.Val) ref.Val { return number{decimal.MustNew(int64(part(v.(day).time())), 0)} }
}

func year(t time.Time) int       { return t.Year() }
func month(t time.Time) int      { return int(t.Month()) }
func dayOfMonth(t time.Time) int { return t.Day() }

// weekday counts from Monday, 1, to Sunday, 7, as ISO 8601 does.
func weekday(t time.Time) int { return (int(t.Weekday())+6)%7 + 1 }

// addMonths keeps the day of the month, or takes the month's last one.
func addMonths(a, n ref.Val) ref.Val {
	months, ok := whole(n, -120_000, 120_000)
	if !ok {
		return wrong(Failed, "Only whole months can be added to a date.", "")
	}
	at := a.(day).time()
	first := time.Date(at.Year(), at.Month()+time.Month(months), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return madeDay(int64(dayOf(first)) + int64(min(at.Day(), last)) - 1)
}

func endOfMonth(a ref.Val) ref.Val {
	at := a.(day).time()
	return madeDay(int64(dayOf(time.Date(at.Year(), at.Month()+1, 0, 0, 0, 0, 0, time.UTC))))
}

// isBlank holds for a field without a value and for a text of spaces.
func isBlank(v ref.Val) ref.Val {
	if err, failed := v.(*types.Err); failed {
		var blank *Blank
		if errors.As(err, &blank) {
			return types.True
		}
		return v
	}
	s, ok := v.(types.String)
	return types.Bool(ok && strings.TrimSpace(string(s)) == "")
}

func isFilled(v ref.Val) ref.Val {
	switch b := isBlank(v); b {
	case types.True:
		return types.False
	case types.False:
		return types.True
	default:
		return b
	}
}

func ifBlank(v, otherwise ref.Val) ref.Val {
	switch b := isBlank(v); b {
	case types.True:
		return otherwise
	case types.False:
		return v
	default:
		return b
	}
}
