package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/enrichd/enrichd/postgres"
)

type doctorCmd struct {
	databaseFlags
	dispatchFlags
	Fix   bool     `help:"Make dispatch rows and counters anew from the tasks, and give back what dead processes hold."`
	Only  []string `help:"Checks to make: config, dispatch, traces, disk, migrations, database, clock, listen, indexes, webhooks, due, leases, retention, records. Default: all."`
	Blobs string   `env:"ENRICHD_BLOBS" default:".enrichd/blobs" help:"Folder of the contents, whose disk is looked at."`
	Days  int      `name:"retention-days" env:"ENRICHD_RETENTION_DAYS" help:"Days after which history is moved out, as enrichd retention move is told them. Default: whether it is moved is not looked at."`
}

// checks are the names of all checks, in the order in which they are told.
func checks() []string {
	return strings.Fields("config dispatch traces disk migrations database clock listen indexes webhooks due leases retention records")
}

// finding is what one check found. Where it is not well it says what to do.
type finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Says  string `json:"says"`
	Fix   string `json:"fix,omitempty"`
}

// Run looks for faults; it ends with 1 where one is left.
func (c doctorCmd) Run(ctx runContext, model *kong.Kong, s *streams) error {
	for _, name := range c.Only {
		if !slices.Contains(checks(), name) {
			return &exitCode{exitUsage, fmt.Errorf("there is no check %q: %s", name, strings.Join(checks(), ", "))}
		}
	}
	if c.DatabaseURL == "" {
		return errNoDatabase
	}
	findings := []finding{}
	add := func(f ...finding) {
		for _, one := range f {
			if c.asked(one.Check) {
				findings = append(findings, one)
			}
		}
	}
	add(checkConfig(model.Model.Node, os.Environ()))
	add(checkDispatch(c.dispatchFlags))
	if c.asked("traces") {
		add(checkTraces(ctx, os.Getenv))
	}
	add(checkDisk(c.Blobs, diskOf))
	add(c.checkMigrations(ctx))
	db, err := c.store(ctx, postgres.Options{})
	if err != nil {
		return &exitCode{exitTemporary, err}
	}
	defer db.Close()
	if c.Dispatch == byCloudTasks {
		h, err := db.Handovers(ctx)
		if err != nil {
			return err
		}
		add(checkHandovers(h))
	}
	condition, err := db.Condition(ctx)
	if err != nil {
		return err
	}
	add(checkDatabase(condition, c.Pooler)...)
	if c.asked("webhooks") {
		ailing, err := db.AilingEndpoints(ctx)
		if err != nil {
			return err
		}
		add(checkWebhooks(ailing))
	}
	late, err := c.checkLate(ctx, db)
	if err != nil {
		return err
	}
	add(late...)
	var faults []postgres.Fault
	if c.asked("records") {
		if faults, err = db.Examine(ctx, c.Fix); err != nil {
			return err
		}
		add(checkRecords(faults))
	}
	return c.tell(s, findings, faults)
}

// asked reports whether a check is to be made.
func (c doctorCmd) asked(check string) bool {
	return len(c.Only) == 0 || slices.Contains(c.Only, check)
}

func (c doctorCmd) tell(s *streams, findings []finding, faults []postgres.Fault) error {
	problems := 0
	for _, f := range findings {
		mark := "✓"
		if !f.OK {
			problems++
			mark = "✗"
		}
		if s.json || f.OK && len(c.Only) == 1 { // silent where one check is well
			continue
		}
		fmt.Fprintf(s.out, "%s %-12s %s\n", mark, f.Check, f.Says)
		if f.Fix != "" {
			fmt.Fprintf(s.out, "    fix   %s\n", f.Fix)
		}
	}
	if s.json {
		if err := s.printJSON(map[string]any{"checks": findings, "faults": append([]postgres.Fault{}, faults...)}); err != nil {
			return err
		}
	}
	for _, f := range faults {
		mark := "mended"
		if !f.Mended {
			mark = "found "
		}
		if !s.json {
			fmt.Fprintf(s.out, "%s  %-20s %s %s: expected %s, found %s\n", mark, f.Code, f.WorkspaceID, f.Subject, f.Expected, f.Found)
		}
	}
	if problems > 0 {
		return fmt.Errorf("%d of %d checks found something; each says what mends it", problems, len(findings))
	}
	return nil
}

// checkConfig looks for variables that nothing reads.
func checkConfig(root *kong.Node, environ []string) finding {
	known := []string{"ENRICHD_DATABASE_URL", "ENRICHD_READER", "ENRICHD_FIGURES", "ENRICHD_FAILPOINTS"}
	var visit func(*kong.Node)
	visit = func(n *kong.Node) {
		for _, f := range n.Flags {
			known = append(known, f.Envs...)
		}
		for _, c := range n.Children {
			visit(c)
		}
	}
	visit(root)
	read, fixes := 0, []string{}
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		switch {
		case !strings.HasPrefix(name, "ENRICHD_"), strings.HasPrefix(name, "ENRICHD_TEST_"):
		case slices.Contains(known, name):
			read++
		default:
			fixes = append(fixes, fmt.Sprintf("%s: did you mean %s?", name, nearest(name, known)))
		}
	}
	return finding{"config", len(fixes) == 0, fmt.Sprintf("%d variables read, %d unknown", read, len(fixes)), strings.Join(fixes, " ")}
}

func (c doctorCmd) checkMigrations(ctx context.Context) finding {
	states, err := postgres.MigrationStatus(ctx, c.owner())
	if err != nil {
		return finding{"migrations", false, "cannot be read: " + err.Error(), "name a login that may read them in ENRICHD_MIGRATE_URL"}
	}
	missing := 0
	for _, m := range states {
		if m.AppliedAt.IsZero() {
			missing++
		}
	}
	if missing > 0 {
		return finding{"migrations", false, fmt.Sprintf("%d of %d are missing", missing, len(states)), "enrichd migrate up"}
	}
	return finding{"migrations", true, fmt.Sprintf("%d of %d", len(states), len(states)), ""}
}

// Bounds beyond which the doctor warns.
const (
	mostSkew  = time.Second // between the two clocks
	mostTaken = 90          // per cent of all connections
)

func checkDatabase(c postgres.Condition, pooler bool) []finding {
	says := fmt.Sprintf("PostgreSQL %s, %d ms, %d of %d connections", c.Version, c.RoundTrip.Milliseconds(), c.SlotsTaken, c.SlotsAllowed)
	fix := ""
	if c.SlotsTaken*100 > c.SlotsAllowed*mostTaken {
		fix = "raise max_connections, or run fewer slots (ENRICHD_SLOTS): a process takes its slots and eight more"
	}
	list := []finding{
		{"database", fix == "", says, fix},
		checkClock(c),
		{"listen", true, "LISTEN passes through", ""},
		{"indexes", true, "all can be used", ""},
	}
	switch {
	case pooler:
		list[2].Says = "behind a pooler nobody listens: work is found by asking"
	case !c.Listens:
		list[2] = finding{
			"listen", false, "LISTEN does not pass through this connection: work is found by asking, up to a second later; nothing is lost",
			"let DATABASE_URL name the database itself; where it must be PgBouncer in transaction mode, set ENRICHD_POOLER=true",
		}
	}
	if len(c.BadIndexes) > 0 {
		list[3] = finding{"indexes", false, "these cannot be used: " + strings.Join(c.BadIndexes, ", "), "REINDEX INDEX CONCURRENTLY " + c.BadIndexes[0]}
	}
	return list
}

func checkRecords(faults []postgres.Fault) finding {
	left := 0
	for _, f := range faults {
		if !f.Mended {
			left++
		}
	}
	if left > 0 {
		return finding{"records", false, fmt.Sprintf("%d tasks, dispatch rows or counters do not fit together", left), "enrichd doctor --fix"}
	}
	return finding{"records", true, fmt.Sprintf("tasks, dispatch rows and counters fit together; %d mended", len(faults)), ""}
}
