package company

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// alternative is a value that another source states.
type alternative struct {
	Value      string  `json:"value"`
	Confidence float64 `json:"confidence"`
	WhyNot     string  `json:"why_not"`
}

// answer writes down what was found.
func (s *study) answer() enrich.Answer {
	out := map[string]any{
		"_checks": s.checks(), "identity": s.identityOutput(), "duplicates": s.duplicates(), "_next": []any{},
		"_run": map[string]any{"worker": "ai_company@2", "model": nil, "calls": []any{}, "cost_micros": s.cost, "egress": append([]string{}, s.egress...)},
	}
	fields := map[string]any{}
	write := enrich.RecordWrite{EntityType: record.EntityCompany, EntityID: s.known.ID}
	requested, applied := 0, 0
	for _, name := range names {
		if !s.wanted(name) {
			continue
		}
		requested++
		f := s.fields[name]
		if f == nil {
			out[name] = nil
			fields[name] = map[string]any{"value": nil, "confidence": 0, "grade": nil, "decision": "abstained", "reasons": []string{"no_source"}}
			continue
		}
		applied++
		best := f.list[0]
		out[name] = valueOf(name, best.value)
		fields[name] = s.field(name, f)
		write.Fields = append(write.Fields, s.write(name, f))
	}
	out["_fields"] = fields
	out["_coverage"] = map[string]any{"requested": requested, "applied": applied, "suggested": 0, "kept_existing": 0, "abstained": requested - applied}
	reasons := []enrich.Reason{}
	for _, why := range s.doubted {
		reasons = append(reasons, enrich.Reason{Code: "source_not_believed", Message: strings.ToUpper(why[:1]) + why[1:] + "."})
	}
	out["_outcome"] = "ok"
	if applied == 0 {
		out["_outcome"] = "no_result"
		reasons = append(reasons, enrich.Reason{Code: "no_source", Message: "No document, register or site says anything of the company that could be believed."})
	} else if applied < requested {
		out["_outcome"] = "partial"
	}
	out["_reasons"] = reasons
	raw, err := json.Marshal(out)
	if err != nil {
		return unreachable("The result could not be written down.", err)
	}
	done := enrich.Done{Result: enrich.Result{Output: raw, Description: s.describe(applied, requested), CostMicros: s.cost}}
	if len(write.Fields) > 0 {
		done.Records = []enrich.RecordWrite{write}
		done.Occasions = s.occasions()
	}
	return done
}

// occasions say what was found out, so that a logo is looked for and the company
// meets its doubles.
func (s *study) occasions() []enrich.Occasion {
	domain := s.known.Domain
	if domain == "" {
		domain = s.found("domain")
	}
	if domain == "" && len(s.same) == 0 {
		return nil
	}
	return []enrich.Occasion{{
		Channel: enrich.CompanyCreate, EntityType: record.EntityCompany, EntityID: s.known.ID,
		Facts: map[string]string{"domain": domain, "found": "true"},
	}}
}

// grade says how well a value is supported, by its sources.
func (f *finding) grade() (enrich.Grade, float64) {
	best := f.list[0]
	switch {
	case best.verified:
		return enrich.Verified, best.confidence
	case best.origin == enrich.ByModel:
		return enrich.Guess, best.confidence
	case slices.ContainsFunc(f.list, func(o stated) bool { return o.source != best.source && alike(o.value, best.value) }):
		return enrich.Corroborated, max(best.confidence, .97)
	}
	return enrich.Single, best.confidence
}

func alike(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

func (s *study) field(name string, f *finding) map[string]any {
	grade, confidence := f.grade()
	others := []alternative{}
	for _, o := range f.list[1:] {
		if !alike(o.value, f.list[0].value) && len(others) < 5 {
			others = append(others, alternative{o.value, o.confidence, "a better source (" + f.list[0].source + ") states another"})
		}
	}
	return map[string]any{
		"value": valueOf(name, f.list[0].value), "confidence": confidence, "grade": grade, "decision": "applied", "provenance": s.evidence(f), "alternatives": others,
	}
}

// evidence is where the value stands, in every source that agrees.
func (s *study) evidence(f *finding) []enrich.Evidence {
	var list []enrich.Evidence
	for _, o := range f.list {
		if !alike(o.value, f.list[0].value) || len(list) == 5 {
			continue
		}
		method := "deterministic"
		switch o.source {
		case "website", "mail", "pages":
			method = "rule"
		case "model":
			method = "model"
		}
		list = append(list, enrich.Evidence{Origin: o.origin, Method: method, Ref: o.ref, Quote: o.quote, ObservedAt: s.at.Format("2006-01-02T15:04:05.000Z")})
	}
	return list
}

func (s *study) write(name string, f *finding) enrich.FieldWrite {
	grade, confidence := f.grade()
	raw, _ := json.Marshal(valueOf(name, f.list[0].value)) // texts and numbers always marshal
	return enrich.FieldWrite{Name: name, Value: raw, Origin: f.list[0].origin, Confidence: confidence, Grade: grade, Evidence: s.evidence(f), Shown: name}
}

// valueOf is a value as JSON holds it: counts and years are numbers.
func valueOf(name, value string) any {
	if name == "employee_count" || name == "founded_year" {
		if n, err := strconv.Atoi(value); err == nil {
			return n
		}
	}
	return value
}

func (s *study) checks() []map[string]any {
	list := []map[string]any{}
	if id := s.found("tax_id_value"); id != "" {
		status := "not_applicable"
		switch record.ParseVATID(id).Check {
		case record.CheckValid:
			status = "pass"
		case record.CheckInvalid:
			status = "fail"
		}
		list = append(list, map[string]any{"code": "vat_id_checksum", "status": status, "fields": []string{"tax_id_value"}})
	}
	if s.identity.registered != "" {
		list = append(list, map[string]any{"code": "registered_" + s.identity.registered, "status": "pass", "fields": []string{"tax_id_value"}})
	}
	return list
}

func (s *study) identityOutput() map[string]any {
	match, likelihood := "unknown", .5
	switch {
	case len(s.identity.agreeing) > 0 && len(s.identity.conflicting) == 0:
		match, likelihood = "same_entity", min(.99, .8+.1*float64(len(s.identity.agreeing)))
	case len(s.identity.agreeing) > 0:
		match, likelihood = "same_entity", .7
	case len(s.identity.conflicting) > 0:
		match, likelihood = "conflict", .1
	}
	return map[string]any{"match": match, "likelihood": likelihood, "agreeing": append([]string{}, s.identity.agreeing...), "conflicting": append([]string{}, s.identity.conflicting...)}
}

func (s *study) duplicates() []map[string]any {
	list := []map[string]any{}
	for _, c := range s.same {
		list = append(list, map[string]any{"company_id": c.ID, "name": c.Name, "action": "propose_merge"})
	}
	return list
}

func (s *study) describe(applied, requested int) string {
	name := "the company"
	if all := s.known.Names(); len(all) > 0 {
		name = all[0]
	}
	text := fmt.Sprintf("**%s** looked up: %d of %d fields found", name, applied, requested)
	sources := []string{}
	for _, field := range names {
		if f := s.fields[field]; f != nil && !slices.Contains(sources, f.list[0].source) {
			sources = append(sources, f.list[0].source)
		}
	}
	if len(sources) > 0 {
		text += " (" + strings.Join(sources, ", ") + ")"
	}
	text += "."
	for _, why := range s.doubted {
		text += "\n- Not believed: " + why + "."
	}
	if len(s.same) > 0 {
		text += fmt.Sprintf("\n- It may be **the same company** as %d other record(s).", len(s.same))
	}
	return text
}
