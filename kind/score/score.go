// Package score holds the kind that finds a supplier's portal.
//
// It says two things of a company and a provider of the catalogue and never mixes
// them: how sure it is that the company's invoices can be had there (match), and
// how much they are worth (priority). Beyond doubt a match is written down; what is
// likely is asked; what a person refused is never asked again.
package score

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/provider"
	"github.com/enrichd/enrichd/record"
)

// Suppliers is what provider_score reads of the workspace.
type Suppliers interface {
	Supplier(ctx context.Context, workspaceID, companyID string) (record.Supplier, error)
}

// Kind is the worker of provider_score.
type Kind struct {
	suppliers Suppliers
	matcher   *provider.Matcher
}

// New makes the kind with the catalogue of this program.
func New(suppliers Suppliers) *Kind {
	return &Kind{suppliers: suppliers, matcher: provider.NewMatcher(provider.Catalogue())}
}

// Spec describes the kind. A finished run never stands for a new one: the bank
// has brought other lines since.
func (k *Kind) Spec() enrich.Spec {
	return enrich.Spec{Type: enrich.ProviderScore, Version: 1, Deadline: time.Minute, MaxAttempts: 3, ReuseAge: time.Nanosecond}
}

type input struct {
	CompanyID string `json:"company_id"` // the task's entity where absent
}

// Check refuses an input whose company_id is no text.
func (k *Kind) Check(raw json.RawMessage) error {
	var in input
	if len(raw) == 0 || json.Unmarshal(raw, &in) == nil {
		return nil
	}
	return &enrich.Error{Code: enrich.CodeInvalid, Message: "company_id must be the id of a company.", Field: "company_id"}
}

// Run scores the company that the task is about.
func (k *Kind) Run(ctx context.Context, job enrich.Job) enrich.Answer {
	var in input
	if len(job.Task.Input) > 0 {
		_ = json.Unmarshal(job.Task.Input, &in) // checked at enqueue; older rows may hold anything
	}
	if in.CompanyID == "" && job.Task.EntityType != record.EntityCompany {
		return refuse("not_a_company", "The task targets %q; only a company can have a portal.", job.Task.EntityType)
	}
	if in.CompanyID == "" {
		in.CompanyID = job.Task.EntityID
	}
	supplier, err := k.suppliers.Supplier(ctx, job.Task.WorkspaceID, in.CompanyID)
	switch {
	case enrich.CodeOf(err) == enrich.CodeNotFound:
		return refuse("company_not_found", "There is no company %s in this workspace.", in.CompanyID)
	case err != nil:
		const message = "The company could not be read at the moment."
		return enrich.Retry{Err: enrich.Errorf("temporarily_unavailable", message), Detail: err.Error(), Description: "**Not scored.** " + message}
	case supplier.IsOwn:
		return refuse("own_company", "%s is the workspace's own company: it sends itself no invoices.", supplier.Name)
	}
	ranked := k.matcher.Rank(counterpartyOf(supplier))
	return newResult(job.Task, supplier, ranked).answer()
}

func counterpartyOf(s record.Supplier) provider.Counterparty {
	c := provider.Counterparty{Names: []string{s.Name, s.RegisteredName, s.TradeName}, Domain: s.Domain, Country: s.Country}
	for _, l := range s.Labels {
		c.Labels = append(c.Labels, provider.Label{Text: l.Text, Count: l.Count})
	}
	for _, p := range s.Providers {
		if p.Status == record.ProviderRefused {
			c.Refused = append(c.Refused, p.ProviderID)
		}
	}
	return c
}

func refuse(code, format string, args ...any) enrich.Answer {
	message := fmt.Sprintf(format, args...)
	return enrich.Refuse{Reasons: []enrich.Reason{{Code: code, Message: message}}, Description: "**Not scored.** " + message}
}
