// Package findings keeps what the reviews found.
package findings

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	findingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/bulk"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

const kind = "Finding"

// Service keeps findings.
type Service struct {
	// Log hears how far imports are.
	Log *slog.Logger
	// Limit is the size of the largest scanner file in bytes, 0 is DefaultLimit; Folder is where large ones lie while
	// they are read.
	Limit  int64
	Folder string
}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*findingsv1.ListFindingsRequest)(nil), Item: (*findingsv1.Finding)(nil),
	Filters: api.Filters(
		api.Columns("session_id", "asset_id", "client_id", "risk_level", "remediation_status", "assignee_id", "cwe", "number", finding.FieldSourceFingerprint),
		api.Folded("title"),
		api.Filter{Name: "due_before", Match: api.Before, Column: finding.FieldDueAt},
		api.Filter{Name: "accepted_before", Match: api.Before, Column: finding.FieldAcceptedUntil},
	),
	Sorts: api.Sorts{
		"title": finding.FieldTitleFold, "risk_level": finding.FieldRiskRank, "cvss_score": finding.FieldCvssScore, "due_at": finding.FieldDueAt,
		"accepted_until": finding.FieldAcceptedUntil,
	},
})

// ListFindings answers one page of findings.
func (Service) ListFindings(ctx context.Context, in *findingsv1.ListFindingsRequest) (*findingsv1.ListFindingsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Finding.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := findingMessages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &findingsv1.ListFindingsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateFinding makes a finding in a session; its asset and client are the session's.
func (Service) CreateFinding(ctx context.Context, in *findingsv1.CreateFindingRequest) (*findingsv1.Finding, error) {
	c, k := db.From(ctx).Finding.Create(), api.MaskOf(in)
	m := c.Mutation()
	api.Required(k, finding.FieldSessionID, in.GetFinding().GetSessionId(), m.SetSessionID)
	given, err := begin(ctx, m, in.GetFinding())
	if err != nil {
		return nil, err
	}
	for field, value := range map[string]string{
		finding.FieldTitle: given.GetTitle(), finding.FieldDescription: given.GetDescription(), finding.FieldRiskLevel: given.GetRiskLevel(),
	} {
		if value == "" {
			k.Fault(field, "must not be empty")
		}
	}
	if err := fillFinding(ctx, m, given, k); err != nil {
		return nil, err
	}
	id, _ := m.SessionID()
	sessions, err := db.Labels(ctx, "Session", []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	session, ok := sessions[id].(*ent.Session)
	if !ok {
		return nil, noSession()
	}
	c.SetAssetID(session.AssetID).SetNillableClientID(session.ClientID)
	if err := identify(ctx, m); err != nil {
		return nil, err
	}
	return api.Answer(ctx, findingMessages)(c.Save(ctx))
}

func noSession() error {
	return fault.NoReference(finding.FieldSessionID, "session")
}

// GetFinding answers one finding.
func (Service) GetFinding(ctx context.Context, in *findingsv1.GetFindingRequest) (*findingsv1.Finding, error) {
	return api.Answer(ctx, findingMessages)(db.From(ctx).Finding.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateFinding changes the fields the mask names. Session and asset stay as they are.
func (Service) UpdateFinding(ctx context.Context, in *findingsv1.UpdateFindingRequest) (*findingsv1.Finding, error) {
	return api.Answer(ctx, findingMessages)(update(ctx, in))
}

// BulkUpdateFindings changes many findings in the same way.
func (Service) BulkUpdateFindings(ctx context.Context, in *findingsv1.BulkUpdateFindingsRequest) (*typev1.BulkResult, error) {
	return bulk.Update(ctx, in, listTable, in.GetSet(), func(ctx context.Context, set *findingsv1.Finding) (*ent.Finding, error) {
		return update(ctx, &findingsv1.UpdateFindingRequest{Finding: set, UpdateMask: in.GetUpdateMask()})
	})
}

// update changes one finding.
func update(ctx context.Context, in *findingsv1.UpdateFindingRequest) (*ent.Finding, error) {
	id, err := db.ID(ctx, kind, in.GetFinding().GetId())
	if err != nil {
		return nil, err
	}
	u, k := db.From(ctx).Finding.UpdateOneID(id), api.MaskOf(in)
	if err := stays(ctx, id, in.GetFinding(), k); err != nil {
		return nil, err
	}
	m := u.Mutation()
	if err := fillFinding(ctx, m, in.GetFinding(), k); err != nil {
		return nil, err
	}
	if err := identify(ctx, m); err != nil {
		return nil, err
	}
	return u.Save(ctx)
}

// stays refuses another session or template than the finding has.
func stays(ctx context.Context, id uuid.UUID, in *findingsv1.Finding, k *api.Mask) error {
	review := k.Has(finding.FieldSessionID) && (k.Names(finding.FieldSessionID) || in.GetSessionId() != "")
	template := k.Has(finding.FieldTemplateID) && (k.Names(finding.FieldTemplateID) || in.GetTemplateId() != "")
	if !review && !template {
		return nil
	}
	now, err := db.From(ctx).Finding.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case review && now.SessionID.String() != in.GetSessionId():
		return fault.Conflict("immutable", "session_id: the session of a finding never changes")
	case template && (now.TemplateID == nil && in.GetTemplateId() != "" || now.TemplateID != nil && now.TemplateID.String() != in.GetTemplateId()):
		return fault.Conflict("immutable", "template_id: the template of a finding never changes")
	}
	return nil
}

// ListFindingHistory answers what changed, field by field, newest first.
func (Service) ListFindingHistory(ctx context.Context, in *findingsv1.ListFindingHistoryRequest) (*findingsv1.ListFindingHistoryResponse, error) {
	id, err := db.From(ctx).Finding.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	out := &findingsv1.ListFindingHistoryResponse{}
	return out, journal.History(ctx, ent.Kinds[kind].API, id, in, out)
}

// findingMessages is what callers see of findings.
func findingMessages(ctx context.Context, rows ...*ent.Finding) ([]*findingsv1.Finding, error) {
	out, refs := make([]*findingsv1.Finding, len(rows)), api.RefsOf(ctx)
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		out[i] = &findingsv1.Finding{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt), Number: db.Short(kind, r.Number),
			SessionId: r.SessionID.String(), AssetId: r.AssetID.String(), ClientId: api.IDOpt(r.ClientID), Title: r.Title, Description: r.Description,
			RiskLevel: r.RiskLevel, Impact: r.Impact, Recommendation: r.Recommendation, RemediationStatus: r.RemediationStatus,
			RiskLevelWord: words.Word(vocabulary.RiskLevel, r.RiskLevel), RemediationStatusWord: words.Word(vocabulary.RemediationStatus, r.RemediationStatus), References: r.References,
			CvssVector: r.CvssVector, CvssScore: r.CvssScore, CvssSeverity: r.CvssSeverity, Cwe: r.Cwe, AssigneeId: api.IDOpt(r.AssigneeID),
			DueAt: api.AtOpt(r.DueAt), AcceptedUntil: api.AtOpt(r.AcceptedUntil), Location: r.Location, SourceTool: r.SourceTool, SourceRule: r.SourceRule,
			DedupHash: r.DedupHash, SourceFingerprint: r.SourceFingerprint, TemplateId: api.IDOpt(r.TemplateID), TemplateVersion: r.TemplateVersion,
			LastSeenAt: api.AtOpt(r.LastSeenAt), Instances: r.Instances,
		}
		refs.Want(&out[i].Template, "Template", r.TemplateID)
		refs.Want(&out[i].Session, "Session", &r.SessionID)
		refs.Want(&out[i].Asset, "Asset", &r.AssetID)
		refs.Want(&out[i].Client, "Customer", r.ClientID)
		refs.Want(&out[i].Assignee, "User", r.AssigneeID)
	}
	return out, refs.Load()
}
