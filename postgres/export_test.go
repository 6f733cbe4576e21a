package postgres

// ClaimSQL is the claim's statement, for the tests that read its plan.
const ClaimSQL = claimSQL

// PrepareClaimSQL sets the planner as a claim does.
const PrepareClaimSQL = prepareClaimSQL
