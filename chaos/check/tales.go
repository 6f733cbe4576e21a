package check

import (
	"slices"
	"time"
)

// batches: I8.
func (j *judge) batches() {
	type life struct {
		total, open int
		last        time.Time
	}
	lives := map[string]*life{}
	for _, t := range j.e.Tables.Tasks {
		if t.Batch == nil {
			continue
		}
		l := lives[*t.Batch]
		if l == nil {
			l = &life{}
			lives[*t.Batch] = l
		}
		l.total++
		switch {
		case t.DeletedAt == nil && !terminal(t.Status):
			l.open++
		case t.CompletedAt != nil && t.CompletedAt.After(l.last):
			l.last = *t.CompletedAt
		}
	}
	told := map[string][]Event{}
	for _, e := range j.e.Tables.Events {
		if e.Type == "enrichment_batch.completed" {
			told[e.Subject] = append(told[e.Subject], e)
		}
	}
	for _, b := range j.e.Tables.Batches {
		l := lives[b.ID]
		if l == nil {
			l = &life{}
		}
		if b.Total != l.total || b.Open != l.open {
			j.say("I8", b.ID, "counts %d tasks, %d of them open; there are %d and %d", b.Total, b.Open, l.total, l.open)
		}
		want := 0
		if l.open == 0 {
			want = 1
		}
		if n := len(told[b.ID]); n != want {
			j.say("I8", b.ID, "its end was told %d times instead of %d", n, want)
		}
		for _, e := range told[b.ID] {
			if e.At.Before(l.last) {
				j.say("I8", b.ID, "its end was told before its last task ended")
			}
		}
	}
}

// families: I9. Deleted parents have no children any more.
func (j *judge) families() {
	within := j.e.ParentWithin
	if within == 0 {
		within = parentWithin
	}
	last, open := map[int64]time.Time{}, map[int64]int{}
	for _, t := range j.e.Tables.Tasks {
		if t.Parent == nil || t.DeletedAt != nil {
			continue
		}
		if !terminal(t.Status) {
			open[*t.Parent]++
		} else if t.CompletedAt != nil && t.CompletedAt.After(last[*t.Parent]) {
			last[*t.Parent] = *t.CompletedAt
		}
	}
	for _, t := range j.e.Tables.Tasks {
		end, has := last[t.PK]
		switch {
		case t.DeletedAt != nil || !has && open[t.PK] == 0:
		case terminal(t.Status) && open[t.PK] > 0:
			j.say("I9", t.ID, "is %s while %d of its children are open", t.Status, open[t.PK])
		case terminal(t.Status) && t.CompletedAt != nil && t.CompletedAt.Before(end):
			j.say("I9", t.ID, "ended before its last child")
		case terminal(t.Status) && t.CompletedAt != nil && t.CompletedAt.Sub(end) > within && !j.troubled(end, *t.CompletedAt):
			j.say("I9", t.ID, "ended %s after its last child", t.CompletedAt.Sub(end))
		case !terminal(t.Status) && open[t.PK] == 0:
			j.say("I9", t.ID, "is %s although its children have ended", t.Status)
		}
	}
}

// troubled reports whether the nemesis kept processes from their work in a time: how
// soon something ends is asked when all is healed.
func (j *judge) troubled(from, to time.Time) bool {
	within := func(w Window) bool { return w.From.Before(to) && w.To.After(from) }
	return slices.ContainsFunc(j.e.Deadly, within) || slices.ContainsFunc(j.e.Slow, within)
}

// told: I10. Events are the moves, one for one and in their order.
func (j *judge) told() {
	const prefix = "enrichment_task."
	known := map[string]string{"created": "pending", "processing": "processing", "completed": "completed", "failed": "failed", "rejected": "rejected", "awaiting_approval": "awaiting_approval"}
	events := map[string][]string{}
	for _, e := range j.e.Tables.Events {
		if len(e.Type) > len(prefix) && known[e.Type[len(prefix):]] != "" {
			events[e.Subject] = append(events[e.Subject], known[e.Type[len(prefix):]])
		}
	}
	for _, t := range j.e.Tables.Tasks {
		var moves []string
		for _, m := range j.moves[t.PK] {
			moves = append(moves, m.To)
		}
		if !slices.Equal(moves, events[t.ID]) {
			j.say("I10", t.ID, "went %v, its events say %v", moves, events[t.ID])
		}
	}
}

// isolation: I11.
func (j *judge) isolation() {
	for _, o := range j.e.History {
		if o.Leak != "" {
			j.say("I11", o.ID, "the answer to %s for workspace %s holds the canary of %s", o.Op, o.Workspace, o.Leak)
		}
	}
	for _, t := range j.e.Tables.Tasks {
		if t.Canary != nil && *t.Canary != "" && *t.Canary != j.e.Canary[t.Workspace] {
			j.say("I11", t.ID, "of workspace %s holds another's canary", t.Workspace)
		}
	}
}

// money: I12.
func (j *judge) money() {
	for _, a := range j.e.Tables.Accounts {
		if a.Rows != a.WantRows || a.Cents != a.WantCents {
			j.say("I12", a.Workspace, "%d entries over %d cents were imported, %d over %d stand", a.WantRows, a.WantCents, a.Rows, a.Cents)
		}
		if a.Doubles > 0 {
			j.say("I12", a.Workspace, "%d entries stand twice", a.Doubles)
		}
	}
}

// liveness: I13.
func (j *judge) liveness() {
	if j.e.Quiet < 0 || j.e.Quiet > quietWithin {
		j.say("I13", "the end", "not everything had ended %s after the healing", quietWithin)
	}
	live := map[int64]bool{}
	for _, t := range j.e.Tables.Tasks {
		live[t.PK] = t.DeletedAt == nil && (t.Status == "pending" || t.Status == "processing")
		if live[t.PK] {
			j.say("I13", t.ID, "is still %s", t.Status)
		}
	}
	for _, d := range j.e.Tables.Dispatches {
		if !live[d.Task] {
			j.say("I13", j.name(d.Task), "has a dispatch row although there is nothing to do")
		}
	}
}

// keys: I14.
func (j *judge) keys() {
	first := map[string]Op{}
	for _, o := range j.acknowledged(Create, Press) {
		was, ok := first[o.Key]
		if ok && was.ID != o.ID {
			j.say("I14", o.Key, "answered with %s and then with %s", was.ID, o.ID)
		}
		first[o.Key] = o
	}
	for _, o := range j.e.History {
		if o.Op == Probe && o.Type == OK {
			j.say("I14", o.Key, "another request under a used key was answered with %d", o.Code)
		}
	}
}

// later says which statuses a task can have after another.
var later = map[string][]string{
	"pending":           {"pending", "processing", "awaiting_approval", "completed", "failed", "rejected"},
	"processing":        {"processing", "awaiting_approval", "completed", "failed", "rejected"},
	"awaiting_approval": {"awaiting_approval", "processing", "completed", "failed", "rejected"},
	"completed":         {"completed"}, "failed": {"failed"}, "rejected": {"rejected"},
}

// readers: I15.
func (j *judge) readers() {
	type session struct {
		client int
		task   string
	}
	last := map[session]string{}
	for _, o := range j.acknowledged(Read) {
		s := session{o.Client, o.ID}
		if was, ok := last[s]; ok && !slices.Contains(later[was], o.Status) {
			j.say("I15", o.ID, "client %d saw %s and then %s", o.Client, was, o.Status)
		}
		last[s] = o.Status
	}
}

// pages: I15. A walk through the pages meets nothing twice, and misses nothing
// that stood when it began and stands now.
func (j *judge) pages() {
	began := map[int]Op{}
	for _, o := range j.e.History {
		if o.Op != List || j.dropped[o.Workspace] {
			continue
		}
		if o.Type == Invoke {
			began[o.Client] = o
		}
		if o.Type != OK {
			continue
		}
		seen := map[string]bool{}
		for _, id := range o.Seen {
			if seen[id] {
				j.say("I15", id, "stood twice on the pages that client %d read", o.Client)
			}
			seen[id] = true
		}
		for _, made := range j.acknowledged(Create) {
			t := j.byID[made.ID]
			stood := made.Workspace == o.Workspace && made.At.Before(began[o.Client].At) && t != nil && t.DeletedAt == nil
			if stood && !seen[made.ID] {
				j.say("I15", made.ID, "stood on none of the pages that client %d read", o.Client)
			}
		}
	}
}

// use: I16. A twentieth more than before is allowed, and a handful.
func (j *judge) use() {
	for _, u := range j.e.Use {
		if u.After > u.Before*1.05+10 {
			j.say("I16", u.What, "%.0f in use at the end, %.0f before the load", u.After, u.Before)
		}
	}
}
