package identity

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// MayActOn refuses an act on another person's credentials or membership to somebody who may less: the caller's
// permissions in this tenant must contain the other's, a member bound to a client acts on members of that client only,
// and administrators of the installation are touched by their like alone. Whatever changes a password, an address, a
// second factor, groups, a client, a state, sessions or API tokens of others asks it. What one does to oneself and what
// the machinery does is decided elsewhere.
func (s *Service) MayActOn(ctx context.Context, person uuid.UUID) error {
	v := viewer.From(ctx)
	if v.Machine() || v.PersonID == person {
		return nil
	}
	self := viewer.As(ctx, viewer.Self)
	u, err := db.From(self).User.Get(self, person)
	if err != nil {
		return err
	}
	if u.IsPlatformAdmin && !v.Platform {
		return fault.Denied("outranked", "this is an administrator of the installation: only another one may do that")
	}
	m, err := db.From(self).Membership.Query().Where(membership.TenantID(v.TenantID), membership.UserID(person)).Only(self)
	if err != nil {
		return err
	}
	if v.Scoped() && (m.ClientID == nil || *m.ClientID != v.ClientID) {
		return fault.Denied("outranked", "this person sees more than your client")
	}
	groups, err := db.From(self).Group.Query().Where(group.TenantID(v.TenantID), groupOf(m.ID)).All(self)
	if err != nil {
		return err
	}
	return s.mayActOnHolder(ctx, s.permissions(groups))
}

// MayActOnGroup refuses a change of a group whose members may what the caller may not.
func (s *Service) MayActOnGroup(ctx context.Context, g *ent.Group) error {
	return s.mayActOnHolder(ctx, s.Grants(g))
}

// MayActOnInvite refuses an act on an invitation to groups whose members may what the caller may not. Groups that are
// gone grant nothing.
func (s *Service) MayActOnInvite(ctx context.Context, i *ent.Invite) error {
	self := viewer.As(ctx, viewer.Self)
	groups, err := db.From(self).Group.Query().Where(group.TenantID(i.TenantID), group.IDIn(i.GroupIds...)).All(self)
	if err != nil {
		return err
	}
	return s.mayActOnHolder(ctx, s.permissions(groups))
}

// mayActOnHolder refuses an act on somebody who holds permissions that the caller lacks.
func (s *Service) mayActOnHolder(ctx context.Context, theirs []string) error {
	v := viewer.From(ctx)
	if v.Machine() {
		return nil
	}
	if p, more := lacks(v.Permissions, theirs); more {
		return fault.Denied("outranked", "this concerns somebody who may %s, which you may not", p).With("permission", p)
	}
	return nil
}

// lacks finds a permission of theirs that is not among mine, with all wildcards spelt out.
func lacks(mine, theirs []string) (permission string, more bool) {
	for _, p := range Permissions() {
		if granted(theirs, p) && !granted(mine, p) {
			return p, true
		}
	}
	// What no method asks for (any longer) counts as it is written.
	for _, p := range theirs {
		if Catalogue()[p] == nil && p != "*" && !wildcard(p) && !granted(mine, p) {
			return p, true
		}
	}
	return "", false
}

// granted tells whether some of the permissions, perhaps a wildcard, holds one.
func granted(permissions []string, one string) bool {
	return slices.ContainsFunc(permissions, func(p string) bool { return covers(p, one) })
}

func wildcard(p string) bool { return len(p) > 2 && p[len(p)-2:] == ":*" }

// onlyHere refuses what is done to an account by the home tenant while the person is a member of other tenants too:
// there the account is trusted as well.
func (s *Service) onlyHere(ctx context.Context, person uuid.UUID) error {
	elsewhere, err := s.memberElsewhere(ctx, person)
	if err == nil && elsewhere {
		err = fault.Conflict("member_elsewhere",
			"this person is a member of other tenants too, so the account is theirs alone: ask them for a reset by mail, or end the membership")
	}
	return err
}

// memberElsewhere tells whether a person is a member of other tenants than the caller's.
func (s *Service) memberElsewhere(ctx context.Context, person uuid.UUID) (bool, error) {
	sys := s.system(ctx, viewer.DoorKeeper)
	return db.From(sys).Membership.Query().Where(membership.UserID(person), membership.TenantIDNEQ(viewer.From(ctx).TenantID),
		membership.StatusNEQ(ended)).Exist(sys)
}

// ownAccount is the answer to a change of one's own account where others are changed.
func ownAccount() error {
	return fault.Denied("own_account", "this is your own account: change it in your profile, with your password")
}
