package enrichd

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/enrichd/enrichd/"

// floors says, room by room, which rooms it may import. A room that is not here
// fails the test: it needs a floor first. Test files are not looked at.
var floors = map[string][]string{
	// Floor 1: the standard library and well-kept ones.
	"enrich": {}, "jsonapi": {}, "filetype": {}, "einvoice": {"filetype"}, "bankfile": {"filetype"}, "local": {}, "client": {}, "blob": {}, "reader": {"hypertext"}, "hypertext": {}, "failpoint": {}, "tracing": {}, "signed": {}, "email": {},
	"webpage": {}, "provider": {}, "formula": {}, "registry": {"enrich", "fetch", "record"}, "sitefacts": {"enrich", "fetch", "record", "webpage"},
	"fetch": {"enrich"},
	"llm":   {"enrich", "fetch"},
	// A test kit: tests alone import it.
	"fetch/replay": {"fetch"},
	"record":       {"enrich"}, "closing": {"record"},
	"matching": {"record"}, "matching/generate": {"matching"}, "matching/entity": {"record"},
	// Hands tasks to a service outside; cmd/enrichd alone imports it, see TestCloudTasksCanBeLeftOut.
	"cloudtasks": {"enrich", "failpoint"}, "cloudtasks/push": {"cloudtasks", "enrich", "failpoint"},
	// The service, on loopback: for tests and campaigns of faults.
	"cloudtasks/fake": {},
	// Floor 2: memory, engine, kinds.
	"postgres":        {"enrich", "failpoint", "record", "tracing"},
	"postgres/pgtest": {"postgres", "local"},
	"dispatch":        {"enrich", "failpoint", "tracing"},
	"trigger":         {"enrich", "record"},
	"pagefacts":       {"record"},
	"preview":         {"blob", "reader"},
	"extraction":      {"blob", "einvoice", "filetype", "hypertext", "reader", "pagefacts", "signed"},
	"sheet":           {"enrich", "formula", "record"},
	"statement":       {"bankfile", "enrich", "record", "trigger"},
	"kind":            {"enrich", "extraction", "llm", "kind/*"},
	// A test kit: tests alone import it.
	"kind/kindtest": {"enrich", "record", "blob", "extraction", "reader", "postgres", "postgres/pgtest"},
	"kind/*":        {"enrich", "record", "sheet", "formula", "blob", "einvoice", "extraction", "reader", "pagefacts", "matching", "matching/entity", "provider", "closing", "fetch", "webpage", "sitefacts", "registry", "llm"},
	// Floor 3: the faces.
	"api":     {"bankfile", "blob", "closing", "email", "enrich", "formula", "jsonapi", "postgres", "record", "sheet", "statement", "trigger"},
	"console": {"bankfile", "closing", "enrich", "postgres", "reader", "record", "statement", "trigger"},
	"mcp":     {"client"},
	"backup":  {"local"},
	"docs":    {},
	"history": {"postgres"},
	// Tells other programs.
	"webhook": {"enrich", "fetch", "postgres", "record"},
	"demo":    {"record"},
	// Invents books with their truth; shares no code with what is tested on them.
	"demo/world": {},
	// A program that writes the demo's files; nothing else runs it.
	"demo/generate": {"record"},
	// Proves the engine from outside, through the program alone. Its judge knows nothing of ours.
	"chaos":       {"chaos/check", "enrich", "local"},
	"chaos/check": {},
	// Floor 4: everything.
	"cmd/enrichd": {"*"},
}

// pgx is the memory's alone. A campaign of faults reads tables with SQL of its own:
// the product's queries are among what it judges.
const pgx = "github.com/jackc/pgx"

var pgxRooms = []string{"postgres", "postgres/pgtest", "chaos"}

func TestNoImportClimbs(t *testing.T) {
	for file, imports := range importsOf(t, ".") {
		room := filepath.ToSlash(filepath.Dir(file))
		allowed, known := allowedFor(room)
		if !known {
			t.Errorf("%s: the room %s has no floor: give it one in floors_test.go", file, room)
			continue
		}
		for _, path := range imports {
			if strings.HasPrefix(path, pgx) && !slices.Contains(pgxRooms, room) {
				t.Errorf("%s imports %s: SQL stands in postgres alone", file, path)
			}
			if to, ours := strings.CutPrefix(path, module); ours && !permits(allowed, to) {
				t.Errorf("%s: %s may not import %s", file, room, to)
			}
		}
	}
}

// The test itself must catch an import that climbs.
func TestFloorsCatchAClimb(t *testing.T) {
	for room, to := range map[string]string{"enrich": "record", "kind/ocr": "postgres", "dispatch": "postgres", "postgres": "api", "kind/extract": "kind/ocr"} {
		allowed, known := allowedFor(room)
		if !known || permits(allowed, to) {
			t.Errorf("%s may import %s", room, to)
		}
	}
}

// A build with the tag nocloudtasks does without the service and its libraries: one
// file of the program, at most, imports what speaks with it, and has that tag.
func TestCloudTasksCanBeLeftOut(t *testing.T) {
	var importers []string
	for file, imports := range importsOf(t, ".") {
		if strings.HasPrefix(file, "cloudtasks/") {
			continue
		}
		if slices.ContainsFunc(imports, func(path string) bool { return strings.HasPrefix(path, module+"cloudtasks") }) {
			importers = append(importers, file)
		}
	}
	if len(importers) > 1 {
		t.Errorf("%v import cloudtasks: one file may", importers)
	}
	for _, file := range importers {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(source), "//go:build !nocloudtasks\n") {
			t.Errorf("%s is not left out of a build with the tag nocloudtasks", file)
		}
	}
}

func allowedFor(room string) ([]string, bool) {
	if allowed, ok := floors[room]; ok {
		return allowed, true
	}
	allowed, ok := floors[filepath.ToSlash(filepath.Dir(room))+"/*"]
	return allowed, ok
}

func permits(allowed []string, to string) bool {
	return slices.ContainsFunc(allowed, func(a string) bool {
		prefix, all := strings.CutSuffix(a, "*")
		return a == to || all && strings.HasPrefix(to, prefix)
	})
}

// importsOf reads the imports of every file that is no test.
func importsOf(t *testing.T, root string) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "tools" || d.Name() == "bench") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || filepath.Dir(path) == "." {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		found[path] = nil
		for _, spec := range file.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[path] = append(found[path], name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
