// Package templates keeps texts to begin findings with: those that come with the program, which package builtin brings
// to every tenant, and those that people write. Who may change which is a rule of the second wall.
package templates

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/template"
	templatesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/templates/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/cvss"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

const kind = "Template"

// Service keeps templates.
type Service struct {
	// Detach takes off what hangs on a template that is deleted.
	Detach dependents.Detacher
}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*templatesv1.ListTemplatesRequest)(nil), Item: (*templatesv1.Template)(nil),
	Filters: api.Filters(api.Columns("category", "risk_level", "language", "is_builtin"), api.Folded("name")),
	Sorts:   api.Sorts{"": "name", "name": template.FieldNameFold, "category": template.FieldCategory},
})

// ListTemplates answers one page of templates.
func (Service) ListTemplates(ctx context.Context, in *templatesv1.ListTemplatesRequest) (*templatesv1.ListTemplatesResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Template.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &templatesv1.ListTemplatesResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateTemplate makes a template of the caller's own.
func (Service) CreateTemplate(ctx context.Context, in *templatesv1.CreateTemplateRequest) (*templatesv1.Template, error) {
	c, k := db.From(ctx).Template.Create(), api.MaskOf(in)
	for field, value := range map[string]string{template.FieldName: in.GetTemplate().GetName(), template.FieldCategory: in.GetTemplate().GetCategory()} {
		if value == "" {
			k.Fault(field, "must not be empty")
		}
	}
	if err := fillTemplate(ctx, c.Mutation(), in.GetTemplate(), k); err != nil {
		return nil, err
	}
	c.SetStableID("own." + uuid.NewString()).SetCreatedBy(viewer.From(ctx).PersonID)
	return api.Answer(ctx, messages)(c.Save(ctx))
}

// GetTemplate answers one template.
func (Service) GetTemplate(ctx context.Context, in *templatesv1.GetTemplateRequest) (*templatesv1.Template, error) {
	return api.Answer(ctx, messages)(db.From(ctx).Template.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateTemplate changes the fields the mask names.
func (Service) UpdateTemplate(ctx context.Context, in *templatesv1.UpdateTemplateRequest) (*templatesv1.Template, error) {
	id, err := db.ID(ctx, kind, in.GetTemplate().GetId())
	if err != nil {
		return nil, err
	}
	u := db.From(ctx).Template.UpdateOneID(id)
	if err := fillTemplate(ctx, u.Mutation(), in.GetTemplate(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(u.Save(ctx))
}

// DeleteTemplate deletes a template, unless findings began with it.
func (s Service) DeleteTemplate(ctx context.Context, in *templatesv1.DeleteTemplateRequest) (*emptypb.Empty, error) {
	id, err := db.From(ctx).Template.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	if err := dependents.Unused(ctx, kind, id); err != nil {
		return nil, err
	}
	if err := s.Detach.From(ctx, ent.KindTemplate, id); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).Template.DeleteOneID(id).Exec(ctx)
}

// ListTemplateHistory answers what changed, field by field, newest first.
func (Service) ListTemplateHistory(ctx context.Context, in *templatesv1.ListTemplateHistoryRequest) (*templatesv1.ListTemplateHistoryResponse, error) {
	id, err := db.From(ctx).Template.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	out := &templatesv1.ListTemplateHistoryResponse{}
	return out, journal.History(ctx, ent.Kinds[kind].API, id, in, out)
}

// fillTemplate serves create and update.
func fillTemplate(ctx context.Context, m *ent.TemplateMutation, in *templatesv1.Template, k *api.Mask) error {
	api.Set(k, template.FieldName, in.GetName(), m.SetName)
	api.Set(k, template.FieldCategory, in.GetCategory(), m.SetCategory)
	api.Opt(k, template.FieldLanguage, &in.Language, m.SetLanguage, func() { m.SetLanguage(template.DefaultLanguage) })
	api.Opt(k, template.FieldTitle, in.Title, m.SetTitle, m.ClearTitle)
	api.Opt(k, template.FieldDescription, in.Description, m.SetDescription, m.ClearDescription)
	api.Opt(k, template.FieldRiskLevel, in.RiskLevel, m.SetRiskLevel, m.ClearRiskLevel)
	api.Opt(k, template.FieldImpact, in.Impact, m.SetImpact, m.ClearImpact)
	api.Opt(k, template.FieldRecommendation, in.Recommendation, m.SetRecommendation, m.ClearRecommendation)
	api.Strings(k, template.FieldReferences, in.GetReferences(), m.SetReferences, m.ClearReferences)
	api.Opt(k, template.FieldCwe, in.Cwe, func(n int32) { m.ResetCwe(); m.SetCwe(n) }, m.ClearCwe)
	api.Opt(k, template.FieldCvssVector, in.CvssVector, func(vector string) {
		if _, err := cvss.Parse(vector); err != nil {
			k.Fault(template.FieldCvssVector, err.Error())
		}
		m.SetCvssVector(vector)
	}, m.ClearCvssVector)
	if err := k.Err(); err != nil {
		return err
	}
	level, ok := m.RiskLevel()
	if !ok {
		return nil
	}
	return vocabulary.Set(ctx, vocabulary.RiskLevel, template.FieldRiskLevel, level, func(ctx context.Context) (string, error) {
		old, err := m.OldRiskLevel(ctx)
		if err != nil || old == nil {
			return "", err
		}
		return *old, nil
	})
}

// messages is what callers see of templates.
func messages(ctx context.Context, rows ...*ent.Template) ([]*templatesv1.Template, error) {
	words, err := vocabulary.Current(ctx)
	if err != nil {
		return nil, err
	}
	out, refs := make([]*templatesv1.Template, len(rows)), api.RefsOf(ctx)
	for i, r := range rows {
		out[i] = &templatesv1.Template{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt), StableId: r.StableID,
			Name: r.Name, Category: r.Category, IsBuiltin: r.IsBuiltin, Language: r.Language, Title: r.Title, Description: r.Description,
			RiskLevel: r.RiskLevel, Impact: r.Impact, Recommendation: r.Recommendation, References: r.References, Cwe: r.Cwe,
			CvssVector: r.CvssVector, CreatedById: api.IDOpt(r.CreatedBy),
		}
		if r.RiskLevel != nil {
			out[i].RiskLevelWord = words.Word(vocabulary.RiskLevel, *r.RiskLevel)
		}
		refs.Want(&out[i].CreatedBy, "User", r.CreatedBy)
	}
	return out, refs.Load()
}
