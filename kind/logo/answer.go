package logo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/enrichd/enrichd/enrich"
	"github.com/enrichd/enrichd/record"
)

// How long nobody looks again where nothing was found.
const (
	siteAgain    = 24 * time.Hour      // the site did not answer
	pictureAgain = 30 * 24 * time.Hour // it has no picture
	parkedAgain  = 30 * 24 * time.Hour
)

// found answers with a picture.
func (s *search) found(ctx context.Context, p *picture) enrich.Answer {
	checksum, size, err := s.kind.Blobs.Put(ctx, bytes.NewReader(p.icon.PNG), int64(len(p.icon.PNG)))
	if err != nil {
		return unreachable("The picture could not be stored.", err)
	}
	address := record.LogoURL(checksum)
	confidence, grade := s.sureness(p)
	evidence := []enrich.Evidence{{Origin: enrich.ByRule, Method: "deterministic", Quote: p.by, Ref: enrich.EvidenceRef{URL: p.url}, ObservedAt: s.moment(s.at)}}
	provenance := []any{map[string]any{
		"origin": "website", "method": "deterministic", "observed_at": s.moment(s.at),
		"ref": map[string]any{"url": p.url, "found_by": p.by, "final_url": p.finalAt, "http_status": p.status},
	}}
	asset := map[string]any{
		"kind": assetKind(p), "format": "png", "found_format": p.icon.Kind, "width": p.icon.Width, "height": p.icon.Height, "bytes": size, "sha256": strings.TrimPrefix(checksum, "sha256:"),
		"phash": p.icon.Hash, "dominant_color": p.icon.Color, "transparent": p.icon.Transparent, "generated": false,
	}
	output := s.output("ok", nil, asset)
	output["logo_url"] = address
	output["_fields"] = map[string]any{"logo_url": map[string]any{
		"value": address, "confidence": confidence, "grade": grade, "decision": "applied", "provenance": provenance, "alternatives": append([]alternative{}, s.refused...),
	}}
	output["_coverage"] = map[string]any{"requested": 1, "applied": 1, "suggested": 0, "kept_existing": 0, "abstained": 0}
	write := func(name, value, shown string) enrich.FieldWrite {
		raw, _ := json.Marshal(value) // a text always marshals
		return enrich.FieldWrite{Name: name, Value: raw, Origin: enrich.ByRule, Confidence: confidence, Grade: grade, Evidence: evidence, Shown: shown}
	}
	return s.done(output, fmt.Sprintf("Logo of **%s** found at %s: %d × %d pixels (%s).", s.name(), s.domain, p.icon.Width, p.icon.Height, p.by),
		[]enrich.RecordWrite{{EntityType: record.EntityCompany, EntityID: s.company.ID, Fields: []enrich.FieldWrite{
			write("logo_url", address, "logo_url"),
			write("logo_hash", p.icon.Hash, ""),
		}}})
}

// sureness grades a picture: one that the site names itself and that is large
// enough is a single good source; one with nothing but its place, a small one, or
// one for links is less.
func (s *search) sureness(p *picture) (float64, enrich.Grade) {
	switch {
	case p.rank() == rankCard:
		return .4, enrich.Guess
	case p.rank() == rankSmall:
		return .7, enrich.Single
	}
	return .95, enrich.Single
}

func assetKind(p *picture) string {
	switch p.rank() {
	case rankLogo:
		return "logo"
	case rankCard:
		return "image"
	}
	return "icon"
}

// miss notes that nothing was found, and answers so.
func (s *search) miss(ctx context.Context, code, message string, again time.Duration) enrich.Answer {
	if err := s.kind.Records.KeepLogoMiss(ctx, s.job.Task.WorkspaceID, s.domain, record.LogoMiss{Reason: code, RetryAfter: s.at.Add(again)}); err != nil {
		return unreachable("It could not be noted that there is no logo.", err)
	}
	return s.nothing(ctx, code, message, again)
}

// recently answers out of the note of an earlier search.
func (s *search) recently(ctx context.Context, miss record.LogoMiss) enrich.Answer {
	message := "No logo was found there not long ago (" + strings.ReplaceAll(miss.Reason, "_", " ") + ")."
	return s.nothing(ctx, reasonRecently, message, miss.RetryAfter.Sub(s.at))
}

// nothing answers with a tile, which is shown but is no logo of the company.
func (s *search) nothing(ctx context.Context, code, message string, again time.Duration) enrich.Answer {
	tile, err := Tile(s.name())
	if err != nil {
		return unreachable("The tile could not be drawn.", err)
	}
	checksum, size, err := s.kind.Blobs.Put(ctx, bytes.NewReader(tile), int64(len(tile)))
	if err != nil {
		return unreachable("The tile could not be stored.", err)
	}
	output := s.output("no_result", []enrich.Reason{{Code: code, Message: message}}, map[string]any{
		"kind": "tile", "format": "png", "width": tileSize, "height": tileSize, "bytes": size, "sha256": strings.TrimPrefix(checksum, "sha256:"), "generated": true,
	})
	output["logo_url"] = nil
	output["_fields"] = map[string]any{"logo_url": map[string]any{
		"value": nil, "confidence": 0, "grade": nil, "decision": "abstained", "reasons": []string{code}, "alternatives": append([]alternative{}, s.refused...),
	}}
	output["_coverage"] = map[string]any{"requested": 1, "applied": 0, "suggested": 0, "kept_existing": 0, "abstained": 1}
	if again > 0 {
		output["retry_after"] = s.moment(s.at.Add(again).Truncate(time.Second))
	}
	return s.done(output, "**No logo** for "+s.name()+": "+message+" A tile with a letter stands in for it.", nil)
}

func (s *search) output(outcome string, reasons []enrich.Reason, asset map[string]any) map[string]any {
	return map[string]any{
		"_outcome": outcome, "_reasons": append([]enrich.Reason{}, reasons...), "_checks": []any{}, "asset": asset, "domain": orNull(s.domain), "retry_after": nil,
		"_run": map[string]any{"worker": "logo@1", "model": nil, "calls": []any{}, "cost_micros": 0, "egress": append([]string{}, s.egress...)}, "_next": []any{},
	}
}

func (s *search) done(output map[string]any, description string, records []enrich.RecordWrite) enrich.Answer {
	raw, err := json.Marshal(output)
	if err != nil {
		return unreachable("The result could not be written down.", err)
	}
	return enrich.Done{Result: enrich.Result{Output: raw, Description: description, Records: records}}
}

// name is what the company is called, for people.
func (s *search) name() string {
	if names := s.company.Names(); len(names) > 0 {
		return names[0]
	}
	if s.domain != "" {
		return s.domain
	}
	return "the company"
}

func (s *search) moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
