package console

import (
	"cmp"
	"slices"
	"time"

	"github.com/enrichd/enrichd/postgres"
)

// chart is bars over time, drawn on the server: each has its value in words, and a
// table beside them says the same.
type chart struct {
	Title    phrase
	Of, Unit phrase // what the rows of the table are, and what their values
	Class    string // of the colour
	Words    phrase // what one sees, for who does not
	Bars     []column
}

// column is one bar, in units of a drawing of chartWidth by chartHeight.
type column struct {
	Label, Text         phrase
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
	c.Words = say("%s: the most is %s at %s, the latest %s.", c.Title, highest.Text, highest.Label, c.Bars[len(c.Bars)-1].Text)
	return c
}

// failuresByHour counts failures in each of the last 24 hours.
func failuresByHour(now time.Time, failures []postgres.Failure) *chart {
	const hours = 24
	c := chart{Title: say("Could not finish, by hour of the last day (UTC)"), Of: say("Hour"), Unit: say("Tasks"), Class: "failed"}
	first := now.Truncate(time.Hour).Add(-(hours - 1) * time.Hour)
	var counts [hours]int
	for _, f := range failures {
		if i := int(f.At.Sub(first) / time.Hour); f.At.After(first) && i < hours {
			counts[i]++
		}
	}
	for i, n := range counts {
		c.Bars = append(c.Bars, column{Label: verbatim(first.Add(time.Duration(i) * time.Hour).Format("15:04")), Text: phrase{asIs, n}, Value: float64(n)})
	}
	return c.draw()
}

// costsOf is what batches cost, the oldest first.
func costsOf(batches []batchRow) *chart {
	c := chart{Title: say("Cost of these batches"), Of: say("Batch"), Unit: say("Cost"), Class: "processing"}
	for _, b := range slices.Backward(batches) {
		c.Bars = append(c.Bars, column{
			Label: say("%s, %s %s", b.Short(), day(b.CreatedAt.UTC().Format(time.DateOnly)), b.CreatedAt.UTC().Format("15:04")), Text: b.Cost(), Value: float64(b.CostMicros), URL: to("batches", b.ID),
		})
	}
	return c.draw()
}

// paceOf draws how many tasks ended in each step of the last hour, and how long
// they took from their making, a person's time left out. Where not all of them were
// read, the steps before the oldest that was read are left out.
func paceOf(now time.Time, finished []postgres.Finish) []*chart {
	first, note := now.Truncate(chartStep).Add(chartStep-chartSpan), say("Ended tasks, two minutes each (UTC)")
	if len(finished) == finishesRead {
		first = slices.MaxFunc([]time.Time{first, finished[len(finished)-1].At.Truncate(chartStep).Add(chartStep)}, time.Time.Compare)
		note = say("Ended tasks, two minutes each (UTC), of the latest %d", finishesRead)
	}
	ended := chart{Title: note, Of: say("From"), Unit: say("Tasks"), Class: "completed"}
	slow := chart{Title: say("Time until 95 of 100 tasks ended, two minutes each (UTC)"), Of: say("From"), Unit: say("95 of 100 within"), Class: "processing"}
	for at := first; !at.After(now); at = at.Add(chartStep) {
		var took []time.Duration
		n := 0
		for _, f := range finished {
			if f.At.Before(at) || !f.At.Before(at.Add(chartStep)) {
				continue
			}
			if n++; !f.Decided {
				took = append(took, f.Took)
			}
		}
		slices.Sort(took)
		label := verbatim(at.UTC().Format("15:04"))
		ended.Bars = append(ended.Bars, column{Label: label, Text: phrase{asIs, n}, Value: float64(n)})
		bar := column{Label: label, Text: say("none")}
		if len(took) > 0 {
			bar.Text, bar.Value = say("%s (half: %s)", part(took, 95), part(took, 50)), part(took, 95).Seconds()
		}
		slow.Bars = append(slow.Bars, bar)
	}
	return slices.DeleteFunc([]*chart{ended.draw(), slow.draw()}, func(c *chart) bool { return c == nil })
}

// part is the length that so many of a hundred sorted lengths do not pass.
func part(sorted []time.Duration, ofHundred int) time.Duration {
	return sorted[max(0, (len(sorted)*ofHundred+99)/100-1)]
}
