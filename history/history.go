// Package history moves settled tasks out to files by age.
//
// A file is JSON Lines: one row of a table on each line, readable without the
// program. It grows at its end; the database says up to which byte it is true, in
// the transaction that takes the rows out of the tables. So a run that is killed
// anywhere loses nothing and writes nothing twice: what stands behind that byte is
// dropped by the next one.
package history

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/enrichd/enrichd/postgres"
)

// maxLine bounds a line that is read back, in bytes: more than any task holds.
const maxLine = 256 << 20

// Options of Move. Store, Folder and Before must be given.
type Options struct {
	Store  *postgres.History
	Folder string
	Before time.Time // tasks that settled earlier move
	Most   int       // tasks that one transaction looks at; 0 means 200
	Pause  time.Duration
	DryRun bool
	// Told hears of each step; may be nil.
	Told func(workspaceID string, moved int)
}

// Move moves what is old enough out of every workspace, in small steps with a
// pause after each, and returns how many tasks went. It may be cut off anywhere
// and run again.
func Move(ctx context.Context, o Options) (total int, err error) {
	if o.Most == 0 {
		o.Most = 200
	}
	if err := os.MkdirAll(o.Folder, 0o750); err != nil {
		return 0, err
	}
	for key, id := int64(0), ""; ; {
		if key, id, err = o.Store.Workspace(ctx, key); err != nil || key == 0 {
			return total, err
		}
		moved, err := moveWorkspace(ctx, o, key, id)
		total += moved
		if err != nil {
			return total, fmt.Errorf("workspace %s: %w", id, err)
		}
	}
}

func moveWorkspace(ctx context.Context, o Options, key int64, id string) (total int, err error) {
	step := postgres.Move{Workspace: key, File: fileName(id, time.Now()), Before: o.Before, Most: o.Most, DryRun: o.DryRun}
	if err := o.Store.PlaceEvents(ctx, key); err != nil {
		return 0, err
	}
	for {
		moved, err := o.Store.Step(ctx, step, func(file string, from int64, rows io.WriterTo) (int64, error) {
			return appendAt(filepath.Join(o.Folder, file), from, rows)
		})
		if err != nil {
			return total, err
		}
		total += moved.Tasks
		if o.Told != nil && moved.Tasks > 0 {
			o.Told(id, moved.Tasks)
		}
		if moved.Last {
			return total, nil
		}
		step.After = moved.Next
		select {
		case <-ctx.Done():
			return total, ctx.Err()
		case <-time.After(o.Pause):
		}
	}
}

// fileName is of one workspace and one day of moving.
func fileName(workspaceID string, day time.Time) string {
	return "history-" + url.PathEscape(workspaceID) + "-" + day.UTC().Format(time.DateOnly) + ".jsonl"
}

// workspaceOf reads a workspace's id back from the name of a file.
func workspaceOf(file string) (string, error) {
	name, found := strings.CutPrefix(file, "history-")
	name, ours := strings.CutSuffix(name, ".jsonl")
	end := len(name) - len("-2006-01-02")
	if !found || !ours || end < 1 {
		return "", fmt.Errorf("%s: not the name of a file of the archive", file)
	}
	return url.PathUnescape(name[:end])
}

// appendAt writes rows behind the first from bytes of a file and brings it to the
// disk, the folder's entry too. A file that is shorter was damaged: nothing is moved.
func appendAt(path string, from int64, rows io.WriterTo) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < from {
		return 0, fmt.Errorf("%s has %d bytes and must have %d: it was changed, or this is not the folder that history went to", path, info.Size(), from)
	}
	if err := f.Truncate(from); err != nil {
		return 0, err
	}
	n, err := rows.WriteTo(io.NewOffsetWriter(f, from))
	if err != nil {
		return 0, err
	}
	if err := f.Sync(); err != nil {
		return 0, err
	}
	return from + n, syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Restore puts a file back into the tables and gives it the ending .restored. It
// returns how many tasks there were.
func Restore(ctx context.Context, store *postgres.History, path string) (int, error) {
	file := filepath.Base(path)
	id, err := workspaceOf(file)
	if err != nil {
		return 0, err
	}
	key, err := workspaceKey(ctx, store, id)
	if err != nil {
		return 0, err
	}
	size, err := store.Archived(ctx, key, file)
	if err != nil {
		return 0, err
	}
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	tasks, err := store.Restore(ctx, key, file, lines(file, io.LimitReader(f, size)))
	if err != nil {
		return 0, err
	}
	return tasks, os.Rename(path, path+".restored")
}

func workspaceKey(ctx context.Context, store *postgres.History, id string) (int64, error) {
	for key, at := int64(0), ""; ; {
		var err error
		if key, at, err = store.Workspace(ctx, key); err != nil {
			return 0, err
		}
		if key == 0 {
			return 0, fmt.Errorf("there is no workspace %s", id)
		}
		if at == id {
			return key, nil
		}
	}
}

// lines reads the rows of a file, one after the other. An error names its line.
func lines(file string, r io.Reader) iter.Seq2[postgres.HistoryLine, error] {
	return func(yield func(postgres.HistoryLine, error) bool) {
		scan := bufio.NewScanner(r)
		scan.Buffer(make([]byte, 64<<10), maxLine)
		for n := 1; scan.Scan(); n++ {
			var line postgres.HistoryLine
			dec := json.NewDecoder(bytes.NewReader(scan.Bytes()))
			dec.DisallowUnknownFields()
			err := dec.Decode(&line)
			if err != nil {
				err = fmt.Errorf("%s: line %d: %w", file, n, err)
			}
			if !yield(line, err) || err != nil {
				return
			}
		}
		if err := scan.Err(); err != nil {
			yield(postgres.HistoryLine{}, fmt.Errorf("%s: %w", file, err))
		}
	}
}
