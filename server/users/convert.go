package users

import (
	"context"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	usersv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// newMember reads a person to be made.
func newMember(in *usersv1.User) (identity.NewMember, error) {
	n := identity.NewMember{
		FullName: in.GetFullName(), Email: in.GetEmail(), Password: in.GetPassword(), Username: in.GetUsername(), Locale: in.GetLocale(),
	}
	if n.Email == "" {
		return n, fault.Invalid("email", "must not be empty")
	}
	k := api.MaskOf(&usersv1.CreateUserRequest{})
	api.UUIDs(k, "group_ids", in.GetGroupIds(), func(ids []uuid.UUID) { n.Groups = ids })
	api.UUID(k, "client_id", in.ClientId, func(id uuid.UUID) { n.Client = &id }, func() {})
	return n, k.Err()
}

// change reads what is to become of a member.
func change(in *usersv1.User, k *api.Mask) (identity.Change, error) {
	var c identity.Change
	read(&c, in, k)
	return c, k.Err()
}

// ownChange reads what somebody changes of themselves. What is not their to change may be sent back as it was read.
func ownChange(in *usersv1.User, k *api.Mask) (identity.Change, error) {
	var c identity.Change
	read(&c, in, k)
	if c.Password != nil {
		k.Fault("password", "is changed by /me/password")
	}
	return c, k.Err()
}

// read takes every field that can be written. The passwords are never shown, so null is what was read and changes
// nothing.
func read(c *identity.Change, in *usersv1.User, k *api.Mask) {
	person(c, in, k)
	api.Opt(k, "password", in.Password, func(v string) { c.Password = &v }, func() {})
	api.Opt(k, "current_password", in.CurrentPassword, func(v string) { c.Current = &v }, func() {})
	if (k.Names("is_active") || k.All()) && in.IsActive != nil {
		on := in.GetIsActive()
		c.IsActive = &on
	}
	if k.Names("group_ids") || k.All() && len(in.GetGroupIds()) > 0 {
		c.Groups = &[]uuid.UUID{}
		api.UUIDs(k, "group_ids", in.GetGroupIds(), func(ids []uuid.UUID) { c.Groups = &ids })
	}
	api.UUID(k, "client_id", in.ClientId, func(id uuid.UUID) { c.Client = &id }, func() { c.Client = &uuid.UUID{} })
	api.Set(k, "status", in.GetStatus(), func(v string) { c.Status = &v })
}

// person reads the fields that both change.
func person(c *identity.Change, in *usersv1.User, k *api.Mask) {
	var nothing string
	api.Opt(k, "email", in.Email, func(v string) { c.Email = &v }, func() { c.Email = &nothing })
	api.Set(k, "full_name", in.GetFullName(), func(v string) { c.FullName = &v })
	api.Opt(k, "username", in.Username, func(v string) { c.Username = &v }, func() { c.Username = &nothing })
	api.Opt(k, "locale", in.Locale, func(v string) { c.Locale = &v }, func() { c.Locale = &nothing })
}

// membersLike limits a list to the members that the filters name.
func membersLike(ctx context.Context, in *usersv1.ListUsersRequest) (func(*sql.Selector), error) {
	groups, err := ids("group_id", in.GetGroupId())
	if err != nil {
		return nil, err
	}
	clients, err := ids("client_id", in.GetClientId())
	if err != nil {
		return nil, err
	}
	return identity.MembersLike(ctx, in.GetStatus(), groups, clients), nil
}

func ids(field string, texts []string) ([]uuid.UUID, error) {
	out := make([]uuid.UUID, len(texts))
	for i, t := range texts {
		id, err := uuid.Parse(t)
		if err != nil {
			return nil, fault.Invalid(field, "must be UUIDs")
		}
		out[i] = id
	}
	return out, nil
}
