package findings

import (
	"context"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	findingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/cvss"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// fillFinding serves create and update.
func fillFinding(ctx context.Context, m *ent.FindingMutation, in *findingsv1.Finding, k *api.Mask) error {
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
	api.Opt(k, finding.FieldSourceFingerprint, in.SourceFingerprint, m.SetSourceFingerprint, m.ClearSourceFingerprint)
	if err := k.Err(); err != nil {
		return err
	}
	if err := words(ctx, m); err != nil {
		return err
	}
	return accept(ctx, m)
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

// words holds the two vocabularies against the tenant's taxonomy, and keeps the risk's place in it.
func words(ctx context.Context, m *ent.FindingMutation) error {
	v, err := vocabulary.Current(ctx)
	if err != nil {
		return err
	}
	if level, ok := m.RiskLevel(); ok {
		if err := vocabulary.Set(ctx, vocabulary.RiskLevel, finding.FieldRiskLevel, level, m.OldRiskLevel); err != nil {
			return err
		}
		m.ResetRiskRank()
		m.SetRiskRank(v.Rank(vocabulary.RiskLevel, level))
	}
	status, ok := m.RemediationStatus()
	if !ok && m.Op().Is(ent.OpCreate) { // "open", or the first word there is
		status = v.Default(vocabulary.RemediationStatus, open)
		m.SetRemediationStatus(status)
	}
	return vocabulary.Set(ctx, vocabulary.RemediationStatus, finding.FieldRemediationStatus, status, m.OldRemediationStatus)
}
