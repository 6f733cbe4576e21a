package main

import (
	"os"

	"github.com/enrichd/enrichd/reader"
)

// readerCmd is the child process in which PDFs and images are parsed. It is not
// for people: it speaks the reader's own protocol on stdin and stdout.
type readerCmd struct {
	Warm bool   `help:"Only compile the PDF engine into the cache, and end."`
	Dir  string `name:"cache" help:"Folder of the compiled code."`
}

// Run serves the parent until it hangs up.
func (c readerCmd) Run(ctx runContext, _ *streams) error {
	if c.Warm {
		r := reader.New(reader.Options{CacheDir: c.Dir})
		defer r.Close()
		return r.Warm(ctx)
	}
	if code := reader.Main(os.Stdin, os.Stdout); code != 0 {
		return &exitCode{code: code}
	}
	return nil
}
