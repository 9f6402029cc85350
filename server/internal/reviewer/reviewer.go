// Package reviewer knows who may lead a review: an active member who may change sessions.
package reviewer

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Permission is what a reviewer holds.
const Permission = "sessions:update"

type key struct{}

// Attach says what a group grants: built-in ones go by the program, not by what is stored of them. It is called once,
// before the first request.
func Attach(d *db.DB, grants func(*ent.Group) []string) { d.Keep(key{}, grants) }

// May tells whether a person may lead a review in the viewer's tenant: one statement, none where it is the viewer who
// may.
func May(ctx context.Context, person uuid.UUID) (bool, error) {
	if v := viewer.From(ctx); v.Actor == "" && v.PersonID == person && v.Has(Permission) {
		return true, nil
	}
	ctx = viewer.As(ctx, viewer.Reviewers)
	groups, err := db.From(ctx).MembershipGroup.Query().Where(membershipgroup.HasMembershipWith(
		membership.UserID(person), membership.Status("active"), membership.HasUserWith(user.IsActive(true)),
	)).QueryGroup().All(ctx)
	if err != nil {
		return false, err
	}
	who, grants := &viewer.Viewer{}, db.Of(ctx).Kept(key{}).(func(*ent.Group) []string)
	for _, g := range groups {
		who.Permissions = append(who.Permissions, grants(g)...)
	}
	return who.Has(Permission), nil
}
