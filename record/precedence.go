package record

import "github.com/enrichd/enrichd/enrich"

// Standing is the value that a field has now.
type Standing struct {
	Value  string // canonical JSON
	Origin enrich.Origin
	// Version counts the changes of the field.
	Version int
}

// Decide says what becomes of a write on a field where standing stands (nil if
// nothing does). A value of lower precedence never replaces one of higher; of
// two equal ones the newer wins. So a person's value is never overwritten by
// anything but a person's.
func Decide(standing *Standing, value string, origin enrich.Origin) Decision {
	switch {
	case standing == nil:
		return Applied
	case origin.Precedence() <= standing.Origin.Precedence():
		return Applied
	case standing.Value == value:
		return KeptExisting
	default:
		return Suggested
	}
}
