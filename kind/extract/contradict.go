package extract

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/pagefacts"
	"github.com/enrichd/enrichd/record"
)

// contradiction is a value that an electronic invoice states one way and its
// own pages show another way.
type contradiction struct {
	field       string
	stated      fact // in the XML
	shown       fact // on the page
	consequence string
}

// compared are the fields in which XML and page must agree, and how sure the
// page must be before its word counts against the XML's.
var compared = []struct {
	name       string
	confidence float64
	why        string
}{
	{"invoice_number", 0.8, "it is another invoice"},
	{"issue_date", 0.8, "it is another date"},
	{"local_currency", 0.8, "the amounts are in another currency"},
	{"grand_total", 0.5, "it asks for another amount"},
}

// contradict compares what an electronic invoice states with what its pages
// show. Nothing on the page is no contradiction: a page may leave things out.
// Nor is a value that stands elsewhere on the page: then it was our reading of
// the page that was wrong.
func contradict(stated, shown *facts, pages pagefacts.Document) []contradiction {
	if shown == nil {
		return nil
	}
	var found []contradiction
	for _, c := range compared {
		x, p := stated.get(c.name), shown.get(c.name)
		if x.absent() || p.absent() || p.confidence < c.confidence || sameValue(x.value, p.value) || pages.Shows(x.value) {
			continue
		}
		found = append(found, contradiction{c.name, x, p, c.why})
	}
	return append(found, contradictAccounts(stated, shown)...)
}

// contradictAccounts looks for money that the page sends elsewhere: accounts on
// the page, none of which the XML names.
func contradictAccounts(stated, shown *facts) []contradiction {
	var other *account
	for i, p := range shown.accounts {
		if p.iban.absent() {
			continue
		}
		for _, x := range stated.accounts {
			if record.NormalizeIBAN(x.iban.value) == p.iban.value {
				return nil
			}
		}
		other = &shown.accounts[i]
	}
	for _, x := range stated.accounts {
		if !x.iban.absent() && other != nil {
			return []contradiction{{"payment_means", x.iban, other.iban, "it sends the money to another account"}}
		}
	}
	return nil
}

// sameValue compares two notations of one value: amounts by their number, other
// texts without case, separators and leading zeros.
func sameValue(a, b string) bool {
	return plain(a) == plain(b) || strings.TrimRight(strings.TrimRight(a, "0"), ".") == strings.TrimRight(strings.TrimRight(b, "0"), ".")
}

func plain(s string) string {
	return strings.TrimLeft(strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -/.,#°", r) {
			return -1
		}
		return r
	}, s)), "0")
}

// ask proposes what the XML states and shows both values: a person must say
// which one holds.
func (r *reading) ask(list []contradiction) enrich.Answer {
	done, ok := r.answer().(enrich.Done)
	if !ok {
		return r.answer()
	}
	var out map[string]any
	if err := json.Unmarshal(done.Output, &out); err != nil {
		return unreachable("The result could not be written down.", err)
	}
	description := done.Description + "\n\nIts page **contradicts** its XML:"
	var both []any
	for _, c := range list {
		both = append(both, map[string]any{"field": c.field, "xml": r.field(c.stated), "page": r.field(c.shown), "why": c.consequence})
		description += fmt.Sprintf("\n- %s: the XML says %s, the page shows %s (%s).", c.field, c.stated.value, c.shown.value, c.consequence)
	}
	records, items := disputed(list, done.Records)
	out["_contradictions"], out["_outcome"] = both, "ambiguous"
	out["_proposal"] = map[string]any{"items": enrich.ShownItems(items)}
	out["_reasons"] = []enrich.Reason{{Code: "xml_contradicts_page", Message: "What the attached XML states and what the page shows do not agree."}}
	raw, err := json.Marshal(out)
	if err != nil {
		return unreachable("The result could not be written down.", err)
	}
	result := enrich.Result{Output: raw, Description: description, Records: records, Occasions: done.Occasions}
	return enrich.Ask{Result: result, Items: items}
}

// disputed takes the contradicted fields out of the writes: each is an item of
// its own, that stands as the XML states it if a person accepts it and stays
// empty otherwise.
func disputed(list []contradiction, writes []enrich.RecordWrite) ([]enrich.RecordWrite, []enrich.Item) {
	var items []enrich.Item
	rest := slices.Clone(writes)
	invoice := &rest[len(rest)-1]
	for _, c := range list {
		item := enrich.Item{ID: c.field, Title: fmt.Sprintf("%s is %s, as the XML states; the page shows %s", c.field, c.stated.value, c.shown.value)}
		var others []enrich.FieldWrite
		for _, f := range invoice.Fields {
			if f.Name != c.field {
				others = append(others, f)
				continue
			}
			item.Records = append(item.Records, enrich.RecordWrite{EntityType: invoice.EntityType, EntityID: invoice.EntityID, Fields: []enrich.FieldWrite{f}})
		}
		invoice.Fields = others
		items = append(items, item)
	}
	return rest, items
}
