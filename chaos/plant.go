package chaos

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"
)

// Plant is a bug that is put into the product's statements on their way to
// PostgreSQL, to see that a campaign finds it. The program itself stays as it is.
type Plant struct {
	Name       string
	Words      string
	Invariants []string // one of these must be found broken
	faults     []string
	changes    [][2]string // words of a statement, and what stands there instead
}

// Plants lists the bugs.
func Plants() []Plant {
	return []Plant{
		{"settle-without-token", "a settlement does not ask whether its claim still holds", []string{"I5", "I6", "I13"}, []string{"stop-worker", "part-database"}, [][2]string{
			{"d.task_pk = s.task_pk AND d.token = s.token RETURNING d.token", "d.task_pk = s.task_pk RETURNING s.token"},
			{"d.task_pk = s.task_pk AND d.token = s.token RETURNING s.token", "d.task_pk = s.task_pk RETURNING s.token"},
		}},
		{"claim-without-lock", "two claims may take one task", []string{"I5", "I6"}, []string{"delay"}, [][2]string{
			{"x.due_at <= now() FOR UPDATE SKIP LOCKED) AS d", "x.due_at <= now()) AS d"},
		}},
		{"rescue-of-the-living", "the sweep takes tasks of living processes", []string{"I6"}, []string{"upstream-hangs"}, [][2]string{
			{"NOT EXISTS (SELECT FROM enrichment_workers w WHERE w.pk = d.worker_pk)", "random() < 0.2"},
		}},
		{"lease-by-another-clock", "the age of a beat is measured by a clock seven seconds ahead", []string{"I6"}, []string{"upstream-hangs"}, [][2]string{
			{"now() - greatest(beat_at", "now() + interval '7 s' - greatest(beat_at"},
		}},
		{"events-apart", "a tenth of the moves is not told", []string{"I10"}, []string{"reset-connections"}, [][2]string{
			{"'batch_id', batch_id)\n\t\tFROM moved", "'batch_id', batch_id)\n\t\tFROM moved WHERE random() < 0.9"},
		}},
		{"attempts-at-failure", "a claim does not count as an attempt", []string{"I5"}, []string{"kill-worker"}, [][2]string{
			{"attempt = attempt + 1, wait_words", "wait_words"},
		}},
		{"no-duplicates-known", "a request looks neither for the task that stands nor for what was made under its key", []string{"I1", "I14"}, []string{"lose-commits"}, [][2]string{
			{"t.input_hash = q.hash AND", "t.input_hash = q.hash AND false AND"},
			{"SET made = $4 WHERE", "SET made = NULL WHERE $4::text IS NOT NULL AND"},
		}},
		{"parents-asleep", "a parent is not woken by its last child", []string{"I9", "I13"}, []string{"kill-worker"}, [][2]string{
			{"due_at = CASE WHEN d.children = l.n THEN now()", "due_at = CASE WHEN d.children = l.n THEN now() + interval '1 hour'"},
		}},
	}
}

// alter puts the bug into a Parse message, if it is of the statement concerned.
func (b *Plant) alter(message []byte) []byte {
	name, rest, _ := bytes.Cut(message[5:], []byte{0})
	text, types, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		return message
	}
	was := string(text)
	for _, c := range b.changes {
		was = strings.ReplaceAll(was, c[0], c[1])
	}
	if was == string(text) {
		return message
	}
	body := append(append(append(append([]byte{}, name...), 0), was...), 0)
	body = append(body, types...)
	return append(binary.BigEndian.AppendUint32([]byte{'P'}, uint32(len(body)+4)), body...)
}

// Prove plays a campaign with a bug in it. It tells the first violation that gives
// the bug away, or nothing where it was not found.
func Prove(ctx context.Context, b Plant, o Options) (found string, report Report, err error) {
	o.Plant, o.Faults, o.For = &b, b.faults, 15*time.Second
	report, err = Run(ctx, o)
	if errors.Is(err, ErrViolated) {
		err = nil
	}
	for _, v := range report.Violations {
		if slices.Contains(b.Invariants, v.Invariant) {
			return v.String(), report, err
		}
	}
	return "", report, err
}
