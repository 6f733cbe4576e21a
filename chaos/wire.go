package chaos

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"time"
)

// deed is what a transaction does, read off the statements that pass.
type deed string

// The deeds that an ambush can wait for.
const (
	enqueues deed = "enqueue"
	claims   deed = "claim"
	settles  deed = "settle"
	rescues  deed = "rescue"
	beats    deed = "beat"
	presses  deed = "press"
	hands    deed = "hand-over"
	confirms deed = "confirm"

	sweeps deed = "sweep" // which is a rescue where it settles something
	begins deed = "begin" // without which a claim has taken nothing
	names  deed = "name"  // without which nothing was handed over
)

// Where an ambush strikes: before the server sees the COMMIT, or after it has
// answered it.
const (
	beforeCommit = "before"
	afterCommit  = "after"
)

// ambush waits at a proxy for the COMMIT of a deed. The link is cut there, so that
// the client never learns what became of it; strike may do more harm.
type ambush struct {
	deed   deed
	where  string
	strike func()
	left   int
	struck int
}

// lay sets an ambush, beside those that are laid.
func (p *proxy) lay(a *ambush) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ambushes = append(p.ambushes, a)
}

// lift takes an ambush away; nil takes all.
func (p *proxy) lift(a *ambush) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ambushes = slices.DeleteFunc(p.ambushes, func(b *ambush) bool { return a == nil || a == b })
}

// struck tells how often an ambush has struck.
func (p *proxy) struck(a *ambush) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return a.struck
}

// springs finds an ambush that waits for this deed, and uses it up.
func (p *proxy) springs(did map[deed]bool) *ambush {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.ambushes {
		if a.left > 0 && does(a.deed, did) {
			a.left--
			a.struck++
			return a
		}
	}
	return nil
}

// does reports whether the statements of a transaction make up a deed.
func does(d deed, did map[deed]bool) bool {
	switch d {
	case claims:
		return did[claims] && did[begins]
	case hands:
		return did[hands] && did[names]
	case settles:
		return did[settles] && !did[sweeps]
	case rescues:
		return did[settles] && did[sweeps]
	}
	return did[d]
}

// marks tell deeds apart by what their statements cannot do without.
var marks = []struct {
	deed  deed
	words string
}{
	{enqueues, "INSERT INTO enrichment_tasks"},
	{claims, "EXISTS (SELECT FROM enrichment_workers WHERE pk = $1)"}, // by a poll, and by a push
	{settles, "DELETE FROM enrichment_dispatches"},
	{sweeps, "DELETE FROM enrichment_workers WHERE pk IN"},
	{begins, "b.batch_id = t.batch_id AND b.max_cost_micros IS NOT NULL"},
	{beats, "UPDATE enrichment_workers SET beat_at"},
	{presses, "INSERT INTO enrichment_batches"},
	{hands, "generation = nextval('enrichment_generations')"},
	{names, "SELECT t.pk, t.enrichment_task_id::text, w.workspace_id FROM unnest($2::bigint[])"},
	{confirms, "UPDATE enrichment_dispatches SET sent_at = now()"},
}

// longest is how much of a message is looked at; a statement is shorter.
const longest = 64 << 10

// statements carries the way to the server, message by message, and strikes where
// an ambush is laid. The protocol: a start-up message without a type, then type,
// length and body of each (PostgreSQL documentation, "Message Formats").
func (l *link) statements() {
	in := bufio.NewReaderSize(l.client, 64<<10)
	named := map[string][]deed{} // by the name of a prepared statement
	did := map[deed]bool{}       // in the transaction that is open
	for started := false; ; started = true {
		head, err := in.Peek(4)
		if started {
			head, err = in.Peek(5)
		}
		if err != nil {
			return
		}
		size := int(binary.BigEndian.Uint32(head[len(head)-4:])) + len(head) - 4
		if size < len(head) || size > 64<<20 {
			return
		}
		message := make([]byte, size)
		if _, err := io.ReadFull(in, message); err != nil {
			return
		}
		if started && message[0] == 'P' && l.p.plant != nil {
			message = l.p.plant.alter(message)
		}
		if started && l.looks(message, named, did) {
			return
		}
		if l.send(l.server, message, false) != nil {
			return
		}
	}
}

// looks reads a message and strikes where it is a COMMIT that is waited for. It
// reports whether the link was cut before the message passed.
func (l *link) looks(message []byte, named map[string][]deed, did map[deed]bool) bool {
	body := message[5:min(len(message), longest)]
	note := func(list []deed) {
		for _, d := range list {
			did[d] = true
		}
	}
	switch message[0] {
	case 'P': // Parse: name, statement
		name, rest, _ := bytes.Cut(body, []byte{0})
		text, _, _ := bytes.Cut(rest, []byte{0})
		named[string(name)] = deeds(string(text))
	case 'B': // Bind: portal, name of the statement
		_, rest, _ := bytes.Cut(body, []byte{0})
		name, _, _ := bytes.Cut(rest, []byte{0})
		note(named[string(name)])
	case 'Q':
		text := strings.ToLower(strings.TrimRight(string(body), "\x00; "))
		switch {
		case strings.HasPrefix(text, "begin"), strings.HasPrefix(text, "rollback"):
			clear(did)
		case text == "commit":
			a := l.p.springs(did)
			clear(did)
			return a != nil && l.ambushes(a)
		}
	}
	return false
}

func deeds(text string) []deed {
	var list []deed
	for _, m := range marks {
		if strings.Contains(text, m.words) {
			list = append(list, m.deed)
		}
	}
	return list
}

// ambushes cuts the link here and now, or in place of the server's answer.
func (l *link) ambushes(a *ambush) bool {
	strike := func() {
		if a.strike != nil {
			a.strike()
		}
	}
	if a.where == afterCommit {
		l.mu.Lock()
		l.cut = strike
		l.mu.Unlock()
		return false
	}
	strike()
	l.end()
	return true
}

// reached waits until an ambush has struck n times, or until the time is up.
func (p *proxy) reached(ctx context.Context, a *ambush, n int, within time.Duration) bool {
	for end := time.Now().Add(within); time.Now().Before(end) && ctx.Err() == nil; pause(ctx, 5*time.Millisecond) {
		if p.struck(a) >= n {
			return true
		}
	}
	return p.struck(a) >= n
}
