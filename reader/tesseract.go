package reader

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// tesseract runs the recognition with a picture on its standard input, as PNM:
// that is what it reads fastest, and PNG is slow to write. It runs in this
// process's group with one thread (the environment says so): with two it is
// about twenty times slower.
func tesseract(ctx context.Context, g *image.Gray, args ...string) ([]byte, error) {
	head := fmt.Sprintf("P5\n%d %d\n255\n", g.Rect.Dx(), g.Rect.Dy())
	pnm := io.MultiReader(strings.NewReader(head), bytes.NewReader(g.Pix)) // no picture here has gaps between its rows
	cmd := exec.CommandContext(ctx, "tesseract", append([]string{"stdin", "stdout"}, args...)...)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.SysProcAttr = pnm, &out, together()
	err := cmd.Run()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, errNoTesseract()
	case err != nil:
		return nil, err
	}
	return out.Bytes(), nil
}

func errNoTesseract() error {
	return faultf(CodeOCRUnavailable, "Pages cannot be recognised here: tesseract is not installed (apt-get install tesseract-ocr).")
}

// languagesOf are the wanted languages that tesseract has, which it is asked once.
func (e *engine) languagesOf(wanted []string) ([]string, error) {
	if e.installed == nil {
		out, err := exec.Command("tesseract", "--list-langs").Output()
		if err != nil {
			return nil, errNoTesseract()
		}
		e.installed = strings.Split(string(out), "\n")[1:] // the first line is a heading
	}
	known := slices.DeleteFunc(slices.Clone(wanted), func(l string) bool { return !slices.Contains(e.installed, l) })
	if len(known) == 0 {
		return nil, faultf(CodeOCRUnavailable, "Pages cannot be recognised here: tesseract has none of the languages %s.", strings.Join(wanted, ", "))
	}
	return known, nil
}

// tsvWords reads tesseract's table: level 5 is a word; columns 3 to 5 are its
// block, paragraph and line, 7 to 10 its box, 11 its confidence in percent, 12
// its text.
func tsvWords(tsv []byte, pointsPerPixel float64) []Word {
	var words []Word
	line, block := 0, 0
	var lastLine, lastBlock string
	lines := bufio.NewScanner(bytes.NewReader(tsv))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		cells := strings.Split(lines.Text(), "\t")
		if len(cells) < 12 || cells[0] != "5" || strings.TrimSpace(cells[11]) == "" {
			continue
		}
		if at := strings.Join(cells[2:5], "."); at != lastLine {
			lastLine, line = at, line+1
		}
		if cells[2] != lastBlock {
			lastBlock, block = cells[2], block+1
		}
		w := Word{Text: strings.TrimSpace(cells[11]), Line: line, Block: block}
		n := make([]float64, 5)
		for i := range n {
			n[i], _ = strconv.ParseFloat(cells[6+i], 64) // tesseract writes numbers there
		}
		w.X0, w.Y0, w.X1, w.Y1 = n[0]*pointsPerPixel, n[1]*pointsPerPixel, (n[0]+n[2])*pointsPerPixel, (n[1]+n[3])*pointsPerPixel
		w.Confidence = min(max(n[4]/100, 0), 1)
		words = append(words, w)
	}
	return words
}
