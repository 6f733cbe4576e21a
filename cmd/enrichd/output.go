package main

import (
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/enrichd/enrichd/client"
)

// printJSON writes data for programs: as one indented JSON text, or in the form
// that was asked for.
func (s *streams) printJSON(v any) error {
	switch s.form {
	case "jsonl":
		return s.printLines(v)
	case "csv":
		return s.printCSV(v)
	}
	enc := json.NewEncoder(s.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// printPage prints the first page of a list: as JSON, or each by show. Where it
// is empty a person is told so in these words.
func (s *streams) printPage(page client.Page, nothing string, show func(client.Resource)) error {
	if s.json {
		return s.printJSON(map[string]any{"data": page.Data})
	}
	for _, r := range page.Data {
		show(r)
	}
	switch n := len(page.Data); {
	case n == 0:
		fmt.Fprintln(s.err, nothing)
	case page.Next != "":
		fmt.Fprintf(s.err, "There are more; this is the newest %d.\n", n)
	}
	return nil
}

// printable takes control characters out of what a document or a person wrote,
// so that no file can write to the terminal by itself.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e {
			return '\uFFFD'
		}
		return r
	}, s)
}

// firstLine is the first line of a markdown text, without its marks of emphasis.
func firstLine(s string) string {
	line, _, _ := strings.Cut(printable(s), "\n")
	return strings.ReplaceAll(line, "**", "")
}

// age says how long ago something was, in words.
func age(t time.Time) string {
	d := time.Since(t)
	switch {
	case t.IsZero():
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh ago", int(d.Hours()))
	}
	return t.Format("2006-01-02")
}

type versionCmd struct{}

// Run prints the version that the build recorded.
func (versionCmd) Run(s *streams) error {
	version, revision, goVersion := "development", "", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		goVersion = info.GoVersion
		if v := info.Main.Version; v != "" && v != "(devel)" {
			version = v
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	if s.json {
		return s.printJSON(map[string]string{"version": version, "revision": revision, "go": goVersion})
	}
	_, err := fmt.Fprintf(s.out, "enrichd %s %s\n", version, revision)
	return err
}
