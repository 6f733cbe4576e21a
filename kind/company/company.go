// Package company holds the kind that finds out who a company is.
//
// It asks what the workspace has first: the documents that the company sent or
// got, their XML or what stands at the head and the foot of its own pages. Then where its mail comes from, registers by number, its own site, and a
// model last, for what is still empty. Whatever a source says counts only once the
// source is known to speak of this company; a value of a better writer stays.
package company

import (
	"context"
	"encoding/json"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/extraction"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/record"
	"github.com/enrichd/enrichd/registry"
)

// Records is what ai_company reads of the workspace.
type Records interface {
	Company(ctx context.Context, workspaceID, id string) (record.Company, error)
	CompaniesLike(ctx context.Context, workspaceID, taxID, name string) ([]record.Company, error)
	CompaniesAt(ctx context.Context, workspaceID, domain string) ([]record.Company, error)
	DocumentsOf(ctx context.Context, workspaceID, companyID string) ([]record.Document, error)
}

// Fetcher fetches pages; *fetch.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Registry is an official register that is asked by number.
type Registry interface {
	// Name is how the register is called in evidence: "vies".
	Name() string
	// Takes reports whether the register can be asked with what is known.
	Takes(known record.Company) bool
	// Look asks; nil is an entry that does not exist. Its errors are those of fetch.
	Look(ctx context.Context, known record.Company) (*registry.Entry, error)
}

// Model proposes values for fields that are still empty, out of the text of pages
// that were fetched. It is asked last, and what it says without a verbatim quote is
// dropped.
type Model interface {
	Company(ctx context.Context, workspaceID, taskID, text string, fields []string) (proposals []Proposal, costMicros int64, err error)
}

// Proposal is a value that a model read, with the words that it read it from.
type Proposal struct{ Field, Value, Quote string }

// Kind is the worker of ai_company.
type Kind struct {
	Records    Records
	Reader     *extraction.Reader
	Fetcher    Fetcher // nil where nothing is fetched
	Registries []Registry
	Model      Model // nil where none is configured
}

// Spec describes the kind.
func (k *Kind) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.AICompany, Version: 2, Deadline: 3 * time.Minute, MaxAttempts: 3, BaseDelay: 20 * time.Second}
}

type input struct {
	CompanyID string `json:"company_id"` // the task's entity where absent
}

// Check refuses an input whose company_id is no text.
func (k *Kind) Check(raw json.RawMessage) error {
	var in input
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "company_id must be the id of a company.", Field: "company_id"}
	}
	return nil
}

// Run looks the company up.
func (k *Kind) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	company, answer := k.company(ctx, job.Task)
	if answer != nil {
		return answer
	}
	s := &study{kind: k, task: job.Task, known: company, at: time.Now().UTC(), fields: map[string]*finding{}}
	if err := s.documents(ctx); err != nil {
		return unreachable("The documents of the company could not be read.", err)
	}
	s.mail()
	err := s.registries(ctx)
	if siteErr := s.site(ctx); err == nil {
		err = siteErr
	}
	// What does not answer is asked again, unless this was the last time.
	if ctx.Err() != nil || err != nil && job.Attempt < k.Spec().MaxAttempts {
		return unreachable("A register or the company's site does not answer.", first(ctx.Err(), err))
	}
	if err := s.model(ctx); err != nil {
		return unreachable("The model does not answer.", err)
	}
	if err := s.doubles(ctx); err != nil {
		return unreachable("The workspace's companies could not be looked up.", err)
	}
	return s.answer()
}

func (k *Kind) company(ctx context.Context, task enrich.Task) (record.Company, enrich.Answer) {
	var in input
	if len(task.Input) > 0 {
		_ = json.Unmarshal(task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	id := in.CompanyID
	if id == "" && task.EntityType == record.EntityCompany {
		id = task.EntityID
	}
	if id == "" {
		return record.Company{}, refuse("not_a_company", "Only a company can be looked up as one.")
	}
	company, err := k.Records.Company(ctx, task.WorkspaceID, id)
	if enrich.CodeOf(err) == enrich.CodeNotFound {
		return company, refuse("company_not_found", "There is no such company in this workspace.")
	}
	if err != nil {
		return company, unreachable("The company could not be looked up.", err)
	}
	return company, nil
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
