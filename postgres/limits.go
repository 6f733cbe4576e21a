package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
)

// Scopes of a limit.
const (
	ScopeType     = "type"
	ScopeProvider = "provider"
)

// Limit is what holds back the work of one type or provider, over all processes.
type Limit struct {
	Scope       string // ScopeType or ScopeProvider
	Name        string
	Provider    string // of a type: whom it calls
	Limit       enrich.Limit
	PausedUntil *time.Time // nil or past when it is not paused
	PauseWords  string
	Room        *int64 // how many more may start now; nil is no bound
	OperatorSet bool   // an operator chose the limit; the program's own does not apply
}

// Describe notes the limits and providers of the kinds that a program runs.
// Limits that an operator set stay.
func (db *DB) Describe(ctx context.Context, specs []enrich.Spec) error {
	batch := &pgx.Batch{}
	note := func(scope, name string, provider *string, l enrich.Limit) {
		batch.Queue(`INSERT INTO enrichment_limits AS l (scope, name, provider, max_running, per_minute, burst)
			VALUES ($1, $2, $3, nullif($4, 0), nullif($5::float8, 0), greatest($6, 1))
			ON CONFLICT (scope, name) DO UPDATE SET provider = excluded.provider,
				max_running = CASE WHEN l.operator_set THEN l.max_running ELSE excluded.max_running END,
				per_minute = CASE WHEN l.operator_set THEN l.per_minute ELSE excluded.per_minute END,
				burst = CASE WHEN l.operator_set THEN l.burst ELSE excluded.burst END
			WHERE (l.provider, l.max_running, l.per_minute, l.burst) IS DISTINCT FROM
				(excluded.provider, excluded.max_running, excluded.per_minute, excluded.burst)`,
			scope, name, provider, l.Running, l.PerMinute, l.Burst)
	}
	for _, s := range specs {
		var provider *string
		if s.Provider.Name != "" {
			provider = &s.Provider.Name
			note(ScopeProvider, s.Provider.Name, nil, s.Provider.Limit)
		}
		note(ScopeType, string(s.Type), provider, s.Limit)
	}
	return db.pool.SendBatch(ctx, batch).Close()
}

// Limits lists what is known of types and providers.
func (db *DB) Limits(ctx context.Context) ([]Limit, error) {
	rows, err := db.pool.Query(ctx, `SELECT scope, name, coalesce(provider, ''), coalesce(max_running, 0), coalesce(per_minute, 0),
		burst, paused_until, coalesce(pause_words, ''), room, operator_set FROM enrichment_room ORDER BY scope DESC, name`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Limit, error) {
		var l Limit
		err := row.Scan(&l.Scope, &l.Name, &l.Provider, &l.Limit.Running, &l.Limit.PerMinute, &l.Limit.Burst,
			&l.PausedUntil, &l.PauseWords, &l.Room, &l.OperatorSet)
		return l, err
	})
}

// SetLimit gives a type or provider the limit that an operator wants.
func (db *DB) SetLimit(ctx context.Context, scope, name string, l enrich.Limit) error {
	return db.changeLimit(ctx, `INSERT INTO enrichment_limits (scope, name, max_running, per_minute, burst, operator_set)
		VALUES ($1, $2, nullif($3, 0), nullif($4::float8, 0), greatest($5, 1), true)
		ON CONFLICT (scope, name) DO UPDATE SET max_running = excluded.max_running, per_minute = excluded.per_minute,
			burst = excluded.burst, operator_set = true`, scope, name, l.Running, l.PerMinute, l.Burst)
}

// Pause holds back a type or provider for a while; a longer pause that stands
// stays. Words say why, in one sentence.
func (db *DB) Pause(ctx context.Context, scope, name string, d time.Duration, words string) error {
	return db.changeLimit(ctx, `INSERT INTO enrichment_limits (scope, name, paused_until, pause_words)
		VALUES ($1, $2, now() + make_interval(secs => $3), nullif($4, ''))
		ON CONFLICT (scope, name) DO UPDATE SET paused_until = excluded.paused_until, pause_words = excluded.pause_words
		WHERE enrichment_limits.paused_until IS NULL OR enrichment_limits.paused_until < excluded.paused_until`,
		scope, name, seconds(d), cut(cleanText(words), 500))
}

// Resume ends a pause.
func (db *DB) Resume(ctx context.Context, scope, name string) error {
	return db.changeLimit(ctx, `UPDATE enrichment_limits SET paused_until = NULL, pause_words = NULL WHERE scope = $1 AND name = $2`, scope, name)
}

func (db *DB) changeLimit(ctx context.Context, sql string, args ...any) error {
	_, err := db.pool.Exec(ctx, sql, args...)
	if err == nil {
		db.announce()
	}
	return err
}

// SetWeight says how many turns a workspace has in each round of claims: 1 to 1000.
func (db *DB) SetWeight(ctx context.Context, workspaceID string, weight int) error {
	ws, err := db.tenant(ctx, workspaceID)
	if err != nil {
		return err
	}
	if weight < 1 || weight > 1000 {
		return enrich.Errorf(enrich.CodeInvalid, "A weight is from 1 to 1000.")
	}
	_, err = db.pool.Exec(ctx, `INSERT INTO enrichment_weights (workspace_pk, weight) VALUES ($1, $2)
		ON CONFLICT (workspace_pk) DO UPDATE SET weight = excluded.weight`, ws, weight)
	return err
}

// pauseProviders writes the pauses that settlements ask for. It comes before the
// settlements and holds even where a claim was lost: the provider has said so.
func (db *DB) pauseProviders(ctx context.Context, settlements []enrich.Settlement) error {
	longest := map[string]enrich.Pause{}
	for _, s := range settlements {
		if s.Pause != nil && s.Pause.For > longest[s.Pause.Provider].For {
			longest[s.Pause.Provider] = *s.Pause
		}
	}
	var errs []error
	for _, p := range longest {
		errs = append(errs, db.Pause(ctx, ScopeProvider, p.Provider, p.For, p.Words))
	}
	return errors.Join(errs...)
}
