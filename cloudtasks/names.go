package cloudtasks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/enrich"
)

// TaskID is the name of a dispatch's task in its queue:
//
//	<16 hex digits of SHA-256>-<id>-g<generation>
//
// The hash comes first because the service gets slow on names that follow one
// another. The generation comes last because a name stays taken for up to 24 h after
// its task has ended: what is handed over again needs a new one. A character that
// names may not have becomes an underscore and a long id is cut; the hash is of the
// id as it was given.
func TaskID(id string, generation int) string {
	number := strconv.Itoa(generation)
	sum := sha256.Sum256([]byte(id + "\x00" + number))
	safe := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, id)
	head, tail := hex.EncodeToString(sum[:8])+"-", "-g"+strings.ReplaceAll(number, "-", "_")
	return head + safe[:min(len(safe), MaxName-len(head)-len(tail))] + tail
}

// family is kinds that share a queue.
type family struct {
	queue string
	kinds []enrich.Type
}

// families is which kind goes to which queue. An answer of 429 or 503 slows its whole
// queue, so kinds share one only where they wait for the same thing.
func families() []family {
	return []family{
		{"enrichd-sites", []enrich.Type{enrich.Logo, enrich.AICompany, enrich.AIPeople}},                         // other people's servers
		{"enrichd-documents", []enrich.Type{enrich.OCRExtract, enrich.AIInvoice}},                                // processors, for seconds a page
		{"enrichd-matching", []enrich.Type{enrich.Reconcile, enrich.ProviderScore}},                              // the database alone
		{"enrichd-backfills", []enrich.Type{enrich.DocumentBackfill, enrich.MonthlyClose, enrich.CloseBackfill}}, // their own subtasks
		{"enrichd-sheets", []enrich.Type{enrich.CustomColumn, enrich.FieldRule}},                                 // a press: thousands at once
	}
}

// Queue is the short name of the queue that a kind's tasks go to. Only the kinds
// of the contract have one.
func Queue(kind enrich.Type) (string, error) {
	for _, f := range families() {
		if slices.Contains(f.kinds, kind) {
			return f.queue, nil
		}
	}
	return "", fmt.Errorf("cloud tasks: the kind %q has no queue", kind)
}

// Queues lists the short names of all queues.
func Queues() []string {
	var names []string
	for _, f := range families() {
		names = append(names, f.queue)
	}
	return names
}

// ParseTaskID reads the dispatch out of a name that TaskID made. It reports false for
// any other name.
func ParseTaskID(name string) (h enrich.Handover, ok bool) {
	_, rest, _ := strings.Cut(name, "-")
	cut := strings.LastIndex(rest, "-g")
	if cut < 0 {
		return h, false
	}
	generation, err := strconv.Atoi(rest[cut+2:])
	if err != nil || generation <= 0 || TaskID(rest[:cut], generation) != name {
		return h, false
	}
	return enrich.Handover{TaskID: rest[:cut], Generation: generation}, true
}
