package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"github.com/enrichd/enrichd/demo"
	"github.com/enrichd/enrichd/docs"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

var updateDocs = flag.Bool("update-docs", false, "write the generated pages of docs/reference anew")

// shellBlocks are the blocks of a page that can be run.
func shellBlocks(page docs.Page) []string {
	var blocks []string
	for _, m := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllSubmatch(page.Source, -1) {
		blocks = append(blocks, string(m[1]))
	}
	return blocks
}

// Every command of the documentation is run, page by page, by a newcomer who has
// a server, an invoice and a bank statement.
func TestDocsCommandsRun(t *testing.T) {
	b := setup(t)
	home := t.TempDir()
	for name, files := range map[string]func() ([]demo.File, error){"invoice.xml": demo.Files, "statement.xml": demo.Statements} {
		list, err := files()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(home, name), list[0].Content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	wrapper := fmt.Sprintf("#!/bin/sh\nexec env %s=1 %q \"$@\"\n", asCommand, os.Args[0])
	if err := os.WriteFile(filepath.Join(home, "enrichd"), []byte(wrapper), 0o700); err != nil {
		t.Fatal(err)
	}
	env := append(os.Environ(), "PATH="+home+":"+os.Getenv("PATH"), "ENRICHD_URL="+b.url, "ENRICHD_API_KEY="+b.api.Key,
		"DATABASE_URL="+b.dbURL, "EMPTY_DATABASE_URL="+pgtest.EmptyURL(t), "ENRICHD_BLOBS="+b.blobs, "NO_COLOR=1")
	pages, err := docs.Pages()
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, page := range pages {
		for _, block := range shellBlocks(page) {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			cmd := exec.CommandContext(ctx, "sh", "-e", "-c", block)
			cmd.Dir, cmd.Env = home, env
			out, err := cmd.CombinedOutput()
			cancel()
			if err != nil {
				t.Errorf("%s:\n%s%v\n%s", page.Path(), block, err, out)
			}
			ran++
		}
	}
	if ran < 12 {
		t.Errorf("only %d blocks were run", ran)
	}
}

// commandLine is a command of ours in a block of code, with variables before it or none.
var commandLine = regexp.MustCompile(`^(?:\$ )?(?:[A-Z_]+=\S+ +)*(?:bin/)?enrichd +(.*)$`)

// Commands that are only shown are commands all the same: with the flags and the
// arguments that they have there. It is looked at without running them.
func TestDocsCommandsParse(t *testing.T) {
	pages, err := docs.Pages()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	sources := map[string]string{"README.md": string(readme)}
	for _, p := range pages {
		sources[p.Path()] = string(p.Source)
	}
	parsed := 0
	for name, source := range sources {
		for _, block := range regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```$").FindAllStringSubmatch(source, -1) {
			for line := range strings.Lines(block[1]) {
				m := commandLine.FindStringSubmatch(strings.TrimSpace(line))
				if m == nil {
					continue
				}
				if fault := commandFault(t, shellWords(m[1])); fault != "" {
					t.Errorf("%s: %s: %s", name, strings.TrimSpace(line), fault)
				}
				parsed++
			}
		}
	}
	if parsed < 20 {
		t.Errorf("only %d commands were looked at", parsed)
	}
	for _, wrong := range []string{"serve --roless api", "task veiw x", "doctor --only traces extra"} {
		if commandFault(t, shellWords(wrong)) == "" {
			t.Errorf("%q is taken for a command", wrong)
		}
	}
}

// commandFault says what of a command line does not exist; empty where all does.
func commandFault(t *testing.T, args []string) string {
	t.Helper()
	parser, err := kong.New(&command{}, kong.Name("enrichd"), kong.Exit(func(int) {}), kong.Writers(io.Discard, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil && (strings.Contains(err.Error(), "unknown flag") || strings.Contains(err.Error(), "unexpected argument")) {
		return err.Error()
	}
	return ""
}

// shellWords splits a line as a shell does, up to a comment, a pipe or a redirection.
func shellWords(line string) (list []string) {
	for _, m := range regexp.MustCompile(`"([^"]*)"|'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		if m[3] != "" && strings.ContainsAny(m[3][:1], "#|>&;") {
			break
		}
		list = append(list, m[1]+m[2]+m[3])
	}
	return list
}

// What pages name in passing exists: commands and variables.
func TestDocsNameWhatExists(t *testing.T) {
	settings, commands := words(t)
	pages, err := docs.Pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		for _, m := range regexp.MustCompile("(?m)(?:^|[ `])enrichd ([a-z]+)(?: |$|`)").FindAllStringSubmatch(string(p.Source), -1) {
			if !strings.Contains(" "+strings.Join(commands, " ")+" ", " "+m[1]+" ") {
				t.Errorf("%s: there is no command %q", p.Path(), m[1])
			}
		}
		for _, name := range regexp.MustCompile(`ENRICHD_[A-Z_]+`).FindAllString(string(p.Source), -1) {
			if !strings.Contains(" "+strings.Join(settings, " ")+" ", " "+name+" ") {
				t.Errorf("%s: there is no setting %s", p.Path(), name)
			}
		}
	}
}

// The page of commands is what the program itself knows.
func TestDocsReferenceIsTheProgram(t *testing.T) {
	parser, err := kong.New(&command{}, kong.Name("enrichd"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"commands.md": commandPage(parser.Model.Node), "codes.md": codePage()} {
		path := filepath.Join("../../docs/reference", name)
		if *updateDocs {
			if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s is not what the program says (%v): go test ./cmd/enrichd -run DocsReference -update-docs", path, err)
		}
	}
}

// commandPage lists every command with its flags and their variables.
func commandPage(root *kong.Node) string {
	var b bytes.Buffer
	b.WriteString("# Commands and settings\n\nEvery flag of a command, with the variable that sets it. A flag wins over its variable.\n")
	flags := func(n *kong.Node) {
		for _, f := range n.Flags {
			if f.Hidden || f.Name == "help" {
				continue
			}
			fmt.Fprintf(&b, "- `--%s`", f.Name)
			if len(f.Envs) > 0 {
				fmt.Fprintf(&b, " (`%s`)", strings.Join(f.Envs, "`, `"))
			}
			fmt.Fprintf(&b, ": %s", f.Help)
			if f.HasDefault && f.Default != "" {
				fmt.Fprintf(&b, " Default: `%s`.", f.Default)
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n## Of every command\n\n")
	flags(root)
	var visit func(n *kong.Node)
	visit = func(n *kong.Node) {
		for _, c := range n.Children {
			if c.Hidden {
				continue
			}
			if c.Leaf() {
				fmt.Fprintf(&b, "\n## enrichd %s\n\n%s\n\n", c.Path(), c.Help)
				flags(c)
			}
			visit(c)
		}
	}
	visit(root)
	return strings.TrimRight(b.String(), "\n") + "\n"
}

// codePage lists what enrichd explain knows.
func codePage() string {
	var b bytes.Buffer
	b.WriteString("# Codes and states\n\nWhat `enrichd explain` knows. It works without a server.\n\n| word | what it means | what to do |\n|---|---|---|\n")
	for _, e := range explanations() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", e.Word, e.Means, e.Fix)
	}
	return b.String()
}

// The documentation hangs beside the console and the page of the API.
func TestDocsAreServed(t *testing.T) {
	b := setupOn(t, pgtest.URL(t), roleAPI, roleConsole)
	for path, words := range map[string]string{"/docs/": "Tutorials", "/docs/api": "error codes", "/docs/how-to/upgrade": "migrate status", "/docs/how-to/upgrade.md": "# Upgrade", "/static/console.css": "{"} {
		res, err := http.Get(b.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || !strings.Contains(string(body), words) {
			t.Errorf("%s: %d", path, res.StatusCode)
		}
	}
}
