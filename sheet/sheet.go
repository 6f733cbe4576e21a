// Package sheet is a workspace's own columns and rules over its records.
//
// It compiles definitions, knows which field follows from which, refuses those
// that go in a circle, and evaluates them on a record: the value, what it was
// read from, and for rules why each clause held or did not.
package sheet

import (
	"fmt"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/formula"
	"github.com/enrichd/enrichd/record"
)

// Sheet is all definitions of a workspace, compiled. It is safe for use by many.
type Sheet struct {
	Revision int64
	fields   []*Field
	scopes   map[string]*formula.Scope // by root
	readable map[string]formula.Fields // by root
	language *formula.Language
	all      []record.Definition
}

// New compiles definitions. One that no longer compiles, because a field that it
// reads is gone, is kept with its fault.
func New(language *formula.Language, definitions record.Definitions) (*Sheet, error) {
	s := &Sheet{Revision: definitions.Revision, language: language, all: definitions.All, scopes: map[string]*formula.Scope{}, readable: map[string]formula.Fields{}}
	for _, root := range record.Roots() {
		s.readable[root.Name] = s.scopeOf(root)
		scope, err := language.Scope(s.readable[root.Name])
		if err != nil {
			return nil, err
		}
		s.scopes[root.Name] = scope
	}
	for _, d := range definitions.All {
		s.fields = append(s.fields, s.compile(d))
	}
	s.order()
	return s, nil
}

// The inputs that change by themselves. They are given with a task and recorded.
const (
	Today  = "today"
	User   = "user"
	Random = "random"
)

func given() map[string]formula.Type {
	return map[string]formula.Type{Today: formula.Date, User: formula.Text, Random: formula.Number}
}

// scopeOf lists the fields that definitions on a root may read.
func (s *Sheet) scopeOf(root record.Root) formula.Fields {
	fields := formula.Fields(given())
	s.addFields(fields, "", root)
	for name, related := range root.Related {
		if r, ok := record.RootNamed(related); ok {
			s.addFields(fields, name+".", r)
		}
	}
	return fields
}

func (s *Sheet) addFields(fields formula.Fields, prefix string, root record.Root) {
	for name, t := range root.Fields {
		fields[prefix+name] = formula.Type(t)
	}
	for _, d := range s.all {
		if d.Kind == record.CustomColumn && d.Root == root.Name {
			if t, ok := valueType(d); ok {
				fields[prefix+d.FieldKey] = t
			}
		}
	}
}

// Fields lists the names that definitions on a root may read, with their types.
func (s *Sheet) Fields(root string) formula.Fields { return s.readable[root] }

// node names a field across roots.
func node(root, field string) string { return root + "." + field }

// sources lists the nodes that a definition reads.
func sources(d record.Definition) []string {
	root, ok := record.RootNamed(d.Root)
	if !ok {
		return nil
	}
	var list []string
	for _, path := range d.Reads {
		related, field := record.SplitField(path)
		if related == "" {
			list = append(list, node(d.Root, field))
		} else {
			list = append(list, node(root.Related[related], field))
		}
	}
	return list
}

// order sorts the fields so that each comes after those that it reads.
func (s *Sheet) order() {
	by := map[string]*Field{}
	for _, f := range s.fields {
		if f.Mode == record.Active {
			by[node(f.Root, f.FieldKey)] = f
		}
	}
	var sorted []*Field
	seen := map[*Field]bool{}
	var visit func(*Field)
	visit = func(f *Field) {
		if seen[f] {
			return
		}
		seen[f] = true
		for _, source := range sources(f.Definition) {
			if before := by[source]; before != nil {
				visit(before)
			}
		}
		sorted = append(sorted, f)
	}
	for _, f := range s.fields {
		visit(f)
	}
	s.fields = sorted
}

// cycle follows the definitions from one and back to it: the nodes on the way,
// empty where there is no way back.
func cycle(all []record.Definition, from record.Definition) []string {
	by := map[string]record.Definition{}
	for _, d := range all {
		if d.Mode == record.Active && d.ID != from.ID {
			by[node(d.Root, d.FieldKey)] = d
		}
	}
	start := node(from.Root, from.FieldKey)
	seen := map[string]bool{}
	var walk func(d record.Definition, way []string) []string
	walk = func(d record.Definition, way []string) []string {
		for _, source := range sources(d) {
			if source == start {
				return append(way, source)
			}
			next, defined := by[source]
			if !defined || seen[source] {
				continue
			}
			seen[source] = true
			if found := walk(next, append(slices.Clone(way), source)); found != nil {
				return found
			}
		}
		return nil
	}
	return walk(from, []string{start})
}

// Columns lists the columns of a root that are to be computed when some are asked
// for: these and all that follow from them on the same record, sources first. No
// names ask for all.
func (s *Sheet) Columns(root string, names []string) []*Field {
	wanted := map[string]bool{}
	for _, name := range names {
		wanted[name] = true
	}
	var list []*Field
	for _, f := range s.fields {
		if f.Kind != record.CustomColumn || f.Root != root {
			continue
		}
		if names == nil || wanted[f.FieldKey] || slices.ContainsFunc(f.Reads, func(path string) bool { return wanted[path] }) {
			wanted[f.FieldKey] = true
			list = append(list, f)
		}
	}
	return list
}

// Rules lists the rules of a root that are evaluated when some fields are asked
// for; no names ask for all. Rules that are off are left out.
func (s *Sheet) Rules(root string, names []string) []*Field {
	var list []*Field
	for _, f := range s.fields {
		if f.Kind == record.FieldRule && f.Root == root && f.Mode != record.Off && (names == nil || slices.Contains(names, f.FieldKey)) {
			list = append(list, f)
		}
	}
	return list
}

// Reads lists the fields that the given fields read, without the inputs that are
// given, and the fields themselves: what has to be read of a record.
func Reads(fields []*Field) []string {
	var paths []string
	for _, f := range fields {
		for _, path := range f.Reads {
			if _, ok := given()[path]; !ok {
				paths = append(paths, path)
			}
			if related, _ := record.SplitField(path); related != "" {
				paths = append(paths, related+"_id") // which record it is
			}
		}
		paths = append(paths, f.FieldKey)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// checkPlace refuses a definition that has no place in the sheet.
func (s *Sheet) checkPlace(d record.Definition) *enrich.Error {
	root, ok := record.RootNamed(d.Root)
	if !ok {
		return invalid("root", "There is no root %q; these are: %s.", d.Root, strings.Join(record.RootNames(), ", "))
	}
	_, own := root.Fields[d.FieldKey]
	_, taken := given()[d.FieldKey]
	_, related := root.Related[d.FieldKey]
	switch {
	case d.Kind == record.CustomColumn && (own || taken || related):
		return invalid("field_key", "%s has a field %q already; a column needs another key.", d.Root, d.FieldKey)
	case d.Kind == record.CustomColumn && !keyPattern.MatchString(d.FieldKey):
		return invalid("field_key", "A field_key has up to 100 small letters, digits and _, and begins with a letter.")
	case d.Kind == record.FieldRule && !slices.Contains(root.Writable, d.FieldKey):
		return invalid("field_key", "A rule cannot set %q of %s; it can set: %s.", d.FieldKey, d.Root, strings.Join(root.Writable, ", "))
	}
	return nil
}

func invalid(field, format string, args ...any) *enrich.Error {
	return &enrich.Error{Code: enrich.CodeInvalid, Field: field, Message: fmt.Sprintf(format, args...)}
}
