package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// newValue is a field of a record that has another value than before.
type newValue struct {
	entityType, entityID, field string
	// own is set for a cell that a task on the same record computed, with all columns
	// that follow from it there.
	own bool
}

// dependents says which columns and rules read what has changed, record by record:
// each an occasion on the channel. Whatever changed is never among its targets.
func dependents(ctx context.Context, tx pgx.Tx, ws int64, channel enrich.SourceChannel, changes []newValue) ([]enrich.Occasion, error) {
	if len(changes) == 0 {
		return nil, nil
	}
	all, err := definitionsIn(ctx, tx, ws)
	if err != nil || len(all.All) == 0 {
		return nil, err
	}
	t := targets{}
	for _, c := range changes {
		for _, d := range all.All {
			if d.Mode == record.Off {
				continue
			}
			if err := t.follow(ctx, tx, ws, c, d); err != nil {
				return nil, err
			}
		}
	}
	var edit string // each change is an occasion of its own, also where the same value comes back
	if err := tx.QueryRow(ctx, `SELECT gen_random_uuid()::text`).Scan(&edit); err != nil {
		return nil, err
	}
	return t.occasions(channel, edit), nil
}

// targets are the definitions to evaluate, by record.
type targets map[recordRef]map[record.DefinitionKind][]string

func (t targets) add(ref recordRef, d record.Definition) {
	if t[ref] == nil {
		t[ref] = map[record.DefinitionKind][]string{}
	}
	if !slices.Contains(t[ref][d.Kind], d.FieldKey) {
		t[ref][d.Kind] = append(t[ref][d.Kind], d.FieldKey)
	}
}

// follow adds the records on which a definition reads what has changed.
func (t targets) follow(ctx context.Context, tx pgx.Tx, ws int64, c newValue, d record.Definition) error {
	root, ok := record.RootNamed(d.Root)
	if !ok {
		return nil
	}
	if root.EntityType == c.entityType && d.FieldKey != c.field && !(c.own && d.Kind == record.CustomColumn) && reads(d, c.field) {
		t.add(recordRef{c.entityType, c.entityID}, d)
	}
	for name, related := range root.Related {
		target, _ := record.RootNamed(related)
		if target.EntityType != c.entityType || !slices.Contains(d.Reads, name+"."+c.field) {
			continue
		}
		table := rootTables()[root.Name]
		rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT %s FROM %s WHERE workspace_pk = $1 AND %s = $2 AND deleted_at IS NULL ORDER BY pk`,
			table.id, table.table, table.related[name]), ws, c.entityID)
		if err != nil {
			return err
		}
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, id := range ids {
			t.add(recordRef{root.EntityType, id}, d)
		}
	}
	return nil
}

// reads reports whether a definition reads a field of its record, or a related one
// that the field names.
func reads(d record.Definition, field string) bool {
	related, isLink := strings.CutSuffix(field, "_id")
	return slices.ContainsFunc(d.Reads, func(path string) bool {
		return path == field || isLink && strings.HasPrefix(path, related+".")
	})
}

// Records with the same targets are computed together where there are more than
// these: one task then has as many as one may have.
const (
	aloneUpTo    = 100
	recordsATask = 500
)

// occasions are the targets, each record alone or in tasks of many.
func (t targets) occasions(channel enrich.SourceChannel, edit string) []enrich.Occasion {
	groups := map[string][]recordRef{}
	for ref, kinds := range t {
		key := fmt.Sprint(ref.entityType, kinds)
		groups[key] = append(groups[key], ref)
	}
	var list []enrich.Occasion
	for _, refs := range groups {
		slices.SortFunc(refs, func(a, b recordRef) int { return strings.Compare(a.id, b.id) })
		size := 1
		if len(refs) > aloneUpTo {
			size = recordsATask
		}
		for some := range slices.Chunk(refs, size) {
			o := enrich.Occasion{
				Channel: channel, EntityType: some[0].entityType, EntityID: some[0].id, Facts: map[string]string{"checksum": edit},
				Targets: map[enrich.Type][]string{},
			}
			if columns := t[some[0]][record.CustomColumn]; len(columns) > 0 {
				o.Targets[enrich.CustomColumn], o.Facts["columns"] = columns, "true"
			}
			if rules := t[some[0]][record.FieldRule]; len(rules) > 0 {
				o.Targets[enrich.FieldRule], o.Facts["rules"] = rules, "true"
			}
			if len(some) > 1 {
				ids := make([]string, len(some))
				for i, ref := range some {
					ids[i] = ref.id
				}
				o.Input = map[string]any{"record_ids": ids}
			}
			list = append(list, o)
		}
	}
	slices.SortFunc(list, func(a, b enrich.Occasion) int {
		return strings.Compare(a.EntityType+a.EntityID, b.EntityType+b.EntityID)
	})
	return list
}

// followChanges adds the tasks that follow from what a settlement changed. Where
// definitions set each other off for too long it ends, and the output says so.
func followChanges(ctx context.Context, tx pgx.Tx, ws int64, s *enrich.Settlement, changes []newValue) error {
	if s.Follow == nil {
		return nil
	}
	channel := enrich.CellEdit
	if c := s.Claim.Task.SourceChannel; c != nil && *c == enrich.OCRCompletion {
		channel = enrich.OCRCompletion
	}
	occasions, err := dependents(ctx, tx, ws, channel, changes)
	if err != nil || len(occasions) == 0 {
		return err
	}
	if s.Claim.Depth+1 > enrich.MaxDepth {
		return endLoop(s, occasions)
	}
	more, err := s.Follow(occasions)
	s.FollowUps = append(s.FollowUps, more...)
	return err
}

// endLoop says in a task's result why nothing follows from it any more.
func endLoop(s *enrich.Settlement, occasions []enrich.Occasion) error {
	var fields []string
	for _, o := range occasions {
		for _, names := range o.Targets {
			fields = append(fields, names...)
		}
	}
	slices.Sort(fields)
	reason := enrich.Reason{Code: "loop_ended", Message: fmt.Sprintf("Columns and rules set each other off %d times in a row; it ends here. What would have followed: %s.",
		s.Claim.Depth, strings.Join(slices.Compact(fields), ", "))}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(s.Output, &out); err != nil || out == nil {
		out = map[string]json.RawMessage{}
	}
	var reasons []enrich.Reason
	_ = json.Unmarshal(out["_reasons"], &reasons) // absent where there are none
	raw, err := json.Marshal(append(reasons, reason))
	if err != nil {
		return err
	}
	out["_reasons"] = raw
	s.Description += " " + reason.Message
	s.Output, err = json.Marshal(out)
	return err
}
