package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// What the files for operators name exists: metrics, settings, commands.
func TestDeployFilesNameWhatExists(t *testing.T) {
	b := setup(t)
	res, err := http.Get(b.url + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var scraped bytes.Buffer
	if _, err := scraped.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	known := regexp.MustCompile(`(?m)^enrichd_[a-z_]+`).FindAllString(scraped.String(), -1)
	// Those with labels stand there from their first attempt on.
	known = append(known, "enrichd_attempts_total", "enrichd_attempt_seconds_bucket", "enrichd_due_tasks", "enrichd_oldest_due_seconds", "enrichd_handed_over_tasks")
	settings, commands := words(t)
	for file, text := range deployFiles(t) {
		if strings.HasPrefix(file, "grafana") || strings.HasPrefix(file, "prometheus") {
			for _, name := range regexp.MustCompile(`enrichd_[a-z_]+`).FindAllString(text, -1) {
				if !slices.Contains(known, name) {
					t.Errorf("%s: there is no metric %s", file, name)
				}
			}
		}
		for _, name := range regexp.MustCompile(`ENRICHD_[A-Z_]+`).FindAllString(text, -1) {
			if !slices.Contains(settings, name) {
				t.Errorf("%s: there is no setting %s", file, name)
			}
		}
		for _, m := range regexp.MustCompile("(?m)(?:^|[ `])enrichd ([a-z]+)(?: |$|`)").FindAllStringSubmatch(text, -1) {
			if !slices.Contains(commands, m[1]) {
				t.Errorf("%s: there is no command %q", file, m[1])
			}
		}
	}
}

// words are the variables of all settings, and the commands.
func words(t *testing.T) (settings, commands []string) {
	t.Helper()
	parser, err := kong.New(&command{})
	if err != nil {
		t.Fatal(err)
	}
	var visit func(*kong.Node)
	visit = func(n *kong.Node) {
		for _, f := range n.Flags {
			settings = append(settings, f.Envs...)
		}
		for _, c := range n.Children {
			visit(c)
		}
	}
	visit(parser.Model.Node)
	for _, c := range parser.Model.Children {
		commands = append(commands, c.Name)
	}
	return settings, commands
}

func deployFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir("../../deploy", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		rel, _ := filepath.Rel("../../deploy", path)
		files[rel] = string(raw)
		if strings.HasSuffix(path, ".json") && !json.Valid(raw) {
			t.Errorf("%s is no JSON", rel)
		}
		return err
	})
	if err != nil || len(files) < 6 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	return files
}
