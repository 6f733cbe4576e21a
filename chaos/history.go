package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/enrichd/enrichd/chaos/check"
)

// journal keeps the history, the effects and what the nemesis did: in memory for
// the checker, and line by line in the campaign's folder for people.
type journal struct {
	began time.Time
	log   func(format string, args ...any)

	mu      sync.Mutex
	files   map[string]*lines
	history []check.Op
}

// lines is a file of JSON lines.
type lines struct {
	file *os.File
	buf  *bufio.Writer
}

func openJournal(dir string, log func(string, ...any)) (*journal, error) {
	j := &journal{began: time.Now(), log: log, files: map[string]*lines{}}
	for _, name := range []string{"history", "effects", "nemesis"} {
		f, err := os.Create(filepath.Join(dir, name+".jsonl"))
		if err != nil {
			return nil, err
		}
		j.files[name] = &lines{f, bufio.NewWriter(f)}
	}
	return j, nil
}

// op notes a line of the history.
func (j *journal) op(o check.Op) {
	o.At = time.Now()
	j.mu.Lock()
	defer j.mu.Unlock()
	j.history = append(j.history, o)
	j.write("history", o)
}

func (j *journal) effect(e check.Effect) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.write("effects", e)
}

// note keeps what the nemesis does.
func (j *journal) note(words string) {
	at := time.Since(j.began)
	j.log("%7.2fs  %s", at.Seconds(), words)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.write("nemesis", map[string]any{"at": time.Now(), "since": at.Seconds(), "words": words})
}

// write appends a line; what a full disk swallows is still in memory.
func (j *journal) write(name string, v any) {
	if raw, err := json.Marshal(v); err == nil {
		_, _ = j.files[name].buf.Write(append(raw, '\n'))
	}
}

func (j *journal) operations() []check.Op {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.history[:len(j.history):len(j.history)]
}

func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, f := range j.files {
		_ = f.buf.Flush()
		_ = f.file.Close()
	}
}

// pause waits, or less where ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
