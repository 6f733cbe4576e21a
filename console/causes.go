package console

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// failuresRead is how many failed tasks are looked at for their causes.
const failuresRead = 2000

// cause is the failed tasks of one type that say the same.
type cause struct {
	Type        enrich.Type
	Words       string // of the latest of them
	Count       int
	First, Last time.Time
	TaskID      string // the latest
}

// particular is what differs between errors of one cause: ids, numbers and
// whatever is quoted.
var particular = regexp.MustCompile(`[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|"[^"]*"|«[^»]*»|'[^']*'|[0-9]+`)

// causes groups failures by type and by what their errors have in common, the
// most frequent first.
func causes(failures []postgres.Failure) []cause {
	type key struct {
		Type  enrich.Type
		Words string
	}
	groups := map[key]*cause{}
	for _, f := range failures {
		k := key{f.Type, particular.ReplaceAllString(f.Error, "…")}
		g := groups[k]
		if g == nil {
			g = &cause{Type: f.Type, Words: strings.TrimSpace(f.Error), First: f.At, Last: f.At, TaskID: f.TaskID}
			groups[k] = g
		}
		g.Count++
		if f.At.Before(g.First) {
			g.First = f.At
		}
		if f.At.After(g.Last) {
			g.Last, g.TaskID, g.Words = f.At, f.TaskID, strings.TrimSpace(f.Error)
		}
	}
	list := make([]cause, 0, len(groups))
	for _, g := range groups {
		list = append(list, *g)
	}
	slices.SortFunc(list, func(a, b cause) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), b.Last.Compare(a.Last), cmp.Compare(a.TaskID, b.TaskID))
	})
	return list
}
