package check

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Bounds of the liveness that is asked for after everything was healed.
const (
	quietWithin  = 120 * time.Second
	parentWithin = 10 * time.Second
)

// Invariants lists what is judged, with its rule in one line.
func Invariants() [][2]string {
	return [][2]string{
		{"I1", "what was acknowledged is stored; of what nobody knows, one or nothing is"},
		{"I2", "every task was asked for, or follows from one that was"},
		{"I3", "every task goes a legal way from pending"},
		{"I4", "an end is final: what a reader saw of it still stands"},
		{"I5", "each claim has its attempt, and ends at most once"},
		{"I6", "one holder at a time, and who lost a task settles nothing"},
		{"I7", "effects: one body for a key; in the records exactly one for each completed task"},
		{"I8", "the end of a batch is told once, and not before it"},
		{"I9", "a parent ends after its children, and soon"},
		{"I10", "every move has its event, and no event is without one"},
		{"I11", "no workspace sees another's canary"},
		{"I12", "imported money adds up, to the cent and without doubles"},
		{"I13", "after the healing everything ends"},
		{"I14", "one key, one answer"},
		{"I15", "readers never see a task go back"},
		{"I16", "what was in use is given back"},
	}
}

// judge is one run of the checker.
type judge struct {
	e       *Evidence
	byID    map[string]*Task
	byPK    map[int64]*Task
	dropped map[string]bool // workspaces
	moves   map[int64][]Move
	holds   map[int64][]Hold
	paired  map[int64][]interval
	found   []Violation
}

// Judge looks for every promise that was not kept.
func Judge(e *Evidence) []Violation {
	j := &judge{e: e, byID: map[string]*Task{}, byPK: map[int64]*Task{}, dropped: map[string]bool{}, moves: map[int64][]Move{}, holds: map[int64][]Hold{}, paired: map[int64][]interval{}}
	for i := range e.Tables.Tasks {
		t := &e.Tables.Tasks[i]
		j.byID[t.ID], j.byPK[t.PK] = t, t
	}
	for _, ws := range e.Dropped {
		j.dropped[ws] = true
	}
	for _, m := range e.Tables.Moves {
		j.moves[m.Task] = append(j.moves[m.Task], m)
	}
	for _, h := range e.Tables.Holds {
		j.holds[h.Task] = append(j.holds[h.Task], h)
	}
	for _, look := range []func(){
		j.stored, j.asked, j.ways, j.ends, j.attempts, j.counted, j.holders, j.crashes, j.effects, j.records,
		j.batches, j.families, j.told, j.isolation, j.money, j.liveness, j.keys, j.readers, j.pages, j.use,
	} {
		look()
	}
	return j.found
}

func (j *judge) say(invariant, subject, format string, args ...any) {
	const most = 500
	if len(j.found) < most {
		j.found = append(j.found, Violation{invariant, subject, fmt.Sprintf(format, args...)})
	}
}

// acknowledged are the operations of a kind that were answered with success.
func (j *judge) acknowledged(ops ...string) []Op {
	var list []Op
	for _, o := range j.e.History {
		if o.Type == OK && slices.Contains(ops, o.Op) && !j.dropped[o.Workspace] {
			list = append(list, o)
		}
	}
	return list
}

// stored: I1.
func (j *judge) stored() {
	for _, o := range j.acknowledged(Create) {
		if j.byID[o.ID] == nil {
			j.say("I1", o.ID, "was acknowledged under key %s and is not stored", o.Key)
		}
	}
	stands := map[string]bool{}
	for _, b := range j.e.Tables.Batches {
		stands[b.ID] = true
	}
	for _, o := range j.acknowledged(Press) {
		if !stands[o.ID] {
			j.say("I1", o.ID, "the batch was acknowledged under key %s and is not stored", o.Key)
		}
	}
	// An entity is asked for once only, so that its tasks count what was doubled.
	asked := map[string]bool{}
	for _, o := range j.e.History {
		if o.Op == Create && o.Type == Invoke {
			asked[o.Entity] = true
		}
	}
	made := map[string]int{}
	for _, t := range j.e.Tables.Tasks {
		if asked[t.Entity] && t.Parent == nil {
			made[t.Entity]++
		}
	}
	for entity, n := range made {
		if n > 1 {
			j.say("I1", entity, "%d tasks stand for one request", n)
		}
	}
}

// asked: I2.
func (j *judge) asked() {
	entities, presses := map[string]bool{}, map[string]bool{}
	for _, o := range j.e.History {
		if o.Type == Invoke && o.Op == Create {
			entities[o.Entity] = true
		}
		if o.Type == Invoke && o.Op == Press {
			presses[o.Key] = true
		}
	}
	pressed := map[string]bool{}
	for _, b := range j.e.Tables.Batches {
		pressed[b.ID] = presses[b.Key]
		if !presses[b.Key] {
			j.say("I2", b.ID, "nobody pressed for this batch (key %s)", b.Key)
		}
	}
	for _, t := range j.e.Tables.Tasks {
		byParent := t.Parent != nil && j.byPK[*t.Parent] != nil
		// A parent that was deleted has let go of its children: they bear its name.
		byName := strings.LastIndex(t.Entity, "-") > 0 && entities[t.Entity[:strings.LastIndex(t.Entity, "-")]]
		switch {
		case byParent, byName, entities[t.Entity], t.Batch != nil && pressed[*t.Batch], t.Type == "reconcile":
		default:
			j.say("I2", t.ID, "nobody asked for this task (%s of %s)", t.Type, t.Entity)
		}
	}
}

// legal lists the moves of the contract.
var legal = map[[2]string]bool{
	{"", "pending"}: true, {"pending", "processing"}: true,
	{"processing", "completed"}: true, {"processing", "failed"}: true, {"processing", "rejected"}: true, {"processing", "awaiting_approval"}: true,
	{"awaiting_approval", "processing"}: true, {"awaiting_approval", "rejected"}: true,
}

// ways: I3.
func (j *judge) ways() {
	for pk, moves := range j.moves {
		at := ""
		for _, m := range moves {
			if m.From != at || !legal[[2]string{m.From, m.To}] {
				j.say("I3", j.name(pk), "moved from %q to %q when it was %q", m.From, m.To, at)
			}
			at = m.To
		}
		if t := j.byPK[pk]; t != nil && t.Status != at {
			j.say("I3", t.ID, "is %s; its last move was to %s", t.Status, at)
		}
	}
	for _, t := range j.e.Tables.Tasks {
		if len(j.moves[t.PK]) == 0 {
			j.say("I3", t.ID, "has never begun: no move is noted")
		}
	}
}

// ends: I4.
func (j *judge) ends() {
	for pk, moves := range j.moves {
		for i, m := range moves {
			if terminal(m.To) && i < len(moves)-1 {
				j.say("I4", j.name(pk), "moved on to %s after it was %s", moves[i+1].To, m.To)
			}
		}
	}
	for _, o := range j.acknowledged(Read) {
		t := j.byID[o.ID]
		if terminal(o.Status) && t != nil && o.Digest != t.Digest {
			j.say("I4", o.ID, "a reader saw %s with %s, now it is %s with %s", o.Status, o.Digest, t.Status, t.Digest)
		}
	}
}

// name is the public id of a task, or its number where it is gone.
func (j *judge) name(pk int64) string {
	if t := j.byPK[pk]; t != nil {
		return t.ID
	}
	return fmt.Sprint("task ", pk)
}
