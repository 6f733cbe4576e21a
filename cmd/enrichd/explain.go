package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
)

type explainCmd struct {
	Word string `arg:"" optional:"" help:"An error code, a status, a reason for waiting, or a field of a task: MONTHLY_CLOSE_ALREADY_ACTIVE, awaiting_approval, input_hash. All words where left out."`
}

// explanation is one word of the product, for people.
type explanation struct {
	Word  string `json:"word"`
	Sort  string `json:"sort"` // error, status, wait, field
	Means string `json:"means"`
	Fix   string `json:"fix"`
}

// Run explains a word, without a server.
func (c explainCmd) Run(s *streams) error {
	list := explanations()
	if c.Word == "" {
		return s.listWords(list)
	}
	i := slices.IndexFunc(list, func(e explanation) bool { return strings.EqualFold(e.Word, c.Word) })
	if i < 0 {
		return &exitCode{exitNotFound, fmt.Errorf("there is no %q; %s. All words: enrichd explain", c.Word, near(c.Word, list))}
	}
	e := list[i]
	if s.json {
		return s.printJSON(map[string]any{"data": e})
	}
	fmt.Fprintf(s.out, "%s  (%s)\n  what  %s\n  do    %s\n", e.Word, e.Sort, e.Means, e.Fix)
	return nil
}

// listWords lists what is explained.
func (s *streams) listWords(list []explanation) error {
	if s.json {
		return s.printJSON(map[string]any{"data": list})
	}
	for _, e := range list {
		fmt.Fprintf(s.out, "%-7s %s\n", e.Sort, e.Word)
	}
	return nil
}

// near says which words somebody may have meant: those that begin so, or else the
// nearest.
func near(word string, list []explanation) string {
	var all, begin []string
	for _, e := range list {
		all = append(all, e.Word)
		if strings.HasPrefix(strings.ToLower(e.Word), strings.ToLower(word)) {
			begin = append(begin, e.Word)
		}
	}
	if len(begin) > 0 {
		return "these begin so: " + strings.Join(begin[:min(len(begin), 5)], ", ")
	}
	return "the nearest is " + nearest(word, all)
}

// nearest is the candidate with the fewest edits to a word.
func nearest(word string, candidates []string) string {
	return slices.MinFunc(candidates, func(a, b string) int {
		return edits(strings.ToLower(word), strings.ToLower(a)) - edits(strings.ToLower(word), strings.ToLower(b))
	})
}

// edits is the Levenshtein distance of two texts, in bytes.
// Source: R. Wagner, M. Fischer, "The String-to-String Correction Problem", 1974.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := corner
			if a[i] != b[j] {
				change++
			}
			corner = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// explanations are all words that are explained, errors first.
func explanations() []explanation {
	var list []explanation
	fixes := codeFixes()
	for _, c := range jsonapi.Codes() {
		list = append(list, explanation{c.Name, "error", fmt.Sprintf("%s. HTTP status %d.", c.Title, c.Status), fixes[c.Name]})
	}
	return slices.Concat(list, explainStatuses(), explainWaits(), explainFields())
}

func explainStatuses() []explanation {
	return []explanation{
		{string(enrich.Pending), "status", "Waiting: no attempt has begun.", "Nothing, if workers run. enrichd task view says what it waits for."},
		{string(enrich.Processing), "status", "Working: a worker has it, or it waits for another try.", "Nothing. enrichd task view shows its attempts."},
		{string(enrich.Completed), "status", "Done, even if nothing was found. It never changes again.", "To do it again, start a new task with force."},
		{string(enrich.AwaitingApproval), "status", "Needs you: what it proposes is written only when a person approves.", "enrichd approval view ID, then approve or reject."},
		{string(enrich.Failed), "status", "Could not finish: the work broke, or its input cannot be read, after all attempts.", "Read its error; mend the input, and start a new task."},
		{string(enrich.Rejected), "status", "Refused, by a person or because the input is not the kind of thing this task is for.", "Read _reasons in its output."},
	}
}

func explainWaits() []explanation {
	return []explanation{
		{enrich.WaitQueued, "wait", "It is due and waits for a free worker.", "Nothing; more workers or slots, if it lasts."},
		{enrich.WaitRetry, "wait", "An attempt failed; the next one is due later.", "Nothing; enrichd task view shows what failed."},
		{enrich.WaitNoWorker, "wait", "No running program handles this type.", "Start one: enrichd serve --roles worker."},
		{enrich.WaitApproval, "wait", "It waits for a person.", "enrichd approval list"},
		{enrich.WaitDue, "wait", "It was enqueued for later.", "Nothing."},
		{enrich.WaitChildren, "wait", "It waits for its subtasks.", "Look at the subtasks: enrichd task view."},
		{enrich.WaitCrashed, "wait", "Its worker died; it runs again.", "Nothing; if it comes back, look into the logs of the workers."},
		{enrich.WaitDecided, "wait", "A decision was taken and takes effect when its time for undoing is over.", "Nothing, or enrichd approval undo ID."},
		{enrich.WaitPaused, "wait", "An operator paused the type.", "enrichd limit resume type:NAME"},
		{enrich.WaitProviderPaused, "wait", "The provider asked for a pause, or an operator paused it.", "Nothing, or enrichd limit resume provider:NAME"},
		{enrich.WaitLimit, "wait", "As many run as may, or as many began lately as may.", "Nothing, or enrichd limit set."},
	}
}

// explainFields are the fields of an enrichment task.
func explainFields() []explanation {
	const ours, yours = "Read it: the pipeline writes it.", "You may give it when you create the task."
	return []explanation{
		{"enrichment_type", "field", "Which worker handles the task.", yours},
		{"entity_type", "field", "What kind of record the task works on.", yours},
		{"entity_id", "field", "The public id of that record, up to 255 characters.", yours},
		{"input", "field", "What the worker is told; its shape depends on the type.", yours + " You may change it while the task is pending."},
		{"output", "field", "What the worker found, with the evidence for each value.", ours},
		{"target_fields", "field", "The fields that are to be filled or looked at anew.", yours + " You may change it while the task is pending."},
		{"error", "field", "Why a failed task failed, safe to show.", ours},
		{"source_channel", "field", "What set the task off: an upload, a bank sync, an edit, a person.", yours},
		{"input_hash", "field", "Fingerprint of the input: the same work is not done twice.", ours},
		{"description", "field", "One summary for people, in markdown.", "You may write it at any time; a worker does not write over it."},
		{"batch_id", "field", "The press of the Magic button that made the task.", ours},
		{"parent_task", "field", "The task that this one is a part of.", yours + " You may change it while the task is pending."},
		{"completed_at", "field", "When the task came to its end.", ours},
	}
}
