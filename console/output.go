package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// result is what people want to see of a task's output. Outputs come from
// many kinds and from foreign databases: a part that has another shape than
// expected shows in the JSON alone.
type result struct {
	Checks   []check
	Fields   []fieldRow
	Missing  []phrase // fields that were asked for and not found
	Reasons  []enrich.Reason
	Warnings []enrich.Reason
	Currency string
	// Shown are values that the pages show otherwise than the XML states them.
	Shown []fieldRow
}

// check is one statement that a kind tried.
type check struct {
	Code     string          `json:"code"`
	Status   string          `json:"status"` // pass, fail, not_applicable
	Expected json.RawMessage `json:"expected"`
	Actual   json.RawMessage `json:"actual"`
}

// Want is what was expected, as text.
func (c check) Want() string { return plain(c.Expected) }

// Got is what was found instead, as text.
func (c check) Got() string { return plain(c.Actual) }

// fieldRow is one value with what speaks for it.
type fieldRow struct {
	Name       string
	Value      phrase // nil where there is none
	Grade      enrich.Grade
	Confidence float64 // 0 to 1
	Origin     enrich.Origin
	Path, URL  string
	Page       int
	BBox       []float64 // on the page: left, top, right, bottom, in points
	Number     int       // of its box on the document's page; 0 for none
	Document   string    // id of the document that it stands in
	Quote      string    // where it differs from the value
	TaskID     string    // that wrote it
	Decision   string
	Disputed   bool // a page shows it, and the XML of the document states another value
}

// outputField is a member of _fields.
type outputField struct {
	Value      json.RawMessage   `json:"value"`
	Grade      enrich.Grade      `json:"grade"`
	Confidence float64           `json:"confidence"`
	Decision   string            `json:"decision"`
	Provenance []enrich.Evidence `json:"provenance"`
}

func readOutput(raw json.RawMessage) result {
	var r result
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil {
		return r
	}
	_ = json.Unmarshal(members["local_currency"], &r.Currency)
	_ = json.Unmarshal(members["_checks"], &r.Checks)
	_ = json.Unmarshal(members["_reasons"], &r.Reasons)
	_ = json.Unmarshal(members["_warnings"], &r.Warnings)
	slices.SortStableFunc(r.Checks, func(a, b check) int { return cmp.Compare(checkRank(a), checkRank(b)) })
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(members["_fields"], &fields)
	r.readFields(fields)
	var disputes []dispute
	_ = json.Unmarshal(members["_contradictions"], &disputes)
	for _, d := range disputes {
		if row, ok := r.row(d.Field, d.Page); ok {
			row.Disputed = true
			r.Shown = append(r.Shown, row)
		}
	}
	return r
}

// dispute is a member of _contradictions.
type dispute struct {
	Field string          `json:"field"`
	Page  json.RawMessage `json:"page"` // an outputField
}

// checkRank puts what failed first and what did not apply last.
func checkRank(c check) int {
	return slices.Index([]string{"not_applicable", "pass", "fail"}, c.Status) * -1
}

func (r *result) readFields(fields map[string]json.RawMessage) {
	for name, raw := range fields {
		switch row, ok := r.row(name, raw); {
		case ok && row.Value == nil:
			r.Missing = append(r.Missing, fieldWords(name))
		case ok:
			r.Fields = append(r.Fields, row)
		}
	}
	slices.SortFunc(r.Fields, byField)
	slices.SortFunc(r.Missing, func(a, b phrase) int { return cmp.Compare(a.String(), b.String()) })
}

// row reads one field of an output; its value is empty where none was found.
func (r *result) row(name string, raw json.RawMessage) (row fieldRow, ok bool) {
	var f outputField
	if json.Unmarshal(raw, &f) != nil {
		return row, false
	}
	row = fieldRow{Name: name, Grade: f.Grade, Confidence: f.Confidence, Decision: f.Decision}
	if len(f.Value) == 0 || string(f.Value) == "null" {
		return row, true
	}
	row.Value = fieldText(name, f.Value, r.Currency)
	if row.Value == nil {
		row.Value = verbatim(plain(f.Value))
	}
	row.addEvidence(f.Provenance, plain(f.Value))
	return row, true
}

func (row *fieldRow) addEvidence(list []enrich.Evidence, value string) {
	if len(list) == 0 {
		return
	}
	e := list[0]
	row.Path, row.URL = e.Ref.Path, e.Ref.URL
	if e.Ref.EntityType == record.EntityDocument {
		row.Document = e.Ref.EntityID
	}
	for _, e := range list { // an attached XML has no page, but one may show the same
		if e.Ref.Page > 0 && row.Page == 0 {
			row.Page, row.BBox = e.Ref.Page, e.Ref.BBox
		}
	}
	row.Origin = cmp.Or(row.Origin, e.Origin)
	if e.Quote != value && e.Quote != strings.ReplaceAll(row.Value.String(), " ", "") {
		row.Quote = e.Quote
	}
}

// fieldOrder is the order in which people read an invoice.
const fieldOrder = "invoice_number document_type_code document_type direction issue_date due_date issuer_id issuer.name issuer.tax_id_value " +
	"receiver_id receiver.name receiver.tax_id_value items_total tax_total grand_total balance_due local_currency invoice_items payment_means"

// byField sorts by fieldOrder, what is not in it by name behind it.
func byField(a, b fieldRow) int {
	order := strings.Fields(fieldOrder)
	rank := func(name string) int {
		if i := slices.Index(order, name); i >= 0 {
			return i
		}
		return len(order)
	}
	return cmp.Or(cmp.Compare(rank(a.Name), rank(b.Name)), strings.Compare(a.Name, b.Name))
}

// fieldText writes a value for people: amounts with their currency, lists by
// what is in them.
func fieldText(name string, raw json.RawMessage, currency string) phrase {
	switch {
	case name == "invoice_items":
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) == nil {
			return say("%d {line|lines}", len(items))
		}
	case name == "payment_means":
		return meansText(readMeans(raw))
	case name == "document_type" || name == "document_type_code":
		return say("%s %s", plain(raw), invoiceWords(plain(raw)))
	case strings.HasSuffix(name, "_total") || name == "balance_due" || name == "rounding":
		return shownAmount(plain(raw), currency)
	case name == "direction":
		return words(plain(raw))
	case name == "status":
		return invoiceState(plain(raw))
	case name == "tax_id_type":
		return named(map[string]string{
			record.TaxEUVAT: "EU VAT number", record.TaxGBVAT: "British VAT number", record.TaxNOMVA: "Norwegian VAT number", record.TaxCHUID: "Swiss UID",
			record.TaxSIREN: "SIREN", record.TaxSIRET: "SIRET", record.TaxNumber: "Tax number",
		}[plain(raw)], plain(raw))
	case strings.HasSuffix(name, "_date"):
		return shownDay(plain(raw))
	}
	return verbatim(plain(raw))
}

func readMeans(raw json.RawMessage) []record.PaymentMeans {
	var means []record.PaymentMeans
	_ = json.Unmarshal(raw, &means)
	return means
}

func meansText(means []record.PaymentMeans) (list phrase) {
	for _, m := range means {
		one := verbatim(iban(m.IBAN))
		if one == nil {
			one = say("scheme %s", m.Scheme)
		}
		list = listed(list, one)
	}
	return list
}

func shownAmount(value, currency string) phrase {
	if value == "" {
		return nil
	}
	return phrase{asIs, money{value, currency}}
}

func shownDay(s string) phrase {
	if s == "" {
		return nil
	}
	return phrase{asIs, day(s)}
}

// plain writes a JSON value as text: a string without its quotes, all else as
// it is.
func plain(raw json.RawMessage) string {
	var s string
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// longestJSON is how much of an input or output a page shows.
const longestJSON = 64 << 10

// pretty lays a JSON text out over lines and cuts what is too long for a page.
func pretty(raw json.RawMessage) string {
	if len(raw) == 0 || string(raw) == "null" {
		return ""
	}
	var out bytes.Buffer
	if json.Indent(&out, raw, "", "  ") != nil {
		return string(raw)
	}
	if out.Len() > longestJSON {
		return strings.ToValidUTF8(out.String()[:longestJSON], "") + "\n… (cut here; the whole stands in the API)"
	}
	return out.String()
}
