package reader

import (
	"encoding/gob"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

// What a child is told in its environment.
const (
	cacheEnv  = "ENRICHD_READER_CACHE"  // where compiled code is kept
	memoryEnv = "ENRICHD_READER_MEMORY" // how many bytes it may use
)

// Main is the child: it answers questions until its parent hangs up. It returns
// the process's exit code.
func Main(in io.Reader, out io.Writer) int {
	// One thread for all: what it starts ends with it and has its limits.
	runtime.LockOSThread()
	memory, _ := strconv.ParseInt(os.Getenv(memoryEnv), 10, 64) // 0 is no limit
	confine(memory)
	engine := &engine{cacheDir: os.Getenv(cacheEnv), memory: memory}
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
			a = answer{Fault: e.broken(), Spent: true}
		}
	}()
	a, err := e.do(q)
	var fault *Error
	switch {
	case errors.As(err, &fault):
		return answer{Fault: fault}
	case err != nil: // the engine itself: its memory is not to be trusted any more
		return answer{Fault: e.broken(), Spent: true}
	}
	return a
}

func (e *engine) do(q request) (a answer, err error) {
	switch q.Do {
	case "warm":
		if err = e.warm(); err == nil {
			noWrites() // the compiled code stands in its cache
		}
	case "pdf":
		a.File, err = e.pdf(q.Content, q.MaxPages)
	case "image":
		a.File, err = imageFile(q.Content)
	case "html":
		a.File, err = htmlFile(q.Content, q.MaxPages)
	case "icon":
		a.Icon, err = iconFile(q.Content)
	case "ocr":
		a.File, err = e.ocr(q)
	case "render":
		a.Picture, err = e.render(q)
	default:
		err = faultf(CodeDamaged, "The reader does not know the question %q.", q.Do)
	}
	return a, err
}

// broken says why the engine stopped in the middle: of memory, when its heap
// came near its limit, and else of damage.
func (e *engine) broken() *Error {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	if e.memory > 0 && m.HeapSys > uint64(e.memory)/4 {
		return faultf(CodeResourceLimit, "Reading it needed more memory than a file may use.")
	}
	return faultf(CodeDamaged, "It is damaged in a way that the reader cannot handle.")
}
