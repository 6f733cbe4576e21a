// Package people holds the kind that finds out who a person is.
//
// It reads what the workspace has received: who wrote a message, by its From line
// and its signature; and what a company's own imprint and team pages say of the
// people there. A mailbox of a function is nobody. What somebody does stands on the
// link to the company, and every value keeps where it came from.
package people

import (
	"context"
	"encoding/json"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/sitefacts"
)

// Records is what ai_people reads of the workspace.
type Records interface {
	Person(ctx context.Context, workspaceID, id string) (record.Person, error)
	PeopleLike(ctx context.Context, workspaceID, email, fullName string) ([]record.Person, error)
	Company(ctx context.Context, workspaceID, id string) (record.Company, error)
	CompaniesAt(ctx context.Context, workspaceID, domain string) ([]record.Company, error)
	Document(ctx context.Context, workspaceID, id string) (record.Document, error)
	Messages(ctx context.Context, workspaceID string) ([]record.Document, error)
}

// Blobs reads messages; *blob.Folder is one.
type Blobs interface {
	Get(ctx context.Context, checksum string, limit int64) ([]byte, error)
}

// Kind is the worker of ai_people.
type Kind struct {
	Records Records
	Blobs   Blobs
	Fetcher sitefacts.Fetcher // nil where nothing is fetched: own correspondence only
}

// Spec describes the kind.
func (k *Kind) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.AIPeople, Version: 1, Deadline: 3 * time.Minute, MaxAttempts: 3, BaseDelay: 20 * time.Second}
}

type input struct {
	PersonID   string `json:"person_id"`   // the task's entity where absent
	CompanyID  string `json:"company_id"`  // whose people are looked for
	DocumentID string `json:"document_id"` // a message whose sender is looked up
}

// Check refuses ids that are no texts.
func (k *Kind) Check(raw json.RawMessage) error {
	var in input
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "person_id, company_id and document_id are texts.", Field: "person_id"}
	}
	return nil
}

// Run looks for people: the one that the task is about, the sender of a message,
// or those of a company.
func (k *Kind) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	var in input
	if len(job.Task.Input) > 0 {
		_ = json.Unmarshal(job.Task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	switch job.Task.EntityType {
	case record.EntityPerson:
		in.PersonID = or(in.PersonID, job.Task.EntityID)
	case record.EntityCompany:
		in.CompanyID = or(in.CompanyID, job.Task.EntityID)
	case record.EntityDocument:
		in.DocumentID = or(in.DocumentID, job.Task.EntityID)
	}
	s := &search{kind: k, task: job.Task, at: time.Now().UTC(), companies: map[string]record.Company{}}
	var answer enrich.Answer
	switch {
	case in.PersonID != "":
		answer = s.person(ctx, in)
	case in.DocumentID != "":
		answer = s.message(ctx, in.DocumentID)
	case in.CompanyID != "":
		answer = s.company(ctx, in.CompanyID)
	default:
		return refuse("not_a_person", "People are looked up by a person, a message or a company.")
	}
	if answer != nil {
		return answer
	}
	if ctx.Err() != nil || s.fault != nil && job.Attempt < k.Spec().MaxAttempts {
		return unreachable("The company's site does not answer.", first(ctx.Err(), s.fault))
	}
	return s.answer()
}

// search is one look for people.
type search struct {
	kind      *Kind
	task      enrich.Task
	at        time.Time
	found     []finding
	companies map[string]record.Company // by domain, those that were looked up
	egress    []string
	nobody    []enrich.Reason // why somebody is not made a person
	fault     error
}

// person looks up one person: in messages from their address, and at their
// company's site.
func (s *search) person(ctx context.Context, in input) enrich.Answer {
	p, err := s.kind.Records.Person(ctx, s.task.WorkspaceID, in.PersonID)
	if answer := missing(err, "person"); answer != nil {
		return answer
	}
	if record.MailboxOf(p.Email) == record.MailboxRole {
		s.refuse("role_address", p.Email+" is the address of a function, not of a person.")
		return nil
	}
	f := finding{id: p.ID, known: p}
	if answer := s.messagesOf(ctx, &f, in.DocumentID); answer != nil {
		return answer
	}
	company, answer := s.companyAt(ctx, record.MailDomain(p.Email))
	if answer != nil {
		return answer
	}
	if company.ID != "" {
		f.company = company
		s.atSite(ctx, company, &f)
	}
	s.found = append(s.found, f)
	return nil
}

// message looks up who wrote a message.
func (s *search) message(ctx context.Context, id string) enrich.Answer {
	doc, err := s.kind.Records.Document(ctx, s.task.WorkspaceID, id)
	if answer := missing(err, "document"); answer != nil {
		return answer
	}
	m, answer := s.read(ctx, doc)
	if answer != nil {
		return answer
	}
	if m == nil {
		return refuse("not_a_message", "The document is no message that can be read.")
	}
	if record.MailboxOf(m.from.address) == record.MailboxRole {
		s.refuse("role_address", m.from.address+" is the address of a function, not of a person.")
		return nil
	}
	f := finding{}
	f.takeMessage(*m)
	if f.values["full_name"].value == "" && f.values["email"].value == "" {
		s.refuse("no_sender", "The message does not say who wrote it.")
		return nil
	}
	return s.settle(ctx, f)
}

// company looks for the people whom a company's own pages name.
func (s *search) company(ctx context.Context, id string) enrich.Answer {
	c, err := s.kind.Records.Company(ctx, s.task.WorkspaceID, id)
	if answer := missing(err, "company"); answer != nil {
		return answer
	}
	for _, p := range s.pagePeople(ctx, c) {
		f := finding{company: c}
		f.takePage(p)
		if answer := s.settle(ctx, f); answer != nil {
			return answer
		}
	}
	return nil
}

// settle finds the person that a finding is about among those that stand, or
// gives it the id of a new one.
func (s *search) settle(ctx context.Context, f finding) enrich.Answer {
	email, name := f.values["email"].value, f.values["full_name"].value
	like, err := s.kind.Records.PeopleLike(ctx, s.task.WorkspaceID, email, name)
	if err != nil {
		return unreachable("The workspace's people could not be looked up.", err)
	}
	if f.company.ID == "" {
		var answer enrich.Answer
		if f.company, answer = s.companyAt(ctx, record.MailDomain(email)); answer != nil {
			return answer
		}
	}
	switch {
	case len(like) > 0:
		f.id, f.known = like[0].ID, like[0]
	case email != "":
		f.id = record.DerivedID(s.task.WorkspaceID, record.EntityPerson, "email", email)
	default:
		f.id = record.DerivedID(s.task.WorkspaceID, record.EntityPerson, "name", f.company.ID, name)
	}
	s.found = append(s.found, f)
	return nil
}

func (s *search) companyAt(ctx context.Context, domain string) (record.Company, enrich.Answer) {
	if domain == "" {
		return record.Company{}, nil
	}
	if c, known := s.companies[domain]; known {
		return c, nil
	}
	list, err := s.kind.Records.CompaniesAt(ctx, s.task.WorkspaceID, domain)
	if err != nil {
		return record.Company{}, unreachable("The workspace's companies could not be looked up.", err)
	}
	if len(list) == 0 {
		list = []record.Company{{}}
	}
	s.companies[domain] = list[0]
	return list[0], nil
}

// pagePeople are the people of a company's pages.
func (s *search) pagePeople(ctx context.Context, c record.Company) []sitefacts.Person {
	domain := c.Site()
	if domain == "" || s.kind.Fetcher == nil {
		return nil
	}
	pages, hosts, err := sitefacts.Visit(ctx, s.kind.Fetcher, domain, sitefacts.ForPeople)
	s.egress = append(s.egress, hosts...)
	if err != nil || len(pages) == 0 {
		s.fault = err
		return nil
	}
	return sitefacts.Read(pages...).People
}

// atSite adds what the company's pages say of a person: the one with the same
// address, or with the same name.
func (s *search) atSite(ctx context.Context, c record.Company, f *finding) {
	name := or(f.known.FullName, f.values["full_name"].value)
	for _, p := range s.pagePeople(ctx, c) {
		if sameAddress(p.Email.Value, f.known.Email) || p.Email.Absent() && samePerson(p.Name.Value, name) {
			f.takePage(p)
			return
		}
	}
}

func (s *search) refuse(code, message string) {
	s.nobody = append(s.nobody, enrich.Reason{Code: code, Message: message})
}

func missing(err error, what string) enrich.Answer {
	switch {
	case err == nil:
		return nil
	case enrich.CodeOf(err) == enrich.CodeNotFound:
		return refuse(what+"_not_found", "There is no such "+what+" in this workspace.")
	}
	return unreachable("The "+what+" could not be looked up.", err)
}

func refuse(code, message string) enrich.Answer {
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not looked up.** " + message}
}

// unreachable asks for another attempt: something around the task is away.
func unreachable(message string, err error) enrich.Answer {
	return enrich.Retry{Err: enrich.Errorf("temporarily_unavailable", "%s", message), Detail: err.Error(), Description: "**Not looked up yet.** " + message}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// maxMessage is how large a message may be that is read, in bytes.
const maxMessage = extraction.MaxContent
