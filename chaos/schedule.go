package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Step is one thing that the nemesis does.
type Step struct {
	At    time.Duration // since the load began
	Fault string        // see Faults
	Long  time.Duration // how long it lasts, where it does
	Pick  uint64        // which process, row or place: whatever the fault draws
}

// String is a step on one line.
func (s Step) String() string {
	return fmt.Sprintf("%7.2fs  %s for %.1fs (%x)", s.At.Seconds(), s.Fault, s.Long.Seconds(), s.Pick)
}

// Schedule is what the nemesis will do: a function of the seed, the time and the
// faults to choose from, and of nothing else. Each fault comes once before any
// comes again.
func Schedule(seed uint64, length time.Duration, faults []string) []Step {
	rng := rand.New(rand.NewPCG(seed, 0x6e656d65736973))
	var steps []Step
	var bag []string
	for at := time.Second; at < length && len(faults) > 0; {
		if len(bag) == 0 {
			bag = slices.Clone(faults)
			rng.Shuffle(len(bag), func(i, j int) { bag[i], bag[j] = bag[j], bag[i] })
		}
		s := Step{At: at, Fault: bag[0], Long: time.Second + time.Duration(rng.Int64N(int64(4*time.Second))), Pick: rng.Uint64()}
		bag = bag[1:]
		steps = append(steps, s)
		at += 500*time.Millisecond + time.Duration(rng.Int64N(int64(2*time.Second)))
	}
	return steps
}
