package trigger

import (
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
