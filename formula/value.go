package formula

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"github.com/govalues/decimal"
)

// Value is a value of one of the types.
type Value struct {
	Type Type
	val  ref.Val
}

// Parse reads a value from the text in which it is kept: decimals as digits,
// dates as YYYY-MM-DD, truth as true or false.
func Parse(t Type, text string) (Value, error) {
	switch t {
	case Text:
		if len(text) > MaxText {
			return Value{}, &Fault{Code: TooLong, Message: "A text is too long to be read by an expression.", Hint: limitHint(len(text), MaxText, "bytes")}
		}
		return Value{t, types.String(text)}, nil
	case Number:
		d, err := decimal.Parse(text)
		if err != nil {
			return Value{}, fmt.Errorf("number %.40q: %w", text, err)
		}
		return Value{t, number{d}}, nil
	case Date:
		d, err := parseDay(text)
		return Value{t, d}, err
	case Truth:
		b, err := strconv.ParseBool(text)
		return Value{t, types.Bool(b)}, err
	}
	return Value{}, fmt.Errorf("there is no type %q", t)
}

// Text is the value as it is kept.
func (v Value) Text() string {
	switch val := v.val.(type) {
	case types.String:
		return string(val)
	case number:
		return val.d.String()
	case day:
		return val.String()
	case types.Bool:
		return strconv.FormatBool(bool(val))
	}
	return ""
}

// Bool is the value of a condition.
func (v Value) Bool() bool { return v.val == types.True }

// Decimal is the value of a number, zero of anything else.
func (v Value) Decimal() decimal.Decimal {
	n, _ := v.val.(number)
	return n.d
}

// The types as the checker knows them.
var (
	numberType = types.NewOpaqueType("number")
	dayType    = types.NewOpaqueType("date")
)

func celType(t Type) *cel.Type {
	switch t {
	case Number:
		return numberType
	case Date:
		return dayType
	case Truth:
		return cel.BoolType
	}
	return cel.StringType
}

// typeOf is the type of what an expression gives; empty for what is no value of a
// field.
func typeOf(t *cel.Type) Type {
	switch {
	case t.IsExactType(numberType):
		return Number
	case t.IsExactType(dayType):
		return Date
	case t.IsExactType(cel.BoolType):
		return Truth
	case t.IsExactType(cel.StringType):
		return Text
	}
	return ""
}

func valueOf(result any) (Value, error) {
	switch v := result.(type) {
	case types.String:
		return Value{Text, v}, nil
	case number:
		return Value{Number, v}, nil
	case day:
		return Value{Date, v}, nil
	case types.Bool:
		return Value{Truth, v}, nil
	}
	return Value{}, &Fault{Code: Failed, Message: "The expression gives nothing that can be kept."}
}

// number is an exact decimal.
type number struct{ d decimal.Decimal }

// ConvertToNative gives the decimal.
func (n number) ConvertToNative(reflect.Type) (any, error) { return n.d, nil }

// ConvertToType is not offered.
func (n number) ConvertToType(ref.Type) ref.Val { return types.NewErr("a number cannot be converted") }

// Equal compares by amount: 1.0 is 1.
func (n number) Equal(other ref.Val) ref.Val {
	o, ok := other.(number)
	return types.Bool(ok && n.d.Cmp(o.d) == 0)
}

// Type is number.
func (n number) Type() ref.Type { return numberType }

// Value gives the decimal.
func (n number) Value() any { return n.d }

// day is a day of the calendar, counted from 1 January 1970.
type day int32

func parseDay(text string) (day, error) {
	at, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return 0, fmt.Errorf("date %.40q is not YYYY-MM-DD", text)
	}
	return dayOf(at), nil
}

func dayOf(at time.Time) day { return day(at.Unix() / 86400) }

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// String writes the day as YYYY-MM-DD.
func (d day) String() string { return d.time().Format(time.DateOnly) }

// ConvertToNative gives the text.
func (d day) ConvertToNative(reflect.Type) (any, error) { return d.String(), nil }

// ConvertToType is not offered.
func (d day) ConvertToType(ref.Type) ref.Val { return types.NewErr("a date cannot be converted") }

// Equal compares days.
func (d day) Equal(other ref.Val) ref.Val {
	o, ok := other.(day)
	return types.Bool(ok && d == o)
}

// Type is date.
func (d day) Type() ref.Type { return dayType }

// Value gives the text.
func (d day) Value() any { return d.String() }

// The first and the last day that a date can be.
var firstDay, lastDay = dayOf(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)), dayOf(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))

func intDigits(v types.Int) string       { return strconv.FormatInt(int64(v), 10) }
func doubleDigits(v types.Double) string { return strconv.FormatFloat(float64(v), 'f', -1, 64) }

// significant counts the digits of a number without its leading zeros.
func significant(digits string) int {
	return len(strings.TrimLeft(strings.ReplaceAll(strings.TrimPrefix(digits, "-"), ".", ""), "0"))
}

// Rounded is a number with at most so many decimals, a half away from zero.
func Rounded(v Value, places int) Value {
	if n, ok := v.val.(number); ok {
		return Value{Number, number{halfUp(n.d, places)}}
	}
	return v
}
