package api

import (
	"encoding/json"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/jsonapi"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/trigger"
)

const (
	peoplePath     = "/v1/people"
	employmentPath = "/v1/company-people"
)

// people are those who work at companies, or for themselves.
func (s *server) people() *resource {
	return table[record.Person]{
		Type: record.EntityPerson, Path: peoplePath, Noun: "a person", Read: ScopePeopleRead, Write: ScopePeopleWrite,
		ID: func(v record.Person) string { return v.ID },
		Fields: []field[record.Person]{
			{Name: "person_id", Form: words(), Value: func(v record.Person) any { return v.ID }},
			{Name: "full_name", Form: text(500), Write: editable, Value: func(v record.Person) any { return textOrNull(v.FullName) }},
			{Name: "first_name", Form: text(200), Write: editable, Value: func(v record.Person) any { return textOrNull(v.FirstName) }},
			{Name: "last_name", Form: text(200), Write: editable, Value: func(v record.Person) any { return textOrNull(v.LastName) }},
			{Name: "email", Form: text(254), Write: editable, Value: func(v record.Person) any { return textOrNull(v.Email) }},
			{Name: "phone", Form: text(50), Write: editable, Value: func(v record.Person) any { return textOrNull(v.Phone) }},
			{Name: "created_at", Form: moment(), Value: func(v record.Person) any { return stamp(&v.CreatedAt) }},
		},
		Relations: []relation[record.Person]{{Name: "company_people", To: record.EntityEmployment, By: "person"}},
		Filters:   []filter{byText("full_name"), byText("email"), byTime("created_at")},
		Sorts:     []string{"created_at", "full_name"},
		List:      s.store.ListPeople, Fault: editFault,
		Create: s.createPerson,
		Update: func(c *call, id string, in *input) (record.Person, error) {
			in.mailbox("email")
			if err := s.edit(c, record.EntityPerson, id, in); err != nil {
				return record.Person{}, err
			}
			return s.store.Person(c.r.Context(), c.workspace(), id)
		},
		Delete: func(c *call, id string) error { return s.remove(c, record.EntityPerson, id) },
	}.resource()
}

func (s *server) createPerson(c *call, in *input) (made[record.Person], error) {
	in.mailbox("email")
	id, err := s.create(c, record.EntityPerson, in, func(id string) enrich.Occasion {
		facts := map[string]string{}
		if box := record.MailboxOf(in.need("email")); box == record.MailboxRole {
			facts[trigger.FactMailbox] = string(box)
		}
		return enrich.Occasion{Channel: enrich.PersonCreate, EntityType: record.EntityPerson, EntityID: id, Facts: facts}
	})
	if err != nil {
		return made[record.Person]{}, err
	}
	person, err := s.store.Person(c.r.Context(), c.workspace(), id)
	return made[record.Person]{Record: person}, err
}

// employments say who does what at which company.
func (s *server) employments() *resource {
	type link = record.CompanyPerson
	return table[link]{
		Type: record.EntityEmployment, Path: employmentPath, Noun: "a person at a company", Read: ScopePeopleRead, Write: ScopePeopleWrite,
		ID: func(v link) string { return v.ID },
		Fields: []field[link]{
			{Name: "relationship_type", Form: oneOf([]string{"owner", "employee", "contact", "other"}), Write: editable, Value: func(v link) any { return textOrNull(v.Relationship) }},
			{Name: "job_title", Form: text(300), Write: editable, Value: func(v link) any { return textOrNull(v.JobTitle) }},
			{Name: "created_at", Form: moment(), Value: func(v link) any { return stamp(&v.CreatedAt) }},
		},
		Relations: []relation[link]{
			{Name: "company", To: record.EntityCompany, ID: func(v link) *string { return idOrNil(v.CompanyID) }, Write: needed},
			{Name: "person", To: record.EntityPerson, ID: func(v link) *string { return idOrNil(v.PersonID) }, Write: needed},
		},
		Filters: []filter{byID("company"), byID("person"), byText("relationship_type"), byTime("created_at")},
		Sorts:   []string{"created_at"},
		List:    s.store.ListEmployments, Each: s.store.ListEmploymentsEach, Fault: editFault,
		Create: s.createEmployment,
		Update: func(c *call, id string, in *input) (link, error) {
			if err := s.edit(c, record.EntityEmployment, id, in); err != nil {
				return link{}, err
			}
			return s.store.Employment(c.r.Context(), c.workspace(), id)
		},
		Delete: func(c *call, id string) error { return s.remove(c, record.EntityEmployment, id) },
	}.resource()
}

func (s *server) createEmployment(c *call, in *input) (made[record.CompanyPerson], error) {
	for name, resource := range map[string]*resource{"company": s.types[record.EntityCompany], "person": s.types[record.EntityPerson]} {
		id, given := in.link(name)
		if !given || id == nil {
			in.Note(jsonapi.Fault("REQUIRED", "The relationship %s must be given.", name).At("/data/relationships/" + name))
			continue
		}
		if _, err := resource.one(c.r.Context(), c.workspace(), *id); err != nil {
			in.Note(jsonapi.Fault("INVALID_VALUE", "There is no %s with this id.", name).At("/data/relationships/" + name + "/data"))
			continue
		}
		in.values[name+"_id"] = id
	}
	id, err := s.create(c, record.EntityEmployment, in, func(id string) enrich.Occasion {
		return enrich.Occasion{EntityType: record.EntityEmployment, EntityID: id}
	})
	if err != nil {
		return made[record.CompanyPerson]{}, err
	}
	link, err := s.store.Employment(c.r.Context(), c.workspace(), id)
	return made[record.CompanyPerson]{Record: link}, err
}

// create makes a record of what a person says, and starts what follows from that.
func (s *server) create(c *call, entityType string, in *input, occasion func(id string) enrich.Occasion) (string, error) {
	if fault := onlyPeople(c.key); fault != nil {
		return "", fault
	}
	if faults := in.Faults(); len(faults) > 0 {
		return "", faults
	}
	id := record.NewID()
	e := postgres.Edit{EntityType: entityType, EntityID: id, By: c.key.Name, Values: map[string]json.RawMessage{}}
	for name, value := range in.values {
		if value == nil {
			continue
		}
		raw, err := json.Marshal(value)
		if err != nil {
			return "", err
		}
		e.Values[name] = raw
	}
	return id, s.store.CreateRecord(c.r.Context(), c.workspace(), e, occasion(id), func(o enrich.Occasion) ([]enrich.Request, error) {
		return s.triggers.On(o, -1, "")
	})
}

// remove deletes a record that a person wants gone.
func (s *server) remove(c *call, entityType, id string) error {
	if fault := onlyPeople(c.key); fault != nil {
		return fault
	}
	err := s.store.DeleteRecord(c.r.Context(), c.workspace(), entityType, id, c.key.Name)
	if isNotFound(err) {
		return notFound("NOT_FOUND", s.types[entityType].Noun)
	}
	return err
}

// plain brings a text to its plain form, or refuses one that has none.
func (in *input) plain(name, words string, form func(string) string) {
	value, _ := in.text(name)
	if value == nil || *value == "" {
		return
	}
	plain := form(*value)
	if plain == "" {
		in.Refuse("INVALID_VALUE", name, "%s must be %s.", name, words)
		return
	}
	in.values[name] = &plain
}

// mailbox refuses what is no address of mail.
func (in *input) mailbox(name string) {
	in.plain(name, "an address of mail, such as ada@acme.com", func(text string) string {
		text = strings.TrimSpace(text)
		if record.MailboxOf(text) == record.MailboxNone {
			return ""
		}
		return text
	})
}
