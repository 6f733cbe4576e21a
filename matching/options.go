package matching

import "fmt"

// Options are the gates of a solution. The zero value is a good one.
type Options struct {
	// Model to weigh with. Nil learns one from the problem's own rows: right for
	// a whole history, too little for a single row; see Learn.
	Model *Model

	// ConfirmAt is the probability from which a link is confirmed, 0.99 by
	// default. It is read as a precision: of links at p, the share p is right.
	ConfirmAt float64
	// ProposeAt is the probability from which a link is proposed, 0.5 by
	// default and at least: below it no choice is better than none, and two
	// links can never claim one row.
	ProposeAt float64
	// Margin is the least distance to the runner-up's probability for a
	// confirmed link, 0.98 by default.
	Margin float64

	// Tariffs are what payment providers kept of the workspace's own payouts.
	Tariffs []Tariff

	// OwnIBANs are the accounts of the books themselves. Money between them pays
	// no invoice, so such transactions take no part.
	OwnIBANs []string
}

func (o Options) withDefaults() Options {
	if o.ConfirmAt <= 0 {
		o.ConfirmAt = 0.99
	}
	o.ProposeAt = max(o.ProposeAt, 0.5)
	if o.Margin <= 0 {
		o.Margin = 0.98
	}
	return o
}

// RowError says which row of a problem cannot be taken, and why.
type RowError struct {
	List   string // "invoices", "transactions", "fixed" or "declined"
	Index  int    // from zero
	ID     string // may be empty
	Reason string
}

func (e *RowError) Error() string {
	return fmt.Sprintf("%s[%d] %q: %s", e.List, e.Index, e.ID, e.Reason)
}
