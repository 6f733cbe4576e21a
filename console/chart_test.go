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
