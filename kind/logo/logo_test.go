package logo_test

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch/replay"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/logo"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/record"
)

func TestMain(m *testing.M) { kindtest.Main(m) }

// office is a workspace with the kind, and the web that it sees.
type office struct {
	*kindtest.Workspace
	kind *logo.Kind
	web  *replay.Web
}

func newOffice(t *testing.T, exchanges ...replay.Exchange) *office {
	t.Helper()
	w := kindtest.NewWorkspace(t)
	web := replay.New(t, exchanges...)
	pictures := reader.New(reader.Options{Command: kindtest.ReaderCommand(), CacheDir: kindtest.CacheDir()})
	t.Cleanup(pictures.Close)
	return &office{w, &logo.Kind{Records: w.DB, Fetcher: web.Client, Pictures: pictures, Blobs: w.Blobs}, web}
}

// company makes a company with a domain and a first attempt at its logo.
func (o *office) company(t *testing.T, name, domain string) enrich.Job {
	t.Helper()
	id := record.DerivedID(pgtest.Workspace, record.EntityCompany, name+domain)
	o.WriteCompany(t, id, map[string]string{"name": name, "domain": domain})
	return enrich.Job{Attempt: 3, Task: enrich.Task{
		ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace, EntityType: record.EntityCompany, EntityID: id, Type: enrich.Logo, Status: enrich.Processing,
	}}
}

// square is a PNG with a letter-like mark in a color.
func square(t *testing.T, size int, c color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			img.Set(x, y, color.White)
			if x < size/3 || y > size*2/3 {
				img.Set(x, y, c)
			}
		}
	}
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestContract(t *testing.T) {
	mark := square(t, 96, color.NRGBA{200, 30, 30, 255})
	o := newOffice(t,
		replay.Page("acme.com", "/", `<link rel="icon" href="/i.png"><link rel="icon" href="/attack.svg"><title>Acme</title>`),
		replay.File("acme.com", "/i.png", "image/png", mark),
		replay.File("acme.com", "/attack.svg", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)),
		replay.Page("parked.com", "/", `<title>parked.com</title><link rel="icon" href="/i.png"><p>This domain is for sale!</p>`),
		replay.File("parked.com", "/i.png", "image/png", mark),
		replay.Exchange{Host: "broken.com", Path: "/", Status: 500},
		replay.File("broken.com", "/favicon.ico", "image/x-icon", mark),
		replay.Page("manifest.com", "/", `<link rel="manifest" href="/m.json"><meta property="og:image" content="/card.png">`),
		replay.File("manifest.com", "/m.json", "application/json", []byte(`{"icons":[{"src":"big.png","sizes":"512x512"}]}`)),
		replay.File("manifest.com", "/big.png", "image/png", square(t, 512, color.NRGBA{0, 80, 160, 255})),
		replay.File("manifest.com", "/card.png", "image/png", square(t, 900, color.Black)),
		replay.Page("ld.com", "/", `<script type="application/ld+json">{"@type":"Organization","name":"LD","logo":{"@type":"ImageObject","url":"/ld.png"}}</script>`),
		replay.File("ld.com", "/ld.png", "image/png", square(t, 200, color.NRGBA{10, 120, 20, 255})),
		replay.Page("globe.com", "/", `<link rel="icon" href="https://www.google.com/s2/favicons?domain=globe.com">`),
		replay.Exchange{Host: "globe.com", Path: "/favicon.ico", Status: 404, Headers: [][2]string{{"Content-Type", "image/png"}}, Body: mark},
	)
	nobody := o.company(t, "Nobody", "")
	missing := nobody
	missing.Task.EntityID = "no-such-company"
	kindtest.Run(t, o.kind, []kindtest.Case{
		{Name: "an icon of the page", Job: o.company(t, "Acme", "acme.com"), Want: "Done", Check: foundBy("link[rel=icon]", 96)},
		{Name: "an icon of a page that fails", Job: o.company(t, "Broken", "broken.com"), Want: "Done", Check: foundBy("/favicon.ico", 96)},
		{Name: "an icon of the manifest", Job: o.company(t, "Manifest", "manifest.com"), Want: "Done", Check: foundBy("manifest", 512)},
		{Name: "a logo of structured data", Job: o.company(t, "LD", "ld.com"), Want: "Done", Check: foundBy("schema.org logo", 200)},
		{Name: "a parked domain", Job: again(o.company(t, "Parked", "parked.com")), Want: "Done", Check: tileFor("parked")},
		{Name: "a made-up picture and one that comes with 404", Job: again(o.company(t, "Globe", "globe.com")), Want: "Done", Check: tileFor("no_picture")},
		{Name: "a domain that does not exist", Job: again(o.company(t, "Gone", "gone.example")), Want: "Done", Check: tileFor("site_unreachable")},
		{Name: "no domain", Job: nobody, Want: "Done", Check: tileFor("no_domain")},
		{Name: "no such company", Job: missing, Want: "Refuse", Code: "company_not_found"},
	})
}

func foundBy(by string, width float64) func(t *testing.T, a enrich.Answer) {
	return func(t *testing.T, a enrich.Answer) {
		out := kindtest.Output(t, a)
		asset := out["asset"].(map[string]any)
		if asset["generated"] != false || asset["width"] != width {
			t.Errorf("asset %v", asset)
		}
		field := out["_fields"].(map[string]any)["logo_url"].(map[string]any)
		ref := field["provenance"].([]any)[0].(map[string]any)["ref"].(map[string]any)
		if ref["found_by"] != by || !strings.HasPrefix(out["logo_url"].(string), "/v1/media/") {
			t.Errorf("found by %v at %v", ref["found_by"], out["logo_url"])
		}
		if w := a.(enrich.Done).Records; len(w) != 1 || w[0].Fields[0].Name != "logo_url" {
			t.Errorf("writes %+v", w)
		}
	}
}

// again looks whatever was found before.
func again(job enrich.Job) enrich.Job {
	job.Task.Input = json.RawMessage(`{"refresh": true}`)
	return job
}

// tileFor wants a tile for this reason.
func tileFor(want string) func(t *testing.T, a enrich.Answer) {
	return func(t *testing.T, a enrich.Answer) {
		out := kindtest.Output(t, a)
		code := out["_reasons"].([]any)[0].(map[string]any)["code"].(string)
		if out["_outcome"] != "no_result" || out["logo_url"] != nil || out["asset"].(map[string]any)["generated"] != true || code != want {
			t.Errorf("%s: %v", code, out)
		}
		if w := a.(enrich.Done).Records; len(w) != 0 {
			t.Errorf("a tile was written on the record: %+v", w)
		}
	}
}

// A site without a logo is not asked again before its time, unless somebody wants
// it to be.
func TestMissIsRemembered(t *testing.T) {
	o := newOffice(t, replay.Page("bare.com", "/", `<title>Bare</title><p>We bake bread.</p>`))
	job := o.company(t, "Bare", "bare.com")
	out := kindtest.Output(t, o.kind.Run(t.Context(), job))
	asked := len(o.web.Requests())
	if asked == 0 || out["retry_after"] == nil {
		t.Fatalf("%d requests, %v", asked, out)
	}
	kindtest.Output(t, o.kind.Run(t.Context(), job))
	if again := len(o.web.Requests()); again != asked {
		t.Errorf("asked %d times more", again-asked)
	}
	job.Task.Input = json.RawMessage(`{"refresh": true}`)
	kindtest.Output(t, o.kind.Run(t.Context(), job))
	if again := len(o.web.Requests()); again == asked {
		t.Error("not asked again where that was wanted")
	}
}

// A site that does not answer is asked again before that means anything.
func TestSilentSiteIsTriedAgain(t *testing.T) {
	o := newOffice(t)
	job := o.company(t, "Silent", "silent.example")
	job.Attempt = 1
	if retry, ok := o.kind.Run(t.Context(), job).(enrich.Retry); !ok || retry.Err.Code != "temporarily_unavailable" {
		t.Errorf("answer %+v", retry)
	}
}

// A picture that unrelated companies' sites show is a builder's or a parker's.
func TestSamePictureOnUnrelatedDomains(t *testing.T) {
	mark := square(t, 64, color.NRGBA{90, 20, 140, 255})
	var web []replay.Exchange
	hosts := []string{"first.com", "second.com", "first.de", "third.com"}
	for _, host := range hosts {
		web = append(web, replay.File(host, "/favicon.ico", "image/png", mark), replay.Page(host, "/", "<p>hello</p>"))
	}
	o := newOffice(t, web...)
	for _, host := range hosts {
		answer := o.SettleTask(t, o.kind, o.company(t, host, host).Task)
		if out := kindtest.Output(t, answer); (out["logo_url"] == nil) != (host == "third.com") {
			t.Errorf("%s: %v", host, out["logo_url"])
		}
	}
}

func TestTile(t *testing.T) {
	for _, name := range []string{"Acme", "Österreich AG", "Яндекс", "日本", ""} {
		content, err := logo.Tile(name)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := logo.Tile(name)
		if img, err := png.Decode(bytes.NewReader(content)); err != nil || img.Bounds().Dx() != 128 || !bytes.Equal(content, again) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Recorded sites: the icon that is taken is as large as the best one expected.
func TestRecordedSites(t *testing.T) {
	for _, c := range recordings(t) {
		t.Run(c.host, func(t *testing.T) {
			o := newOffice(t, c.exchanges...)
			out := kindtest.Output(t, o.kind.Run(t.Context(), o.company(t, c.host, c.host)))
			asset := out["asset"].(map[string]any)
			if got := asset["width"].(float64); asset["generated"] == true && c.best > 0 || asset["generated"] != true && got < c.best {
				t.Errorf("%v wide, generated %v, want %v", got, asset["generated"], c.best)
			}
			if c.best == 0 && asset["generated"] != true {
				t.Errorf("took %v where there is nothing", out["logo_url"])
			}
			t.Logf("%s: %v wide of %v, %d requests", c.host, asset["width"], c.best, len(o.web.Requests()))
		})
	}
}

type recording struct {
	host      string
	best      float64 // width; 0 where there is none
	exchanges []replay.Exchange
}

func recordings(t *testing.T) []recording {
	t.Helper()
	dir := filepath.Join(kindtest.Data(), "logo")
	raw, err := os.ReadFile(filepath.Join(dir, "truth.jsonl"))
	if err != nil {
		t.Logf("no recorded sites here: %v", err)
		return nil
	}
	var list []recording
	for line := range strings.Lines(string(raw)) {
		var row struct {
			Replay string
			Truth  struct {
				URL  string
				Best struct{ Width float64 }
			}
		}
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		if row.Replay == "" {
			continue
		}
		file, err := os.Open(filepath.Join(dir, row.Replay))
		if err != nil {
			t.Fatal(err)
		}
		exchanges, err := replay.Read(file)
		file.Close()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, recording{strings.TrimPrefix(strings.TrimPrefix(row.Truth.URL, "https://"), "http://"), row.Truth.Best.Width, exchanges})
	}
	return list
}
