package reader

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
)

const allLanguages = "eng+fra+deu"

// sample is a page to recognise and what stands on it.
type sample struct {
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
// asked for, all of them and the till slips.
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
			list = append(list, sample{filepath.Join(folder, "ocr", d.File), wordSet(d.Truth.Text)})
		}
	}
	if os.Getenv("ENRICHD_FIGURES") == "" {
		return list[:min(len(list), 4)]
	}
	return append(list, slips(folder)...)
}

// slips come with a table: eight numbers of a box, and its text.
func slips(folder string) []sample {
	box := regexp.MustCompile(`(?m)^(\d+,){8}`)
	files, _ := filepath.Glob(filepath.Join(folder, "receipts/files/*.jpg"))
	var list []sample
	for _, f := range files {
		if raw, err := os.ReadFile(strings.TrimSuffix(f, ".jpg") + ".box.csv"); err == nil {
			list = append(list, sample{f, wordSet(box.ReplaceAllString(string(raw), ""))})
		}
	}
	return list
}

// TestFiguresOCR compares with tesseract as it comes, on the same pictures.
func TestFiguresOCR(t *testing.T) {
	needTesseract(t)
	t.Setenv("OMP_THREAD_LIMIT", "1")
	var ours, plain float64
	var ourTime, plainTime time.Duration
	list := samples(t)
	for _, s := range list {
		content, err := os.ReadFile(s.file)
		if err != nil {
			t.Fatal(err)
		}
		img, _, err := decodeImage(content)
		if err != nil {
			t.Fatalf("%s: %v", s.file, err)
		}
		asItComes := picture{gray: toGray(img), pointsPerPixel: 1, layout: oneBlock}
		out, took := timed(t, func() ([]byte, error) {
			return tesseract(t.Context(), asItComes.gray, "-l", allLanguages, "--psm", oneBlock, "tsv")
		})
		theirs := recall(s.truth, tsvWords(out, 1))
		plain, plainTime = plain+theirs, plainTime+took
		e := &engine{}
		_, took = timed(t, func() (Page, error) {
			pic, err := e.pictureOf(request{Content: content})
			if err != nil {
				return Page{}, err
			}
			_ = onItsSide(pic.gray) // is part of what a first pass costs
			return attempt(t.Context(), pic, allLanguages, 0)
		})
		ourTime += took
		f, err := e.ocr(request{Content: content, Languages: []string{"eng", "fra", "deu"}, Budget: 30 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		mine := recall(s.truth, f.Pages[0].Words)
		ours += mine
		t.Logf("%s: recall %.3f, plain %.3f, confidence %.2f", filepath.Base(s.file), mine, theirs, f.Pages[0].Confidence)
	}
	n := float64(max(len(list), 1))
	t.Logf("FIGURE ocr word recall %.3f, plain tesseract %.3f, ratio %.3f, pages %d", ours/n, plain/n, ours/max(plain, .001), len(list))
	t.Logf("FIGURE ocr first pass %.2f s a page, plain tesseract %.2f s, speed ratio %.2f", ourTime.Seconds()/n, plainTime.Seconds()/n, plainTime.Seconds()/ourTime.Seconds())
	if ours < plain {
		t.Errorf("words found: %.3f, plain tesseract %.3f", ours/n, plain/n)
	}
}

func timed[T any](t *testing.T, f func() (T, error)) (T, time.Duration) {
	t.Helper()
	started := time.Now()
	v, err := f()
	if err != nil {
		t.Fatal(err)
	}
	return v, time.Since(started)
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
