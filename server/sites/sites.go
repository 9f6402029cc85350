// Package sites keeps the places where assets stand. A site's name is unique in the tenant whatever its case; a site
// where something stands cannot be deleted.
package sites

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	graphv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/impact"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

const kind = "Site"

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*sitesv1.ListSitesRequest)(nil), Item: (*sitesv1.Site)(nil),
	Filters: api.Filters(api.Columns("status"), api.Folded("name")),
	Sorts:   api.Sorts{"name": "name_fold", "status": "status", "": "name"},
})

// Service keeps sites.
type Service struct {
	// Detach takes away what hangs on a site that is deleted.
	Detach dependents.Detacher
}

// ListSites answers one page of the tenant's sites.
func (Service) ListSites(ctx context.Context, in *sitesv1.ListSitesRequest) (*sitesv1.ListSitesResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Site.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	out := &sitesv1.ListSitesResponse{}
	if out.Items, err = messages(ctx, rows...); err != nil {
		return nil, err
	}
	return out, l.Fill(ctx, out)
}

// CreateSite makes a site.
func (Service) CreateSite(ctx context.Context, in *sitesv1.CreateSiteRequest) (*sitesv1.Site, error) {
	c := db.From(ctx).Site.Create()
	if err := fillSite(c.Mutation(), in.GetSite(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(c.Save(ctx))
}

// GetSite answers one site.
func (Service) GetSite(ctx context.Context, in *sitesv1.GetSiteRequest) (*sitesv1.Site, error) {
	return api.Answer(ctx, messages)(db.From(ctx).Site.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateSite changes the fields the mask names.
func (Service) UpdateSite(ctx context.Context, in *sitesv1.UpdateSiteRequest) (*sitesv1.Site, error) {
	id, err := db.ID(ctx, kind, in.GetSite().GetId())
	if err != nil {
		return nil, err
	}
	u := db.From(ctx).Site.UpdateOneID(id)
	if err := fillSite(u.Mutation(), in.GetSite(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(u.Save(ctx))
}

// DeleteSite removes a site, unless something stands there.
func (s Service) DeleteSite(ctx context.Context, in *sitesv1.DeleteSiteRequest) (*emptypb.Empty, error) {
	site, err := db.From(ctx).Site.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	if err := dependents.Unused(ctx, kind, site.ID); err != nil {
		return nil, err
	}
	if err := s.Detach.From(ctx, ent.KindSite, site.ID); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).Site.DeleteOneID(site.ID).Exec(ctx)
}

// ListSiteHistory answers what was changed, field by field, newest first.
func (Service) ListSiteHistory(ctx context.Context, in *sitesv1.ListSiteHistoryRequest) (*sitesv1.ListSiteHistoryResponse, error) {
	site, err := db.From(ctx).Site.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	out := &sitesv1.ListSiteHistoryResponse{}
	return out, journal.History(ctx, ent.KindSite, site.ID, in, out)
}

// GetSiteImpact answers what is hit when everything at a site fails.
func (Service) GetSiteImpact(ctx context.Context, in *sitesv1.GetSiteImpactRequest) (*graphv1.Impact, error) {
	site, err := db.From(ctx).Site.Query().Where(api.ByID(kind, in.GetId())).Only(ctx)
	if err != nil {
		return nil, err
	}
	roots, err := impact.Roots(ctx, ent.KindSite, site.ID)
	if err != nil {
		return nil, err
	}
	return impact.Answer(ctx, roots, in)
}

// fillSite serves create and update.
func fillSite(m *ent.SiteMutation, in *sitesv1.Site, k *api.Mask) error {
	api.Set(k, "name", in.GetName(), m.SetName)
	api.Set(k, "status", in.GetStatus(), m.SetStatus)
	api.Opt(k, "address", in.Address, m.SetAddress, m.ClearAddress)
	api.Opt(k, "description", in.Description, m.SetDescription, m.ClearDescription)
	return k.Err()
}

// messages is what callers see of sites.
func messages(_ context.Context, rows ...*ent.Site) ([]*sitesv1.Site, error) {
	out := make([]*sitesv1.Site, len(rows))
	for i, r := range rows {
		out[i] = &sitesv1.Site{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt),
			Name: r.Name, Status: r.Status, Address: r.Address, Description: r.Description,
		}
	}
	return out, nil
}
