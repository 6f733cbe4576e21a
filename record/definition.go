package record

import (
	"encoding/json"
	"time"
)

// DefinitionKind says what a definition defines.
type DefinitionKind string

// The kinds of definitions.
const (
	CustomColumn DefinitionKind = "custom_column" // a field that the workspace added
	FieldRule    DefinitionKind = "field_rule"    // what a field of the product is to be
)

// Mode says what a definition's results are good for.
type Mode string

// The modes. Columns are always active.
const (
	Active Mode = "active"
	Shadow Mode = "shadow" // evaluated and counted, never written
	Off    Mode = "off"
)

// Modes lists the modes.
func Modes() []Mode { return []Mode{Active, Shadow, Off} }

// Definition is a workspace's own logic for one field of a root.
type Definition struct {
	ID       string // uuid
	Kind     DefinitionKind
	Root     string // "invoices"; see Roots
	FieldKey string
	Name     string
	Type     string // of the values; see sheet
	Position int
	Mode     Mode
	Rules    json.RawMessage // rules_config
	Formula  json.RawMessage // formula_config
	Format   json.RawMessage // format_config
	Reads    []string        // the fields that it reads, sorted
	Hash     string          // of what its values follow from
	Stale    *int            // records whose values wait to be computed again, where that was counted

	CreatedAt, UpdatedAt time.Time
}

// Definitions are all of a workspace, at a revision: a number that changes with
// each change of any of them.
type Definitions struct {
	Revision int64
	All      []Definition
}

// Rows are records as expressions see them, with the revision of the
// definitions that stood when they were read.
type Rows struct {
	Revision int64
	Rows     []Row
}

// Row is one record: its cells by field. Fields of related records have a dot.
type Row struct {
	ID    string
	Cells map[string]Cell
}

// Cell is one field of a record, its own or that of a related one.
type Cell struct {
	Value string // as text; of a column of the workspace its JSON
	Has   bool
	// Version counts the changes of the value; 0 where none was written by a task or
	// a person.
	Version int
	Origin  string
	Basis   string // hash of definition and inputs that a column's own value was made of
	Own     bool   // of a column of the workspace
	// EntityType and EntityID name the record that the field belongs to; empty where
	// there is no related one.
	EntityType, EntityID string
}
