package bankfile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzParse wants a file or a typed error for any bytes, the same each time, and
// entries that hold together.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		camtOf(bal("OPBD", "1", "CRDT") + ntry("1", "CRDT", bothParties) + bal("CLBD", "2", "CRDT")),
		mtOf(":61:3101020102RCR1,00NTRFREF//BANK\n/OCMT/USD1,5/\n:86:166?00X?20EREF+1?21SVWZ+a"),
		mtOf(":61:310102C1,NTRF\n:86:/EREF/E7//CNTP/NL91ABNA0417164300/ABNANL2A/J///REMI/USTD//x/"),
		"{1:F01}{2:O942}{4:\n:20:A\n:13D:3101021200+0000\n:90D:1EUR2,\n-}{5:}",
		ofxOf(trn("-1,5", "A", "<NAME>x<![CDATA[y]]><!-- z -->")),
		"Date;Description;Amount (EUR);Balance\n31.01.2031;x;-1.234,56;5,00\n",
		"Date,Description,Debit,Credit\n1/2/2031,\"a\nb\",(1),2\n",
		"01,A,B,310102,0800,1,,,2/\n02,A,B,1,310102,,EUR,2/\n03,1,EUR,010,100,,/\n16,475,500,,R,,text/\n49,600,3/\n98,600,1,5/\n99,600,1,7/\n",
	} {
		f.Add([]byte(seed))
	}
	files, _ := filepath.Glob(filepath.Join(dataDir(), "bank", "files", "*"))
	for _, path := range files {
		if data, err := os.ReadFile(path); err == nil {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		o := Options{MaxBytes: 1 << 20, MaxEntries: 2000}
		file, err := Parse(bytes.NewReader(data), o)
		again, err2 := Parse(bytes.NewReader(data), o)
		if (err == nil) != (err2 == nil) {
			t.Fatalf("once %v, then %v", err, err2)
		}
		if err != nil {
			var typed *Error
			if !errors.As(err, &typed) || typed.Message == "" || typed.Code == "" {
				t.Fatalf("the error is not typed: %#v", err)
			}
			return
		}
		sound(t, file, again)
	})
}

// sound checks what holds for every file that could be read.
func sound(t *testing.T, file, again *File) {
	t.Helper()
	if len(file.Statements) == 0 || file.Format == "" {
		t.Fatalf("no statement, format %q", file.Format)
	}
	for i, s := range file.Statements {
		seen := map[string]bool{}
		for j, e := range s.Entries {
			if e.Identity == "" || seen[e.Identity] {
				t.Fatalf("the identity of entry %d is missing or of another one", j)
			}
			seen[e.Identity] = true
			if e.Status == "" || e.Line == 0 {
				t.Fatalf("entry %d has no status or line", j)
			}
			if again.Statements[i].Entries[j].Identity != e.Identity {
				t.Fatalf("entry %d has another identity the second time", j)
			}
		}
	}
	for _, w := range file.Warnings {
		if w.Code == "" || w.Message == "" || w.Statement < -1 || w.Statement >= len(file.Statements) {
			t.Fatalf("the warning is not whole: %+v", w)
		}
	}
}
