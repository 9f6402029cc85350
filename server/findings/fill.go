package findings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	findingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/cvss"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/taxonomy"
)

// fill serves create and update.
func fill(ctx context.Context, m *ent.FindingMutation, in *findingsv1.Finding, k *api.Mask) error {
	api.Set(k, finding.FieldTitle, in.GetTitle(), m.SetTitle)
	api.Set(k, finding.FieldDescription, in.GetDescription(), m.SetDescription)
	api.Set(k, finding.FieldRiskLevel, in.GetRiskLevel(), m.SetRiskLevel)
	api.Opt(k, finding.FieldImpact, in.Impact, m.SetImpact, m.ClearImpact)
	api.Opt(k, finding.FieldRecommendation, in.Recommendation, m.SetRecommendation, m.ClearRecommendation)
	api.Set(k, finding.FieldRemediationStatus, in.GetRemediationStatus(), m.SetRemediationStatus)
	api.Strings(k, finding.FieldReferences, in.GetReferences(), m.SetReferences, m.ClearReferences)
	api.Opt(k, finding.FieldCvssVector, in.CvssVector, func(vector string) { score(m, k, vector) }, func() {
		m.ClearCvssVector()
		m.ClearCvssScore()
		m.ClearCvssSeverity()
	})
	api.Opt(k, finding.FieldCwe, in.Cwe, func(n int32) { m.ResetCwe(); m.SetCwe(n) }, m.ClearCwe)
	api.UUID(k, finding.FieldAssigneeID, in.AssigneeId, m.SetAssigneeID, m.ClearAssigneeID)
	api.Time(k, finding.FieldDueAt, in.GetDueAt(), m.SetDueAt, m.ClearDueAt)
	api.Time(k, finding.FieldAcceptedUntil, in.GetAcceptedUntil(), m.SetAcceptedUntil, m.ClearAcceptedUntil)
	api.Opt(k, finding.FieldLocation, in.Location, m.SetLocation, m.ClearLocation)
	api.Opt(k, finding.FieldSourceTool, in.SourceTool, m.SetSourceTool, m.ClearSourceTool)
	api.Opt(k, finding.FieldSourceRule, in.SourceRule, m.SetSourceRule, m.ClearSourceRule)
	if err := k.Err(); err != nil {
		return err
	}
	if err := words(ctx, m); err != nil {
		return err
	}
	return accepted(ctx, m)
}

// score keeps a vector as it was given, with what it says.
func score(m *ent.FindingMutation, k *api.Mask, vector string) {
	rating, err := cvss.Parse(vector)
	if err != nil {
		k.Fault(finding.FieldCvssVector, err.Error())
		return
	}
	m.SetCvssVector(vector)
	m.ResetCvssScore()
	m.SetCvssScore(rating.Score)
	m.SetCvssSeverity(rating.Severity)
}

// words holds the two vocabularies against the tenant's taxonomy.
func words(ctx context.Context, m *ent.FindingMutation) error {
	if level, ok := m.RiskLevel(); ok {
		if err := taxonomy.Set(ctx, taxonomy.RiskLevel, finding.FieldRiskLevel, level, m.OldRiskLevel); err != nil {
			return err
		}
	}
	if status, ok := m.RemediationStatus(); ok {
		return taxonomy.Set(ctx, taxonomy.RemediationStatus, finding.FieldRemediationStatus, status, m.OldRemediationStatus)
	}
	return nil
}

// accepted demands a reason from whoever accepts a risk until a date, or moves that date.
func accepted(ctx context.Context, m *ent.FindingMutation) error {
	until, ok := m.AcceptedUntil()
	if !ok || viewer.CallOf(ctx).Reason != "" {
		return nil
	}
	if old, err := m.OldAcceptedUntil(ctx); err == nil && old != nil && old.Truncate(time.Microsecond).Equal(until) {
		return nil
	}
	return fault.Invalid("reason", "must not be empty when a risk is accepted")
}

// identify keeps the hash by which the same weakness is known again: SHA-256 over session, tool, rule, location and the scanner's own
// fingerprint, each ended by a NUL, which no text has. What people write has no fingerprint; without a tool there is no hash.
func identify(ctx context.Context, m *ent.FindingMutation) error {
	touched := false
	for _, f := range append(m.Fields(), m.ClearedFields()...) {
		touched = touched || f == finding.FieldSourceTool || f == finding.FieldSourceRule || f == finding.FieldLocation
	}
	if !touched {
		return nil
	}
	session, set := m.SessionID()
	if !set {
		var err error
		if session, err = m.OldSessionID(ctx); err != nil {
			return err
		}
	}
	tool, err := current(ctx, m, finding.FieldSourceTool, m.SourceTool, m.OldSourceTool)
	if err != nil {
		return err
	}
	if tool == "" {
		m.ClearDedupHash()
		return nil
	}
	rule, err := current(ctx, m, finding.FieldSourceRule, m.SourceRule, m.OldSourceRule)
	if err != nil {
		return err
	}
	location, err := current(ctx, m, finding.FieldLocation, m.Location, m.OldLocation)
	if err != nil {
		return err
	}
	m.SetDedupHash(hash(session, tool, rule, location, ""))
	return nil
}

func hash(session uuid.UUID, parts ...string) string {
	h := sha256.New()
	for _, p := range append([]string{session.String()}, parts...) {
		h.Write(append([]byte(p), 0))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// current is what a text will be after the change: newly set, cleared, or as it was.
func current(ctx context.Context, m *ent.FindingMutation, field string, now func() (string, bool), old func(context.Context) (*string, error)) (string, error) {
	if value, ok := now(); ok {
		return value, nil
	}
	if m.FieldCleared(field) || m.Op().Is(ent.OpCreate) {
		return "", nil
	}
	value, err := old(ctx)
	if err != nil || value == nil {
		return "", err
	}
	return *value, nil
}
