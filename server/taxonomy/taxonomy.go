// Package taxonomy keeps the versions of a tenant's vocabulary: the words for risk levels, remediation and session
// states, and asset types. A version never changes; which one is current does. What the words mean to the records is
// the workshop's of the same name.
package taxonomy

import (
	"context"
	"encoding/json"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/taxonomyversion"
	taxonomyv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/taxonomy/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

const kind = "TaxonomyVersion"

// Service keeps taxonomies.
type Service struct{}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*taxonomyv1.ListTaxonomyVersionsRequest)(nil),
	Filters: api.Columns("is_current"),
	Sorts:   api.Sorts{"": "-revision", "revision": taxonomyversion.FieldRevision},
})

// GetCurrentTaxonomy answers the words that are in force.
func (Service) GetCurrentTaxonomy(ctx context.Context, _ *taxonomyv1.GetCurrentTaxonomyRequest) (*taxonomyv1.TaxonomyVersion, error) {
	row, err := db.From(ctx).TaxonomyVersion.Query().Where(taxonomyversion.IsCurrent(true)).Only(ctx)
	if ent.IsNotFound(err) {
		return &taxonomyv1.TaxonomyVersion{IsCurrent: true, Domains: domains(vocabulary.Defaults)}, nil
	}
	return api.Answer(ctx, messages)(row, err)
}

// ListTaxonomyVersions answers one page of versions.
func (Service) ListTaxonomyVersions(ctx context.Context, in *taxonomyv1.ListTaxonomyVersionsRequest) (*taxonomyv1.ListTaxonomyVersionsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).TaxonomyVersion.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &taxonomyv1.ListTaxonomyVersionsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

// CreateTaxonomyVersion makes a version and makes it the current one.
func (Service) CreateTaxonomyVersion(ctx context.Context, in *taxonomyv1.CreateTaxonomyVersionRequest) (*taxonomyv1.TaxonomyVersion, error) {
	c := db.From(ctx).TaxonomyVersion.Create()
	if err := fillTaxonomyVersion(c.Mutation(), in.GetTaxonomyVersion(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	if err := db.Alone(ctx, kind); err != nil {
		return nil, err
	}
	last, err := db.From(ctx).TaxonomyVersion.Query().Order(taxonomyversion.ByRevision(sql.OrderDesc())).First(ctx)
	if err != nil && !ent.IsNotFound(err) {
		return nil, err
	}
	if last != nil {
		c.SetRevision(last.Revision + 1)
	} else {
		c.SetRevision(1)
	}
	if who := viewer.From(ctx); who.PersonID != uuid.Nil {
		c.SetCreatedBy(who.PersonID)
	}
	if err := retire(ctx); err != nil {
		return nil, err
	}
	row, err := c.SetIsCurrent(true).Save(ctx)
	return current(ctx, row, err)
}

// ActivateTaxonomyVersion goes back to a version.
func (Service) ActivateTaxonomyVersion(ctx context.Context, in *taxonomyv1.ActivateTaxonomyVersionRequest) (*taxonomyv1.TaxonomyVersion, error) {
	if err := db.Alone(ctx, kind); err != nil {
		return nil, err
	}
	row, err := db.From(ctx).TaxonomyVersion.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err == nil && !row.IsCurrent {
		if err = retire(ctx); err == nil {
			row, err = db.From(ctx).TaxonomyVersion.UpdateOneID(row.ID).SetIsCurrent(true).Save(ctx)
		}
	}
	return current(ctx, row, err)
}

// retire makes room for another current version.
func retire(ctx context.Context) error {
	return db.From(ctx).TaxonomyVersion.Update().Where(taxonomyversion.IsCurrent(true)).SetIsCurrent(false).Exec(ctx)
}

// current has the rest of the transaction go by the version that has just become the current one, and answers it.
func current(ctx context.Context, row *ent.TaxonomyVersion, err error) (*taxonomyv1.TaxonomyVersion, error) {
	if err != nil {
		return nil, err
	}
	v, err := vocabulary.Of(row)
	if err != nil {
		return nil, err
	}
	ctx = vocabulary.With(ctx, v)
	if err := vocabulary.Rank(ctx, v); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(row, nil)
}

// fillTaxonomyVersion serves create: a version never changes.
func fillTaxonomyVersion(m *ent.TaxonomyVersionMutation, in *taxonomyv1.TaxonomyVersion, k *api.Mask) error {
	api.Opt(k, "description", in.Description, m.SetDescription, func() {})
	k.Has("domains")
	raw, err := json.Marshal(words(k, in.GetDomains()))
	if err != nil {
		return err
	}
	m.SetDomains(raw)
	return k.Err()
}

// messages is what callers see of versions.
func messages(ctx context.Context, rows ...*ent.TaxonomyVersion) ([]*taxonomyv1.TaxonomyVersion, error) {
	out, refs := make([]*taxonomyv1.TaxonomyVersion, len(rows)), api.RefsOf(ctx)
	for i, r := range rows {
		v, err := vocabulary.Of(r)
		if err != nil {
			return nil, err
		}
		out[i] = &taxonomyv1.TaxonomyVersion{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt),
			Revision: r.Revision, Description: r.Description, IsCurrent: r.IsCurrent, CreatedById: api.IDOpt(r.CreatedBy), Domains: domains(v),
		}
		refs.Want(&out[i].CreatedBy, "User", r.CreatedBy)
	}
	return out, refs.Load()
}
