package registry_test

import (
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/fetch/replay"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/registry"
)

func json(path, body string) replay.Exchange {
	return replay.File("register.example", path, "application/json", []byte(body))
}

func TestVIES(t *testing.T) {
	web := replay.New(t,
		json("/rest-api/ms/ATU33864707/vat/", "{}"),
		json("/rest-api/ms/IT/vat/00743110157", `{"isValid":true,"userError":"VALID","name":"OLIVETTI S.P.A.","address":"VIA ROMA 12 \n20121 MILANO MI\n"}`),
		json("/rest-api/ms/DE/vat/123456788", `{"isValid":true,"userError":"VALID","name":"---","address":"---"}`),
		json("/rest-api/ms/FR/vat/40303265045", `{"isValid":false,"userError":"INVALID"}`),
		json("/rest-api/ms/BE/vat/0403019261", `{"isValid":false,"userError":"MS_UNAVAILABLE"}`),
	)
	vies := &registry.VIES{Fetcher: web.Client, Base: "https://register.example/rest-api/"}
	look := func(id string) (*registry.Entry, error) {
		known := record.Company{TaxIDValue: id}
		if !vies.Takes(known) {
			t.Errorf("%s is not taken", id)
		}
		return vies.Look(t.Context(), known)
	}
	if e, err := look("IT00743110157"); err != nil || e.Name != "OLIVETTI S.P.A." || e.Street != "VIA ROMA 12" || e.PostalCode != "20121" || e.Country != "IT" {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := look("DE 123456788"); err != nil || e.TaxID != "DE123456788" || e.Name != "" {
		t.Errorf("%+v, %v", e, err)
	}
	if e, err := look("FR40303265045"); err != nil || e != nil {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := look("BE0403019261"); enrich.CodeOf(err) != fetch.CodeUnreachable {
		t.Error(err)
	}
	if vies.Takes(record.Company{TaxIDValue: "12345"}) || vies.Takes(record.Company{}) {
		t.Error("what is no VAT id is taken")
	}
}

func TestGLEIF(t *testing.T) {
	const acme = `{"type":"lei-records","attributes":{"lei":"529900T8BM49AURSDO55","entity":{"legalName":{"name":"Acme GmbH"},"registeredAs":"HRB 1","legalAddress":{"addressLines":["Hauptstr. 1"],"city":"Bonn","postalCode":"53111","country":"DE"}}}}`
	web := replay.New(t,
		json("/api/v1/lei-records/529900T8BM49AURSDO55", `{"data":`+acme+`}`),
		json("/api/v1/lei-records?filter%5Bentity.legalAddress.country%5D=DE&filter%5Bentity.registeredAs%5D=HRB+1", `{"data":[`+acme+`]}`),
		json("/api/v1/lei-records?filter%5Bentity.legalAddress.country%5D=DE&filter%5Bentity.registeredAs%5D=HRB+2", `{"data":[`+acme+`,`+acme+`]}`),
		json("/api/v1/lei-records/BROKEN", `<html>`),
	)
	gleif := &registry.GLEIF{Fetcher: web.Client, Base: "https://register.example/api/v1"}
	for _, known := range []record.Company{{LEI: "529900T8BM49AURSDO55"}, {RegistrationNumber: "HRB 1", Country: "DE"}} {
		if e, err := gleif.Look(t.Context(), known); err != nil || e == nil || e.Name != "Acme GmbH" || e.City != "Bonn" {
			t.Errorf("%+v, %v", e, err)
		}
	}
	for _, known := range []record.Company{{LEI: "UNKNOWN"}, {RegistrationNumber: "HRB 2", Country: "DE"}} {
		if e, err := gleif.Look(t.Context(), known); err != nil || e != nil {
			t.Errorf("%+v: %+v, %v", known, e, err)
		}
	}
	if _, err := gleif.Look(t.Context(), record.Company{LEI: "BROKEN"}); enrich.CodeOf(err) != fetch.CodeUnwanted {
		t.Error(err)
	}
}
