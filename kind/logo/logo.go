// Package logo holds the kind that finds the logo of a company.
//
// It looks at what the company's site names as its picture, and at the places
// where sites keep one, and trusts the bytes alone: pictures are decoded in the
// reader's child process and stored as PNG, never as they came. What browsers and
// builders show for a site without a picture is nobody's logo. With none found it
// draws a tile with a letter, says so, and does not look again for a while.
package logo

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/fetch"
	"github.com/enrichd/enrichd/reader"
	"github.com/enrichd/enrichd/record"
)

// Records is what logo reads of the workspace, and the note of where it looked in
// vain.
type Records interface {
	Company(ctx context.Context, workspaceID, id string) (record.Company, error)
	DomainsWithLogo(ctx context.Context, workspaceID, hash, exceptDomain string) ([]string, error)
	LogoMiss(ctx context.Context, workspaceID, domain string) (record.LogoMiss, bool, error)
	KeepLogoMiss(ctx context.Context, workspaceID, domain string, miss record.LogoMiss) error
}

// Fetcher fetches pages and pictures; *fetch.Client is one.
type Fetcher interface {
	Do(ctx context.Context, r fetch.Request) (*fetch.Response, error)
}

// Pictures decodes them; *reader.Reader is one.
type Pictures interface {
	Icon(ctx context.Context, content []byte) (*reader.Icon, error)
}

// Blobs keeps them; *blob.Folder is one.
type Blobs interface {
	Put(ctx context.Context, r io.Reader, limit int64) (checksum string, size int64, err error)
}

// Kind is the worker of logo.
type Kind struct {
	Records  Records
	Fetcher  Fetcher // nil where nothing is fetched
	Pictures Pictures
	Blobs    Blobs
}

// maxAttempts is how often a site that does not answer is asked.
const maxAttempts = 3

// Spec describes the kind.
func (k *Kind) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.Logo, Version: 1, Deadline: 3 * time.Minute, MaxAttempts: maxAttempts, BaseDelay: 20 * time.Second}
}

// input is what a task may say.
type input struct {
	CompanyID string `json:"company_id"` // the task's entity where absent
	Domain    string `json:"domain"`     // where to look, instead of at the company's
	Refresh   bool   `json:"refresh"`    // look again where there was nothing not long ago
}

// Check refuses an input that is not of this form, or a domain that is none.
func (k *Kind) Check(raw json.RawMessage) error {
	var in input
	if len(raw) == 0 {
		return nil
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "company_id and domain are texts, refresh is true or false.", Field: "domain"}
	}
	if in.Domain != "" && record.Domain(in.Domain) == "" {
		return &enrich.Error{Code: enrich.CodeInvalid, Message: "domain must be the name of a host, such as acme.com.", Field: "domain"}
	}
	return nil
}

// Codes of the reasons why there is no logo.
const (
	reasonNoDomain    = "no_domain"
	reasonUnreachable = "site_unreachable"
	reasonRefused     = "fetch_refused"
	reasonParked      = "parked"
	reasonNoPicture   = "no_picture"
	reasonRecently    = "looked_recently"
	reasonNotAllowed  = "outward_off"
)

// Run looks for the logo.
func (k *Kind) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	company, in, answer := k.company(ctx, job.Task)
	if answer != nil {
		return answer
	}
	s := &search{kind: k, job: job, company: company, domain: company.Site(), at: time.Now().UTC()}
	if in.Domain != "" {
		s.domain = record.Domain(in.Domain)
	}
	if s.domain == "" {
		return s.nothing(ctx, reasonNoDomain, "No domain of the company is known.", 0)
	}
	if k.Fetcher == nil {
		return s.nothing(ctx, reasonNotAllowed, "Nothing is fetched from outside here.", 0)
	}
	if !in.Refresh {
		miss, found, err := k.Records.LogoMiss(ctx, job.Task.WorkspaceID, s.domain)
		if err != nil {
			return unreachable("It could not be looked up whether the site was asked before.", err)
		}
		if found {
			return s.recently(ctx, miss)
		}
	}
	return s.run(ctx)
}

func (k *Kind) company(ctx context.Context, task enrich.Task) (record.Company, input, enrich.Answer) {
	var in input
	if len(task.Input) > 0 {
		_ = json.Unmarshal(task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	id := in.CompanyID
	if id == "" && task.EntityType == record.EntityCompany {
		id = task.EntityID
	}
	if id == "" {
		return record.Company{}, in, refuse("not_a_company", "A logo is looked for for a company, not for this.")
	}
	company, err := k.Records.Company(ctx, task.WorkspaceID, id)
	if enrich.CodeOf(err) == enrich.CodeNotFound {
		return company, in, refuse("company_not_found", "There is no such company in this workspace.")
	}
	if err != nil {
		return company, in, unreachable("The company could not be looked up.", err)
	}
	return company, in, nil
}

func refuse(code, message string) enrich.Answer {
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**No logo.** " + message}
}

// unreachable asks for another attempt: something around the task is away.
func unreachable(message string, err error) enrich.Answer {
	return enrich.Retry{Err: enrich.Errorf("temporarily_unavailable", "%s", message), Detail: err.Error(), Description: "**No logo yet.** " + message}
}
