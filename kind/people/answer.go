package people

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sitefacts"
)

// value is one value with where it came from.
type value struct {
	value, quote, origin string // origin: from_line, email_signature, website
	ref                  enrich.EvidenceRef
	confidence           float64
}

// finding is what was found of one person.
type finding struct {
	id      string
	known   record.Person
	company record.Company
	values  map[string]value // full_name, email, phone, job_title
	also    map[string][]value
}

func (f *finding) take(name string, v value) {
	if v.value == "" {
		return
	}
	if f.values == nil {
		f.values, f.also = map[string]value{}, map[string][]value{}
	}
	if _, has := f.values[name]; has {
		f.also[name] = append(f.also[name], v)
		return
	}
	f.values[name] = v
}

func (f *finding) takeMessage(m message) {
	ref := enrich.EvidenceRef{EntityType: record.EntityDocument, EntityID: m.document}
	name, job, phone, quotes := m.fields()
	f.take("full_name", value{name, quotes["full_name"], "from_line", ref, .95})
	f.take("email", value{m.from.address, m.from.line, "from_line", ref, 1})
	f.take("job_title", value{job, quotes["job_title"], "email_signature", ref, .9})
	f.take("phone", value{phone, quotes["phone"], "email_signature", ref, .9})
}

func (f *finding) takePage(p sitefacts.Person) {
	for name, fact := range map[string]sitefacts.Fact{"full_name": p.Name, "job_title": p.Role, "email": p.Email, "phone": p.Phone} {
		f.take(name, value{fact.Value, fact.Quote, "website", enrich.EvidenceRef{URL: fact.URL, Path: fact.Path}, fact.Confidence})
	}
}

// fieldNames are the fields of a person, in the order of the output.
var fieldNames = []string{"full_name", "first_name", "last_name", "email", "phone", "job_title"}

func (s *search) wanted(name string) bool {
	return len(s.task.TargetFields) == 0 || slices.Contains(s.task.TargetFields, name) || name == "phone" && slices.Contains(s.task.TargetFields, "phones")
}

// finish derives what follows from the values: the parts of the name, the
// international form of the telephone.
func (f *finding) finish() {
	if v, ok := f.values["full_name"]; ok {
		words := strings.Fields(v.value)
		first, last := v, v
		first.value, last.value = words[0], strings.Join(words[1:], " ")
		f.take("first_name", first)
		f.take("last_name", last)
	}
	if v, ok := f.values["phone"]; ok {
		country := f.company.Country
		if country == "" {
			country = countryOf(record.MailDomain(f.values["email"].value))
		}
		if v.value = record.E164(v.value, country); v.value == "" {
			delete(f.values, "phone")
		} else {
			f.values["phone"] = v
		}
	}
}

// countryOf is the country of a domain that ends in one's letters.
func countryOf(domain string) string {
	end := strings.ToUpper(domain[strings.LastIndexByte(domain, '.')+1:])
	if end == "UK" {
		return "GB"
	}
	if len(end) == 2 {
		return end
	}
	return ""
}

// answer writes down whom was found.
func (s *search) answer() enrich.Answer {
	out := map[string]any{
		"_checks": []any{}, "duplicates": []any{}, "_next": []any{}, "_reasons": append([]enrich.Reason{}, s.nobody...),
		"_run":         map[string]any{"worker": "ai_people@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": append([]string{}, s.egress...)},
		"lawful_basis": map[string]any{"origin": "own_correspondence", "retention_until": nil},
	}
	if len(s.egress) > 0 {
		out["lawful_basis"] = map[string]any{"origin": "company_website", "retention_until": nil}
	}
	fields, people := map[string]any{}, []map[string]any{}
	var records []enrich.RecordWrite
	filled := 0
	for i := range s.found {
		f := &s.found[i]
		f.finish()
		prefix := ""
		if s.task.EntityType == record.EntityCompany {
			prefix = f.id + "."
		}
		writes, n := s.writes(f, prefix, fields)
		filled += n
		records = append(records, writes...)
		people = append(people, f.output())
	}
	if s.task.EntityType != record.EntityCompany && len(people) == 1 {
		for name, v := range people[0] {
			out[name] = v
		}
	}
	out["people"], out["_fields"], out["_outcome"] = people, fields, "ok"
	if filled == 0 {
		out["_outcome"] = "no_result"
		if len(s.nobody) == 0 {
			out["_reasons"] = []enrich.Reason{{Code: "no_source", Message: "No message and no page of the company says anything of the person."}}
		}
	}
	out["_coverage"] = map[string]any{"requested": len(fieldNames) * max(1, len(s.found)), "applied": filled, "suggested": 0, "kept_existing": 0, "abstained": len(fieldNames)*max(1, len(s.found)) - filled}
	raw, err := json.Marshal(out)
	if err != nil {
		return unreachable("The result could not be written down.", err)
	}
	return enrich.Done{Result: enrich.Result{Output: raw, Description: s.describe(), Records: records}}
}

// writes are those of one person, and of their job on the link to the company.
func (s *search) writes(f *finding, prefix string, fields map[string]any) (records []enrich.RecordWrite, filled int) {
	person := enrich.RecordWrite{EntityType: record.EntityPerson, EntityID: f.id}
	link := enrich.RecordWrite{EntityType: record.EntityEmployment, EntityID: record.DerivedID(s.task.WorkspaceID, record.EntityEmployment, f.company.ID, f.id)}
	for _, name := range fieldNames {
		v, ok := f.values[name]
		if !ok || !s.wanted(name) {
			continue
		}
		filled++
		write := s.write(name, v, f.also[name])
		write.Shown = prefix + name
		fields[prefix+name] = map[string]any{"value": v.value, "confidence": v.confidence, "grade": write.Grade, "decision": "applied", "provenance": write.Evidence}
		if name != "job_title" {
			person.Fields = append(person.Fields, write)
		} else if f.company.ID != "" {
			link.Fields = append(link.Fields, write)
		}
	}
	if len(person.Fields) == 0 && len(link.Fields) == 0 {
		return nil, 0
	}
	records = append(records, person)
	if f.company.ID == "" {
		return records, filled
	}
	basis := f.basis()
	for name, id := range map[string]string{"company_id": f.company.ID, "person_id": f.id, "relationship_type": relationship(f.values["job_title"].value)} {
		basis.value = id
		link.Fields = append(link.Fields, s.write(name, basis, nil))
	}
	slices.SortFunc(link.Fields, func(a, b enrich.FieldWrite) int { return strings.Compare(a.Name, b.Name) })
	return append(records, link), filled
}

// basis is what tells that the person is at the company.
func (f *finding) basis() value {
	for _, name := range []string{"job_title", "email", "full_name", "phone"} {
		if v, ok := f.values[name]; ok {
			return v
		}
	}
	return value{}
}

// relationship is what a job makes somebody to a company.
func relationship(job string) string {
	lower := strings.ToLower(job)
	for _, owner := range []string{"inhaber", "owner", "founder", "gründer", "gérant", "fondat", "gesellschafter"} {
		if strings.Contains(lower, owner) {
			return "owner"
		}
	}
	if job == "" {
		return "contact"
	}
	return "employee"
}

func (s *search) write(name string, v value, also []value) enrich.FieldWrite {
	raw, _ := json.Marshal(v.value) // a text always marshals
	grade := enrich.Single
	evidence := []enrich.Evidence{s.evidence(v)}
	for _, other := range also {
		if strings.EqualFold(other.value, v.value) && len(evidence) < 5 {
			evidence = append(evidence, s.evidence(other))
			if other.origin != v.origin {
				grade = enrich.Corroborated
			}
		}
	}
	return enrich.FieldWrite{Name: name, Value: raw, Origin: enrich.ByRule, Confidence: v.confidence, Grade: grade, Evidence: evidence}
}

func (s *search) evidence(v value) enrich.Evidence {
	return enrich.Evidence{Origin: enrich.ByRule, Method: v.origin, Ref: v.ref, Quote: v.quote, ObservedAt: s.at.Format("2006-01-02T15:04:05.000Z")}
}

func (f *finding) output() map[string]any {
	at := func(name string) any {
		if v := f.values[name].value; v != "" {
			return v
		}
		return nil
	}
	phones := []map[string]any{}
	if v := f.values["phone"].value; v != "" {
		phones = append(phones, map[string]any{"e164_number": v, "label": "work"})
	}
	var company any
	if f.company.ID != "" {
		company = map[string]any{"company_id": f.company.ID, "relationship_type": relationship(f.values["job_title"].value)}
	}
	return map[string]any{
		"person_id": f.id, "full_name": at("full_name"), "first_name": at("first_name"), "last_name": at("last_name"), "email": at("email"),
		"job_title": at("job_title"), "phones": phones, "company": company,
	}
}

func (s *search) describe() string {
	var list []string
	for _, f := range s.found {
		name := or(f.values["full_name"].value, or(f.known.FullName, or(f.values["email"].value, f.known.Email)))
		if job := f.values["job_title"].value; job != "" {
			name += ", " + job
		}
		list = append(list, "**"+name+"**")
	}
	switch {
	case len(s.nobody) > 0:
		return "**Nobody to look up.** " + s.nobody[0].Message
	case len(list) == 0:
		return "**Nobody found.** No page names the people of the company."
	case len(list) == 1:
		return "Looked up: " + list[0] + "."
	}
	return fmt.Sprintf("%d people found: %s.", len(list), strings.Join(list[:min(10, len(list))], "; "))
}
