package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// report is everything that was measured.
type report struct {
	Began    time.Time         `json:"began"`
	Took     string            `json:"took"`
	Postgres string            `json:"postgresql"`
	Settings map[string]string `json:"settings"`
	Config   config            `json:"config"`
	Tasks    int               `json:"tasks"`
	Rounds   int               `json:"rounds"`
	Laps     map[string][]lap  `json:"laps"`
	Waits    map[string]waits  `json:"idle_start_milliseconds,omitempty"`
	Snapshot []lap             `json:"snapshot,omitempty"`    // before, and its last quarter
	Grown    []lap             `json:"no_snapshot,omitempty"` // the same without one
	Behind   int               `json:"finished_rows,omitempty"`
}

// waits are quantiles of how long single jobs wait on an idle queue.
type waits struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

func (r *report) add(name string, l lap) {
	if r.Laps == nil {
		r.Laps = map[string][]lap{}
	}
	r.Laps[name] = append(r.Laps[name], l)
}

func median(laps []lap, of func(lap) float64) float64 {
	values := make([]float64, len(laps))
	for i, l := range laps {
		values[i] = of(l)
	}
	slices.Sort(values)
	if len(values) == 0 {
		return 0
	}
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func rate(l lap) float64 { return l.Rate }
func wal(l lap) float64  { return l.WAL }

func serverTime(l lap) float64  { return l.Server }
func programTime(l lap) float64 { return l.Program }

// table is the report for docs/figures.md: medians, and what each figure must be.
func (r *report) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\nPostgreSQL %s, %d jobs a round, %d rounds in turn, %d slots, %d connections, %d jobs an enqueue; medians\n\n",
		r.Postgres, r.Tasks, r.Rounds, r.Config.Slots, r.Config.Conns, r.Config.Chunk)
	b.WriteString("| contestant | tasks/s | WAL bytes a task | processor time a task: server, program |\n|---|---|---|---|\n")
	names, _ := contestants()
	for _, name := range append(names, behindNames()...) {
		if laps := r.Laps[name]; laps != nil {
			fmt.Fprintf(&b, "| %s | %.0f | %.0f | %.0f, %.0f µs |\n", name, median(laps, rate), median(laps, wal), median(laps, serverTime), median(laps, programTime))
		}
	}
	b.WriteString("\n| figure | ratio | must reach |\n|---|---|---|\n")
	line := func(what string, ratio float64, must string) {
		if ratio != 0 {
			fmt.Fprintf(&b, "| %s | %.2f × | %s |\n", what, ratio, must)
		}
	}
	line("tasks/s against River with the same record", r.ratio(enrichdName, riverRecord, rate), "≥ 4 ×")
	line("tasks/s against River with a record that has the contract's indexes alone", r.ratio(enrichdName, riverLean, rate), "")
	line("tasks/s against River bare", r.ratio(enrichdName, riverBare, rate), "≥ 1.0 ×")
	line("tasks/s against the SQL floor", r.ratio(enrichdName, floorName, rate), "≥ 0.8 ×")
	line("WAL bytes a task against River with the same record", r.ratio(enrichdName, riverRecord, wal), "≤ 0.75 ×")
	line("WAL bytes a task against River with the contract's indexes alone", r.ratio(enrichdName, riverLean, wal), "")
	for _, suffix := range []string{"", afterwards} {
		line(fmt.Sprintf("tasks/s behind %d finished rows against an empty table%s", r.Behind, suffix), r.ratio(behindName+suffix, emptyName+suffix, rate), "≥ 0.9 ×")
		line("the same of the floor"+suffix, r.ratio(behindFloor+suffix, emptyFloor+suffix, rate), "")
	}
	for _, name := range []string{riverIdle, riverBusy} {
		for _, own := range []string{enrichdName, enrichdOne} {
			if p, ours := r.Waits[name], r.Waits[own]; p.P50 != 0 {
				fmt.Fprintf(&b, "| idle start, commit → kind entered: %s %.2f and %.2f ms, %s %.2f and %.2f ms (p50, p99) | %.2f × and %.2f × | ≤ 0.25 × and ≤ 0.5 × |\n",
					own, ours.P50, ours.P99, name, p.P50, p.P99, ours.P50/p.P50, ours.P99/p.P99)
			}
		}
	}
	for _, name := range []string{wireName, wireOne} {
		if least := r.Waits[name]; least.P50 != 0 {
			fmt.Fprintf(&b, "| idle start, the least: %s %.2f and %.2f ms; against %s | %.2f × and %.2f × | |\n",
				name, least.P50, least.P99, riverIdle, least.P50/r.Waits[riverIdle].P50, least.P99/r.Waits[riverIdle].P99)
		}
	}
	if len(r.Snapshot) == 2 {
		line("tasks/s at the end of a snapshot held open, against before", r.Snapshot[1].Rate/r.Snapshot[0].Rate, "≥ 0.8 ×")
		line("the same on tables that grow as long without a snapshot", r.Grown[1].Rate/r.Grown[0].Rate, "")
		line("tasks/s at the end with the snapshot against without", r.Snapshot[1].Rate/r.Grown[1].Rate, "")
	}
	return b.String()
}

func behindNames() []string {
	return []string{emptyName, behindName, emptyFloor, behindFloor, emptyName + afterwards, behindName + afterwards, emptyFloor + afterwards, behindFloor + afterwards}
}

func (r *report) ratio(of, against string, by func(lap) float64) float64 {
	if r.Laps[of] == nil || r.Laps[against] == nil {
		return 0
	}
	return median(r.Laps[of], by) / median(r.Laps[against], by)
}
