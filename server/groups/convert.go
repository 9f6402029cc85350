package groups

import (
	"context"
	"strings"

	"github.com/holdfast-platform/holdfast/gen/ent"
	groupsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/groups/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// fillGroup serves create and update. Nobody grants what they do not have.
func fillGroup(ctx context.Context, m *ent.GroupMutation, in *groupsv1.Group, k *api.Mask) error {
	api.Set(k, "name", in.GetName(), m.SetName)
	api.Opt(k, "description", in.Description, m.SetDescription, m.ClearDescription)
	granted := false
	api.Strings(k, "permissions", in.GetPermissions(), func(p []string) {
		granted = true
		m.SetPermissions(p)
	}, m.ClearPermissions)
	if err := k.Err(); err != nil || !granted {
		return err
	}
	return identity.MayGrant(ctx, "permissions", in.GetPermissions())
}

func (s Service) messages(_ context.Context, rows ...*ent.Group) ([]*groupsv1.Group, error) {
	out := make([]*groupsv1.Group, len(rows))
	for i, g := range rows {
		out[i] = &groupsv1.Group{
			Id: g.ID.String(), Version: g.Version, CreatedAt: api.At(g.CreatedAt), UpdatedAt: api.At(g.UpdatedAt), Name: g.Name,
			Description: g.Description, Permissions: s.identity.Grants(g), IsBuiltin: g.IsBuiltin,
		}
	}
	return out, nil
}

func permission(p string) *groupsv1.Permission {
	resource, action, _ := strings.Cut(p, ":")
	return &groupsv1.Permission{Permission: p, Resource: resource, Action: action, Methods: identity.Catalogue()[p]}
}
