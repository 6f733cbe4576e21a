package main

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enrichd/enrichd/client"
	"github.com/enrichd/enrichd/postgres/pgtest"
)

// englishParts are the texts that a page marks as English.
var englishParts = regexp.MustCompile(`(?s)<[a-z]+[^>]* lang="en"[^>]*>(.*?)</(?:bdi|div)>`)

// speaksFrench closes a month of the demo and lists what its workers wrote that no
// page says in French, on any of them.
func speaksFrench(t *testing.T, s session, dbURL string) {
	t.Helper()
	answer, err := http.PostForm(s.URL+"/close", url.Values{"month": {"2026-10"}})
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	for range 1000 { // the close itself waits for a person
		if pgtest.Query[bool](t, dbURL, `SELECT count(*) FILTER (WHERE parent_task_pk IS NOT NULL) > 0 AND count(*) FILTER (WHERE status IN ('pending', 'processing')) <= 1 FROM enrichment_tasks`) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	api := &client.Client{BaseURL: s.URL, Key: s.APIKey}
	tasks, err := api.Tasks(t.Context(), url.Values{"page[size]": {"100"}})
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/tasks", "/approvals", "/close/2026-10", "/errors", "/bank"}
	for _, task := range tasks.Data {
		paths = append(paths, "/tasks/"+task.ID)
		if task.Text("status") == "awaiting_approval" {
			paths = append(paths, "/approvals/"+task.ID)
		}
	}
	var english []string
	for _, path := range paths {
		for _, m := range englishParts.FindAllStringSubmatch(inFrench(t, s.URL+path), -1) {
			if !slices.Contains(english, m[1]) {
				english = append(english, m[1])
			}
		}
	}
	if len(paths) < 60 || len(english) > 0 {
		t.Errorf("%d pages; workers wrote %d texts that have no French (a line with ~ in console/languages/fr.tsv):\n%s", len(paths), len(english), strings.Join(english, "\n"))
	}
}

// inFrench reads a page as somebody who reads French sees it.
func inFrench(t *testing.T, address string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "fr")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), `<html lang="fr"`) {
		t.Fatalf("%s: %s, %v", address, answer.Status, err)
	}
	return string(body)
}
