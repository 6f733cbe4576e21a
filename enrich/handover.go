package enrich

import "errors"

// Handover is a task in the hands of a queue outside, which pushes it back.
type Handover struct {
	WorkspaceID string
	TaskID      string
	Type        Type
	// Generation tells this hand-over from every other one, of any task.
	Generation int
}

// Delivery is a push of a handed-over task.
type Delivery struct {
	Handover
	// Last says that the queue drops the task unless this push is answered well: an
	// attempt that fails then is the task's last.
	Last bool
	// Malformed is what is wrong with the push, for people; the task then fails
	// without being tried, for the queue would send the same again. "" is nothing.
	Malformed string
}

// What a push of a handed-over task can meet instead of a claim.
var (
	// ErrOver: the task has ended, was deleted, or does not wait for a worker.
	ErrOver = errors.New("the task has no more work to do")
	// ErrSuperseded: the task was handed over anew, or taken back for it.
	ErrSuperseded = errors.New("the task was handed over anew, or is about to be")
	// ErrElsewhere: this very hand-over runs already.
	ErrElsewhere = errors.New("the task runs already")
	// ErrNotNow: its time has not come, or its type or provider is paused. The task
	// was taken back, to be handed over when it can run.
	ErrNotNow = errors.New("the task is to run later, and was taken back until then")
	// ErrUnknown: no such task was ever made here.
	ErrUnknown = errors.New("there is no such task")
	// ErrBusy: every slot of this process is taken.
	ErrBusy = errors.New("every slot is taken")
	// ErrUnready: this process is starting, stopping, or has lost its lease.
	ErrUnready = errors.New("this process takes no work now")
	// ErrNoKind: this process does not run tasks of this type; another may.
	ErrNoKind = errors.New("this process does not run tasks of this type")
	// ErrLost: the claim was lost while the task ran, so that nothing was written.
	ErrLost = errors.New("the claim was lost while the task ran")
)
