package postgres

import (
	"time"

	"github.com/enrichd/enrichd/enrich"
)

// ClaimSQL is the claim's statement, for the tests that read its plan.
const ClaimSQL = claimSQL

// BeginClaimSQL begins a transaction as a claim does.
const BeginClaimSQL = "BEGIN" + claimSettings

// SettledBeforeSQL and FinishedSQL are statements of retention and of /health, likewise.
const (
	SettledBeforeSQL = settledBeforeSQL
	FinishedSQL      = finishedSQL
)

// LookTook has the last look at all lanes have taken so long, among many dead rows.
func LookTook(db *DB, d time.Duration) {
	db.lanes.mu.Lock()
	defer db.lanes.mu.Unlock()
	db.lanes.took, db.lanes.dead = d, manyDead
}

// LooksAtAll says whether the next claim looks at all lanes.
func LooksAtAll(db *DB, types []enrich.Type) bool {
	return db.lanes.look(claimWish{types: types}).known == nil
}

// LookForOrphans has the next sweep look for claims of processes that others took off
// the list; by itself a process looks once a second.
func LookForOrphans(db *DB) {
	db.orphans.mu.Lock()
	defer db.orphans.mu.Unlock()
	db.orphans.next = time.Time{}
}
