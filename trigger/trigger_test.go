package trigger

import (
	"slices"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

func TestOccasionsBecomeRequests(t *testing.T) {
	triggers := New(nil)
	occasion := enrich.Occasion{Channel: enrich.DocumentUpload, EntityType: record.EntityDocument, EntityID: "d-1", Facts: map[string]string{"checksum": "sha256:1"}}
	got, err := triggers.On(occasion, -1, "")
	if err != nil || len(got) != 1 {
		t.Fatalf("%+v %v", got, err)
	}
	r := got[0]
	if r.Type != enrich.OCRExtract || *r.SourceChannel != enrich.DocumentUpload || r.Depth != 0 || string(r.Input) != `{"document_id":"d-1"}` || r.Hash == "" || r.BatchID != nil {
		t.Errorf("%+v", r)
	}
	other := occasion
	other.Facts = map[string]string{"checksum": "sha256:2"}
	if again, _ := triggers.On(other, -1, ""); again[0].Hash == r.Hash {
		t.Error("another content has the same hash")
	}
	if deep, err := triggers.On(occasion, enrich.MaxDepth, "cause"); err != nil || len(deep) != 0 {
		t.Errorf("past the greatest depth: %+v %v", deep, err)
	}
	other.EntityType = record.EntityCompany
	if none, err := triggers.On(other, -1, ""); err != nil || len(none) != 0 {
		t.Errorf("an occasion without a line: %+v %v", none, err)
	}
}

// Every line names a channel and kinds that exist, and says why.
func TestTheTableIsSound(t *testing.T) {
	channels := map[enrich.SourceChannel]bool{}
	for _, c := range enrich.SourceChannels() {
		channels[c] = true
	}
	for _, line := range Table() {
		if !channels[line.Channel] || line.EntityType == "" || len(line.Kinds) == 0 || line.Why == "" {
			t.Errorf("%+v", line)
		}
		for _, k := range line.Kinds {
			if !k.Known() {
				t.Errorf("%s enqueues %q, which is no type", line.Channel, k)
			}
		}
	}
}

// Each of the nine channels has its line, fired by its event; a condition that
// does not hold holds the line back.
func TestEveryChannelFires(t *testing.T) {
	triggers := New(nil)
	fired := map[enrich.SourceChannel]bool{}
	for _, c := range []struct {
		channel enrich.SourceChannel
		entity  string
		facts   map[string]string
		want    []enrich.Type
	}{
		{enrich.CompanyCreate, "company", nil, []enrich.Type{enrich.AICompany, enrich.Reconcile}},
		{enrich.CompanyCreate, "company", map[string]string{FactDomain: "a.example", FactSpend: "true"}, []enrich.Type{enrich.Logo, enrich.AICompany, enrich.Reconcile, enrich.ProviderScore}},
		{enrich.CompanyCreate, "company", map[string]string{FactDomain: "a.example", FactFound: "true"}, []enrich.Type{enrich.Logo, enrich.Reconcile}},
		{enrich.PersonCreate, "person", nil, []enrich.Type{enrich.AIPeople}},
		{enrich.PersonCreate, "person", map[string]string{FactMailbox: "role"}, nil},
		{enrich.DocumentUpload, "document", nil, []enrich.Type{enrich.OCRExtract}},
		{enrich.OCRCompletion, "document", nil, []enrich.Type{enrich.AIInvoice}},
		{enrich.OCRCompletion, "invoice", nil, []enrich.Type{enrich.Reconcile}},
		{enrich.OCRCompletion, "invoice", map[string]string{FactRules: "true", FactColumns: "true"}, []enrich.Type{enrich.FieldRule, enrich.CustomColumn}},
		{enrich.OCRCompletion, "document", map[string]string{FactColumns: "true"}, []enrich.Type{enrich.CustomColumn}},
		{enrich.DocumentUpload, "document", map[string]string{FactColumns: "true"}, []enrich.Type{enrich.CustomColumn}},
		{enrich.BankSync, "bank_statement", nil, []enrich.Type{enrich.Reconcile}},
		{enrich.BankSync, "company", map[string]string{FactMissing: "true"}, []enrich.Type{enrich.ProviderScore}},
		{enrich.EmailImport, "document", nil, []enrich.Type{enrich.OCRExtract}},
		{enrich.EmailImport, "document", map[string]string{FactMessage: "true"}, []enrich.Type{enrich.AIPeople}},
		{enrich.EmailImport, "document", map[string]string{FactMessage: "true", FactMailbox: "role"}, nil},
		{enrich.EmailImport, "company", nil, []enrich.Type{enrich.AICompany}},
		{enrich.MCPHub, "invoice", nil, []enrich.Type{enrich.Reconcile}},
		{enrich.CellEdit, "invoice", map[string]string{FactFields: "due_date"}, []enrich.Type{enrich.Reconcile}},
		{enrich.CellEdit, "invoice", map[string]string{FactFields: "description"}, nil},
		{enrich.CellEdit, "company", map[string]string{FactFields: "name,domain"}, []enrich.Type{enrich.Logo, enrich.AICompany, enrich.ProviderScore}},
		{enrich.Manual, "calendar_month", nil, []enrich.Type{enrich.MonthlyClose}},
	} {
		requests, err := triggers.On(enrich.Occasion{Channel: c.channel, EntityType: c.entity, EntityID: "x", Facts: c.facts}, -1, "")
		var got []enrich.Type
		for _, r := range requests {
			got = append(got, r.Type)
			fired[*r.SourceChannel] = true
		}
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s of a %s with %v: %v %v, want %v", c.channel, c.entity, c.facts, got, err, c.want)
		}
	}
	for _, channel := range enrich.SourceChannels() {
		if !fired[channel] {
			t.Errorf("%s fires nothing", channel)
		}
	}
}
