package postgres_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// expandsSince is the newest migration from before the rule.
const expandsSince = "20261126031000"

// contracting is what the version before may not survive, or what may not survive
// the version before: each with its reason.
var contracting = []struct {
	statement *regexp.Regexp
	why       string
}{
	{regexp.MustCompile(`\bdrop (table|view|function|procedure|type|schema|trigger|sequence)\b`), "drops what the version before may use"},
	{regexp.MustCompile(`\brename\b`), "renames what the version before may use"},
	{regexp.MustCompile(`^alter table .*\bset not null\b`), "asks for a value that the version before may not give"},
	{regexp.MustCompile(`^alter table .*\balter (column )?\w+ (set data )?type\b`), "changes the type of what the version before reads and writes"},
	{regexp.MustCompile(`^alter table .*\badd (constraint \w+ )?(check|unique|primary key|foreign key|exclude)\b`), "refuses what the version before may write"},
	{regexp.MustCompile(`^alter table .*\balter (column )?\w+ drop default\b`), "takes a value away that the version before relies on"},
	{regexp.MustCompile(`^truncate\b`), "empties a table"},
}

var (
	newColumn   = regexp.MustCompile(`\badd (column )?(if not exists )?(\w+) `)
	dropped     = regexp.MustCompile(`(?:^| )drop (\w+)`)
	notDropped  = regexp.MustCompile(`^(constraint|not|default|identity|expression)$`)
	notColumns  = regexp.MustCompile(`^(constraint|check|unique|primary|foreign|exclude|value|attribute|column|if)$`)
	obliged     = regexp.MustCompile(`\bnot null\b`)
	givesItself = regexp.MustCompile(`\b(default|generated)\b`)
	contracts   = regexp.MustCompile(`(?m)^-- contract: \S+`)
	comments    = regexp.MustCompile(`--[^\n]*`)
)

// contractions tells what of a migration takes something from the version before.
// A function's body is looked at like everything else.
func contractions(sql string) []string {
	var found []string
	for statement := range strings.SplitSeq(strings.ToLower(comments.ReplaceAllString(sql, "")), ";") {
		statement = strings.Join(strings.Fields(statement), " ")
		for _, rule := range contracting {
			if rule.statement.MatchString(statement) {
				found = append(found, rule.why+": "+statement)
			}
		}
		if !strings.HasPrefix(statement, "alter table ") {
			continue
		}
		for _, action := range actions(statement) {
			if m := dropped.FindStringSubmatch(action); m != nil && !notDropped.MatchString(m[1]) {
				found = append(found, "drops a column that the version before may use: "+action)
			}
			m := newColumn.FindStringSubmatch(action + " ")
			if m != nil && !notColumns.MatchString(m[3]) && obliged.MatchString(action) && !givesItself.MatchString(action) {
				found = append(found, "adds a column that the version before leaves empty: "+action)
			}
		}
	}
	return found
}

// actions are the parts of a statement between its commas; those in brackets are
// no parts.
func actions(statement string) []string {
	depth, from := 0, 0
	var list []string
	for i, r := range statement {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 0:
			list, from = append(list, statement[from:i]), i+1
		}
	}
	return append(list, statement[from:])
}

// The version before goes on working on a schema that was migrated under it, and
// can come back to it: a migration adds. What takes something away waits for a
// version after the last that used it, and says so: "-- contract: WHY".
func TestMigrationsExpand(t *testing.T) {
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	for _, file := range files {
		version, _, _ := strings.Cut(filepath.Base(file), "_")
		sql, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if version <= expandsSince || contracts.Match(sql) {
			continue
		}
		for _, c := range contractions(string(sql)) {
			t.Errorf("%s %s\n(docs/explanation/hosts.md, Expand and contract)", filepath.Base(file), c)
		}
	}
}

func TestContractionsAreFound(t *testing.T) {
	for _, sql := range []string{
		"ALTER TABLE t DROP COLUMN c", "ALTER TABLE t ADD a int, DROP COLUMN IF EXISTS c", "ALTER TABLE t DROP c", "DROP TABLE t", "DROP FUNCTION f()",
		"ALTER TABLE t RENAME COLUMN a TO b", "ALTER TABLE t RENAME TO u", "ALTER TYPE e RENAME VALUE 'a' TO 'b'",
		"ALTER TABLE t ALTER COLUMN c SET NOT NULL", "ALTER TABLE t ALTER c TYPE bigint", "ALTER TABLE t ALTER c SET DATA TYPE bigint",
		"ALTER TABLE t ADD COLUMN c int NOT NULL", "ALTER TABLE t\n\tADD a int,\n\tADD c numeric(10, 2) NOT NULL", "ALTER TABLE t ADD COLUMN IF NOT EXISTS c text NOT NULL",
		"ALTER TABLE t ADD CONSTRAINT k CHECK (c > 0)", "ALTER TABLE t ADD UNIQUE (c)", "ALTER TABLE t ALTER c DROP DEFAULT", "TRUNCATE t",
		"CREATE INDEX i ON t (c);\nALTER TABLE t DROP COLUMN c;",
	} {
		if contractions(sql) == nil {
			t.Errorf("not found: %s", sql)
		}
	}
	for _, sql := range []string{
		"CREATE TABLE t (c int NOT NULL CHECK (c > 0))", "ALTER TABLE t ADD COLUMN c int", "ALTER TABLE t ADD c int NOT NULL DEFAULT 0",
		"ALTER TABLE t ADD c bigint GENERATED ALWAYS AS IDENTITY NOT NULL", "CREATE INDEX i ON t (c) WHERE c IS NOT NULL", "DROP INDEX i",
		"ALTER TABLE t ADD a numeric(10, 2), ADD b int NOT NULL DEFAULT 1", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$",
		"ALTER TABLE t ALTER c DROP NOT NULL", "ALTER TABLE t DROP CONSTRAINT k", "ALTER TYPE e ADD VALUE 'x'", "-- DROP TABLE t\nSELECT 1",
	} {
		if found := contractions(sql); found != nil {
			t.Errorf("%s: %q", sql, found)
		}
	}
	for sql, marked := range map[string]bool{"-- contract: nobody reads it since 1.4\nDROP TABLE t": true, "-- contract\nDROP TABLE t": false, "-- no contract: x": false} {
		if contracts.MatchString(sql) != marked {
			t.Errorf("%q is marked: %v", sql, !marked)
		}
	}
}
