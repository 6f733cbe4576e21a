package fake

import (
	"encoding/binary"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"time"
)

// Script is what goes wrong. Its functions are called one at a time, and decide by
// what they are given alone; nil is nothing.
type Script struct {
	Create func(Creation) CreateFault
	Push   func(Push) Fault
}

// Creation is a call that creates a task.
type Creation struct {
	Queue, Task string // short names
	Call        int    // of the service's life, from 1
}

// CreateFault is what goes wrong with it.
type CreateFault struct {
	// Status, such as 429 or 503, refuses the call: no task is made.
	Status     int
	RetryAfter time.Duration // sent with Status; in whole seconds
	// DropResponse makes the task and breaks the connection off.
	DropResponse bool
}

// Storm is a script that refuses all calls from one number to another, both among
// them, with 429.
func Storm(from, to int, retryAfter time.Duration) func(Creation) CreateFault {
	return func(c Creation) CreateFault {
		if c.Call < from || c.Call > to {
			return CreateFault{}
		}
		return CreateFault{Status: 429, RetryAfter: retryAfter}
	}
}

// Push is an attempt to deliver a task.
type Push struct {
	Queue, Task string // short names
	Retry       int    // TaskRetryCount, 0 first
}

// Fault is what goes wrong with it. Several can at once.
type Fault struct {
	// Delay comes before the attempt: hours, or a little, so that tasks overtake.
	Delay time.Duration
	// Copies are pushes beside the true one, with the same headers, whose answers
	// nobody hears: at once, or CopyDelay later, whether or not the task still exists.
	Copies    int
	CopyDelay time.Duration
	// DropResponse loses the handler's answer.
	DropResponse bool
	// PassDeadline stops listening as soon as the request has been sent, as at the
	// dispatch deadline. The handler goes on.
	PassDeadline bool
}

// Mix is a script of chance: the same seed does the same to the same task.
type Mix struct {
	Seed uint64
	// Shares of attempts, from 0 to 1, that meet the fault.
	Duplicate, LateDuplicate, Delay, DropResponse, PassDeadline float64
	// MaxDelay bounds Delay and LateDuplicate; shorter is as likely as longer.
	MaxDelay time.Duration
	// Shares of calls that create: refused with 429, or made without an answer.
	Refuse, DropCreated float64
}

// Push is of Script.
func (m Mix) Push(p Push) Fault {
	h := fnv.New64a()
	h.Write([]byte(p.Queue + "/" + p.Task))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(p.Retry)))
	rng := rand.New(rand.NewPCG(m.Seed, h.Sum64()))
	met := func(share float64) bool { return rng.Float64() < share }
	within := func() time.Duration { return time.Duration(rng.Int64N(int64(m.MaxDelay) + 1)) }
	var f Fault
	if met(m.Duplicate) {
		f.Copies = 1 + rng.IntN(4)
	}
	if met(m.LateDuplicate) {
		f.Copies, f.CopyDelay = max(f.Copies, 1), within()
	}
	if met(m.Delay) {
		f.Delay = within()
	}
	f.DropResponse, f.PassDeadline = met(m.DropResponse), met(m.PassDeadline)
	return f
}

// Create is of Script.
func (m Mix) Create(c Creation) CreateFault {
	h := fnv.New64a()
	h.Write([]byte(c.Queue + "/" + c.Task))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(c.Call)))
	rng := rand.New(rand.NewPCG(m.Seed, h.Sum64()))
	if rng.Float64() < m.Refuse {
		return CreateFault{Status: http.StatusTooManyRequests}
	}
	return CreateFault{DropResponse: rng.Float64() < m.DropCreated}
}
