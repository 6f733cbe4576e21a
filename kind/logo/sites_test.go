package logo_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image/color"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/fetch/replay"
	"github.com/enrichd/enrichd/kind/kindtest"
)

// moved is an exchange that sends elsewhere.
func moved(host, path, to string) replay.Exchange {
	return replay.Exchange{Host: host, Path: path, Status: 301, Headers: [][2]string{{"Location", to}}}
}

// icoOf is an ICO with a PNG inside.
func icoOf(picture []byte) []byte {
	le := binary.LittleEndian
	out := []byte{0, 0, 1, 0, 1, 0, 128, 128, 0, 0, 1, 0, 32, 0}
	out = le.AppendUint32(out, uint32(len(picture)))
	return append(le.AppendUint32(out, 22), picture...)
}

// Sites as they are: what each shows for itself is found, and what is none is not taken.
func TestHarderSites(t *testing.T) {
	red, blue := color.NRGBA{200, 30, 30, 255}, color.NRGBA{20, 60, 200, 255}
	mark, big := square(t, 96, red), square(t, 192, blue)
	html := []byte("<!doctype html><title>Not found</title><p>Sorry")
	var many strings.Builder
	for n := range 30 {
		fmt.Fprintf(&many, `<link rel="icon" sizes="%[1]dx%[1]d" href="/i%[1]d.png">`, 16+n)
	}
	many.WriteString(`<link rel="apple-touch-icon" sizes="192x192" href="/last.png">`)
	o := newOffice(t,
		replay.Page("relative.com", "/", `<base href="/assets/v2/"><link rel="shortcut icon" href="icons/mark.png">`),
		replay.File("relative.com", "/assets/v2/icons/mark.png", "image/png", mark),
		replay.Page("absolute-base.com", "/", `<base href="https://static.absolute-base.com/x/"><link rel="icon" href="mark.png?v=3">`),
		replay.File("static.absolute-base.com", "/x/mark.png?v=3", "image/png", mark),
		replay.Page("inside.com", "/", `<link rel="icon" href="data:image/png;base64,`+base64.StdEncoding.EncodeToString(mark)+`"><link rel="icon" href="data:,">`),
		replay.Page("broken-inside.com", "/", `<link rel="icon" href="data:image/png;base64,!!!!"><link rel="icon" href="data:image/svg+xml,%3Csvg onload='alert(1)'/%3E"><link rel="icon" href="/mark.png">`),
		replay.File("broken-inside.com", "/mark.png", "image/png", mark),
		replay.Page("masks.com", "/", `<link rel="manifest" href="app.webmanifest" crossorigin="use-credentials">`),
		replay.File("masks.com", "/app.webmanifest", "text/plain", []byte(`{"icons":[{"src":"mono.png","sizes":"512x512","purpose":"monochrome"},{"src":"mask.png","sizes":"192x192","purpose":"maskable"},{"src":"./any.png","sizes":"192x192"}]}`)),
		replay.File("masks.com", "/mono.png", "image/png", square(t, 512, color.Black)),
		replay.File("masks.com", "/mask.png", "image/png", square(t, 192, red)),
		replay.File("masks.com", "/any.png", "image/png", big),
		replay.Page("only-mask.com", "/", `<link rel="manifest" href="/m.json">`),
		replay.File("only-mask.com", "/m.json", "application/json", []byte(`{"icons":[{"src":"mask.png","purpose":"maskable"}]}`)),
		replay.File("only-mask.com", "/mask.png", "image/png", big),
		replay.Page("bad-manifest.com", "/", `<link rel="manifest" href="/m.json"><link rel="icon" href="/mark.png">`),
		replay.File("bad-manifest.com", "/m.json", "application/json", []byte(`{"icons":"none"}`)),
		replay.File("bad-manifest.com", "/mark.png", "image/png", mark),
		replay.Page("huge.com", "/", `<link rel="icon" href="/huge.png"><link rel="icon" href="/mark.png">`),
		replay.File("huge.com", "/huge.png", "image/png", bytes.Repeat([]byte{7}, 6<<20)),
		replay.File("huge.com", "/mark.png", "image/png", mark),
		replay.Page("types.com", "/", `<link rel="icon" type="image/svg+xml" href="/mark">`),
		replay.File("types.com", "/mark", "application/octet-stream", mark),
		replay.Page("lies.com", "/", `<link rel="icon" href="/mark.png">`),
		replay.File("lies.com", "/mark.png", "image/png", html),
		replay.File("lies.com", "/favicon.ico", "image/x-icon", html),
		replay.File("lies.com", "/apple-touch-icon.png", "text/html", html),
		replay.Page("cdn.com", "/", `<link rel="icon" href="/icon">`),
		moved("cdn.com", "/icon", "https://images.cdn-host.net/c/mark.png"),
		replay.File("images.cdn-host.net", "/c/mark.png", "image/png", mark),
		moved("old-name.com", "/", "https://new-name.com/"),
		replay.Page("new-name.com", "/", `<link rel="icon" href="mark.png">`),
		replay.File("new-name.com", "/mark.png", "image/png", mark),
		replay.Page("refresh.com", "/", `<html><head><meta http-equiv="refresh" content="0; URL='/de/start.html'"></head><body></body></html>`),
		replay.Page("refresh.com", "/de/start.html", `<link rel="icon" href="mark.png">`),
		replay.File("refresh.com", "/de/mark.png", "image/png", mark),
		replay.Page("refresh-loop.com", "/", `<meta http-equiv="refresh" content="0; url=/again"><link rel="icon" href="/mark.png">`),
		replay.Page("refresh-loop.com", "/again", `<meta http-equiv="refresh" content="0; url=/">`),
		replay.File("refresh-loop.com", "/mark.png", "image/png", mark),
		replay.Page("ico.com", "/", `<p>hello`),
		replay.File("ico.com", "/favicon.ico", "image/vnd.microsoft.icon", icoOf(square(t, 128, red))),
		replay.Page("many.com", "/", many.String()),
		replay.File("many.com", "/last.png", "image/png", big),
		replay.Page("loop.com", "/", `<link rel="icon" href="/a">`),
		moved("loop.com", "/a", "/b"), moved("loop.com", "/b", "/a"),
	)
	for host, want := range map[string]struct {
		by   string
		wide float64
	}{
		"relative.com": {"link[rel=icon]", 96}, "absolute-base.com": {"link[rel=icon]", 96}, "inside.com": {"link[rel=icon]", 96}, "broken-inside.com": {"link[rel=icon]", 96},
		"masks.com": {"manifest", 192}, "only-mask.com": {"manifest", 192}, "bad-manifest.com": {"link[rel=icon]", 96}, "huge.com": {"link[rel=icon]", 96}, "types.com": {"link[rel=icon]", 96},
		"cdn.com": {"link[rel=icon]", 96}, "old-name.com": {"link[rel=icon]", 96}, "refresh.com": {"link[rel=icon]", 96}, "refresh-loop.com": {"link[rel=icon]", 96},
		"ico.com": {"/favicon.ico", 128}, "many.com": {"link[rel=apple-touch-icon]", 192},
	} {
		t.Run(host, func(t *testing.T) {
			before := len(o.web.Requests())
			a := o.kind.Run(t.Context(), o.company(t, host, host))
			foundBy(want.by, want.wide)(t, a)
			if n := len(o.web.Requests()) - before; n > 26 {
				t.Errorf("%d requests", n)
			}
			if asset := kindtest.Output(t, a)["asset"].(map[string]any); host == "masks.com" && asset["dominant_color"] != "#143cc8" {
				t.Errorf("the picture with a margin was taken: %v", asset)
			}
		})
	}
	for _, host := range []string{"lies.com", "loop.com"} {
		t.Run(host, func(t *testing.T) { tileFor("no_picture")(t, o.kind.Run(t.Context(), again(o.company(t, host, host)))) })
	}
}
