package check

import "time"

// interval is the time in which one token held a task.
type interval struct {
	token          int64
	attempt        int
	from, to       time.Time
	opened, closed string // transactions
	ended          bool
}

// intervals pairs the openings and endings of the holds of one task. What does
// not pair is a violation, told once.
func (j *judge) intervals(pk int64) []interval {
	if list, ok := j.paired[pk]; ok {
		return list
	}
	list := j.pair(pk)
	j.paired[pk] = list
	return list
}

func (j *judge) pair(pk int64) []interval {
	var list []interval
	var open *interval
	for _, h := range j.holds[pk] {
		switch {
		case h.Was == nil && h.Is != nil:
			if open != nil {
				j.say("I6", j.name(pk), "was taken by token %d while %d held it", *h.Is, open.token)
			}
			list = append(list, interval{token: *h.Is, attempt: h.Attempt, from: h.At, opened: h.Tx})
			open = &list[len(list)-1]
		case h.Was != nil && h.Is == nil:
			if open == nil || open.token != *h.Was {
				j.say("I6", j.name(pk), "was let go by token %d, which did not hold it", *h.Was)
				continue
			}
			open.to, open.closed, open.ended = h.At, h.Tx, true
			open = nil
		case h.Was != nil && h.Is != nil:
			j.say("I6", j.name(pk), "token %d was replaced by %d while it held", *h.Was, *h.Is)
			if open != nil {
				open.to, open.closed, open.ended = h.At, h.Tx, true
			}
			list = append(list, interval{token: *h.Is, attempt: h.Attempt, from: h.At, opened: h.Tx})
			open = &list[len(list)-1]
		}
	}
	return list
}

// attempts: I5. Every attempt on record was a claim, ended when its claim did, and
// is there once.
func (j *judge) attempts() {
	type claim struct {
		task    int64
		number  int
		started int64
	}
	held := map[claim]interval{}
	for pk := range j.holds {
		for _, i := range j.intervals(pk) {
			held[claim{pk, i.attempt, i.from.UnixMicro()}] = i
		}
	}
	seen := map[claim]int{}
	for _, a := range j.e.Tables.Attempts {
		if j.byPK[a.Task] == nil {
			continue // its workspace is gone
		}
		c := claim{a.Task, a.Number, a.Started.UnixMicro()}
		if seen[c]++; seen[c] > 1 {
			j.say("I5", j.name(a.Task), "attempt %d ended %d times", a.Number, seen[c])
		}
		i, ok := held[c]
		switch {
		case !ok:
			j.say("I5", j.name(a.Task), "attempt %d (%s) belongs to no claim", a.Number, a.Outcome)
		case !i.ended || !i.to.Equal(a.Ended):
			j.say("I6", j.name(a.Task), "attempt %d (%s) was settled at %s, its claim ended at %s", a.Number, a.Outcome, stamp(a.Ended), stamp(i.to))
		}
	}
}

// counted: I5. A claim after one that is on record has the next number; after one
// that was handed back it has the same.
func (j *judge) counted() {
	ended := map[int64]map[int64]bool{} // by task, the moments at which attempts on record were claimed
	for _, a := range j.e.Tables.Attempts {
		if ended[a.Task] == nil {
			ended[a.Task] = map[int64]bool{}
		}
		ended[a.Task][a.Started.UnixMicro()] = true
	}
	for pk := range j.holds {
		if j.byPK[pk] == nil {
			continue
		}
		want := 1
		for _, i := range j.intervals(pk) {
			if i.attempt != want {
				j.say("I5", j.name(pk), "was claimed as attempt %d, which should be %d", i.attempt, want)
			}
			want = i.attempt
			if ended[pk][i.from.UnixMicro()] {
				want++
			}
		}
	}
}

// holders: I6. Whatever moves a task out of processing lets go of it in the same
// transaction.
func (j *judge) holders() {
	for pk, moves := range j.moves {
		closed := map[string]bool{}
		for _, h := range j.holds[pk] {
			if h.Was != nil && h.Is == nil {
				closed[h.Tx] = true
			}
		}
		for _, m := range moves {
			if m.From == "processing" && !closed[m.Tx] {
				j.say("I6", j.name(pk), "became %s by somebody who did not hold it", m.To)
			}
		}
	}
}

// crashes: an attempt is charged as crashed only where its process was in trouble.
func (j *judge) crashes() {
	for _, a := range j.e.Tables.Attempts {
		if a.Outcome != "crashed" || j.byPK[a.Task] == nil {
			continue
		}
		excused := false
		for _, w := range j.e.Deadly {
			excused = excused || a.Started.Before(w.To) && a.Ended.After(w.From)
		}
		if !excused {
			j.say("I6", j.name(a.Task), "attempt %d was taken from a living process at %s", a.Number, stamp(a.Ended))
		}
	}
}

// effects: I7, outside. A key has one body, and who is completed has called.
func (j *judge) effects() {
	bodies, called := map[string]string{}, map[string]bool{}
	for _, e := range j.e.Effects {
		if body, ok := bodies[e.Key]; ok && body != e.Body {
			j.say("I7", e.Task, "two bodies came under the key %s", e.Key)
		}
		bodies[e.Key] = e.Body
		called[e.Task] = true
		if e.Key == "" {
			j.say("I7", e.Task, "an effect came without a key")
		}
	}
	for _, t := range j.e.Tables.Tasks {
		if t.Status == "completed" && t.Type == "logo" && !called[t.ID] {
			j.say("I7", t.ID, "is completed, and the upstream never heard of it")
		}
	}
	if len(j.e.Dropped) > 0 {
		return // tasks of a workspace that is gone have called, too
	}
	for _, e := range j.e.Effects {
		if j.byID[e.Task] == nil {
			j.say("I7", e.Task, "an effect of a task that does not exist")
		}
	}
}

// records: I7, inside. A completed task has written its value once, any other
// none.
func (j *judge) records() {
	wrote := map[string]int{}
	for _, v := range j.e.Tables.Values {
		wrote[v.Task]++
	}
	for _, t := range j.e.Tables.Tasks {
		want := 0
		if t.Status == "completed" && (t.Type == "logo" || t.Type == "ai_company") {
			want = 1
		}
		if n := wrote[t.ID]; n != want && (t.Type == "logo" || t.Type == "ai_company") {
			j.say("I7", t.ID, "is %s and has written %d values instead of %d", t.Status, n, want)
		}
	}
}

func stamp(t time.Time) string { return t.UTC().Format("15:04:05.000000") }
