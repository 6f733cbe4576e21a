package console

import (
	"testing"
	"time"

	"github.com/enrichd/enrichd/postgres"
)

func TestFailuresByHour(t *testing.T) {
	now := time.Date(2026, 11, 25, 14, 30, 0, 0, time.UTC)
	at := func(before time.Duration) postgres.Failure { return postgres.Failure{At: now.Add(-before)} }
	c := failuresByHour(now, []postgres.Failure{at(0), at(time.Minute), at(20 * time.Minute), at(5 * time.Hour), at(30 * time.Hour), at(-2 * time.Hour)})
	if len(c.Bars) != 24 || c.Bars[23].Text.String() != "3" || c.Bars[18].Text.String() != "1" || c.Bars[23].Label.String() != "14:00" {
		t.Fatalf("%+v", c)
	}
	if last := c.Bars[23]; last.Height != chartHeight || last.Y != 0 || last.X+last.Width > chartWidth {
		t.Errorf("the highest bar: %+v", last)
	}
	if none := c.Bars[0]; none.Height != 0 || none.Y != chartHeight {
		t.Errorf("a bar of nothing: %+v", none)
	}
	if want := "Could not finish, by hour of the last day (UTC): the most is 3 at 14:00, the latest 3."; c.Words.String() != want {
		t.Errorf("it says %q", c.Words)
	}
	if failuresByHour(now, nil) != nil {
		t.Error("nothing is drawn")
	}
}

func TestPaceOf(t *testing.T) {
	now := time.Date(2026, 11, 25, 14, 30, 20, 0, time.UTC)
	var list []postgres.Finish
	for i := range 20 {
		list = append(list, postgres.Finish{At: now.Add(-5 * time.Second), Took: time.Duration(i+1) * time.Second})
	}
	list = append(list, postgres.Finish{At: now.Add(-70 * time.Second), Took: time.Hour, Decided: true}, postgres.Finish{At: now.Add(-58 * time.Minute), Took: time.Second})
	charts := paceOf(now, list)
	if len(charts) != 2 || len(charts[0].Bars) != 30 {
		t.Fatalf("%+v", charts)
	}
	ended, slow := charts[0].Bars, charts[1].Bars
	if ended[29].Text.String() != "20" || ended[28].Text.String() != "1" || ended[0].Text.String() != "1" || ended[29].Label.String() != "14:30" {
		t.Errorf("ended: %+v", ended)
	}
	if slow[29].Text.String() != "19.0 s (half: 10.0 s)" || slow[28].Text.String() != "none" || slow[29].Height != chartHeight {
		t.Errorf("slow: %v, and with a person's time %v", slow[29], slow[28])
	}
	if paceOf(now, nil) != nil && len(paceOf(now, nil)) != 0 {
		t.Error("nothing is drawn")
	}
	// What was not read to its end does not pass for little.
	var many []postgres.Finish
	for i := range finishesRead {
		many = append(many, postgres.Finish{At: now.Add(-time.Duration(i) * 100 * time.Millisecond)})
	}
	if got := paceOf(now, many)[0].Bars; len(got) != 2 || got[0].Text.String() != "1\u202f200" {
		t.Errorf("%d bars, the first %s", len(got), got[0].Text)
	}
}
