package enrich

import (
	"encoding/json"
	"time"
)

// Answer is what a kind returns: exactly one of Done, Ask, Refuse, Fail, Retry,
// Split and Later. The engine settles it with all its effects in one transaction.
type Answer interface{ answer() }

// Result is what the answers that produce something have in common.
type Result struct {
	// Output is the task's output, a JSON object: flat names for the values,
	// underscore keys (_outcome, _fields, _checks, …) for the details.
	Output json.RawMessage
	// Description tells a person in markdown what was done. Every answer needs one.
	Description string
	// Records are the writes to the records that the task works on.
	Records []RecordWrite
	// Occasions say what happened, for the trigger table to make follow-ups of.
	Occasions []Occasion
	// CostMicros is the cost of model calls, millionths of a currency unit.
	CostMicros int64
}

// Done completes the task. "Nothing found" is Done with _outcome "no_result".
type Done struct{ Result }

// Ask proposes something that a person must decide: awaiting_approval. The
// proposal stands in the output; its records and occasions have no effect before
// that. Items can be decided one by one; what Now holds is beyond doubt and is
// written at once.
type Ask struct {
	Result
	Items []Item
	Now   []RecordWrite
}

// Refuse rejects the input by rule: it is not the kind of thing this task is for.
type Refuse struct {
	Reasons     []Reason // stand in output._reasons
	Description string
	Output      json.RawMessage // optional; _reasons and _outcome are added
}

// Fail ends the task as failed: another attempt could not help.
type Fail struct {
	Err         *Error // its message is safe to show and becomes the task's error
	Detail      string // for operators only: kept with the attempt
	Description string
}

// Retry asks for another attempt. When the attempts are used up the task fails
// with the error's message.
type Retry struct {
	Err    *Error
	Detail string
	After  time.Duration // at least this long; zero leaves it to the back-off
	// Provider says that the provider itself asked for it (429 or 503 with
	// Retry-After): for After nobody calls it, in any kind, and the attempt is not
	// charged.
	Provider bool
	// Description stands on the task if this was the last attempt.
	Description string
}

// MaxChildren is how many subtasks one Split may ask for.
const MaxChildren = 10_000

// Split parks the task until its subtasks are terminal; then it runs again and
// finds them in its Job. Subtasks are always new tasks, are as urgent as their
// parent, and cannot split themselves.
type Split struct {
	Children    []Request
	Description string
}

// Later hands the task back, uncharged, to look again: it waits for tasks that are
// not its own subtasks. Those in Tasks are made now, in the same transaction; where
// one of them is the close of a month that somebody else has begun since the claim,
// none is made and the kind looks again at once.
type Later struct {
	After       time.Duration
	Tasks       []Request
	Words       string // why it waits, one sentence
	Description string
}

func (Later) answer()  {}
func (Done) answer()   {}
func (Ask) answer()    {}
func (Refuse) answer() {}
func (Fail) answer()   {}
func (Retry) answer()  {}
func (Split) answer()  {}

// Reason says why something was refused or not done.
type Reason struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Occasion is something that happened to an entity on a channel. The trigger
// table says which tasks follow from it.
type Occasion struct {
	Channel    SourceChannel
	EntityType string
	EntityID   string
	Facts      map[string]string // what the table's conditions look at, e.g. document_type
	Input      map[string]any    // what the work needs to know besides the entity
	Targets    map[Type][]string // the fields that a kind is to work on; nil for a kind is all
}

// RecordWrite asks for values on one record. The record is made if it does not
// stand yet. Values pass through the one precedence path: a write of lower
// precedence than the standing value becomes a suggestion.
type RecordWrite struct {
	EntityType string // company, document, invoice, …
	EntityID   string // public id; kinds derive it, so that a second run meets the same record
	Fields     []FieldWrite
}

// FieldWrite is one value with its evidence.
type FieldWrite struct {
	Name       string          // column of the record
	Value      json.RawMessage // JSON null never overwrites
	Origin     Origin
	Confidence float64 // 0 to 1
	Grade      Grade
	Evidence   []Evidence
	// Shown is the name in output._fields under which the output shows this write:
	// the settle puts there what became of it. Empty for a write not shown.
	Shown string `json:",omitempty"`
	// Own says that the field is a column of the workspace, defined by Definition.
	Own bool `json:",omitempty"`
	// Definition is the hash of the definition that gives the value, and Reads what
	// it read: the write stands only while these are what they were.
	Definition string `json:",omitempty"`
	Reads      []Read `json:",omitempty"`
	// Withdraw takes back the value of this origin, if it stands: the one next in
	// precedence takes its place. Value has no meaning then.
	Withdraw bool `json:",omitempty"`
}

// Read is a field that a value was computed from, in the version that it had.
type Read struct {
	EntityType string
	EntityID   string
	Field      string
	Version    int
}

// Evidence says where a value came from.
type Evidence struct {
	Origin     Origin      `json:"origin"`
	Method     string      `json:"method"` // deterministic, rule, model
	Ref        EvidenceRef `json:"ref"`
	Quote      string      `json:"quote,omitempty"` // the words of the source, verbatim
	ObservedAt string      `json:"observed_at,omitempty"`
}

// EvidenceRef points into a source: a path of an XML document, a box of a page,
// or a URL. A box is left, top, right and bottom in points from the top left of the
// page as people see it: a PDF's own rotation and a photo's EXIF orientation are
// applied; what recognition did to read it, turning and straightening, is undone.
// The pixels of an image count as points.
type EvidenceRef struct {
	EntityType string    `json:"entity_type,omitempty"`
	EntityID   string    `json:"entity_id,omitempty"`
	Path       string    `json:"path,omitempty"`
	Page       int       `json:"page,omitempty"`
	BBox       []float64 `json:"bbox,omitempty"`
	URL        string    `json:"url,omitempty"`
	// Version of the field of a record at Path that was read; see Read.
	Version int `json:"version,omitempty"`
	// Of a computed value: the expression that decided, the hash of its definition,
	// and the hash of definition and inputs together.
	Expr       string `json:"expr,omitempty"`
	Definition string `json:"definition,omitempty"`
	Inputs     string `json:"inputs,omitempty"`
}

// Grade says in words how well a value is supported.
type Grade string

// The grades, best first.
const (
	Verified     Grade = "verified"     // checksum, registry or structured document
	Corroborated Grade = "corroborated" // two independent origins agree
	Single       Grade = "single"       // one origin
	Guess        Grade = "guess"        // a model or a weak rule
)

// Origin says what kind of writer a value came from.
type Origin string

// The origins in their precedence, highest first: decision 24.
const (
	ByPerson     Origin = "person"              // a person's own value
	BySuggestion Origin = "accepted_suggestion" // a proposal that a person accepted
	ByFieldRule  Origin = "field_rule"          //
	ByDocument   Origin = "document"            // a structured document, e.g. an e-invoice
	ByRegistry   Origin = "registry"            // an official register
	ByRule       Origin = "rule"                // rules on text
	ByModel      Origin = "model"               //
	ByFormula    Origin = "formula"             // a column of the workspace computes itself; nothing else writes there
)

// Precedence ranks an origin; a smaller number wins. Unknown origins rank last.
func (o Origin) Precedence() int {
	for i, known := range []Origin{ByPerson, BySuggestion, ByFieldRule, ByDocument, ByRegistry, ByRule, ByModel, ByFormula} {
		if o == known {
			return i + 1
		}
	}
	return 99
}
