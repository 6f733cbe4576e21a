package enrich

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCanonicalJSON(t *testing.T) {
	for in, want := range map[string]string{
		`{"b": 1, "a": [true, null, "x"]}`: `{"a":[true,null,"x"],"b":1}`,
		// RFC 8785 section 3.2.3: members in the order of their UTF-16 code units.
		`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`: "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\ufb33\":3}",
		`"\u000f\u0041\u0008\u002f"`: `"\u000fA\b/"`,
		// Numbers keep their literals: these two ids are not one.
		`[12345678901234567890, 12345678901234567891, 1.0, 1e2]`: `[12345678901234567890,12345678901234567891,1.0,1e2]`,
		`{}`: `{}`,
	} {
		got, err := CanonicalJSON([]byte(in))
		if err != nil || string(got) != want {
			t.Errorf("%s became %s (%v), want %s", in, got, err, want)
		}
	}
	for _, bad := range []string{``, `{`, `1 2`} {
		if got, err := CanonicalJSON([]byte(bad)); err == nil {
			t.Errorf("%q became %s", bad, got)
		}
	}
}

// Writing a value twice in its canonical form changes nothing.
func TestCanonicalJSONIsStable(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.String())).Draw(t, "value")
		raw, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		once, err := CanonicalJSON(raw)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := CanonicalJSON(once); err != nil || string(twice) != string(once) {
			t.Fatalf("%s became %s (%v)", once, twice, err)
		}
	})
}

func TestFingerprint(t *testing.T) {
	base := Fingerprint{Type: AIInvoice, Input: []byte(`{"a":1,"b":2}`), TargetFields: []string{"x"}, KindVersion: 1, Checksums: []string{"sha256:1"}}
	hash := func(f Fingerprint) string {
		h, err := f.Hash()
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	if h := hash(base); !strings.HasPrefix(h, "sha256:") || len(h) != 71 {
		t.Errorf("hash %q", h)
	}
	same := base
	same.Input = []byte(`{ "b":2, "a":1 }`)
	if hash(same) != hash(base) {
		t.Error("the order of members changes the hash")
	}
	for name, change := range map[string]func(*Fingerprint){
		"type": func(f *Fingerprint) { f.Type = OCRExtract }, "input": func(f *Fingerprint) { f.Input = []byte(`{"a":1,"b":3}`) },
		"no input": func(f *Fingerprint) { f.Input = nil }, "fields": func(f *Fingerprint) { f.TargetFields = nil }, "empty fields": func(f *Fingerprint) { f.TargetFields = []string{} },
		"version": func(f *Fingerprint) { f.KindVersion = 2 }, "rules": func(f *Fingerprint) { f.RuleVersion = "r1" }, "content": func(f *Fingerprint) { f.Checksums = nil },
	} {
		other := base
		change(&other)
		if hash(other) == hash(base) {
			t.Errorf("%s does not change the hash", name)
		}
	}
}

func TestPrecedenceOfOrigins(t *testing.T) {
	order := []Origin{ByPerson, BySuggestion, ByFieldRule, ByDocument, ByRegistry, ByRule, ByModel, "unknown"}
	for i := 1; i < len(order); i++ {
		if order[i-1].Precedence() >= order[i].Precedence() {
			t.Errorf("%s does not go before %s", order[i-1], order[i])
		}
	}
}

// The hash is that of one JSON text in its canonical form, whatever strings are in it.
func TestFingerprintIsOneText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		input, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.String()).Draw(t, "input"))
		if err != nil {
			t.Fatal(err)
		}
		f := Fingerprint{
			Type: AIInvoice, Input: input, TargetFields: rapid.SliceOf(rapid.String()).Draw(t, "fields"), KindVersion: rapid.Int().Draw(t, "version"),
			RuleVersion: rapid.String().Draw(t, "rules"), Checksums: []string{rapid.String().Draw(t, "checksum")},
		}
		text := map[string]any{
			"enrichment_type": f.Type, "input": f.Input, "kind_version": f.KindVersion, "checksums": f.Checksums, "target_fields": f.TargetFields,
		}
		if f.RuleVersion != "" {
			text["rule_version"] = f.RuleVersion
		}
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := CanonicalJSON(raw)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := f.Hash(); err != nil || got != sum(canonical) {
			t.Fatalf("%s hashes to %s (%v)", canonical, got, err)
		}
	})
}

func BenchmarkFingerprint(b *testing.B) {
	f := Fingerprint{Type: OCRExtract, KindVersion: 1, Input: []byte(`{"document_id": "c3a1f9e2-4b7d-4e2a-8f1c-9a0b3d5e7f21", "filename": "invoice-000123.pdf",
		"media_type": "application/pdf", "languages": ["en", "fr", "de"], "pages": 3, "subject": "Your invoice of October", "note": "Please pay until the end of the month."}`)}
	for b.Loop() {
		if _, err := f.Hash(); err != nil {
			b.Fatal(err)
		}
	}
}
