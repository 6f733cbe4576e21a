package dispatch_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/enrichd/enrichd/dispatch"
	"github.com/enrichd/enrichd/enrich"
)

// blank is what outputs are cut from.
var blank = make([]byte, 16<<20)

// answer is a settlement that writes so many fields and has an output of so many bytes.
func answer(token int64, fields, bytes int) enrich.Settlement {
	return enrich.Settlement{
		Claim: enrich.Claim{Token: token}, Output: blank[:bytes],
		Records: []enrich.RecordWrite{{Fields: make([]enrich.FieldWrite, fields/2)}, {Fields: make([]enrich.FieldWrite, fields-fields/2)}},
	}
}

// groups are those in which answers are settled that have all come at once.
func groups(answers []enrich.Settlement) (list [][]enrich.Settlement) {
	waiting := make(chan enrich.Settlement, len(answers))
	for _, s := range answers {
		waiting <- s
	}
	close(waiting)
	dispatch.InGroups(waiting, func(group []enrich.Settlement) { list = append(list, group) })
	return list
}

// A group ends at each of its bounds, and where nothing more has come.
func TestBoundsOfGroups(t *testing.T) {
	many := func(n, fields, bytes int) (list []enrich.Settlement) {
		for i := range n {
			list = append(list, answer(int64(i), fields, bytes))
		}
		return list
	}
	for name, c := range map[string]struct {
		answers []enrich.Settlement
		want    []int
	}{
		"one":                  {many(1, 1, 1), []int{1}},
		"as many as go":        {many(500, 4, 10), []int{500}},
		"one more":             {many(501, 0, 0), []int{500, 1}},
		"fields":               {many(5, 1000, 0), []int{2, 2, 1}},
		"a field too many":     {many(3, 1001, 0), []int{1, 1, 1}},
		"bytes":                {many(3, 0, 4<<20), []int{2, 1}},
		"a byte too many":      {many(2, 0, 4<<20+1), []int{1, 1}},
		"too large by itself":  {append(many(1, 3000, 0), many(2, 1, 16<<20)...), []int{1, 1, 1}},
		"small behind a large": {append(many(1, 0, 9<<20), many(3, 0, 1)...), []int{1, 3}},
	} {
		var got []int
		for _, group := range groups(c.answers) {
			got = append(got, len(group))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: groups of %v, want %v", name, got, c.want)
		}
	}
}

// Whatever comes: each answer is settled once and in its order, no group of several is
// past a bound, and none ends before what comes next would be past one.
func TestGroupsOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var answers []enrich.Settlement
		for i := range rapid.IntRange(1, 1200).Draw(t, "answers") {
			fields := rapid.SampledFrom([]int{0, 0, 1, 5, 300, 2500}).Draw(t, "fields")
			answers = append(answers, answer(int64(i), fields, rapid.SampledFrom([]int{0, 10, 3 << 10, 100 << 10}).Draw(t, "bytes")))
		}
		next := int64(0)
		for _, group := range groups(answers) {
			fields, bytes := 0, 0
			for _, s := range group {
				if s.Claim.Token != next {
					t.Fatalf("answer %d is settled in place of %d", s.Claim.Token, next)
				}
				next++
				fields, bytes = fields+fieldsOf(s), bytes+len(s.Output)
			}
			within := func(n, f, b int) bool {
				return n <= dispatch.SettleMost && f <= dispatch.SettleFields && b <= dispatch.SettleBytes
			}
			if len(group) > 1 && !within(len(group), fields, bytes) {
				t.Fatalf("a group of %d answers, %d fields and %d bytes", len(group), fields, bytes)
			}
			if int(next) < len(answers) && within(len(group)+1, fields+fieldsOf(answers[next]), bytes+len(answers[next].Output)) {
				t.Fatalf("a group ended at %d answers, %d fields and %d bytes, though one more would fit", len(group), fields, bytes)
			}
		}
		if int(next) != len(answers) {
			t.Fatalf("%d of %d answers were settled", next, len(answers))
		}
	})
}

func fieldsOf(s enrich.Settlement) (n int) {
	for _, w := range s.Records {
		n += len(w.Fields)
	}
	return n
}
