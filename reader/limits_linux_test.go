package reader

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// left lists the children of this process that are still there.
func left(t *testing.T) []int {
	t.Helper()
	alive := kids(os.Getpid())
	return slices.DeleteFunc(alive, func(pid int) bool {
		raw, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
		return err != nil || !strings.Contains(string(raw), "reader") && !strings.Contains(string(raw), "tesseract")
	})
}

func TestLimitsAreNamed(t *testing.T) {
	content := pagesPDF("", letter())
	for name, c := range map[string]struct {
		o    Options
		code string
	}{
		"time":   {Options{ParseTimeout: time.Nanosecond}, CodeTimeout},
		"memory": {Options{Memory: 8 << 20}, CodeResourceLimit},
		"pages":  {Options{MaxPages: -1}, CodeTooManyPages},
	} {
		r := newReader(t, c.o)
		if _, err := r.PDF(t.Context(), content); codeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := newReader(t, Options{})
	if _, err := r.PDF(t.Context(), make([]byte, MaxContent+1)); codeOf(err) != CodeResourceLimit {
		t.Errorf("size: %v", err)
	}
}

// A command that is no reader, or that says nonsense, costs an error.
func TestChildrenThatAreNone(t *testing.T) {
	for name, c := range map[string]struct {
		command []string
		code    string
	}{
		"ends at once":     {[]string{"true"}, CodeCrashed},
		"talks nonsense":   {[]string{"echo", "nonsense"}, CodeCrashed},
		"talks for ever":   {[]string{"yes"}, CodeCrashed},
		"hangs":            {[]string{"sleep", "100"}, CodeTimeout},
		"is no program":    {[]string{"/nonexistent"}, ""},
		"out of memory":    {[]string{"sh", "-c", "echo fatal error: out of memory >&2; exit 2"}, CodeResourceLimit},
		"leaves a process": {[]string{"sh", "-c", "sleep 100 & exit 1"}, CodeCrashed},
	} {
		r := New(Options{Command: c.command, WarmTimeout: 2 * time.Second})
		if _, err := r.PDF(t.Context(), nil); err == nil || codeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
	}
}

// A child that died while it waited costs nobody anything; one that dies over a
// file costs that file an error.
func TestChildrenThatAreKilled(t *testing.T) {
	r := newReader(t, Options{Slots: 1})
	content := pagesPDF("", letter())
	for range 3 {
		mustPDF(t, r, content)
		c := <-r.idle
		_ = syscall.Kill(c.cmd.Process.Pid, syscall.SIGKILL)
		r.idle <- c
	}
	mustPDF(t, r, content)
	c := <-r.idle
	r.idle <- c
	if c.served != 1 {
		t.Errorf("the child that was killed reads on: %d", c.served)
	}
}

func TestTheChildIsKilledInTheMiddle(t *testing.T) {
	needTesseract(t)
	r := newReader(t, Options{Slots: 1})
	if err := r.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := <-r.idle
	c.served = 0 // a new one: its death is the file's doing
	r.idle <- c
	ended := make(chan error)
	go func() {
		_, err := r.OCR(context.WithoutCancel(t.Context()), pagesPDF("", letter()), []int{1})
		ended <- err
	}()
	for len(kids(c.cmd.Process.Pid)) == 0 && c.alive() { // until tesseract runs
		time.Sleep(time.Millisecond)
	}
	_ = syscall.Kill(c.cmd.Process.Pid, syscall.SIGKILL)
	if err := <-ended; codeOf(err) != CodeCrashed {
		t.Errorf("killed in the middle: %v", err)
	}
	nothingIsLeft(t, r)
}

func TestTheContextEndsTheChild(t *testing.T) {
	needTesseract(t)
	r := newReader(t, Options{Slots: 1, PageTimeout: 150 * time.Millisecond})
	if _, err := r.OCR(t.Context(), pagesPDF("", letter()), []int{1}); codeOf(err) != CodeTimeout {
		t.Errorf("a short limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.PDF(ctx, pagesPDF("", letter())); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
	nothingIsLeft(t, r)
}

// nothingIsLeft closes the reader and fails while any of its processes lives.
func nothingIsLeft(t *testing.T, r *Reader) {
	t.Helper()
	r.Close()
	for deadline := time.Now().Add(10 * time.Second); len(left(t)) > 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("processes are left: %v", left(t))
		}
	}
}

// Pages of a kilometre must not make pictures of one.
func TestHugePages(t *testing.T) {
	r := newReader(t, Options{})
	for _, box := range []string{"0 0 1000000 1000000", "0 0 1 100000000", "0 0 .001 .001", "0 0 0 0", "-5 -5 -9 -9"} {
		content := pagesPDF("/MediaBox["+box+"]", letter())
		p, err := r.Render(t.Context(), content, 1, 100_000)
		if err != nil && (codeOf(err) == "" || codeOf(err) == CodeCrashed || codeOf(err) == CodeTimeout) || p != nil && len(p.Content) > 8<<20 {
			t.Errorf("%s: %+v, %v", box, p, err)
		}
		if _, err := r.PDF(t.Context(), content); err != nil && codeOf(err) != CodeDamaged {
			t.Errorf("%s: %v", box, err)
		}
	}
	nothingIsLeft(t, r)
}

// A picture that claims 900 million pixels stands in a few bytes of a PDF.
func TestPictureBombs(t *testing.T) {
	r := newReader(t, Options{})
	bomb := buildPDF("", catalogue, "<</Type/Pages/MediaBox[0 0 612 792]/Count 1/Kids[3 0 R]>>", "<</Type/Page/Parent 2 0 R/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>",
		stream("/Type/XObject/Subtype/Image/Width 30000/Height 30000/ColorSpace/DeviceRGB/BitsPerComponent 8", "abc"), stream("", "612 0 0 792 0 0 cm /I Do"))
	if p := mustPDF(t, r, bomb).Pages[0]; p.Images != 1 || p.Covered < .99 || p.OCRReason() != ReasonNoText {
		t.Errorf("%+v", p)
	}
	if _, err := r.Render(t.Context(), bomb, 1, 500); err != nil && codeOf(err) != CodeDamaged && codeOf(err) != CodeResourceLimit {
		t.Error(err)
	}
}

func TestManyAtOnce(t *testing.T) {
	r := newReader(t, Options{Slots: 2})
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			if f, err := r.PDF(t.Context(), pagesPDF("", letter())); err != nil || len(f.Pages) != 1 {
				t.Errorf("%+v, %v", f, err)
			}
		})
	}
	group.Wait()
	if n := len(r.idle); n == 0 || n > 2 {
		t.Errorf("%d children wait", n)
	}
	nothingIsLeft(t, r)
}

// TestTheChildIsConfined looks at a child from outside.
func TestTheChildIsConfined(t *testing.T) {
	r := newReader(t, Options{Slots: 1})
	if err := r.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := <-r.idle
	defer func() { r.idle <- c }()
	proc := "/proc/" + strconv.Itoa(c.cmd.Process.Pid)
	limits, err := os.ReadFile(proc + "/limits")
	if err != nil {
		t.Skip("no /proc here")
	}
	for _, line := range strings.Split(string(limits), "\n") {
		if strings.HasPrefix(line, "Max file size") && strings.Fields(line)[3] != "0" {
			t.Errorf("it may write files: %s", line)
		}
		if strings.HasPrefix(line, "Max data size") && strings.Fields(line)[3] == "unlimited" {
			t.Errorf("it may use all memory: %s", line)
		}
	}
	status, _ := os.ReadFile(proc + "/status")
	if !strings.Contains(string(status), "NoNewPrivs:\t1") {
		t.Error("it may win rights by starting programs")
	}
	if !strings.Contains(string(status), "Seccomp:\t2") {
		t.Log("no filter of calls is allowed here")
	}
	env, _ := os.ReadFile(proc + "/environ")
	if strings.Contains(string(env), "USER=") || strings.Contains(string(env), "PGPASSWORD") {
		t.Errorf("it was told too much: %q", env)
	}
	ours, _ := os.Readlink("/proc/self/ns/net")
	if its, _ := os.Readlink(proc + "/ns/net"); os.Getuid() == 0 && its == ours {
		t.Log("no name space of networks is allowed here: the filter of calls alone refuses sockets")
	}
}

// TestHostileFiles reads files that are damaged on purpose: each gives a result or a
// typed error, and no process is left.
func TestHostileFiles(t *testing.T) {
	files := badInput(t)
	r := newReader(t, Options{ParseTimeout: 5 * time.Second})
	parsed, recognised := map[string]int{}, map[string]int{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		read := r.PDF
		if strings.Contains(file, "/image/") {
			read = r.Image
		}
		var f *File
		if parsed[endsTyped(t, file, func() error { f, err = read(t.Context(), content); return err })]++; f == nil || os.Getenv("ENRICHD_FIGURES") == "" {
			continue
		}
		if at := slices.IndexFunc(f.Pages, Page.NeedsOCR); at >= 0 {
			recognised[endsTyped(t, file, func() error { _, err := r.OCR(t.Context(), content, []int{at + 1}); return err })]++
		}
	}
	t.Logf("FIGURE hostile files %d, by outcome %v; recognised a page of each that needs it, by outcome %v", len(files), parsed, recognised)
	nothingIsLeft(t, r)
}

// endsTyped gives the code with which the work on a hostile file ended, empty
// where it ended well. A process that died of it is a fault.
func endsTyped(t *testing.T, file string, work func() error) string {
	t.Helper()
	started := time.Now()
	err := work()
	code := codeOf(err)
	if err != nil && code == "" {
		t.Errorf("%s: an error without a code: %v", filepath.Base(file), err)
	}
	if code == CodeCrashed {
		t.Errorf("%s: %v", filepath.Base(file), err)
	}
	if took := time.Since(started); took > time.Second {
		t.Logf("%s took %s: %v", filepath.Base(file), took.Round(time.Millisecond), err)
	}
	return code
}

// badInput lists the hostile PDFs and images that come with the data and, when
// all figures are asked for, those that its program writes, which takes it half a
// minute.
func badInput(t *testing.T) []string {
	t.Helper()
	files, _ := filepath.Glob(filepath.Join(dataFolder(t), "badinput/pdf/*/*.pdf"))
	invoices, _ := filepath.Glob(filepath.Join(dataFolder(t), "badinput/invoice/*/*.pdf"))
	files = append(files, invoices...)
	if os.Getenv("ENRICHD_FIGURES") != "" {
		made := t.TempDir()
		if out, err := exec.CommandContext(t.Context(), "python3", filepath.Join(dataFolder(t), "badinput/gen.py"), made).CombinedOutput(); err != nil {
			t.Logf("the generated files are left out: %v: %s", err, out)
		}
		for _, pattern := range []string{"pdf/*/*", "image/*/*"} {
			more, _ := filepath.Glob(filepath.Join(made, pattern))
			files = append(files, more...)
		}
	}
	if len(files) == 0 {
		t.Skip("no hostile files here")
	}
	return files
}
