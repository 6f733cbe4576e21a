package closing

import (
	"encoding/json"
	"slices"
)

// Shown is the output of a close as the faces show it.
type Shown struct {
	Month     string                 `json:"record_id"`
	Verdict   string                 `json:"verdict"`
	Blockers  []Blocker              `json:"blockers"`
	Counts    Counts                 `json:"counts"`
	Coverage  json.RawMessage        `json:"coverage"`
	Totals    map[string]ShownTotals `json:"totals"`
	Dropped   map[string]int         `json:"dropped_groups"`
	Waivers   []ShownWaiver          `json:"waivers"`
	Partition *Partition             `json:"partition"`
	Delta     json.RawMessage        `json:"delta_since_last"`
	Snapshot  ShownSnapshot          `json:"snapshot"`
	FromReady ShownDistance          `json:"from_ready"`
	DryRun    bool                   `json:"dry_run"`
}

// Blocker is what stands in the way of a close.
type Blocker struct {
	ID           string  `json:"id"`
	CompanyID    *string `json:"company_id"`
	Counterparty *string `json:"counterparty"`
	Check        string  `json:"check"`
	Code         string  `json:"code"`
	EntityType   string  `json:"entity_type"`
	EntityID     *string `json:"entity_id"`
	Also         string  `json:"also,omitempty"`
	Transaction  string  `json:"transaction_id,omitempty"`
	Amount       *string `json:"amount"`
	Currency     *string `json:"currency"`
	Words        string  `json:"words"`
	Mode         *string `json:"mode"`
	Subtask      *string `json:"subtask"`
}

// Counts say how many counterparties stand how, and how many payments have a document.
type Counts struct {
	Counterparties int `json:"counterparties"`
	Ready          int `json:"ready"`
	Waived         int `json:"waived"`
	Blocked        int `json:"blocked"`
	Transactions   int `json:"transactions"`
	WithInvoice    int `json:"with_invoice"`
	Documents      int `json:"documents,omitempty"`
}

// ShownTotals are decimals of one currency.
type ShownTotals struct {
	Spend      string `json:"spend"`
	Documented string `json:"documented"`
}

// ShownWaiver is a gap that a person let stand.
type ShownWaiver struct {
	CompanyID    *string `json:"company_id"`
	Counterparty *string `json:"counterparty"`
	Check        string  `json:"check"`
	Code         string  `json:"code"`
	EntityID     *string `json:"entity_id"`
	Amount       *string `json:"amount"`
	Currency     *string `json:"currency"`
	By           string  `json:"by"`
	Reason       string  `json:"reason"`
	At           string  `json:"at"`
}

// ShownSnapshot names the rows that a close saw.
type ShownSnapshot struct {
	Hash string `json:"hash"`
	AsOf string `json:"as_of"`
}

// ShownDistance says how far a month is from ready.
type ShownDistance struct {
	Documents int    `json:"documents"`
	Decisions int    `json:"decisions"`
	Words     string `json:"words"`
}

// ReadShown reads the output of a close; nothing of one that cannot be read.
func ReadShown(output json.RawMessage) Shown {
	var s Shown
	if json.Unmarshal(output, &s) != nil {
		return Shown{}
	}
	return s
}

// ShownPart is the output of a counterparty's subtask as the faces show it.
type ShownPart struct {
	Key          string                 `json:"key"`
	Counterparty *string                `json:"counterparty"`
	Blockers     []Blocker              `json:"blockers"`
	Counts       Counts                 `json:"counts"`
	Totals       map[string]ShownTotals `json:"totals"`
	Checks       []ShownCheck           `json:"checks"`
	Waivers      []ShownWaiver          `json:"waivers"`
	Decision     *struct {
		Accepted []string `json:"accepted"`
		By       string   `json:"by"`
		Reason   string   `json:"reason"`
	} `json:"_decision"`
}

// ShownCheck is one of the eleven checks of a subtask.
type ShownCheck struct {
	Number   int       `json:"number"`
	Check    string    `json:"check"`
	Status   string    `json:"status"`
	Findings []Blocker `json:"findings"`
}

// ReadPart reads the output of a subtask, and takes off its blockers what a person
// has waived since.
func ReadPart(id string, output json.RawMessage) ShownPart {
	var p ShownPart
	if json.Unmarshal(output, &p) != nil {
		return ShownPart{}
	}
	if p.Decision != nil {
		p.Blockers = slices.DeleteFunc(p.Blockers, func(b Blocker) bool { return slices.Contains(p.Decision.Accepted, b.ID) })
	}
	for n := range p.Blockers {
		p.Blockers[n].Subtask = &id
	}
	return p
}

// Open lists what stands in the way by the subtasks as they are: what is known of
// a close that has not ended.
func Open(parts []ShownPart) []Blocker {
	blockers := []Blocker{}
	for _, p := range parts {
		blockers = append(blockers, p.Blockers...)
	}
	return blockers
}
