package chaos

import (
	"context"
	"fmt"
	"time"
)

func networkFaults() []Fault {
	return []Fault{
		{"reset-connections", 10, "every connection of a process to PostgreSQL is reset, several times", true, resetConnections},
		{"delay", 10, "what passes to and from PostgreSQL comes late", false, wires(delays, allOf, 1)},
		{"trickle", 10, "what passes comes in pieces of seven bytes", false, wires(trickles, allOf, 1)},
		{"half-open", 10, "a process's questions arrive, PostgreSQL's answers do not", false, wires(mutes, oneWorker, 2)},
		{"lose-commits", 11, "the answers to COMMITs of enqueues and settlements are lost", true, loseCommits},
		{"part-database", 12, "a worker and PostgreSQL hear nothing of each other, past the lease", true, wires(drops, oneWorker, 3)},
		{"refuse-database", 12, "a server cannot connect to PostgreSQL", false, wires(refuses, oneServer, 1)},
		{"part-upstream", 12, "a worker and the upstream hear nothing of each other", false, partUpstream},
	}
}

func allOf(c *cluster, _ Step) []*process     { return c.processes() }
func oneWorker(c *cluster, s Step) []*process { return []*process{draw(c.workers, s)} }
func oneServer(c *cluster, s Step) []*process { return []*process{draw(c.servers, s)} }

// wires treats the wires of processes to PostgreSQL in a way for some time.
func wires(mode string, of func(*cluster, Step) []*process, times int) func(context.Context, *cluster, Step) error {
	return func(ctx context.Context, c *cluster, s Step) error {
		over := c.troubled("a wire that " + mode)
		defer over()
		list := of(c, s)
		for _, p := range list {
			p.database.set(mode)
		}
		pause(ctx, time.Duration(times)*s.Long)
		for _, p := range list {
			p.database.set(passes)
		}
		return nil
	}
}

func partUpstream(ctx context.Context, c *cluster, s Step) error {
	p := draw(c.workers, s)
	p.upstream.set(drops)
	pause(ctx, 2*s.Long)
	p.upstream.set(passes)
	return nil
}

// resetConnections costs nobody a claim. But what is cut every 250 ms may not get a
// transaction of some twenty round trips through before it is over.
func resetConnections(ctx context.Context, c *cluster, s Step) error {
	defer c.hinder("connections are reset")()
	p := draw(c.processes(), s)
	for end := time.Now().Add(s.Long); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 250*time.Millisecond) {
		p.database.cutAll()
	}
	return nil
}

// loseCommits cuts the connection when the answer to a COMMIT is on its way.
func loseCommits(ctx context.Context, c *cluster, s Step) error {
	laid := map[*process]*ambush{}
	for _, p := range c.processes() {
		d := settles
		if p.role == "api" {
			d = enqueues
		}
		laid[p] = &ambush{deed: d, where: afterCommit, left: 3}
		p.database.lay(laid[p])
	}
	pause(ctx, s.Long)
	lost := 0
	for p, a := range laid {
		p.database.lift(a)
		lost += p.database.struck(a)
	}
	c.journal.note(fmt.Sprintf("… %d answers to COMMITs were lost", lost))
	return nil
}
