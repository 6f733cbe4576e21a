// Command enrichd is the whole product in one program: server, workers,
// console and command line.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/enrichd/enrichd/client"
)

// Exit codes: what a script can rely on.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitNotFound    = 3
	exitAuth        = 4
	exitConflict    = 5
	exitTemporary   = 6
	exitSomeFailed  = 7
	exitNeedsPerson = 8
	exitInterrupted = 130
)

// command is the command tree.
type command struct {
	Output string `short:"o" enum:"text,table,json,jsonl,csv" default:"text" env:"ENRICHD_OUTPUT" help:"Form of the data on stdout: text (or table), json, jsonl or csv."`

	Dev     devCmd     `cmd:"" help:"Run everything with a private PostgreSQL and a demo."`
	Serve   serveCmd   `cmd:"" help:"Run the server, by roles."`
	Migrate migrateCmd `cmd:"" help:"Bring the database to the newest version, or show where it stands."`
	Upload  uploadCmd  `cmd:"" help:"Send documents to be read."`
	Task    taskCmd    `cmd:"" help:"Look at enrichment tasks."`

	Search searchCmd `cmd:"" help:"Find records by id, number, amount, or the beginning of a name."`

	Magic  magicCmd  `cmd:"" help:"Enrich many records at once: press the Magic button."`
	Batch  batchCmd  `cmd:"" help:"Look at batches."`
	Doctor doctorCmd `cmd:"" help:"Look for what does not fit together in the database, and mend it."`

	Statement statementCmd              `cmd:"" help:"Import bank statements."`
	Mapping   mappingCmd                `cmd:"" help:"Show how a bank's table is read, and correct it."`
	Email     emailCmd                  `cmd:"" help:"Import e-mails (.eml) with their attachments."`
	Approval  approvalCmd               `cmd:"" help:"Decide on what waits for a person."`
	Column    definitionCmd[columnKind] `cmd:"" help:"Define and compute columns of your own."`
	Rule      definitionCmd[ruleKind]   `cmd:"" help:"Define rules that set fields."`
	Close     closeCmd                  `cmd:"" help:"Close months and sign them off."`

	Webhook webhookCmd `cmd:"" help:"Look after the addresses that are told what happens."`

	Limit limitCmd `cmd:"" help:"Bound or pause types and providers, for operators."`

	MCP mcpCmd `cmd:"" name:"mcp" help:"Give agents the tools."`

	Backup  backupCmd  `cmd:"" help:"Save the database and the contents."`
	Restore restoreCmd `cmd:"" help:"Fill an empty database and a folder of contents from a backup."`

	Retention retentionCmd `cmd:"" help:"Keep the tables small: move history out to files."`

	Chaos chaosCmd `cmd:"" help:"Prove the engine: play a campaign of faults on a private PostgreSQL, and judge it."`

	Explain    explainCmd    `cmd:"" help:"Explain an error code, a status or a field, without a server."`
	Completion completionCmd `cmd:"" help:"Print a script that completes commands in your shell."`

	Version versionCmd `cmd:"" help:"Print the version."`

	Auth      authCmd      `cmd:"" help:"Make, list, rotate and revoke API keys."`
	Workspace workspaceCmd `cmd:"" help:"Make and delete workspaces."`

	Reader readerCmd `cmd:"" hidden:""`
}

// io is where a command writes: data to out, messages to err.
type streams struct {
	out, err io.Writer
	json     bool   // data is for programs
	form     string // json, jsonl or csv
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run executes one command line and returns its exit code.
func run(args []string, stdout, stderr io.Writer) int {
	var cmd command
	exit := -1
	parser, err := kong.New(&cmd, kong.Name("enrichd"),
		kong.Description("The durable enrichment pipeline of a finance back office."),
		kong.Writers(stdout, stderr), kong.Exit(func(code int) { exit = code }),
		kong.UsageOnError(), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		fmt.Fprintln(stderr, "enrichd:", err)
		return exitError
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 {
		return exit // --help was printed
	}
	if err != nil {
		fmt.Fprintf(stderr, "enrichd: %v\nTry: enrichd --help\n", err)
		return exitUsage
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	once := func(s *streams) error { return parsed.Run(runContext{ctx}, parser, s) }
	s := &streams{out: stdout, err: stderr, json: cmd.Output != "text" && cmd.Output != "table", form: cmd.Output}
	if every := everyOf(parsed); every > 0 {
		err = watch(runContext{ctx}, every, s, once)
	} else {
		err = once(s)
	}
	return report(err, stderr)
}

// runContext carries the context through kong, which binds by type.
type runContext struct{ context.Context }

// exitCode is an error that names its exit code.
type exitCode struct {
	code int
	err  error
}

func (e *exitCode) Error() string { return e.err.Error() }
func (e *exitCode) Unwrap() error { return e.err }

// report prints an error for a person and maps it to an exit code.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	var coded *exitCode
	if errors.As(err, &coded) {
		if coded.err != nil {
			fmt.Fprintln(stderr, "enrichd:", coded.err)
		}
		return coded.code
	}
	fmt.Fprintln(stderr, "enrichd:", plainWords(err))
	return codeOf(err)
}

// plainWords says of a server that cannot be reached what a person can do something
// about, and not which request was on its way.
func plainWords(err error) string {
	var away *url.Error
	if errors.As(err, &away) && !errors.Is(err, context.Canceled) {
		if at, parsed := url.Parse(away.URL); parsed == nil && at.Host != "" {
			return fmt.Sprintf("the server at %s://%s does not answer: %v", at.Scheme, at.Host, away.Err)
		}
	}
	return err.Error()
}

// codeOf is the exit code of an error that names none.
func codeOf(err error) int {
	var netErr *url.Error
	switch status := client.StatusOf(err); {
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case status == 404:
		return exitNotFound
	case status == 401 || status == 403:
		return exitAuth
	case status == 409:
		return exitConflict
	case status == 429 || status >= 500, errors.As(err, &netErr):
		return exitTemporary
	}
	return exitError
}
