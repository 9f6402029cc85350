// Package tenants shows a person's tenants, lets them switch between these, and takes what the management of licences
// says.
package tenants

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	tenantsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/tenants/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
)

const kind = "Tenant"

// Service shows and names tenants.
type Service struct{ identity *identity.Service }

// Routes are those whose body is not one JSON message.
func (s Service) Routes() []rest.Route {
	return []rest.Route{rest.Plain("POST", "/internal/license/refresh", &accessv1.Access{Rule: &accessv1.Access_Internal{Internal: true}, OwnTx: true},
		s.identity.RefreshLicense, rest.Takes("application/json", identity.LicenseSize), rest.Gives(204), rest.Hidden(),
		rest.Summary("Take a licence", "Signed by the management of licences; closed while no secret is set."))}
}

// ListTenants lists the caller's tenants.
func (s Service) ListTenants(ctx context.Context, _ *tenantsv1.ListTenantsRequest) (*tenantsv1.ListTenantsResponse, error) {
	rows, err := s.identity.OwnTenants(ctx)
	if err != nil {
		return nil, err
	}
	out := &tenantsv1.ListTenantsResponse{}
	for _, t := range rows {
		out.Items = append(out.Items, identity.TenantMessage(ctx, t))
	}
	api.Envelope(out, int64(len(rows)), 1, len(rows), int64(min(len(rows), 1)), false, "")
	return out, nil
}

// GetTenant returns the caller's tenant.
func (Service) GetTenant(ctx context.Context, in *tenantsv1.GetTenantRequest) (*tenantsv1.Tenant, error) {
	return api.Answer(ctx, messages)(db.From(ctx).Tenant.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateTenant changes the tenant's name or slug.
func (s Service) UpdateTenant(ctx context.Context, in *tenantsv1.UpdateTenantRequest) (*tenantsv1.Tenant, error) {
	id, err := db.ID(ctx, kind, in.GetTenant().GetId())
	if err != nil {
		return nil, err
	}
	k := api.MaskOf(in)
	if k.Has("slug") {
		t, err := db.From(ctx).Tenant.Get(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := s.identity.MayRename(t, in.GetTenant().GetSlug()); err != nil {
			return nil, err
		}
	}
	u := db.From(ctx).Tenant.UpdateOneID(id)
	if err := fillTenant(u.Mutation(), in.GetTenant(), k); err != nil {
		return nil, err
	}
	return api.Answer(ctx, messages)(u.Save(ctx))
}

// SwitchTenant binds the session to another tenant.
func (s Service) SwitchTenant(ctx context.Context, in *tenantsv1.SwitchTenantRequest) (*tenantsv1.SwitchTenantResponse, error) {
	id, err := uuid.Parse(in.GetId())
	if err != nil {
		return nil, fault.NotFound("tenant")
	}
	g, err := s.identity.Switch(ctx, id)
	if err != nil {
		return nil, err
	}
	return &tenantsv1.SwitchTenantResponse{
		AccessToken: g.Access, TokenType: "Bearer", ExpiresIn: int32(g.ExpiresIn.Seconds()), Tenant: identity.TenantMessage(ctx, g.Tenant),
	}, nil
}

func fillTenant(m *ent.TenantMutation, in *tenantsv1.Tenant, k *api.Mask) error {
	api.Set(k, "slug", in.GetSlug(), m.SetSlug)
	api.Set(k, "name", in.GetName(), m.SetName)
	return k.Err()
}

func messages(ctx context.Context, rows ...*ent.Tenant) ([]*tenantsv1.Tenant, error) {
	out := make([]*tenantsv1.Tenant, len(rows))
	for i, t := range rows {
		out[i] = identity.TenantMessage(ctx, t)
	}
	return out, nil
}
