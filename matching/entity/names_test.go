package entity

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func dataFile(t testing.TB, name string) *os.File {
	t.Helper()
	dir := os.Getenv("ENRICHD_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(dir, "names", name))
	if err != nil {
		t.Logf("no pairs of names here: %v", err)
		return nil
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func rows[T any](t testing.TB, name string) []T {
	t.Helper()
	file := dataFile(t, name)
	if file == nil {
		return nil
	}
	var list []T
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		list = append(list, row)
	}
	return list
}

type namePair struct {
	Schema, Name1, Name2 string
	IsMatch              bool `json:"is_match"`
}

func (p namePair) features() pair {
	if p.Schema == "Person" {
		return compare(personName(p.Name1), personName(p.Name2), particles)
	}
	return compare(companyName(p.Name1), companyName(p.Name2), common)
}

func (p namePair) score() float64 {
	if p.Schema == "Person" {
		return PersonNames(p.Name1, p.Name2)
	}
	return CompanyNames(p.Name1, p.Name2)
}

// measure counts what a threshold of a half makes of pairs.
type measure struct{ hit, wrong, missed int }

func (m *measure) count(score float64, same bool) {
	switch {
	case score >= .5 && same:
		m.hit++
	case score >= .5:
		m.wrong++
	case same:
		m.missed++
	}
}

func (m measure) f1() float64 { return 2 * float64(m.hit) / float64(2*m.hit+m.wrong+m.missed) }

func (m measure) String() string {
	return fmt.Sprintf("F1 %.3f, precision %.3f, recall %.3f (%d right, %d wrong, %d missed)", m.f1(), float64(m.hit)/float64(m.hit+m.wrong), float64(m.hit)/float64(m.hit+m.missed), m.hit, m.wrong, m.missed)
}

// The odd rows were not learned from.
func TestNames(t *testing.T) {
	pairs := rows[namePair](t, "name_pairs.jsonl")
	var held, learned measure
	for i, p := range pairs {
		m := &learned
		if i%2 == 1 {
			m = &held
			if (p.score() >= .5) != p.IsMatch && os.Getenv("ENRICHD_FIGURES") != "" {
				t.Logf("%.2f %v %s | %s %.2f", p.score(), p.IsMatch, p.Name1, p.Name2, p.features())
			}
		}
		m.count(p.score(), p.IsMatch)
	}
	t.Logf("held out: %v; learned from: %v", held, learned)
	if len(pairs) > 0 && held.f1() < .88 {
		t.Errorf("held out: %v", held)
	}
}

// learnedFrom learns anew from the pairs that in holds for, and measures on the others.
func learnedFrom(pairs []namePair, in func(int) bool) (m measure) {
	w := map[bool]weights{}
	for _, person := range []bool{false, true} {
		var examples []example
		for i, p := range pairs {
			if in(i) && (p.Schema == "Person") == person {
				examples = append(examples, example{p.features(), p.IsMatch})
			}
		}
		w[person] = learn(examples, .1)
	}
	for i, p := range pairs {
		if !in(i) {
			of := w[p.Schema == "Person"]
			m.count(probability(of.logit(p.features())), p.IsMatch)
		}
	}
	return m
}

// The even rows in fifths, each measured by what was learned from the other four: what
// features are tried on. And other halvings of all rows, on which nothing is chosen.
func TestNamesLearnedAnew(t *testing.T) {
	pairs := rows[namePair](t, "name_pairs.jsonl")
	if len(pairs) == 0 {
		return
	}
	var even []namePair
	for i := 0; i < len(pairs); i += 2 {
		even = append(even, pairs[i])
	}
	var fifths measure
	for n := range 5 {
		m := learnedFrom(even, func(i int) bool { return i%5 != n })
		fifths.hit, fifths.wrong, fifths.missed = fifths.hit+m.hit, fifths.wrong+m.wrong, fifths.missed+m.missed
	}
	t.Logf("FIGURE fifths of the even rows: %v", fifths)
	for seed := range 6 {
		order := rand.New(rand.NewPCG(uint64(seed), 1)).Perm(len(pairs))
		m := learnedFrom(pairs, func(i int) bool { return order[i] < len(pairs)/2 })
		t.Logf("FIGURE halving %d: %v", seed, m)
		if m.f1() < .85 {
			t.Errorf("halving %d: %v", seed, m)
		}
	}
}

// restaurant is a row of two guides.
type restaurant struct{ Name, Addr, City, Phone string }

func (r restaurant) company() Company {
	plain := func(s string) string { return strings.Trim(strings.ReplaceAll(s, `\\`, ""), "`' ") }
	return Company{Names: []string{plain(r.Name)}, Street: plain(r.Addr), City: plain(r.City), Phone: plain(r.Phone)}
}

// Whole records, of which nothing was learned: two guides to restaurants.
func TestRecords(t *testing.T) {
	for _, name := range []string{"fodors_zagats_train.jsonl", "fodors_zagats_valid.jsonl"} {
		var m measure
		for _, row := range rows[struct {
			A, B    restaurant
			IsMatch bool `json:"is_match"`
		}](t, name) {
			score, _ := Companies(row.A.company(), row.B.company())
			m.count(score, row.IsMatch)
		}
		t.Logf("%s: %v", name, m)
		if m.hit > 0 && m.f1() < .88 {
			t.Errorf("%s: %v", name, m)
		}
	}
}

func TestCompanies(t *testing.T) {
	acme := Company{Names: []string{"Acme GmbH"}, TaxID: "DE123456788", Domain: "acme.com"}
	for _, c := range []struct {
		about string
		other Company
		least float64
		most  float64
	}{
		{"the same number", Company{Names: []string{"ACME Trading"}, TaxID: "DE 123456788"}, .99, 1},
		{"another number", Company{Names: []string{"Acme GmbH"}, TaxID: "DE811128135"}, 0, .1},
		{"the same name in another spelling", Company{Names: []string{"ACME Gesellschaft mit beschränkter Haftung"}}, .7, 1},
		{"the same name and domain", Company{Names: []string{"Acme"}, Domain: "www.acme.com"}, .99, 1},
		{"another name", Company{Names: []string{"Bakery Martin"}}, 0, .35},
		{"nothing known", Company{}, .19, .21},
	} {
		if got, evidence := Companies(acme, c.other); got < c.least || got > c.most {
			t.Errorf("%s: %.3f, %v", c.about, got, evidence)
		}
	}
}

func FuzzNames(f *testing.F) {
	f.Add("Siemens AG", "SiemensAG")
	f.Add("", "\xff")
	f.Fuzz(func(t *testing.T, a, b string) {
		for _, score := range []float64{CompanyNames(a, b), PersonNames(a, b)} {
			if !(score >= 0 && score <= 1) {
				t.Errorf("%q and %q: %v", a, b, score)
			}
		}
	})
}

// BenchmarkLearn prints the weights: ENRICHD_FIGURES=1 go test -bench Learn.
func BenchmarkLearn(b *testing.B) {
	for b.Loop() {
		for _, person := range []bool{false, true} {
			var examples []example
			for i, p := range rows[namePair](b, "name_pairs.jsonl") {
				if i%2 == 0 && (p.Schema == "Person") == person {
					examples = append(examples, example{p.features(), p.IsMatch})
				}
			}
			b.Logf("person %v: %#v", person, learn(examples, .1))
		}
	}
}
