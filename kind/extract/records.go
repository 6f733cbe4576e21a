package extract

import (
	"encoding/json"
	"iter"
	"strconv"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// records are the writes that the reading wants: both companies, then the
// invoice that names them. Ids are derived, so a second run meets the same ones.
func (r *reading) records() []enrich.RecordWrite {
	var writes []enrich.RecordWrite
	for prefix, p := range r.parties() {
		if p.written() {
			writes = append(writes, r.companyWrite(prefix, p))
		}
	}
	return append(writes, r.invoiceWrite())
}

// Prefixes of the fields of the two sides in the output.
const (
	issuer   = "issuer."
	receiver = "receiver."
)

// parties are the two sides by the prefix of their fields in the output.
func (r *reading) parties() iter.Seq2[string, party] {
	return func(yield func(string, party) bool) {
		_ = yield(issuer, r.issuer) && yield(receiver, r.receiver)
	}
}

// written reports whether a party's values go to a record: what a document says
// of the workspace's own company is no news to it.
func (p party) written() bool { return p.id != "" && !p.own }

func (r *reading) companyWrite(prefix string, p party) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityCompany, EntityID: p.id}
	for _, v := range p.values() {
		if v.name == "tax_id_value" && p.taxID.Check == record.CheckInvalid {
			continue // a wrong number is shown in the output and the checks, but is no one's identity
		}
		w.Fields = append(w.Fields, shown(prefix+v.name, r.write(v.name, v.fact))...)
		if v.name == "tax_id_value" && !v.fact.absent() {
			w.Fields = append(w.Fields, r.write("tax_id_type", v.fact.as(p.taxID.Type))...)
		}
	}
	return w
}

// invoiceID is derived from the document: each reading of it meets the same invoice.
func (r *reading) invoiceID() string { return invoiceID(r.task.WorkspaceID, r.doc.ID, r.number) }

// invoiceID is the id of the n-th invoice of a document, from 1.
func invoiceID(workspaceID, documentID string, n int) string {
	if n > 1 {
		return record.DerivedID(workspaceID, record.EntityInvoice, documentID, strconv.Itoa(n))
	}
	return record.DerivedID(workspaceID, record.EntityInvoice, documentID)
}

func (r *reading) invoiceWrite() enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityInvoice, EntityID: r.invoiceID()}
	for _, v := range r.values {
		if r.wanted(v.name) {
			w.Fields = append(w.Fields, shown(v.name, r.write(v.name, v.fact))...)
		}
	}
	// What follows from the document as a whole.
	whole := fact{
		confidence: 1, grade: enrich.Verified, origin: enrich.ByDocument, method: "deterministic",
		ref: enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: r.doc.ID},
	}
	w.Fields = append(w.Fields, r.write("document_id", whole.as(r.doc.ID))...)
	w.Fields = append(w.Fields, r.write("status", whole.as("issued"))...)
	w.Fields = append(w.Fields, r.write("direction", whole.as(r.direction()))...)
	if r.wanted("issuer") {
		w.Fields = append(w.Fields, r.write("issuer_id", r.issuer.evidence().as(r.issuer.id))...)
	}
	if r.wanted("receiver") {
		w.Fields = append(w.Fields, r.write("receiver_id", r.receiver.evidence().as(r.receiver.id))...)
	}
	if len(r.items) > 0 && r.wanted("invoice_items") {
		w.Fields = append(w.Fields, r.writeJSON("invoice_items", r.items, r.itemsAt)...)
	}
	if means := r.payable(); len(means) > 0 && r.wanted("payment_means") {
		w.Fields = append(w.Fields, r.writeJSON("payment_means", means, r.accounts[0].evidence())...)
	}
	return w
}

// evidence is the fact that a party was found by.
func (p party) evidence() fact {
	if p.match == "tax_id" || p.side.name.absent() {
		return p.side.vatID
	}
	return p.side.name
}

// evidence is what an account was read from.
func (a account) evidence() fact {
	for _, f := range []fact{a.iban, a.other, a.scheme} {
		if !f.absent() {
			return f
		}
	}
	return a.bic
}

// payable lists the accounts as the record keeps them.
func (r *reading) payable() []record.PaymentMeans {
	var means []record.PaymentMeans
	for _, m := range r.accounts {
		if !m.evidence().absent() {
			means = append(means, record.PaymentMeans{Scheme: m.scheme.value, IBAN: record.NormalizeIBAN(m.iban.value), BIC: m.bic.value})
		}
	}
	return means
}

// shown names the place in output._fields that shows these writes.
func shown(name string, writes []enrich.FieldWrite) []enrich.FieldWrite {
	for i := range writes {
		writes[i].Shown = name
	}
	return writes
}

// write is a field write of a fact; none for an absent one.
func (r *reading) write(name string, f fact) []enrich.FieldWrite {
	if f.absent() {
		return nil
	}
	return r.writeJSON(name, f.value, f)
}

func (r *reading) writeJSON(name string, v any, f fact) []enrich.FieldWrite {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // strings and plain structs always marshal
	}
	return []enrich.FieldWrite{{Name: name, Value: raw, Origin: f.origin, Confidence: f.confidence, Grade: f.grade, Evidence: r.evidence(f)}}
}
