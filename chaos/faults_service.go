package chaos

import (
	"context"
	"fmt"
	"slices"
	"syscall"
	"time"
)

// serviceFaults are those of the service that pushes tasks, and of the relays that
// make them there.
func serviceFaults() []Fault {
	return []Fault{
		{"kill-relay", 1, "kill -9 of a relay, started again after a while", true, killRelay},
		{"kill-relay-at-place", 2, "kill -9 of a relay just before or after the COMMIT of a hand-over, or of its mark", true, killRelayAtPlace},
		{"stop-relay", 5, "SIGSTOP of a relay, then SIGCONT", true, stopRelay},
		{"push-twice", 19, "the service pushes the same up to five times at once", true, mishap(Mishap{Duplicate: 0.7, LoseAnswer: 0.1}, 1)},
		{"push-late", 20, "pushes are held back and overtake each other; copies come when all is over", true, mishap(Mishap{Delay: 0.7, LateDuplicate: 0.5, MaxDelay: 5 * time.Second}, 1)},
		{"push-deadline", 21, "the service hangs up, and the handler goes on", true, mishap(Mishap{PassDeadline: 0.4}, 1)},
		{"lose-answers", 11, "answers to pushes are lost, and to the calls that make tasks", true, mishap(Mishap{LoseAnswer: 0.5, LoseCreated: 0.5}, 1)},
		{"refuse-calls", 24, "a storm of 429 at the calls that make tasks", true, mishap(Mishap{Refuse: 0.9}, 1)},
		{"part-service", 12, "a relay and the service hear nothing of each other", false, partService},
		{"part-relay", 12, "a relay and PostgreSQL hear nothing of each other", true, partRelay},
		{"part-pushes", 12, "a worker hears no pushes", true, partPushes},
		{"mute-pushes", 10, "a worker hears pushes, and nobody hears its answers", false, mutePushes},
	}
}

func killRelay(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.relays, s)
	p.kill()
	pause(ctx, s.Long)
	return p.start()
}

// killRelayAtPlace has a relay die where what it hands over is about to be marked, or
// has been: it is not in the queue yet, or nobody knows that it is.
func killRelayAtPlace(ctx context.Context, c *cluster, s Step) error {
	rng := s.rng()
	a := &ambush{deed: []deed{hands, confirms}[rng.IntN(2)], where: []string{beforeCommit, afterCommit}[rng.IntN(2)], left: 1}
	// Whichever hands over first: more than one may be struck at once.
	var dead []*process
	laid := map[*process]*ambush{}
	for _, p := range c.relays {
		one := *a
		one.strike = p.kill
		laid[p] = &one
		p.database.lay(&one)
	}
	_ = await(ctx, 4*time.Second, "a hand-over", func() bool {
		dead = dead[:0]
		for p, one := range laid {
			if p.database.struck(one) > 0 {
				dead = append(dead, p)
			}
		}
		return len(dead) > 0
	})
	for p, one := range laid {
		p.database.lift(one)
	}
	c.journal.note(fmt.Sprintf("… %s the COMMIT of a %s, struck: %v", a.where, a.deed, len(dead) > 0))
	pause(ctx, s.Long/8)
	return c.startWorkers()
}

// stopRelay halts a relay for longer than others wait for what it has begun.
func stopRelay(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.relays, s)
	p.signal(syscall.SIGSTOP)
	pause(ctx, 2*s.Long)
	p.signal(syscall.SIGCONT)
	return nil
}

// partService swallows what passes between a relay and the service. What was
// swallowed never comes, so the connections end with it.
func partService(ctx context.Context, c *cluster, s Step) error {
	return swallow(ctx, draw(c.relays, s).queue, drops, 2*s.Long)
}

func partRelay(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.relays, s)
	p.database.set(drops)
	pause(ctx, 3*s.Long)
	p.database.set(passes)
	return nil
}

func partPushes(ctx context.Context, c *cluster, s Step) error {
	return wirePushes(ctx, c, s, drops)
}

func mutePushes(ctx context.Context, c *cluster, s Step) error {
	return wirePushes(ctx, c, s, mutes)
}

func wirePushes(ctx context.Context, c *cluster, s Step, mode string) error {
	return swallow(ctx, draw(c.workers, s).pushes, mode, 2*s.Long)
}

func swallow(ctx context.Context, wire *proxy, mode string, long time.Duration) error {
	wire.set(mode)
	pause(ctx, long)
	wire.set(passes)
	wire.cutAll()
	return nil
}

// ofService reports whether a fault is one of these: they need a service.
func ofService(name string) bool {
	return slices.ContainsFunc(serviceFaults(), func(f Fault) bool { return f.Name == name })
}
