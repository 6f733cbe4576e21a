package console

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/postgres"
	"github.com/enrichd/enrichd/record"
)

// historyShown is how many earlier and offered values of a field a page lists.
const historyShown = 20

// entityPage is what is known of a record, field by field.
type entityPage struct {
	Type, ID  string
	Name      string // empty where it has none
	Company   *record.Company
	Person    *record.Person
	Fields    []knownField
	People    []workLink // of a company
	Companies []workLink // of a person
	Providers []record.CompanyProvider
	Tasks     []enrich.Task
	MoreTasks bool
}

// knownField is a field with the value that stands and those that stood or were offered.
type knownField struct {
	fieldRow
	Since   time.Time // of the value that stands
	Empty   bool      // no value stands
	History []pastValue
	More    int // of the history, beyond what is listed
}

// pastValue is a value that stood once, or was offered.
type pastValue struct {
	fieldRow
	From  time.Time
	Until *time.Time
}

// workLink is a person at a company, seen from either.
type workLink struct {
	record.CompanyPerson
	Name string // of the other one
}

func (c *console) entity(r *http.Request, key postgres.Key) (page, error) {
	ctx, ws := r.Context(), key.WorkspaceID
	body := entityPage{Type: r.PathValue("type"), ID: r.PathValue("id")}
	if !printable(body.Type) || !printable(body.ID) {
		return page{}, errNoEntity
	}
	if body.Type == record.EntityPerson && !may(key, scopePeople) {
		return page{}, lacks(scopePeople)
	}
	if err := c.subject(r, key, &body); err != nil {
		return page{}, err
	}
	values, err := c.Store.FieldValues(ctx, ws, body.Type, body.ID)
	if err != nil {
		return page{}, err
	}
	body.Fields = knownFields(values)
	tasks, err := c.Store.Tasks(ctx, ws, postgres.TaskFilter{EntityType: body.Type, EntityID: body.ID}, postgres.Page{Size: batchTasksShown})
	if err != nil {
		return page{}, err
	}
	body.Tasks, body.MoreTasks = tasks.Tasks, tasks.HasNext
	if body.Company == nil && body.Person == nil && len(values) == 0 && len(tasks.Tasks) == 0 {
		return page{}, errNoEntity
	}
	return page{View: "entity", Title: body.Headline(), Section: "/companies", Live: true, Body: body}, nil
}

var errNoEntity = enrich.Errorf(enrich.CodeNotFound, "Nothing is known of this record.")

// subject reads the record itself and who belongs to it, where it is a company or a person.
func (c *console) subject(r *http.Request, key postgres.Key, p *entityPage) error {
	ctx, ws := r.Context(), key.WorkspaceID
	switch p.Type {
	case record.EntityCompany:
		company, err := c.Store.Company(ctx, ws, p.ID)
		if err != nil {
			return err
		}
		p.Company, p.Name = &company, cmp.Or(append(company.Names(), "")...)
		if p.Providers, err = c.Store.CompanyProviders(ctx, ws, p.ID); err != nil || !may(key, scopePeople) {
			return err
		}
		p.People, err = c.workLinks(r, ws, "company", p.ID)
		return err
	case record.EntityPerson:
		person, err := c.Store.Person(ctx, ws, p.ID)
		if err != nil {
			return err
		}
		p.Person, p.Name = &person, personName(person)
		p.Companies, err = c.workLinks(r, ws, "person", p.ID)
		return err
	}
	return nil
}

// workLinks finds who works at a company, or where a person works.
func (c *console) workLinks(r *http.Request, ws, side, id string) ([]workLink, error) {
	found, err := c.Store.ListEmployments(r.Context(), ws, postgres.ListQuery{Filters: []postgres.Filter{{Name: side, Values: []string{id}}}, Size: neighbours})
	if err != nil {
		return nil, err
	}
	var ids []string
	other := map[string]string{"company": record.EntityPerson, "person": record.EntityCompany}[side]
	for _, e := range found.Records {
		ids = append(ids, map[string]string{"company": e.PersonID, "person": e.CompanyID}[side])
	}
	names, err := c.names(r.Context(), ws, other, ids)
	if err != nil {
		return nil, err
	}
	var links []workLink
	for i, e := range found.Records {
		if name, live := names[ids[i]]; live {
			links = append(links, workLink{e, name})
		}
	}
	return links, nil
}

// knownFields puts the values of each field together; they come by field, the
// newest first.
func knownFields(values []record.FieldValue) []knownField {
	var fields []knownField
	for _, v := range values {
		if n := len(fields); n == 0 || fields[n-1].Name != v.Field {
			fields = append(fields, knownField{fieldRow: fieldRow{Name: v.Field}, Empty: true})
		}
		f := &fields[len(fields)-1]
		row := valueRow(v)
		switch {
		case v.Decision == record.Applied && v.ActiveUntil == nil:
			f.fieldRow, f.Since, f.Empty = row, v.ActiveFrom, row.Value == nil
		case len(f.History) < historyShown:
			f.History = append(f.History, pastValue{row, v.ActiveFrom, v.ActiveUntil})
		default:
			f.More++
		}
	}
	slices.SortStableFunc(fields, func(a, b knownField) int { return byField(a.fieldRow, b.fieldRow) })
	return fields
}

func valueRow(v record.FieldValue) fieldRow {
	raw := json.RawMessage(v.Value)
	row := fieldRow{
		Name: v.Field, Value: fieldText(v.Field, raw, ""), Grade: v.Grade, Confidence: v.Confidence, Origin: v.Origin,
		TaskID: v.TaskID, Decision: string(v.Decision),
	}
	row.addEvidence(v.Evidence, plain(raw))
	return row
}

// Headline names the record.
func (p entityPage) Headline() phrase {
	if p.Name != "" {
		return verbatim(p.Name)
	}
	return say("%s %s", words(p.Type), p.ID)
}

// Logo is the path of the company's picture; empty where it has none.
func (p entityPage) Logo() string {
	if p.Company == nil {
		return ""
	}
	return logoPath(p.Company.LogoURL)
}

// Initial is the letter that stands in for a logo.
func (p entityPage) Initial() string {
	for _, r := range p.Name {
		return strings.ToUpper(string(r))
	}
	return "?"
}

func personName(p record.Person) string {
	return cmp.Or(p.FullName, strings.TrimSpace(p.FirstName+" "+p.LastName), p.Email)
}

// Row is the value alone, for the parts that show values of any page.
func (row fieldRow) Row() fieldRow { return row }
