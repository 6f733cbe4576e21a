package fake_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/enrichd/enrichd/cloudtasks/fake"
)

// A storm refuses calls, and makes nothing; a lost answer has made the task.
func TestCreateFaults(t *testing.T) {
	storm := fake.Storm(1, 3, 2*time.Second)
	b := setup(t, fake.Queue{}, fake.Script{Create: func(c fake.Creation) fake.CreateFault {
		if c.Call == 5 {
			return fake.CreateFault{DropResponse: true}
		}
		return storm(c)
	}})
	for range 3 {
		if status, said := b.create("one"); status != 429 || !strings.HasPrefix(said, "RESOURCE_EXHAUSTED") {
			t.Fatalf("%d %s", status, said)
		}
	}
	if b.fake.Tasks("q") != 0 || len(b.heads) != 0 {
		t.Fatal("a refused call made a task")
	}
	b.made("one") // call 4
	if status, _ := b.create("two"); status != 0 {
		t.Errorf("the answer came: %d", status)
	}
	if status, _ := b.create("two"); status != 409 {
		t.Errorf("its task was not made: %d", status)
	}
	b.finish()
	if len(b.heads) != 2 {
		t.Errorf("%d pushes, want 2", len(b.heads))
	}
}

// The answer that is lost, and the deadline that passes, are tried again; the copy of
// a push has its headers, and comes even when the task is over.
func TestPushFaults(t *testing.T) {
	first := func(f fake.Fault) func(fake.Push) fake.Fault {
		return func(p fake.Push) fake.Fault {
			if p.Retry > 0 {
				return fake.Fault{}
			}
			return f
		}
	}
	for name, c := range map[string]struct {
		fault fake.Fault
		want  []string // retry count and previous response of what arrived
		last  time.Duration
	}{
		"none":          {fake.Fault{}, []string{"0 "}, 0},
		"delay":         {fake.Fault{Delay: 5 * time.Hour}, []string{"0 "}, 5 * time.Hour},
		"duplicate":     {fake.Fault{Copies: 2}, []string{"0 ", "0 ", "0 "}, 0},
		"late copy":     {fake.Fault{Copies: 1, CopyDelay: 9 * time.Hour}, []string{"0 ", "0 "}, 9 * time.Hour},
		"answer lost":   {fake.Fault{DropResponse: true}, []string{"0 ", "1 "}, 100 * time.Millisecond},
		"deadline past": {fake.Fault{PassDeadline: true}, []string{"0 ", "1 504"}, 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, fake.Queue{}, fake.Script{Push: first(c.fault)})
			goOn, second := make(chan struct{}), make(chan struct{})
			if c.fault.PassDeadline {
				// The first handler goes on until the second has come.
				b.answer = func(w http.ResponseWriter, r *http.Request) {
					if r.Header.Get("X-CloudTasks-TaskRetryCount") == "0" {
						<-goOn
					} else {
						close(second)
					}
				}
			}
			b.made("one")
			b.finish()
			if c.fault.PassDeadline {
				<-second
				if b.fake.Late() != 1 {
					t.Error("the first handler does not go on")
				}
				close(goOn)
			}
			var got []string
			for _, h := range b.heads {
				got = append(got, h.Get("X-CloudTasks-TaskRetryCount")+" "+h.Get("X-CloudTasks-TaskPreviousResponse"))
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
			pushes := b.fake.Pushes()
			if took := pushes[len(pushes)-1].At.Sub(start); took != c.last {
				t.Errorf("the last came after %v, want %v", took, c.last)
			}
		})
	}
}

// The dispatch deadline passes by the clock, and the handler goes on.
func TestDispatchDeadline(t *testing.T) {
	b := setup(t, fake.Queue{}, fake.Script{})
	arrived, goOn := make(chan struct{}, 2), make(chan struct{})
	b.answer = func(_ http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		if r.Header.Get("X-CloudTasks-TaskRetryCount") == "0" {
			<-goOn
		}
	}
	b.made("one", func(m map[string]any) { m["dispatchDeadline"] = "15.000000000s" })
	<-arrived
	b.clock.Advance(15 * time.Second)
	b.idle()
	b.clock.Advance(time.Second)
	<-arrived
	b.idle()
	if p := b.fake.Pushes(); len(p) != 2 || p[0].Status != 504 || p[1].Status != 200 || b.fake.Late() != 1 {
		t.Errorf("%+v, %d go on", p, b.fake.Late())
	}
	close(goOn)
}

// A mix meets its shares of calls, and the same call the same way.
func TestMixOfCalls(t *testing.T) {
	mix := fake.Mix{Seed: 3, Refuse: 0.25, DropCreated: 0.5}
	const calls = 4000
	refused, dropped := 0, 0
	for n := range calls {
		c := fake.Creation{Queue: "q", Task: "one", Call: n}
		f := mix.Create(c)
		if f != mix.Create(c) {
			t.Fatalf("call %d is met in two ways", n)
		}
		switch {
		case f.Status == http.StatusTooManyRequests && !f.DropResponse:
			refused++
		case f.Status == 0 && f.DropResponse:
			dropped++
		case f != (fake.CreateFault{}):
			t.Fatalf("%+v", f)
		}
	}
	// Half of the three quarters that are not refused; five deviations on either side.
	if refused < calls/4-140 || refused > calls/4+140 || dropped < calls*3/8-160 || dropped > calls*3/8+160 {
		t.Errorf("of %d calls %d were refused and %d lost", calls, refused, dropped)
	}
	if f := (fake.Mix{Seed: 3}).Create(fake.Creation{Task: "one"}); f != (fake.CreateFault{}) {
		t.Errorf("without shares: %+v", f)
	}
}
