package reader

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode"
)

const allLanguages = "eng+fra+deu"

// sample is a page to recognise and what stands on it.
type sample struct {
	set   string
	file  string
	truth map[string]bool
}

// wordSet are the distinct words of three letters or digits and more.
func wordSet(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len([]rune(w)) >= 3 {
			set[w] = true
		}
	}
	return set
}

func recall(truth map[string]bool, words []Word) float64 {
	read := wordSet(textsOf(words))
	found := 0
	for w := range truth {
		if read[w] {
			found++
		}
	}
	return float64(found) / float64(max(len(truth), 1))
}

// samples are four pages with a text of the folder ocr and, when all figures are
// asked for, all of them, till slips and scans.
func samples(t *testing.T) []sample {
	folder := dataFolder(t)
	file, err := os.Open(filepath.Join(folder, "ocr/truth.jsonl"))
	if err != nil {
		t.Skip(err)
	}
	defer file.Close()
	var list []sample
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var d struct {
			File  string
			Truth struct{ Text string }
		}
		if err := json.Unmarshal(lines.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		// TIFF is refused; of files with several pages the first does not hold it all.
		if d.Truth.Text != "" && !strings.Contains(d.File, ".tif") && !strings.Contains(d.File, "multi-page") {
			set := "ocr"
			if strings.Contains(d.File, "rotated") {
				set = "ocr, turned"
			}
			list = append(list, sample{set, filepath.Join(folder, "ocr", d.File), wordSet(d.Truth.Text)})
		}
	}
	if os.Getenv("ENRICHD_FIGURES") == "" {
		return list[:min(len(list), 4)]
	}
	return slices.Concat(list, slips(folder), scans(t, folder))
}

// scans were made of PDFs that have a text layer, which tells what stands on them.
func scans(t *testing.T, folder string) []sample {
	r := newReader(t, Options{})
	files, _ := filepath.Glob(filepath.Join(folder, "scans/files/scan_*.pdf"))
	var list []sample
	for _, f := range files {
		original, err := os.ReadFile(filepath.Join(folder, "einvoice/files", strings.TrimPrefix(filepath.Base(f), "scan_")))
		if err != nil {
			t.Logf("left out: %v", err)
			continue
		}
		list = append(list, sample{"scans", f, wordSet(textsOf(mustPDF(t, r, original).Pages[0].Words))})
	}
	return list
}

// slips come with a table: eight numbers of a box, and its text.
func slips(folder string) []sample {
	box := regexp.MustCompile(`(?m)^(\d+,){8}`)
	files, _ := filepath.Glob(filepath.Join(folder, "receipts/files/*.jpg"))
	var list []sample
	for _, f := range files {
		if raw, err := os.ReadFile(strings.TrimSuffix(f, ".jpg") + ".box.csv"); err == nil {
			list = append(list, sample{"receipts", f, wordSet(box.ReplaceAllString(string(raw), ""))})
		}
	}
	return list
}

// tally adds up what pages of a set cost, in time of the processor with that of
// tesseract, and what was found on them.
type tally struct {
	pages                             int
	found, plainFound                 float64
	first, whole, plain, plainEnglish time.Duration
}

func (a tally) String() string {
	n := float64(max(a.pages, 1))
	per := func(d time.Duration) float64 { return d.Seconds() / n }
	return fmt.Sprintf("%d pages: recall %.3f, plain tesseract %.3f, ratio %.2f; first pass %.2f s a page, plain in all languages %.2f s (%.2f × its speed), in English alone %.2f s (%.2f ×); all passes %.2f s (%.2f ×)",
		a.pages, a.found/n, a.plainFound/n, a.found/max(a.plainFound, .001), per(a.first), per(a.plain), a.plain.Seconds()/a.first.Seconds(),
		per(a.plainEnglish), a.plainEnglish.Seconds()/a.first.Seconds(), per(a.whole), a.plain.Seconds()/a.whole.Seconds())
}

func (a *tally) add(b tally) {
	a.pages, a.found, a.plainFound = a.pages+b.pages, a.found+b.found, a.plainFound+b.plainFound
	a.first, a.whole, a.plain, a.plainEnglish = a.first+b.first, a.whole+b.whole, a.plain+b.plain, a.plainEnglish+b.plainEnglish
}

// TestFiguresOCR compares with tesseract as it comes, page by page in turn. Of an
// image it gets the file; of a page of a PDF the picture, whose drawing counts for
// neither.
func TestFiguresOCR(t *testing.T) {
	needTesseract(t)
	t.Setenv("OMP_THREAD_LIMIT", "1")
	e := &engine{cacheDir: newReader(t, Options{}).o.CacheDir}
	var all tally
	sets, names := map[string]*tally{}, []string{}
	for _, s := range samples(t) {
		one := measured(t, e, s)
		if sets[s.set] == nil {
			sets[s.set], names = &tally{}, append(names, s.set)
		}
		sets[s.set].add(one)
		all.add(one)
		t.Logf("%s: %v", filepath.Base(s.file), one)
	}
	for _, name := range names {
		t.Logf("FIGURE ocr, %s, %v", name, sets[name])
	}
	t.Logf("FIGURE ocr, all, %v", all)
	if all.found < all.plainFound {
		t.Errorf("fewer words were found than plain tesseract finds: %v", all)
	}
}

// measured recognises one page in four ways.
func measured(t *testing.T, e *engine, s sample) tally {
	content, err := os.ReadFile(s.file)
	if err != nil {
		t.Fatal(err)
	}
	page := request{Content: content, Page: 1, Languages: strings.Split(allLanguages, "+"), Budget: time.Hour} // a busy machine must not change what is read
	drawn := func() (picture, error) { return e.pictureOf(page) }
	plainly := func(languages string) func() ([]byte, error) {
		return func() ([]byte, error) {
			return exec.CommandContext(t.Context(), "tesseract", s.file, "stdout", "-l", languages, "--psm", oneBlock, "tsv").Output()
		}
	}
	if isPDF(content) {
		pic, err := drawn()
		if err != nil {
			t.Fatal(err)
		}
		drawn = func() (picture, error) { return pic, nil }
		plainly = func(languages string) func() ([]byte, error) {
			return func() ([]byte, error) {
				return tesseract(t.Context(), pic.gray, "-l", languages, "--psm", oneBlock, "tsv")
			}
		}
	}
	a := tally{pages: 1}
	var out []byte
	var read Page
	out, a.plain = costs(t, plainly(allLanguages))
	_, a.plainEnglish = costs(t, plainly("eng"))
	_, a.first = costs(t, func() (Page, error) {
		pic, err := drawn()
		if err != nil {
			return Page{}, err
		}
		_ = onItsSide(pic.gray) // is part of what a first pass costs
		return attempt(t.Context(), pic, page.Languages[0], 0)
	})
	read, a.whole = costs(t, func() (Page, error) {
		pic, err := drawn()
		if err != nil {
			return Page{}, err
		}
		return recognise(pic, page.Languages, page.Budget)
	})
	a.found, a.plainFound = recall(s.truth, read.Words), recall(s.truth, tsvWords(out, 1))
	return a
}

// costs is how much time of the processor something takes here and in the
// processes that it starts, which other work on the machine changes little.
func costs[T any](t *testing.T, f func() (T, error)) (T, time.Duration) {
	t.Helper()
	before := processorTime(t)
	v, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return v, processorTime(t) - before
}

func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var u syscall.Rusage
		if err := syscall.Getrusage(who, &u); err != nil {
			t.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}

// BenchmarkTextLayer reads a text layer of six lines, a page for each round.
func BenchmarkTextLayer(b *testing.B) {
	r := newReader(b, Options{})
	content := pagesPDF("", letter(), letter(), letter(), letter(), letter(), letter(), letter(), letter(), letter(), letter())
	if err := r.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := r.PDF(b.Context(), content); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/10, "ms/page")
}

// BenchmarkOCR recognises the same page.
func BenchmarkOCR(b *testing.B) {
	needTesseract(b)
	r := newReader(b, Options{})
	content := pagesPDF("", letter())
	if err := r.Warm(b.Context()); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := r.OCR(b.Context(), content, []int{1}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
}

// BenchmarkStart measures a child with compiled code in the cache.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		r := newReader(b, Options{})
		if err := r.Warm(b.Context()); err != nil {
			b.Fatal(err)
		}
		r.Close()
	}
}
