// Package failpoint names the places where a crash must do no harm.
//
// In a build with the tag failpoint a place can be told, by the environment, to
// kill the process, to stop it, to fail or to wait; see on.go. In every other
// build a place is nothing, and its name is not in the binary.
package failpoint

// The places, in the order of a task's way.
const (
	EnqueueBeforeCommit = "enqueue.before_commit"
	EnqueueAfterCommit  = "enqueue.after_commit"
	ClaimBeforeCommit   = "claim.before_commit"
	ClaimAfterCommit    = "claim.after_commit"
	ExecBeforeEffect    = "exec.before_effect"
	ExecAfterEffect     = "exec.after_effect"
	SettleBeforeCommit  = "settle.before_commit"
	SettleAfterCommit   = "settle.after_commit"
	RescueBetween       = "rescue.between_read_write"
	HeartbeatBefore     = "heartbeat.before"

	HandoverBeforeCommit = "handover.before_commit"
	HandoverAfterCommit  = "handover.after_commit"
	CreateBefore         = "create.before"
	CreateAfter          = "create.after"
	ConfirmBefore        = "confirm.before"
	PushBeforeAnswer     = "push.before_answer"
)

// Names lists the places on every task's way; QueueNames, those where a queue outside
// carries the tasks.
func Names() []string {
	return []string{
		EnqueueBeforeCommit, EnqueueAfterCommit, ClaimBeforeCommit, ClaimAfterCommit, ExecBeforeEffect,
		ExecAfterEffect, SettleBeforeCommit, SettleAfterCommit, RescueBetween, HeartbeatBefore,
	}
}

// QueueNames lists the places of handing over and pushing.
func QueueNames() []string {
	return []string{HandoverBeforeCommit, HandoverAfterCommit, CreateBefore, CreateAfter, ConfirmBefore, PushBeforeAnswer}
}
