package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// expire ends the waiting tasks whose time is over: nobody needs them any more.
// They take the road of a refusal, so that status, events and attempts are as
// for any other. It returns how many there were.
func (db *DB) expire(ctx context.Context) (int, error) {
	expired := 0
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `
			UPDATE enrichment_dispatches SET worker_pk = 0, token = nextval('enrichment_lease_tokens'), claimed_at = now(), attempt = attempt + 1
			WHERE task_pk = ANY (ARRAY(SELECT task_pk FROM enrichment_dispatches WHERE worker_pk IS NULL AND expires_at <= now()
				ORDER BY expires_at LIMIT 200 FOR UPDATE SKIP LOCKED))
			RETURNING task_pk, workspace_pk, attempt, token, claimed_at`)
		if err != nil {
			return err
		}
		held, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (enrich.Claim, error) {
			var c enrich.Claim
			err := row.Scan(&c.Key, &c.Tenant, &c.Attempt, &c.Token, &c.At)
			return c, err
		})
		if err != nil {
			return err
		}
		expired = len(held)
		for _, group := range byTenant(held, func(c enrich.Claim) int64 { return c.Tenant }) {
			begun, err := begin(ctx, tx, group)
			if err != nil {
				return err
			}
			if len(begun) == 0 {
				continue
			}
			if _, err := settleGroup(ctx, tx, outOfTime(begun), "expiry"); err != nil {
				return err
			}
		}
		return nil
	})
	return expired, err
}

func outOfTime(claims []enrich.Claim) []enrich.Settlement {
	settlements := make([]enrich.Settlement, len(claims))
	for i, c := range claims {
		settlements[i] = enrich.Settlement{
			Claim: c, To: enrich.Rejected, Outcome: enrich.OutcomeRefused, Detail: "expired",
			Output:      []byte(`{"_outcome": "skipped", "_reasons": [{"code": "expired", "message": "It was not done in the time in which it was of use."}]}`),
			Description: "**Not done.** It was not done in the time in which it was of use.",
		}
	}
	return settlements
}
