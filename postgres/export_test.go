package postgres

// ClaimSQL is the claim's statement, for the tests that read its plan.
const ClaimSQL = claimSQL

// BeginClaimSQL begins a transaction as a claim does.
const BeginClaimSQL = "BEGIN" + claimSettings
