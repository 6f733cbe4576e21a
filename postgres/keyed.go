package postgres

import "github.com/jackc/pgx/v5"

// Statements that touch many tasks by their keys must look each of them up,
// whatever the planner believes of the table. It believes that a workspace holds
// one task when it has not yet looked (the first minute of a database, or of a
// workspace), and a press would then read all tasks of the workspace again for
// each of its own. Three words prevent it.

// planFor gives the arguments of a statement over n keys: one over many is
// planned for the tables as they stand, each time, for a plan kept from when they
// were empty would go on for ever. A plan costs little beside hundreds of rows, and
// much beside one; the checks of foreign keys keep theirs.
func planFor(n int, args ...any) []any {
	if n < 50 {
		return args
	}
	return append([]any{pgx.QueryExecModeCacheDescribe}, args...)
}

// keyedLive says that the task t is not deleted, in words by which the planner
// does not see that the indexes of the lists would do.
const keyedLive = `num_nulls(t.deleted_at) = 1`

// fewRows is a condition that holds for every row with the key and makes the
// planner expect few of them, so that it begins with them.
func fewRows(key string) string { return key + " + 0 = " + key }
