package formula

import (
	"math/rand/v2"
	"testing"

	"github.com/govalues/decimal"
)

// Sums and quotients in 128 bits are those of the decimals, to the last digit and
// with the same scale, over numbers of every length.
func TestWideIsTheDecimalsOwn(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 11))
	number := func() decimal.Decimal {
		value := random.Int64() >> random.IntN(63)
		if random.IntN(3) == 0 { // ends in zeros, as amounts do
			value -= value % 1000
		}
		if random.IntN(2) == 0 {
			value = -value
		}
		return decimal.MustNew(value, random.IntN(decimal.MaxScale+1))
	}
	same := func(op string, x, y, got, want decimal.Decimal, err, wantErr error) {
		if (err == nil) != (wantErr == nil) || got != want {
			t.Fatalf("%s %s %s = %s (%v), the decimals say %s (%v)", x, op, y, got, err, want, wantErr)
		}
	}
	sums, quotients := 0, 0
	for range 200_000 {
		x, y := number(), number()
		got, err := sum(x, y)
		want, wantErr := x.Add(y)
		same("+", x, y, got, want, err, wantErr)
		if _, ok := wideSum(x, y); ok {
			sums++
		}
		if y.IsZero() {
			continue
		}
		got, err = quotient(x, y)
		want, wantErr = x.Quo(y)
		same("/", x, y, got, want, err, wantErr)
		if _, ok := wideQuotient(x, y); ok {
			quotients++
		}
	}
	if sums < 50_000 || quotients < 50_000 {
		t.Fatalf("%d sums and %d quotients were computed in 128 bits", sums, quotients)
	}
}
