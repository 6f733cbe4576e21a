package postgres

// ClaimSQL is the claim's statement, for the tests that read its plan.
const ClaimSQL = claimSQL

// PlanClaims sets the planner as a claim does.
var PlanClaims = planByIndex
