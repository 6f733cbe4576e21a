package enrich

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"sort"
	"unicode/utf16"
)

// Fingerprint is what makes two requests the same work.
type Fingerprint struct {
	Type         Type
	Input        json.RawMessage
	TargetFields []string
	KindVersion  int
	RuleVersion  string   // version of the rules or of the prompt, where the kind has them
	Checksums    []string // of the content the work reads
}

// Hash returns "sha256:" and 64 hex digits over the canonical JSON of f. It
// fails on an input that is not JSON.
func (f Fingerprint) Hash() (string, error) {
	doc := map[string]any{"enrichment_type": string(f.Type), "kind_version": f.KindVersion}
	if len(f.Input) > 0 {
		doc["input"] = f.Input
	}
	if f.TargetFields != nil {
		doc["target_fields"] = f.TargetFields
	}
	if f.RuleVersion != "" {
		doc["rule_version"] = f.RuleVersion
	}
	if len(f.Checksums) > 0 {
		doc["checksums"] = f.Checksums
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("fingerprint: %w", err)
	}
	canonical, err := CanonicalJSON(raw)
	if err != nil {
		return "", fmt.Errorf("fingerprint: %w", err)
	}
	return sum(canonical), nil
}

func sum(content []byte) string {
	s := sha256.Sum256(content)
	return "sha256:" + hex.EncodeToString(s[:])
}

// CanonicalJSON writes a JSON text with the member order and the string
// escapes of RFC 8785. Numbers stay the literals that came: RFC 8785 would
// make IEEE doubles of them, and two 20-digit ids would become one.
func CanonicalJSON(raw []byte) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	var out bytes.Buffer
	writeCanonical(&out, v)
	return out.Bytes(), nil
}

func writeCanonical(out *bytes.Buffer, v any) {
	switch v := v.(type) {
	case map[string]any:
		writeCanonicalObject(out, v)
	case []any:
		out.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				out.WriteByte(',')
			}
			writeCanonical(out, e)
		}
		out.WriteByte(']')
	case json.Number:
		out.WriteString(v.String())
	case string:
		writeCanonicalString(out, v)
	case bool:
		fmt.Fprintf(out, "%t", v)
	default:
		out.WriteString("null")
	}
}

func writeCanonicalObject(out *bytes.Buffer, m map[string]any) {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	sort.Slice(names, func(i, j int) bool { return lessUTF16(names[i], names[j]) })
	out.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			out.WriteByte(',')
		}
		writeCanonicalString(out, name)
		out.WriteByte(':')
		writeCanonical(out, m[name])
	}
	out.WriteByte('}')
}

// lessUTF16 orders names by UTF-16 code units, as RFC 8785 section 3.2.3 asks.
func lessUTF16(a, b string) bool {
	x, y := utf16.Encode([]rune(a)), utf16.Encode([]rune(b))
	for i := 0; i < len(x) && i < len(y); i++ {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return len(x) < len(y)
}

// writeCanonicalString escapes what RFC 8785 section 3.2.2.2 names and nothing else.
func writeCanonicalString(out *bytes.Buffer, s string) {
	short := map[rune]string{'"': `\"`, '\\': `\\`, '\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`}
	out.WriteByte('"')
	for _, r := range s {
		if esc, ok := short[r]; ok {
			out.WriteString(esc)
		} else if r < 0x20 {
			fmt.Fprintf(out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	out.WriteByte('"')
}
