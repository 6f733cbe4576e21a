package people_test

import (
	"strings"
	"testing"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch/replay"
	"github.com/enrichd/enrichd/kind/kindtest"
	"github.com/enrichd/enrichd/kind/people"
	"github.com/enrichd/enrichd/postgres/pgtest"
	"github.com/enrichd/enrichd/record"
)

func TestMain(m *testing.M) { kindtest.Main(m) }

const letter = "From: =?utf-8?q?Marie_Dupont?= <marie.dupont@acme.fr>\r\nTo: us@example.com\r\nSubject: Facture\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
	"Bonjour,\r\n\r\nvoici la facture.\r\n\r\nCordialement\r\n\r\nMarie Dupont\r\nOffice manager\r\nAcme SARL\r\nTél. : 01 23 45 67 89\r\n\r\n> Le 3 mai, Jean Martin a écrit :\r\n> Best regards\r\n> Jean Martin\r\n> Director\r\n"

const team = `<html><body><h1>Team</h1><div><h3>Marie Dupont</h3><p>Head of Finance</p><a href="mailto:marie.dupont@acme.fr">marie.dupont@acme.fr</a></div>
	<div><h3>Jean-Luc Martin</h3><p>Geschäftsführer</p><p>info@acme.fr</p></div><div><h3>Our Services</h3><p>Sales and marketing</p></div></body></html>`

func setup(t *testing.T) (*kindtest.Workspace, *people.Kind) {
	t.Helper()
	w := kindtest.NewWorkspace(t)
	web := replay.New(t, replay.Page("acme.fr", "/", `<a href="/team">Team</a>`), replay.Page("acme.fr", "/team", team))
	w.WriteCompany(t, "acme", map[string]string{"name": "Acme SARL", "domain": "acme.fr", "country": "FR"})
	return w, &people.Kind{Records: w.DB, Blobs: w.Blobs, Fetcher: web.Client}
}

func task(entityType, id string) enrich.Job {
	return enrich.Job{Attempt: 3, Task: enrich.Task{
		ID: "00000000-0000-4000-8000-000000000001", WorkspaceID: pgtest.Workspace, EntityType: entityType, EntityID: id, Type: enrich.AIPeople, Status: enrich.Processing,
	}}
}

func TestContract(t *testing.T) {
	w, kind := setup(t)
	mail := w.Add(t, "letter.eml", []byte(letter))
	role := w.Add(t, "role.eml", []byte(strings.Replace(letter, "marie.dupont@", "facturation@", 1)))
	text := w.Add(t, "a.txt", []byte("no message"))
	w.WritePerson(t, "marie", map[string]string{"email": "marie.dupont@acme.fr"})
	w.WritePerson(t, "desk", map[string]string{"email": "billing@acme.fr"})
	w.WritePerson(t, "nobody", map[string]string{"full_name": "Ada Nobody"})
	is := func(want map[string]any) func(t *testing.T, a enrich.Answer) {
		return func(t *testing.T, a enrich.Answer) {
			out := kindtest.Output(t, a)
			for name, v := range want {
				if out[name] != v {
					t.Errorf("%s is %v, want %v", name, out[name], v)
				}
			}
		}
	}
	none := func(t *testing.T, a enrich.Answer) {
		if r := a.(enrich.Done).Records; len(r) != 0 {
			t.Errorf("records %+v", r)
		}
	}
	kindtest.Run(t, kind, []kindtest.Case{
		{Name: "the sender of a message", Job: task(record.EntityDocument, mail.ID), Want: "Done", Check: is(map[string]any{
			"full_name": "Marie Dupont", "first_name": "Marie", "last_name": "Dupont", "job_title": "Office manager", "email": "marie.dupont@acme.fr",
		})},
		{Name: "a role that writes", Job: task(record.EntityDocument, role.ID), Want: "Done", Check: none},
		{Name: "no message", Job: task(record.EntityDocument, text.ID), Want: "Refuse", Code: "not_a_message"},
		{Name: "a person who wrote, and stands on the team page", Job: task(record.EntityPerson, "marie"), Want: "Done", Check: is(map[string]any{"full_name": "Marie Dupont", "job_title": "Office manager"})},
		{Name: "a person that is a role", Job: task(record.EntityPerson, "desk"), Want: "Done", Check: none},
		{Name: "a person of whom nothing is known", Job: task(record.EntityPerson, "nobody"), Want: "Done", Check: none},
		{Name: "the people of a company", Job: task(record.EntityCompany, "acme"), Want: "Done", Check: func(t *testing.T, a enrich.Answer) {
			list := kindtest.Output(t, a)["people"].([]any)
			if len(list) != 2 {
				t.Fatalf("%v", list)
			}
			if jean := list[1].(map[string]any); jean["full_name"] != "Jean-Luc Martin" || jean["email"] != nil || jean["job_title"] != "Geschäftsführer" {
				t.Errorf("%v", jean)
			}
		}},
		{Name: "no such person", Job: task(record.EntityPerson, "gone"), Want: "Refuse", Code: "person_not_found"},
		{Name: "not about people", Job: task(record.EntityInvoice, "x"), Want: "Refuse", Code: "not_a_person"},
	})
}

// The records are written: the person, and the job on the link to the company.
func TestJobStandsOnTheLink(t *testing.T) {
	w, kind := setup(t)
	w.Settle(t, kind, w.Add(t, "letter.eml", []byte(letter)))
	found, err := w.DB.PeopleLike(t.Context(), pgtest.Workspace, "marie.dupont@acme.fr", "")
	if err != nil || len(found) != 1 || found[0].Phone != "+33123456789" {
		t.Fatalf("%+v, %v", found, err)
	}
	link, err := w.DB.Employment(t.Context(), pgtest.Workspace, record.DerivedID(pgtest.Workspace, record.EntityEmployment, "acme", found[0].ID))
	if err != nil || link.JobTitle != "Office manager" || link.CompanyID != "acme" || link.Relationship != "employee" {
		t.Errorf("%+v, %v", link, err)
	}
}
