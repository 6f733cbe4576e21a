package sheet

import (
	"fmt"
	"slices"

	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/record"
)

// Conflict is something that a definition would meet, told before it is saved.
type Conflict struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	// DefinitionID is the other definition; empty where there is none.
	DefinitionID string `json:"definition_id,omitempty"`
}

// Conflicts lists what a compiled definition meets among those that stand:
// another rule on its field, rules and columns that follow from it, cases that
// can never be reached.
func Conflicts(all record.Definitions, f *Field) []Conflict {
	var list []Conflict
	own := node(f.Root, f.FieldKey)
	for _, d := range all.All {
		if d.ID == f.ID && f.ID != "" {
			continue
		}
		if d.Kind == record.FieldRule && f.Kind == record.FieldRule && node(d.Root, d.FieldKey) == own && d.Mode == record.Active {
			list = append(list, Conflict{"same_field", "Another active rule sets this field; a field has one active rule.", d.ID})
		}
		if d.Kind == record.CustomColumn && f.Kind == record.CustomColumn && node(d.Root, d.FieldKey) == own {
			list = append(list, Conflict{"same_field", "A column has this key already.", d.ID})
		}
		if slices.Contains(sources(d), own) {
			list = append(list, Conflict{"feeds", fmt.Sprintf("%s.%s reads this field and follows from it.", d.Root, d.FieldKey), d.ID})
		}
	}
	return append(list, f.unreachable()...)
}

// unreachable lists cases behind one that holds whenever they do.
func (f *Field) unreachable() []Conflict {
	var list []Conflict
	for i, b := range f.cases {
		for j := range i {
			if f.cases[j].covers(b) {
				list = append(list, Conflict{Code: "unreachable_case", Message: fmt.Sprintf("Case %d never decides: case %d holds whenever it does.", i+1, j+1)})
				break
			}
		}
	}
	return list
}

// covers reports whether a case surely holds where another one does.
func (b branch) covers(other branch) bool {
	if b.any || other.any {
		return false
	}
	for _, clause := range b.when {
		if clause.Source == "true" {
			continue
		}
		if !slices.ContainsFunc(other.when, func(o *formula.Program) bool { return o.Source == clause.Source }) {
			return false
		}
	}
	return len(b.when) > 0
}
