package bankfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
)

// endless writes a file of n entries while it is read, so that a test holds
// none of it.
type endless struct {
	head, foot string
	entry      func(i int) string
	n, i       int
	rest       string
}

func (e *endless) Read(p []byte) (int, error) {
	for e.rest == "" {
		switch {
		case e.i == 0:
			e.rest = e.head
		case e.i <= e.n:
			e.rest = e.entry(e.i)
		case e.i == e.n+1:
			e.rest = e.foot
		default:
			return 0, io.EOF
		}
		e.i++
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// long makes files of n entries of every format.
func long(n int) map[string]*endless {
	camtHead, camtFoot, _ := strings.Cut(camtOf("|"), "|")
	mtHead, mtFoot, _ := strings.Cut(mtOf("|"), "|")
	ofxHead, ofxFoot, _ := strings.Cut(ofxOf("\x7f"), "\x7f")
	batchHead := "<NtryDtls>"
	return map[string]*endless{
		"camt": {n: n, head: camtHead, foot: camtFoot, entry: func(i int) string {
			return ntry("10.50", "DBIT", fmt.Sprintf("<AcctSvcrRef>R%d</AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>E%d</EndToEndId></Refs><RltdPties><Cdtr><Nm>Creditor %d</Nm></Cdtr></RltdPties><RmtInf><Ustrd>Invoice %d</Ustrd></RmtInf></TxDtls></NtryDtls>", i, i, i, i))
		}},
		"mt940": {n: n, head: mtHead, foot: mtFoot, entry: func(i int) string {
			return fmt.Sprintf("\n:61:3101020102D10,50NTRFREF%d//B%d\n:86:166?00UEBERWEISUNG?20EREF+E%d?21SVWZ+Invoice %d?32Creditor", i, i, i, i)
		}},
		"ofx": {n: n, head: ofxHead, foot: ofxFoot, entry: func(i int) string {
			return trn("-10.50", fmt.Sprint("F", i), fmt.Sprintf("<NAME>Creditor %d\n<MEMO>Invoice %d\n", i, i))
		}},
		"csv": {n: n, head: "Date,Payee,Description,Amount,Currency\n", entry: func(i int) string {
			return fmt.Sprintf("2031-01-02,Creditor %d,Invoice %d,-10.50,EUR\n", i, i)
		}},
		"camt, one batch": {n: n, head: camtHead + strings.Replace(ntry("10.50", "DBIT", "|"), "|</Ntry>", batchHead, 1), foot: "</NtryDtls></Ntry>" + camtFoot, entry: func(i int) string {
			return fmt.Sprintf("<TxDtls><Refs><EndToEndId>E%d</EndToEndId></Refs><RmtInf><Ustrd>Invoice %d</Ustrd></RmtInf></TxDtls>", i, i)
		}},
	}
}

// What is kept of an entry that was handed over is its line in the count of
// equal lines, and in OFX its FITID.
func TestMemoryIsFlat(t *testing.T) {
	const n, most = 2_000, 200 // bytes an entry
	for format := range long(0) {
		if format == "camt, one batch" {
			continue // One entry: all of it is handed over at once.
		}
		t.Run(format, func(t *testing.T) {
			var early, late runtime.MemStats
			seen := 0
			_, err := Read(long(n)[format], Options{}, func(*Statement, *Entry) error {
				switch seen++; seen {
				case n / 10:
					runtime.GC()
					runtime.ReadMemStats(&early)
				case n:
					runtime.GC()
					runtime.ReadMemStats(&late)
				}
				return nil
			})
			if err != nil || seen != n {
				t.Fatalf("%d entries, %v", seen, err)
			}
			grown := (int64(late.HeapAlloc) - int64(early.HeapAlloc)) / (n - n/10)
			t.Logf("%d bytes an entry", grown)
			if grown > most {
				t.Errorf("%d bytes are kept of an entry, want at most %d", grown, most)
			}
		})
	}
}

func TestReadStops(t *testing.T) {
	stop := errors.New("enough")
	seen := 0
	_, err := Read(long(10)["mt940"], Options{}, func(*Statement, *Entry) error {
		if seen++; seen == 3 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || seen != 3 {
		t.Errorf("got %v after %d entries", err, seen)
	}
}

// An error of the reader is not an error of the file.
func TestReaderFails(t *testing.T) {
	for name, file := range long(1000) {
		_, err := Parse(io.MultiReader(io.LimitReader(file, 100_000), failing{}), Options{})
		var typed *Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &typed) {
			t.Errorf("%s: got %v, want the reader's own error", name, err)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// BenchmarkRead reads 100,000 entries without keeping them.
func BenchmarkRead(b *testing.B) {
	const n = 100_000
	for format := range long(0) {
		b.Run(format, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				seen := 0
				if _, err := Read(long(n)[format], Options{}, func(_ *Statement, e *Entry) error {
					seen += max(1, len(e.Details))
					return nil
				}); err != nil || seen != n {
					b.Fatalf("%d entries, %v", seen, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/entry")
		})
	}
}

// BenchmarkParse keeps 100,000 entries and tells what each costs.
func BenchmarkParse(b *testing.B) {
	const n = 100_000
	for format := range long(0) {
		b.Run(format, func(b *testing.B) {
			var before, after runtime.MemStats
			for b.Loop() {
				runtime.GC()
				runtime.ReadMemStats(&before)
				f, err := Parse(long(n)[format], Options{})
				if err != nil {
					b.Fatal(err)
				}
				runtime.GC()
				runtime.ReadMemStats(&after)
				runtime.KeepAlive(f)
			}
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "bytes/entry")
		})
	}
}
