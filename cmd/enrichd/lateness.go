package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
)

// What should have happened long ago, as the doctor looks for it.

// Bounds beyond which something is late.
const (
	lateToBegin = 5 * time.Minute    // since it was due
	lateToSweep = 30 * time.Second   // since the last sign of life; a living worker takes 8
	lateToMove  = 2 * 24 * time.Hour // beside the days of retention: a timer runs once a day
	leastDays   = int(postgres.HistoryAge / (24 * time.Hour))
	overdueTold = 5 // types, or workspaces, that are named
)

// checkLate looks for work that nobody begins, claims that nobody gives back and
// history that nobody moves.
func (c doctorCmd) checkLate(ctx context.Context, db *postgres.DB) (list []finding, err error) {
	if c.asked("due") {
		overdue, err := db.Overdue(ctx, lateToBegin)
		if err != nil {
			return nil, err
		}
		list = append(list, checkDue(overdue, c.Dispatch == byCloudTasks))
	}
	if c.asked("leases") {
		swept := 0
		for n := -1; c.Fix && n != 0; swept += n {
			if n, err = db.Sweep(ctx); err != nil {
				return nil, err
			}
		}
		lost, err := db.Lost(ctx, lateToSweep)
		if err != nil {
			return nil, err
		}
		list = append(list, checkLeases(lost, swept))
	}
	if c.asked("retention") {
		var unmoved []postgres.Unmoved
		if c.Days >= leastDays {
			if unmoved, err = db.Unmoved(ctx, time.Now().Add(-time.Duration(c.Days)*24*time.Hour-lateToMove)); err != nil {
				return nil, err
			}
		}
		list = append(list, checkRetention(unmoved, c.Days))
	}
	return list, nil
}

// checkDue names the types of which tasks wait and nobody begins any.
func checkDue(list []postgres.Overdue, byQueue bool) finding {
	if len(list) == 0 {
		return finding{"due", true, "what is due is begun, or waits behind other work or for a limit", ""}
	}
	var says, fixes []string
	fix := func(words string) {
		if len(fixes) == 0 || fixes[len(fixes)-1] != words {
			fixes = append(fixes, words)
		}
	}
	for i, o := range list {
		if i == overdueTold {
			says = append(says, fmt.Sprintf("and %d more types", len(list)-i))
			break
		}
		since := o.For.Round(time.Second)
		switch {
		case o.Workers == 0 && !knownType(o.Type):
			says = append(says, fmt.Sprintf("%d %s due for up to %s, a type that this version does not know", o.Tasks, o.Type, since))
			fix("run a version that knows the type, or take the tasks back: enrichd task list --type " + o.Type)
		case o.Workers == 0:
			says = append(says, fmt.Sprintf("%d %s due for up to %s, and no running process takes them", o.Tasks, o.Type, since))
			fix("run enrichd serve --roles worker on any host")
		case !byQueue:
			says = append(says, fmt.Sprintf("%d %s due for up to %s, while all %d processes that take them are idle", o.Tasks, o.Type, since, o.Workers))
			fix("look at the logs of the workers (enrichd serve --roles worker) and start them again")
		}
	}
	if len(says) == 0 { // how hand-overs fare, the check of the dispatcher says
		return checkDue(nil, byQueue)
	}
	return finding{"due", false, printable(strings.Join(says, "; ")), strings.Join(fixes, "; ")}
}

// knownType reports whether this version has a kind of that name.
func knownType(name string) bool {
	for _, t := range enrich.Types() {
		if string(t) == name {
			return true
		}
	}
	return false
}

// checkLeases tells of claims that outlive their process.
func checkLeases(lost postgres.Lost, swept int) finding {
	if lost.Claims > 0 {
		return finding{
			"leases", false, fmt.Sprintf("%d tasks are in the hands of processes that gave no sign of life for up to %s", lost.Claims, lost.For.Round(time.Second)),
			"run enrichd serve --roles worker: any worker gives them back within seconds; or enrichd doctor --fix",
		}
	}
	if swept > 0 {
		return finding{"leases", true, fmt.Sprintf("%d tasks were given back that dead processes held", swept), ""}
	}
	return finding{"leases", true, "whoever holds a task is alive", ""}
}

// checkRetention tells of history that should have been moved out.
func checkRetention(list []postgres.Unmoved, days int) finding {
	switch {
	case days == 0:
		return finding{"retention", true, "history stays in the database: ENRICHD_RETENTION_DAYS is not set", ""}
	case days < leastDays:
		return finding{"retention", false, fmt.Sprintf("%d days are fewer than a move takes", days), fmt.Sprintf("set ENRICHD_RETENTION_DAYS to %d or more", leastDays)}
	case len(list) == 0:
		return finding{"retention", true, fmt.Sprintf("what settled more than %d days ago was moved out", days), ""}
	}
	var says []string
	for i, u := range list {
		if i == overdueTold {
			says = append(says, fmt.Sprintf("%d more workspaces", len(list)-i))
			break
		}
		says = append(says, fmt.Sprintf("%s (from %s on)", u.WorkspaceID, u.Oldest.UTC().Format(time.DateOnly)))
	}
	return finding{
		"retention", false, printable(fmt.Sprintf("tasks that settled more than %d days ago are still in the database: %s", days, strings.Join(says, ", "))),
		"enrichd retention move, and once a day by a timer",
	}
}
