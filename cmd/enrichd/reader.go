package main

import (
	"os"

	"github.com/enrichd/enrichd/reader"
)

// readerCmd is the child process in which PDFs and images are parsed. It is not
// for people: it speaks the reader's own protocol on stdin and stdout.
type readerCmd struct{}

// Run serves the parent until it hangs up.
func (readerCmd) Run(*streams) error {
	if code := reader.Main(os.Stdin, os.Stdout); code != 0 {
		return &exitCode{code: code}
	}
	return nil
}
