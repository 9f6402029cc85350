package findings

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	findingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// begin is what a new finding begins with: what the caller says, and the template's texts where they say nothing. The
// finding remembers the template and its version.
func begin(ctx context.Context, m *ent.FindingMutation, in *findingsv1.Finding) (*findingsv1.Finding, error) {
	if in.GetTemplateId() == "" {
		return in, nil
	}
	id, err := uuid.Parse(in.GetTemplateId())
	if err != nil {
		return nil, fault.Invalid(finding.FieldTemplateID, "must be a UUID")
	}
	found, err := db.Labels(ctx, "Template", []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	t, ok := found[id].(*ent.Template)
	if !ok {
		return nil, fault.NoReference(finding.FieldTemplateID, "template")
	}
	m.SetTemplateID(t.ID)
	m.SetTemplateVersion(t.Version)
	out := proto.CloneOf(in)
	for to, text := range map[*string]*string{&out.Title: t.Title, &out.Description: t.Description, &out.RiskLevel: t.RiskLevel} {
		if *to == "" && text != nil {
			*to = *text
		}
	}
	for to, text := range map[**string]*string{&out.Impact: t.Impact, &out.Recommendation: t.Recommendation, &out.CvssVector: t.CvssVector} {
		if *to == nil {
			*to = text
		}
	}
	if len(out.GetReferences()) == 0 {
		out.References = t.References
	}
	if out.Cwe == nil {
		out.Cwe = t.Cwe
	}
	return out, nil
}
