package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// barWidth is the length of a bar, in characters.
const barWidth = 30

// bar draws how much of a whole is done.
func bar(done, total int64) string {
	if total <= 0 {
		return ""
	}
	full := int(min(max(done, 0), total) * barWidth / total)
	return strings.Repeat("█", full) + strings.Repeat("▒", barWidth-full) + "  "
}

// step tells how far something is: on a terminal a bar and its words on one line
// that is written over, elsewhere the words on a line each.
func (s *streams) step(bar, words string) {
	if terminal(s.err) {
		fmt.Fprintf(s.err, "\r\x1b[K%s%s", bar, words)
		return
	}
	fmt.Fprintln(s.err, words)
}

// stepped ends the line of the steps.
func (s *streams) stepped() {
	if terminal(s.err) {
		fmt.Fprintln(s.err)
	}
}

// terminal reports whether a person watches, on something that can write over a line.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" || os.Getenv("TERM") == "" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
