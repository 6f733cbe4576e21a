package dispatch

// Bounds of a group of settlements.
const (
	SettleMost   = settleMost
	SettleFields = settleFields
	SettleBytes  = settleBytes
)

// InGroups settles what comes in groups; see inGroups.
var InGroups = inGroups
