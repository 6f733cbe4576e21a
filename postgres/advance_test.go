package postgres_test

import (
	"fmt"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// The table of moves stands in Go and in the database: all 36 pairs are tried
// against both, and they must agree.
func TestMovesAgree(t *testing.T) {
	url := pgtest.URL(t)
	pgtest.Open(t, url)
	pgtest.Exec(t, url, tryMove)
	want := map[string]bool{
		"pending>processing": true, "processing>completed": true, "processing>failed": true, "processing>rejected": true,
		"processing>awaiting_approval": true, "awaiting_approval>processing": true, "awaiting_approval>rejected": true,
	}
	for _, from := range enrich.Statuses() {
		for _, to := range enrich.Statuses() {
			pair := fmt.Sprintf("%s>%s", from, to)
			if got := enrich.CanMove(from, to); got != want[pair] {
				t.Errorf("%s: Go says %v, want %v", pair, got, want[pair])
			}
			// A self-pair is no move: the database sees no change of status there.
			if got := databaseMoves(t, url, from, to); got != (want[pair] || from == to) {
				t.Errorf("%s: the database says %v, want %v", pair, got, want[pair])
			}
		}
	}
}

// tryMove makes a row in one state and tries to bring it to another.
const tryMove = `CREATE FUNCTION try_move(old enrichment_task_status_enum, new enrichment_task_status_enum) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	ended text[] := ARRAY['completed', 'failed', 'rejected'];
	id bigint;
BEGIN
	INSERT INTO enrichment_tasks (workspace_pk, entity_type, entity_id, enrichment_type, status, completed_at)
		SELECT pk, 'document', 'x', 'logo', old, CASE WHEN old::text = ANY (ended) THEN now() END FROM workspaces LIMIT 1 RETURNING pk INTO id;
	UPDATE enrichment_tasks SET status = new, completed_at = CASE WHEN new::text = ANY (ended) THEN coalesce(completed_at, now()) END WHERE pk = id;
	RETURN true;
EXCEPTION WHEN check_violation THEN
	RETURN false;
END $$`

func databaseMoves(t *testing.T, url string, from, to enrich.Status) bool {
	t.Helper()
	return pgtest.Query[bool](t, url, `SELECT moved FROM try_move($1, $2) AS moved`, string(from), string(to))
}
