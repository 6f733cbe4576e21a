package api_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// The numbered statements of the API's specification, by category: how many
// there are. Each has a test that carries its number.
var statements = []struct {
	category string
	count    int
}{
	{"CN", 27},
	{"DOC", 28},
	{"LST", 8},
	{"PAG", 28},
	{"SRT", 10},
	{"FLT", 20},
	{"FLD", 11},
	{"INC", 16},
	{"GET", 9},
	{"CRE", 46},
	{"UPD", 34},
	{"DEL", 12},
	{"REL", 24},
	{"QRY", 8},
	{"ERR", 18},
	{"TEN", 20},
	{"HTT", 24},
	{"APR", 12},
	{"EVT", 14},
	{"MCP", 20},
}

// Every statement has a test. REL-18 binds callers; CRE-45, DEL-08, APR-10 and
// HTT-22 assert the decisions that differ from them.
func TestEveryStatementHasATest(t *testing.T) {
	carried := map[string]bool{}
	for _, folder := range []string{".", "../cmd/enrichd", "../postgres", "../webhook", "../mcp"} {
		files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if filepath.Base(file) != "statements_test.go" {
				numbersIn(t, file, carried)
			}
		}
	}
	inClients(t, carried)
	for _, s := range statements {
		for n := 1; n <= s.count; n++ {
			number := fmt.Sprintf("%s-%02d", s.category, n)
			if !carried[number] {
				t.Errorf("no test carries %s", number)
			}
			delete(carried, number)
		}
	}
	for number := range carried {
		t.Errorf("%s is no statement", number)
	}
	countInDocs(t)
}

// countInDocs holds docs/statements.md against the list.
func countInDocs(t *testing.T) {
	t.Helper()
	table, all := "# The API's statements under test\n\n`go test ./api ./cmd/enrichd ./webhook ./mcp` and `make clients` assert them by number; a number without a test fails.\n\n| category | statements, each with a test |\n|---|---|\n", 0
	for _, s := range statements {
		table += fmt.Sprintf("| %s | %d |\n", s.category, s.count)
		all += s.count
	}
	table += fmt.Sprintf("| all | %d |\n", all)
	const golden = "../docs/statements.md"
	if *update {
		if err := os.WriteFile(golden, []byte(table), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(golden); err != nil || string(want) != table {
		t.Errorf("%s does not count what is here: go test ./api -run Statement -update (%v)", golden, err)
	}
}

var statementNumber = regexp.MustCompile(`^(CN|DOC|LST|PAG|SRT|FLT|FLD|INC|GET|CRE|UPD|DEL|REL|QRY|ERR|TEN|HTT|APR|EVT|MCP)-\d\d$`)

// inClients gathers the numbers that the scripts of client libraries carry: what
// only a client of somebody else can show.
func inClients(t *testing.T, carried map[string]bool) {
	t.Helper()
	script, err := os.ReadFile("../tests/clients/mcp.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, number := range regexp.MustCompile(`\bMCP-\d\d\b`).FindAllString(string(script), -1) {
		carried[number] = true
	}
}

// numbersIn gathers the numbers that stand as texts in a test file: the names of
// subtests. Comments do not count.
func numbersIn(t *testing.T, file string, carried map[string]bool) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if s, err := strconv.Unquote(lit.Value); err == nil && statementNumber.MatchString(strings.TrimSpace(s)) {
				carried[s] = true
			}
		}
		return true
	})
}
