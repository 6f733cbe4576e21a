package reader

import (
	"context"
	"encoding/gob"
	"errors"
	"io"
	"os"
	"runtime/debug"
)

// cacheEnv tells a child where compiled code is kept.
const cacheEnv = "ENRICHD_READER_CACHE"

// Main is the child: it answers questions until its parent hangs up. It returns
// the process's exit code.
func Main(in io.Reader, out io.Writer) int {
	engine := &engine{cacheDir: os.Getenv(cacheEnv)}
	dec, enc := gob.NewDecoder(in), gob.NewEncoder(out)
	for {
		var q request
		if err := dec.Decode(&q); err != nil {
			if errors.Is(err, io.EOF) {
				return 0
			}
			return 1
		}
		if err := enc.Encode(engine.answer(q)); err != nil {
			return 1
		}
		debug.FreeOSMemory()
	}
}

// answer does what a question asks. A panic of a parser is an answer, too: what
// no recover catches ends this process alone.
func (e *engine) answer(q request) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			e.reset()
			a = answer{Fault: faultf(CodeDamaged, "It is damaged in a way that the reader cannot handle.")}
		}
	}()
	var err error
	switch q.Do {
	case "warm":
		err = e.warm()
	case "pdf":
		a.File, err = e.pdf(q.Content, q.MaxPages)
	case "image":
		a.File, err = imageFile(q.Content)
	case "ocr":
		a.File, err = e.ocr(context.Background(), q)
	case "render":
		a.PNG, err = e.render(q)
	}
	var fault *Error
	switch {
	case errors.As(err, &fault):
		return answer{Fault: fault}
	case err != nil:
		return answer{Fault: faultf(CodeDamaged, "It could not be read: %v.", err)}
	}
	return a
}
