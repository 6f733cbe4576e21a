package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/enrichd/enrichd/postgres"
)

// chart is bars over time, drawn on the server: each has its value in words, and a
// table beside them says the same.
type chart struct {
	Title    string
	Of, Unit string // what the rows of the table are, and what their values
	Class    string // of the colour
	Words    string // what one sees, for who does not
	Bars     []column
}

// column is one bar, in units of a drawing of chartWidth by chartHeight.
type column struct {
	Label, Text         string
	URL                 string // empty leads nowhere
	Value               float64
	X, Y, Width, Height float64
}

const chartWidth, chartHeight = 480, 88

// draw places the bars: the highest takes the height, one that is not zero is seen.
func (c *chart) draw() *chart {
	if len(c.Bars) == 0 {
		return nil
	}
	highest := slices.MaxFunc(c.Bars, func(a, b column) int { return cmp.Compare(a.Value, b.Value) })
	if highest.Value <= 0 {
		return nil
	}
	step := float64(chartWidth) / float64(max(len(c.Bars), 12))
	for i := range c.Bars {
		b := &c.Bars[i]
		b.X, b.Width = float64(i)*step, step*.8
		if b.Value > 0 {
			b.Height = max(2, chartHeight*b.Value/highest.Value)
		}
		b.Y = chartHeight - b.Height
	}
	c.Words = fmt.Sprintf("%s: the most is %s at %s, the latest %s.", c.Title, highest.Text, highest.Label, c.Bars[len(c.Bars)-1].Text)
	return c
}

// failuresByHour counts failures in each of the last 24 hours.
func failuresByHour(now time.Time, failures []postgres.Failure) *chart {
	const hours = 24
	c := chart{Title: "Could not finish, by hour of the last day (UTC)", Of: "Hour", Unit: "Tasks", Class: "failed"}
	first := now.Truncate(time.Hour).Add(-(hours - 1) * time.Hour)
	var counts [hours]int
	for _, f := range failures {
		if i := int(f.At.Sub(first) / time.Hour); f.At.After(first) && i < hours {
			counts[i]++
		}
	}
	for i, n := range counts {
		c.Bars = append(c.Bars, column{Label: first.Add(time.Duration(i) * time.Hour).Format("15:04"), Text: strconv.Itoa(n), Value: float64(n)})
	}
	return c.draw()
}

// costsOf is what batches cost, the oldest first.
func costsOf(batches []batchRow) *chart {
	c := chart{Title: "Cost of these batches", Of: "Batch", Unit: "Cost", Class: "processing"}
	for _, b := range slices.Backward(batches) {
		c.Bars = append(c.Bars, column{
			Label: b.Short() + ", " + b.CreatedAt.UTC().Format("2006-01-02 15:04"), Text: b.Cost(), Value: float64(b.CostMicros), URL: to("batches", b.ID),
		})
	}
	return c.draw()
}
