package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/alecthomas/kong"
)

// watchFlags make a command that shows something show it again whenever it is
// something else. A command that embeds them need not know: run does it.
type watchFlags struct {
	Watch    bool          `short:"w" help:"Show it again whenever it changes, until Ctrl-C."`
	Interval time.Duration `default:"2s" help:"How often to look, with --watch."`
}

// every is how often to run the command; 0 for once.
func (f watchFlags) every() time.Duration {
	if !f.Watch {
		return 0
	}
	return max(f.Interval, 100*time.Millisecond)
}

// everyOf is how often a command line wants its command to run; 0 for once.
func everyOf(parsed *kong.Context) time.Duration {
	node := parsed.Selected()
	if node == nil || !node.Target.IsValid() {
		return 0
	}
	if watching, ok := node.Target.Interface().(interface{ every() time.Duration }); ok {
		return watching.every()
	}
	return 0
}

// ages are what changes by itself; on a terminal they go on.
var ages = regexp.MustCompile(`[0-9]+[smh] ago`)

// clearScreen puts the cursor of a terminal at its top and wipes what is there.
const clearScreen = "\x1b[H\x1b[2J"

// watch runs a command again and again and writes what it says where that is new:
// over the last on a terminal, below it elsewhere. What fails at first ends it; later
// a server that is away for a while is waited for.
func watch(ctx runContext, every time.Duration, s *streams, command func(*streams) error) error {
	shown, began := []byte(nil), false
	for {
		var out, err bytes.Buffer
		once := *s
		once.out, once.err = &out, &err
		failed := command(&once)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case failed != nil && (!began || codeOf(failed) != exitTemporary):
			_, _ = io.Copy(s.err, &err)
			return failed
		case failed != nil:
			fmt.Fprintln(s.err, "enrichd:", failed)
		case !began || !bytes.Equal(sameAge(s, out.Bytes()), sameAge(s, shown)):
			if terminal(s.out) {
				fmt.Fprint(s.out, clearScreen)
			} else if began && !s.json {
				fmt.Fprintln(s.out)
			}
			began, shown = true, bytes.Clone(out.Bytes())
			if _, failed := io.Copy(s.out, &out); failed != nil {
				return failed // whoever read it is gone
			}
			_, _ = io.Copy(s.err, &err)
		}
		if err := sleep(ctx, every); err != nil {
			return err
		}
	}
}

// sameAge takes out what only grew older, where every change is written below the last.
func sameAge(s *streams, text []byte) []byte {
	if terminal(s.out) {
		return text
	}
	return ages.ReplaceAll(text, nil)
}
