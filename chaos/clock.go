package chaos

import (
	"context"
	"time"
)

// ClockVariable is the environment variable that gives a process of a campaign a
// clock that is wrong; see Clock.
const ClockVariable = "ENRICHD_CHAOS_CLOCK"

// clocks lists those that are wrong.
var clocks = []string{"ahead", "behind", "jumps"}

// Clock is a wall clock that is an hour ahead or behind, or that jumps by five
// minutes to and fro every ten seconds; any other name is the true one. Unlike the
// true one it has no monotonic reading to fall back on.
func Clock(name string) func() time.Time {
	shift := func(time.Time) time.Duration { return 0 }
	switch name {
	case "ahead":
		shift = func(time.Time) time.Duration { return time.Hour }
	case "behind":
		shift = func(time.Time) time.Duration { return -time.Hour }
	case "jumps":
		shift = func(now time.Time) time.Duration {
			return []time.Duration{0, 5 * time.Minute, 0, -5 * time.Minute}[now.Unix()/10%4]
		}
	default:
		return time.Now
	}
	return func() time.Time {
		now := time.Now().Round(0)
		return now.Add(shift(now))
	}
}

// wrongClock starts a worker again with a clock that is wrong until the campaign
// ends.
func wrongClock(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.workers, s)
	over := c.troubled("wrong-clock")
	defer over()
	p.kill()
	p.setClock(clocks[s.Pick/7%uint64(len(clocks))])
	return p.start()
}
