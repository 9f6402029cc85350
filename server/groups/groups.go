// Package groups looks after the groups of a tenant. Permissions are granted to groups, never to people; a person's are
// the union of those of their groups. The built-in groups come with every tenant and are what the program says.
package groups

import (
	"context"

	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	groupsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/groups/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

const kind = "Group"

// Service looks after groups.
type Service struct{ identity *identity.Service }

var listTable = api.Declare(api.Table{
	Kind: kind, Word: "groups", Request: (*groupsv1.ListGroupsRequest)(nil), Item: (*groupsv1.Group)(nil),
	Filters: api.Filters(api.Columns("is_builtin"), api.Folded("name")),
	Sorts:   api.Sorts{"": "name", "name": "name_fold"},
})

// ListGroups answers one page of groups.
func (s Service) ListGroups(ctx context.Context, in *groupsv1.ListGroupsRequest) (*groupsv1.ListGroupsResponse, error) {
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	rows, err := api.All(ctx, l, db.From(ctx).Group.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	items, err := s.messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	out := &groupsv1.ListGroupsResponse{Items: items}
	return out, l.Fill(ctx, out)
}

var teamTable = api.Declare(api.Table{Kind: kind, Request: (*groupsv1.ListTeamsRequest)(nil), Filters: api.Folded("name"), Sorts: listTable.Sorts})

// ListTeams lists the groups by name. Who is scoped to a client finds none.
func (s Service) ListTeams(ctx context.Context, in *groupsv1.ListTeamsRequest) (*groupsv1.ListTeamsResponse, error) {
	l, err := api.List(ctx, in, teamTable)
	if err != nil {
		return nil, err
	}
	l.Where(identity.TeamsFor(ctx))
	names := viewer.As(ctx, viewer.Self) // names are open to every member, the groups are not
	rows, err := api.All(names, l, db.From(names).Group.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	out := &groupsv1.ListTeamsResponse{}
	for _, g := range rows {
		out.Items = append(out.Items, &groupsv1.Team{Id: g.ID.String(), Name: g.Name})
	}
	return out, l.Fill(names, out)
}

// CreateGroup makes a group.
func (s Service) CreateGroup(ctx context.Context, in *groupsv1.CreateGroupRequest) (*groupsv1.Group, error) {
	c := db.From(ctx).Group.Create()
	if err := fillGroup(ctx, c.Mutation(), in.GetGroup(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	return api.Answer(ctx, s.messages)(c.Save(ctx))
}

// GetGroup returns one group.
func (s Service) GetGroup(ctx context.Context, in *groupsv1.GetGroupRequest) (*groupsv1.Group, error) {
	return api.Answer(ctx, s.messages)(db.From(ctx).Group.Query().Where(api.ByID(kind, in.GetId())).Only(ctx))
}

// UpdateGroup changes the fields the mask names.
func (s Service) UpdateGroup(ctx context.Context, in *groupsv1.UpdateGroupRequest) (*groupsv1.Group, error) {
	g, err := s.changeable(ctx, in.GetGroup().GetId())
	if err != nil {
		return nil, err
	}
	u := db.From(ctx).Group.UpdateOneID(g.ID)
	if err := fillGroup(ctx, u.Mutation(), in.GetGroup(), api.MaskOf(in)); err != nil {
		return nil, err
	}
	if wanted, ok := u.Mutation().Permissions(); ok {
		if err := s.identity.MayWiden(ctx, g, wanted); err != nil {
			return nil, err
		}
	}
	return api.Answer(ctx, s.messages)(u.Save(ctx))
}

// DeleteGroup deletes a group that nobody is in and nothing names.
func (s Service) DeleteGroup(ctx context.Context, in *groupsv1.DeleteGroupRequest) (*emptypb.Empty, error) {
	g, err := s.changeable(ctx, in.GetId())
	if err != nil {
		return nil, err
	}
	if n, err := s.identity.Members(ctx, g.ID); err != nil || n > 0 {
		if err == nil {
			err = fault.Conflict("in_use", "the group has %d members", n).With("used_by", "users")
		}
		return nil, err
	}
	if err := dependents.Unused(ctx, kind, g.ID); err != nil {
		return nil, err
	}
	return &emptypb.Empty{}, db.From(ctx).Group.DeleteOneID(g.ID).Exec(ctx)
}

// ListPermissions returns the catalogue.
func (Service) ListPermissions(context.Context, *groupsv1.ListPermissionsRequest) (*groupsv1.ListPermissionsResponse, error) {
	out := &groupsv1.ListPermissionsResponse{}
	for _, p := range identity.Permissions() {
		out.Items = append(out.Items, permission(p))
	}
	api.Envelope(out, int64(len(out.Items)), 1, len(out.Items), 1, false, "")
	return out, nil
}

// changeable finds a group that is not built in and whose members may no more than the caller.
func (s Service) changeable(ctx context.Context, id string) (*ent.Group, error) {
	g, err := db.From(ctx).Group.Query().Where(api.ByID(kind, id)).Only(ctx)
	if err != nil {
		return nil, err
	}
	if g.IsBuiltin {
		return nil, fault.Conflict("builtin", "the group %s is built in and stays as it is", g.Name)
	}
	return g, s.identity.MayActOnGroup(ctx, g)
}
