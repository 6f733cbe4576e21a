package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// serviceCampaign is the one whose tasks are all brought by a service.
const serviceCampaign = "cloudtasks"

// roundsByService lists what its rounds do, in their order: the worst that befalls
// push workers, relays, PostgreSQL and the wires, and all that the service itself
// does wrong.
func roundsByService() []string {
	names := []string{
		"kill-worker", "kill-at-place", "kill-after-effect", "stop-worker", "restart-postgres", "reset-connections", "lose-commits",
		"part-database", "terminate-backends", "kill-server",
	}
	for _, f := range serviceFaults() {
		names = append(names, f.Name)
	}
	return names
}

// goesOnWithin bounds how long it takes after a fault until tasks are claimed again:
// the longest that a push is listened to which nobody answers, and a little.
const goesOnWithin = 45 * time.Second

// serviceRounds has one fault after another happen while everything works, and waits
// after each until work goes on.
func serviceRounds(ctx context.Context, r *rounds) error {
	rng := rand.New(rand.NewPCG(r.c.o.Seed, 0x70757368))
	names := roundsByService()
	for r.done < r.n {
		name := names[r.done%len(names)]
		f := Faults()[slices.IndexFunc(Faults(), func(f Fault) bool { return f.Name == name })]
		r.c.journal.note(name + ": " + f.Words)
		s := Step{Fault: name, Long: time.Second + time.Duration(rng.Int64N(int64(2*time.Second))), Pick: rng.Uint64()}
		if err := r.c.bring(ctx, f, s); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := r.goesOn(ctx); err != nil {
			return err
		}
		r.add("times "+name, 1)
		r.done++
	}
	return nil
}

// goesOn waits until a worker has claimed something since now.
func (r *rounds) goesOn(ctx context.Context) error {
	since := time.Now()
	err := await(ctx, 2*time.Minute, "a claim after the fault", func() bool {
		var claimed bool
		return r.c.admin.QueryRow(ctx, `SELECT EXISTS (SELECT FROM chaos.holds WHERE at > $1 AND is_now IS NOT NULL)`, since).Scan(&claimed) == nil && claimed
	})
	r.atMost("claims again after a fault, longest", time.Since(since).Seconds(), "s", goesOnWithin.Seconds())
	return err
}

// figures of what was pushed.
func (p *Pushed) figures() []Figure {
	list := []Figure{
		{Name: "pushes", Value: float64(p.Pushes)},
		{Name: "copies among them", Value: float64(p.Copies)},
		{Name: "pushed again, among them", Value: float64(p.Again)},
		{Name: "whose answer was lost, or never came", Value: float64(p.Unheard)},
		{Name: "whose handler went on behind the deadline", Value: float64(p.Deadline)},
		{Name: "given up by the queue", Value: float64(p.Dropped), Bound: true},
	}
	answers := make([]int, 0, len(p.Answers))
	for code := range p.Answers {
		answers = append(answers, code)
	}
	slices.Sort(answers)
	for _, code := range answers {
		list = append(list, Figure{Name: fmt.Sprintf("answered %d", code), Value: float64(p.Answers[code])})
	}
	return list
}
