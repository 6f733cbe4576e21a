package extract

import (
	"encoding/json"

	"github.com/enrichd/enrichd/einvoice"
	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// records are the writes that the reading wants: both companies, then the
// invoice that names them. Ids are derived, so a second run meets the same ones.
func (r *reading) records() []enrich.RecordWrite {
	var writes []enrich.RecordWrite
	for _, p := range []party{r.issuer, r.receiver} {
		// What a document says of the workspace's own company is no news to it.
		if p.id != "" && !p.own {
			writes = append(writes, r.companyWrite(p))
		}
	}
	return append(writes, r.invoiceWrite())
}

func (r *reading) companyWrite(p party) enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityCompany, EntityID: p.id}
	for _, v := range p.values() {
		if v.name == "tax_id_value" && p.taxID.Check == record.CheckInvalid {
			continue // a wrong number is shown in the output and the checks, but is no one's identity
		}
		w.Fields = append(w.Fields, r.write(v.name, v.text)...)
		if v.name == "tax_id_value" && !v.text.Absent() && p.taxID.Type != "" {
			w.Fields = append(w.Fields, r.write("tax_id_type", einvoice.Text{Value: p.taxID.Type, Path: v.text.Path})...)
		}
	}
	return w
}

func (r *reading) invoiceWrite() enrich.RecordWrite {
	w := enrich.RecordWrite{EntityType: record.EntityInvoice, EntityID: record.DerivedID(r.task.WorkspaceID, record.EntityInvoice, r.doc.ID)}
	link := func(name, id string) { w.Fields = append(w.Fields, r.write(name, einvoice.Text{Value: id})...) }
	link("document_id", r.doc.ID)
	link("status", "issued")
	for _, v := range r.values() {
		if r.wanted(v.name) {
			w.Fields = append(w.Fields, r.write(v.name, v.text)...)
		}
	}
	if r.wanted("issuer") {
		link("issuer_id", r.issuer.id)
	}
	if r.wanted("receiver") {
		link("receiver_id", r.receiver.id)
	}
	link("direction", r.direction())
	if items := r.items(); len(items) > 0 && r.wanted("invoice_items") {
		w.Fields = append(w.Fields, r.writeJSON("invoice_items", items, r.inv.Lines[0].ID.Path)...)
	}
	if means := r.accounts(); len(means) > 0 && r.wanted("payment_means") {
		w.Fields = append(w.Fields, r.writeJSON("payment_means", means, r.inv.PaymentMeans[0].Code.Path)...)
	}
	return w
}

func (r *reading) accounts() []record.PaymentMeans {
	var means []record.PaymentMeans
	for _, m := range r.inv.PaymentMeans {
		means = append(means, record.PaymentMeans{Scheme: m.Code.Value, IBAN: record.NormalizeIBAN(m.IBAN.Value), BIC: m.BIC.Value})
	}
	return means
}

// write is a field write of a text; none for an absent one.
func (r *reading) write(name string, t einvoice.Text) []enrich.FieldWrite {
	if t.Absent() {
		return nil
	}
	raw, err := json.Marshal(t.Value)
	if err != nil {
		return nil // a string always marshals
	}
	return []enrich.FieldWrite{{Name: name, Value: raw, Origin: enrich.ByDocument, Confidence: 1, Grade: enrich.Verified, Evidence: r.evidence(t)}}
}

func (r *reading) writeJSON(name string, v any, path string) []enrich.FieldWrite {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil // plain structs always marshal
	}
	return []enrich.FieldWrite{{Name: name, Value: raw, Origin: enrich.ByDocument, Confidence: 1, Grade: enrich.Verified,
		Evidence: r.evidence(einvoice.Text{Path: path})}}
}
