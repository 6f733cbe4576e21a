package reader

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// drawn is a picture whose dots say how dark they are, in a color on white.
func drawn(size int, c color.NRGBA, dark func(x, y float64) float64) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			d := dark((float64(px)+.5)/float64(size)*2-1, (float64(py)+.5)/float64(size)*2-1)
			c.A = uint8(255 * min(1, max(0, d)))
			img.SetNRGBA(px, py, c)
		}
	}
	return img
}

// globe is a net of meridians and parallels, drawn with lines of a width.
func globe(width float64, filled bool) func(x, y float64) float64 {
	return func(x, y float64) float64 {
		r := math.Hypot(x, y)
		if r > 1 {
			return 0
		}
		line := r > 1-width || math.Abs(x) < width/2 || math.Abs(y) < width/2
		chord := math.Sqrt(max(0, 1-y*y)) * .5
		line = line || math.Abs(math.Abs(x)-chord) < width/2 || math.Abs(math.Abs(y)-.5) < width/2
		if line != filled {
			return 1
		}
		return 0
	}
}

func TestGlobesAreToldFromLogos(t *testing.T) {
	gray, blue := color.NRGBA{R: 95, G: 99, B: 104}, color.NRGBA{R: 26, G: 115, B: 232}
	for _, size := range []int{16, 32, 48, 128} {
		for name, c := range map[string]color.NRGBA{"gray": gray, "blue": blue} {
			if !isGlobe(drawn(size, c, globe(.14, false))) {
				t.Errorf("a %s globe of %d pixels is taken for a logo", name, size)
			}
		}
		for name, dark := range map[string]func(x, y float64) float64{
			"disc":   func(x, y float64) float64 { return 1 - math.Floor(math.Hypot(x, y)) },
			"ring":   func(x, y float64) float64 { r := math.Hypot(x, y); return b(r > .7 && r <= 1) },
			"target": func(x, y float64) float64 { r := math.Hypot(x, y); return b(r <= 1 && int(r*5)%2 == 0) },
			"cross":  func(x, y float64) float64 { return b(math.Hypot(x, y) <= 1 && (math.Abs(x) < .2 || math.Abs(y) < .2)) },
			"square": func(x, y float64) float64 { return b(math.Abs(x) < .15 || math.Abs(y) < .15 || math.Abs(x) > .8) },
			"letter": func(x, y float64) float64 {
				return b(math.Hypot(x, y) <= 1 && !(x > -.4 && x < 0 && math.Abs(y) < .6) && !(y > .3 && y < .6 && x > -.4 && x < .4))
			},
			"no entry": func(x, y float64) float64 {
				return b(math.Hypot(x, y) <= 1 && !(math.Abs(y) < .2 && math.Abs(x) < .7))
			},
		} {
			if isGlobe(drawn(size, blue, dark)) {
				t.Errorf("a %s of %d pixels is taken for a globe", name, size)
			}
		}
	}
}

func b(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// The icons of sites are no globes, and their ICOs are decoded.
func TestIconsOfSites(t *testing.T) {
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(dir, "logo", "files", "*ico*"))
	if err != nil || len(files) == 0 {
		t.Logf("no icons in %s", dir)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, ".gz") {
			unpacked, err := gzip.NewReader(bytes.NewReader(content))
			if err != nil {
				t.Fatal(err)
			}
			if content, err = io.ReadAll(unpacked); err != nil {
				t.Fatal(err)
			}
		}
		if strings.HasSuffix(file, ".vcr") {
			continue
		}
		icon, err := iconFile(content)
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
			continue
		}
		if icon.Globe || icon.Blank || icon.Width < 16 || len(icon.PNG) == 0 {
			t.Errorf("%s: %d × %d, globe %v, blank %v", filepath.Base(file), icon.Width, icon.Height, icon.Globe, icon.Blank)
		}
	}
}

// An ICO of one bit: the mask makes dots transparent.
func TestBitmapsOfICO(t *testing.T) {
	const two = "AAABAAEAAgIAAAEAAQBAAAAAFgAAACgAAAACAAAABAAAAAEAAQAAAAAACAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA////AIAAAABAAAAAAAAAAIAAAAA="
	content, err := base64.StdEncoding.DecodeString(two)
	if err != nil {
		t.Fatal(err)
	}
	icon, err := iconFile(content)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(icon.PNG))
	if err != nil || img.Bounds().Dx() != 2 || img.Bounds().Dy() != 2 || icon.Kind != "ico" {
		t.Fatalf("%+v, %v", icon, err)
	}
	for at, want := range map[image.Point]uint32{{X: 0, Y: 0}: 0, {X: 1, Y: 0}: 0xffff, {X: 0, Y: 1}: 0xffff, {X: 1, Y: 1}: 0xffff} {
		if _, _, _, a := img.At(at.X, at.Y).RGBA(); a != want {
			t.Errorf("dot %v has opacity %x", at, a)
		}
	}
}

// What is no picture, or lies about its size, costs an error and nothing more.
func TestBadIcons(t *testing.T) {
	for name, content := range map[string]string{
		"svg":                  `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`,
		"page":                 "<html></html>",
		"nothing":              "",
		"directory alone":      icoStart + "\x01\x00",
		"entry beyond the end": icoStart + "\x01\x00" + strings.Repeat("\xff", 16),
		"65,535 entries":       icoStart + "\xff\xff" + strings.Repeat("\x00", 64*16),
		"huge bitmap": icoStart + "\x01\x00\x00\x00\x00\x00\x01\x00\x20\x00\x28\x00\x00\x00\x16\x00\x00\x00" +
			"\x28\x00\x00\x00\xff\xff\xff\x7f\xff\xff\xff\x7f\x01\x00\x20\x00" + strings.Repeat("\x00", 24),
	} {
		var fault *Error
		if icon, err := iconFile([]byte(content)); !errors.As(err, &fault) {
			t.Errorf("%s: %+v, %v", name, icon, err)
		}
	}
}

func FuzzIcon(f *testing.F) {
	f.Add([]byte(icoStart + "\x01\x00"))
	f.Fuzz(func(t *testing.T, content []byte) {
		icon, err := iconFile(append([]byte(icoStart), content...))
		if err == nil && (icon.Width <= 0 || len(icon.PNG) == 0) {
			t.Errorf("%+v", icon)
		}
	})
}

// The child reads icons, too.
func TestIconInTheChild(t *testing.T) {
	r := newReader(t, Options{})
	icon, err := r.Icon(context.Background(), pngBytes(t, drawn(64, color.NRGBA{R: 200}, func(x, y float64) float64 { return b(x > y) })))
	if err != nil || icon.Width != 64 || !icon.Transparent || icon.Color != "#c80000" {
		t.Errorf("%+v, %v", icon, err)
	}
}

func pngBytes(t *testing.T, img image.Image) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// Attacks in pictures: each is refused, or drawn anew as a PNG in which nothing of
// the file's text is left.
func TestAttacksInPictures(t *testing.T) {
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared", "data")
	}
	files, err := filepath.Glob(filepath.Join(dir, "badinput", "svg-xss", "patt", "*"))
	if err != nil || len(files) == 0 {
		t.Logf("no attacks in %s", dir)
	}
	refused, drawn := 0, 0
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		icon, err := iconFile(content)
		if err != nil {
			refused++
			continue
		}
		drawn++
		for at := 8; at+8 <= len(icon.PNG); {
			length, kind := int(binary.BigEndian.Uint32(icon.PNG[at:])), string(icon.PNG[at+4:at+8])
			if !slices.Contains([]string{"IHDR", "PLTE", "tRNS", "IDAT", "IEND"}, kind) {
				t.Errorf("%s: its PNG has a part %q", filepath.Base(file), kind)
			}
			at += 12 + length
		}
		if bytes.Contains(icon.PNG, []byte("<script")) || bytes.Contains(icon.PNG, []byte("alert(")) {
			t.Errorf("%s: its text is still there", filepath.Base(file))
		}
	}
	t.Logf("%d refused, %d drawn anew", refused, drawn)
}
