package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/google/uuid"
)

// job is one task as every contestant gets it: what it works on, its input
// (about 0.6 kB), and what its work will find (about 1.3 kB).
type job struct {
	Entity      string
	Input       json.RawMessage
	Output      json.RawMessage
	Description string
}

// jobs makes n jobs from a seed, so that contestants get the like of each other.
func jobs(n int, seed uint64) []job {
	r := rand.New(rand.NewPCG(seed, 7))
	out := make([]job, n)
	for i := range out {
		out[i] = newJob(r)
	}
	return out
}

func newJob(r *rand.Rand) job {
	entity := randomUUID(r)
	input, err := json.Marshal(map[string]any{
		"document_id": entity, "checksum": fmt.Sprintf("sha256:%016x%016x%016x%016x", r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()),
		"media_type": "application/pdf", "filename": fmt.Sprintf("invoice-%06d-%s.pdf", r.IntN(1_000_000), word(r)),
		"pages": 1 + r.IntN(5), "languages": []string{"en", "fr", "de"}, "received_from": word(r) + "@" + word(r) + ".example",
		"subject": sentence(r, 8), "note": sentence(r, 24),
	})
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	number := fmt.Sprintf("F-%d-%05d", 2020+r.IntN(7), r.IntN(100_000))
	output, err := json.Marshal(map[string]any{
		"invoice_number": number, "issuer": sentence(r, 3), "recipient": sentence(r, 3), "iban": fmt.Sprintf("FR76%023d", r.Uint64()),
		"issue_date": fmt.Sprintf("2026-%02d-%02d", 1+r.IntN(12), 1+r.IntN(28)), "currency": "EUR",
		"net": fmt.Sprintf("%d.%02d", r.IntN(10_000), r.IntN(100)), "vat": fmt.Sprintf("%d.%02d", r.IntN(2_000), r.IntN(100)),
		"_fields": map[string]any{"invoice_number": evidence(r), "issuer": evidence(r), "net": evidence(r), "issue_date": evidence(r)},
		"_checks": []string{"vat_sum", "iban_checksum", "date_order"}, "_outcome": "found",
	})
	if err != nil {
		panic(err)
	}
	return job{Entity: entity, Input: input, Output: output, Description: "Invoice **" + number + "** from " + sentence(r, 3) + ": 10 of 12 checks pass."}
}

// evidence says where a value was read.
func evidence(r *rand.Rand) map[string]any {
	return map[string]any{
		"page": 1 + r.IntN(3), "box": []int{r.IntN(600), r.IntN(800), r.IntN(600), r.IntN(800)}, "quote": sentence(r, 5),
		"confidence": float64(r.IntN(100)) / 100, "grade": "B",
	}
}

func randomUUID(r *rand.Rand) string {
	var id uuid.UUID
	for i := range id {
		id[i] = byte(r.Uint32())
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	return id.String()
}

func word(r *rand.Rand) string {
	letters := make([]byte, 4+r.IntN(6))
	for i := range letters {
		letters[i] = byte('a' + r.IntN(26))
	}
	return string(letters)
}

func sentence(r *rand.Rand, words int) string {
	s := word(r)
	for range words - 1 {
		s += " " + word(r)
	}
	return s
}
