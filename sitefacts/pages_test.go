package sitefacts_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sitefacts"
	"github.com/enrichd/enrichd/webpage"
)

// site is a page of an invented company as companies of its country write them, and
// what a person reads there. Pages and truth were written down before any rule was
// run on them.
type site struct {
	url, html string
	Name      string
	VAT       string
	Street    string
	Code      string
	City      string
	Country   string
	Email     string
	People    []string // name|role|address
}

// sites reads the pages of a file: a line "=== URL", the truth on the next, the page.
func sites(t *testing.T, files ...string) []site {
	t.Helper()
	var list []site
	for _, file := range files {
		raw, err := os.ReadFile(filepath.Join("testdata", "pages", file+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		for part := range strings.SplitSeq(string(raw), "\n=== ") {
			lines := strings.SplitN(strings.TrimPrefix(part, "=== "), "\n", 3)
			s := site{url: lines[0], html: lines[2]}
			if err := json.Unmarshal([]byte(lines[1]), &s); err != nil {
				t.Fatalf("%s: %v", s.url, err)
			}
			list = append(list, s)
		}
	}
	return list
}

// heldOut puts about half of the sites into the part that no rule is made on, by
// their domain.
func (s site) heldOut() bool {
	at, _ := url.Parse(s.url)
	h := fnv.New32a()
	_, _ = h.Write([]byte(record.RegistrableDomain(at.Hostname())))
	return h.Sum32()>>8&1 == 1
}

func (s site) read(t *testing.T) sitefacts.Facts {
	t.Helper()
	at, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	return sitefacts.Read(webpage.Parse([]byte(s.html), "text/html; charset=utf-8", at))
}

// measure compares what is read off the sites with their truth, one part at a time.
func measure(t *testing.T, list []site) (tuning, held count) {
	t.Helper()
	fields := map[string]*count{}
	for _, s := range list {
		got := said(s.read(t))
		part := &tuning
		if s.heldOut() {
			part = &held
		}
		for _, f := range []struct{ name, got, want string }{
			{"name", got.name, s.Name},
			{"VAT id", got.vat, s.VAT},
			{"street", got.street, s.Street},
			{"postal code", got.code, s.Code},
			{"city", got.city, s.City},
			{"country", got.country, s.Country},
			{"email", got.email, s.Email},
		} {
			key := fmt.Sprintf("%s, held out %v", f.name, s.heldOut())
			if fields[key] == nil {
				fields[key] = &count{}
			}
			fields[key].add(f.got, f.want)
			// What the held-out half misses is not shown, so that nobody makes a rule of it.
			if !part.add(f.got, f.want) && (!s.heldOut() || os.Getenv("ENRICHD_HELD_OUT") != "") {
				t.Logf("%s: %s is %q, want %q", s.url, f.name, f.got, f.want)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		t.Log(key, *fields[key])
	}
	return tuning, held
}

// enough wants a precision of 97 % at a coverage of 70 %, as the figures do.
func enough(t *testing.T, part string, c count) {
	t.Helper()
	t.Log("FIGURE", part, c)
	if 100*c.right < 97*(c.right+c.wrong) || 100*c.right < 70*(c.right+c.wrong+c.missed) {
		t.Errorf("%s: %v", part, c)
	}
}

// TestPages: imprints, legal notices, contact pages and footers of fourteen countries.
func TestPages(t *testing.T) {
	tuning, held := measure(t, sites(t, "de", "at-ch", "fr-be", "nl-it-es-pt-pl", "uk-ie-us-nordic"))
	enough(t, "tuning", tuning)
	enough(t, "held out", held)
}

// TestStructuredPages: the same of structured data.
func TestStructuredPages(t *testing.T) {
	tuning, held := measure(t, sites(t, "structured"))
	enough(t, "tuning", tuning)
	enough(t, "held out", held)
}

// TestTeamPages: whom team pages name, with job and address.
func TestTeamPages(t *testing.T) {
	var parts [2]count
	roles := 0
	for _, s := range sites(t, "teams") {
		part := 0
		if s.heldOut() {
			part = 1
		}
		want := map[string][]string{}
		for _, p := range s.People {
			f := strings.Split(p, "|")
			want[f[0]] = f[1:]
		}
		for _, p := range s.read(t).People {
			truth, known := want[p.Name.Value]
			delete(want, p.Name.Value)
			if record.MailboxOf(p.Email.Value) == record.MailboxRole && !p.Email.Absent() {
				roles++
			}
			if !known {
				parts[part].wrong++
				if part == 0 {
					t.Logf("%s: %s is nobody", s.url, p.Name.Value)
				}
				continue
			}
			parts[part].right++
			for n, got := range []string{p.Role.Value, p.Email.Value} {
				if !parts[part].add(got, truth[n]) && part == 0 {
					t.Logf("%s: %s has %q, want %q", s.url, p.Name.Value, got, truth[n])
				}
			}
		}
		parts[part].missed += len(want)
		if part == 0 && len(want) > 0 {
			t.Logf("%s: missed %v", s.url, slices.Sorted(maps.Keys(want)))
		}
	}
	for n, name := range []string{"tuning", "held out"} {
		if t.Log("FIGURE", name, parts[n]); 100*parts[n].right < 95*(parts[n].right+parts[n].wrong) {
			t.Errorf("%s: %v", name, parts[n])
		}
	}
	if roles > 0 {
		t.Errorf("%d people have a mailbox of a function", roles)
	}
}

// TestLaterPages: the same of pages that were written when the rules stood, in three lots,
// each run once before anything was mended for it. Those first runs are the figures of
// docs/figures.md; what each showed is mended since.
func TestLaterPages(t *testing.T) {
	for _, lot := range []string{"later", "last", "blind"} {
		all, held := measure(t, sites(t, lot))
		all.right, all.wrong, all.missed = all.right+held.right, all.wrong+held.wrong, all.missed+held.missed
		enough(t, lot, all)
	}
}

// hardLots are pages that were written, after the lots of TestLaterPages, by somebody who
// had not seen a rule. Their first runs are in docs/figures.md. Since then a and b are
// seen and mended for; of c nothing is. least is what is read of them now: no value of a
// and b is wrong, and that must stay.
var hardLots = []struct {
	name         string
	least, wrong int
}{{"unread-a", 169, 0}, {"unread-b", 131, 0}, {"unread-c", 95, 3}}

// TestHardPages: imprints, terms, notices of privacy and footers with several firms on
// them, and pages that hold nothing of their company.
func TestHardPages(t *testing.T) {
	for _, lot := range hardLots {
		list := sites(t, lot.name)
		if len(list) != 30 {
			t.Errorf("%s has %d pages, want 30", lot.name, len(list))
		}
		all, held := measure(t, list)
		all.right, all.wrong, all.missed = all.right+held.right, all.wrong+held.wrong, all.missed+held.missed
		t.Log("FIGURE", lot.name, all)
		if all.right < lot.least || all.wrong > lot.wrong {
			t.Errorf("%s: %v, want at least %d right and at most %d wrong", lot.name, all, lot.least, lot.wrong)
		}
	}
}
