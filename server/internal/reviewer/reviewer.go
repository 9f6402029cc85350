// Package reviewer knows who may lead a review: an active member who may change sessions.
package reviewer

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Permission is what a reviewer holds.
const Permission = "sessions:update"

// May tells whether a person may lead a review in the viewer's tenant: one statement, none where it is the viewer who may.
func May(ctx context.Context, person uuid.UUID) (bool, error) {
	if v := viewer.From(ctx); v.Actor == "" && v.PersonID == person && v.Has(Permission) {
		return true, nil
	}
	ctx = viewer.As(ctx, viewer.Reviewers)
	groups, err := db.From(ctx).MembershipGroup.Query().Where(membershipgroup.HasMembershipWith(
		membership.UserID(person), membership.Status("active"), membership.HasUserWith(user.IsActive(true)),
	)).QueryGroup().Select(group.FieldPermissions).All(ctx)
	if err != nil {
		return false, err
	}
	who := &viewer.Viewer{}
	for _, g := range groups {
		who.Permissions = append(who.Permissions, g.Permissions...)
	}
	return who.Has(Permission), nil
}
