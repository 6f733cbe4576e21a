package console

import (
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// withdrawn is how a batch counts the tasks that were deleted.
const withdrawn enrich.Status = "deleted"

// barWidth is how many units of a drawing a whole bar has.
const barWidth = 1000.0

// bar is tasks by status as one bar of segments, whose sum is all of them.
type bar struct {
	Type     enrich.Type // empty for all
	Total    int
	Segments []segment
	Width    float64 // in units: as long as its share of the longest
}

// segment is the part of a bar that has one status.
type segment struct {
	Status   enrich.Status
	Count    int
	X, Width float64 // in units of the drawing
}

// barOrder is from what is over to what has not begun.
var barOrder = []enrich.Status{
	enrich.Completed, enrich.AwaitingApproval, enrich.Failed, enrich.Rejected, withdrawn, enrich.Processing, enrich.Pending,
}

// newBar draws counts over a width. What exists can be seen, however few it is.
func newBar(t enrich.Type, counts map[enrich.Status]int, width float64) bar {
	b := bar{Type: t, Width: width}
	for _, n := range counts {
		b.Total += n
	}
	least := min(4, width/float64(2*len(barOrder)))
	var shown int
	for _, s := range barOrder {
		if counts[s] > 0 {
			shown++
		}
	}
	rest, x := width-least*float64(shown), 0.0
	for _, s := range barOrder {
		if n := counts[s]; n > 0 {
			w := least + rest*float64(n)/float64(b.Total)
			b.Segments = append(b.Segments, segment{s, n, x, w})
			x += w
		}
	}
	return b
}

// Words say what the bar shows.
func (b bar) Words() phrase {
	var parts phrase
	for _, s := range b.Segments {
		parts = listed(parts, say("%s %d", statusWords(s.Status), s.Count))
	}
	return say("%d {task|tasks}: %s", b.Total, parts)
}

// bars are the counts of a batch: all of them, and by type.
func bars(counts []postgres.BatchCount) (all bar, byType []bar) {
	sum, types := map[enrich.Status]int{}, map[enrich.Type]map[enrich.Status]int{}
	var order []enrich.Type
	longest := 0
	totals := map[enrich.Type]int{}
	for _, c := range counts {
		if types[c.Type] == nil {
			types[c.Type] = map[enrich.Status]int{}
			order = append(order, c.Type)
		}
		types[c.Type][c.Status] += c.Tasks
		sum[c.Status] += c.Tasks
		totals[c.Type] += c.Tasks
		longest = max(longest, totals[c.Type])
	}
	for _, t := range order {
		byType = append(byType, newBar(t, types[t], barWidth*float64(totals[t])/float64(max(longest, 1))))
	}
	return newBar("", sum, barWidth), byType
}
