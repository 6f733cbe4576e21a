package reader

import (
	"log/slog"
	"os"
	"time"
)

// Options of a Reader. The zero value works for a program whose subcommand
// "reader" calls Main.
type Options struct {
	// Command starts the child; default: this program with the argument reader.
	Command []string
	// CacheDir keeps the compiled code of the PDF engine between starts, 21 MB;
	// empty compiles it for each child, which costs seconds.
	CacheDir string
	// ParseTimeout bounds a parse once the code is compiled; default 5 s.
	ParseTimeout time.Duration
	// PageTimeout bounds the recognition of one page; default 30 s.
	PageTimeout time.Duration
	// WarmTimeout bounds the start of a child, which may have to compile; default 5 min.
	WarmTimeout time.Duration
	// MaxPages is how many pages a document may have; default 200.
	MaxPages int
	// Memory is how many bytes a child and the recognition it runs may hold
	// together; default 1 GiB. Half of it is the PDF engine's.
	Memory int64
	// Languages are those of the recognition; default eng, fra, deu. Those that
	// are not installed are left out.
	Languages []string
	// Slots is how many children may run at the same time; default 2.
	Slots int
	// Log is told of children that were killed or broke down; default: nobody.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	if len(o.Command) == 0 {
		o.Command = []string{self(), "reader"}
	}
	if len(o.Languages) == 0 {
		o.Languages = []string{"eng", "fra", "deu"}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.ParseTimeout = orDefault(o.ParseTimeout, 5*time.Second)
	o.PageTimeout = orDefault(o.PageTimeout, 30*time.Second)
	o.WarmTimeout = orDefault(o.WarmTimeout, 5*time.Minute)
	o.MaxPages = orDefault(o.MaxPages, 200)
	o.Memory = orDefault(o.Memory, 1<<30)
	o.Slots = orDefault(o.Slots, 2)
	return o
}

func self() string {
	if path, err := os.Executable(); err == nil {
		return path
	}
	return os.Args[0]
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
