package identity

import (
	"context"
	"slices"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/apitoken"
	"github.com/holdfast-platform/holdfast/gen/ent/loginsession"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Change is what is to become of a member. A nil field stays as it is; an empty Username or Locale, and Nil as Client,
// clear it.
type Change struct {
	Email, FullName, Username, Locale *string
	// Password is a new one; Current is one's own present one, which a change of one's own address needs.
	Password, Current *string
	IsActive          *bool
	Groups            *[]uuid.UUID
	Client            *uuid.UUID
	Status            *string
}

// personal tells whether it is about the person, not only about the membership.
func (c *Change) personal() bool {
	return c.Email != nil || c.FullName != nil || c.Username != nil || c.Locale != nil || c.Password != nil || c.IsActive != nil
}

// unseen takes out what is as a guest was shown, so that what was read can be sent back.
func (c *Change) unseen(u *ent.User) {
	for _, field := range []**string{&c.Email, &c.Username, &c.Locale} {
		if *field != nil && **field == "" {
			*field = nil
		}
	}
	if c.FullName != nil && *c.FullName == u.FullName {
		c.FullName = nil
	}
}

// unchanged takes out what is so already: who sends back what they read changes nothing by it.
func (c *Change) unchanged(u *ent.User, m *ent.Membership) {
	if c.Email != nil && *c.Email == u.Email {
		c.Email = nil
	}
	if c.IsActive != nil && *c.IsActive == u.IsActive {
		c.IsActive = nil
	}
	if c.Status != nil && *c.Status == m.Status {
		c.Status = nil
	}
	if c.Client != nil && (m.ClientID == nil && *c.Client == uuid.Nil || m.ClientID != nil && *m.ClientID == *c.Client) {
		c.Client = nil
	}
}

// ofAccount tells whether it is about what the person signs in with.
func (c *Change) ofAccount() bool { return c.Email != nil || c.Password != nil || c.IsActive != nil }

// powers tells whether it is about what nobody does to themselves in passing.
func (c *Change) powers() bool { return c.ofAccount() || c.Client != nil || c.Status != nil }

// Member finds a member of the caller's tenant, both records. Whether the caller may see them has been decided before.
func Member(ctx context.Context, id uuid.UUID) (*ent.User, *ent.Membership, error) {
	ctx = viewer.As(ctx, viewer.Self)
	m, err := db.From(ctx).Membership.Query().
		Where(membership.TenantID(viewer.From(ctx).TenantID), membership.UserID(id), membership.StatusNEQ(ended)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil, fault.NotFound("user")
	}
	if err != nil {
		return nil, nil, err
	}
	u, err := db.From(ctx).User.Get(ctx, id)
	return u, m, err
}

// Version is the version of a person as a member: it rises with either record.
func Version(u *ent.User, m *ent.Membership) int32 { return u.Version + m.Version - 1 }

// checkVersion refuses a change by somebody who has not seen the member's present version.
func checkVersion(ctx context.Context, u *ent.User, m *ent.Membership) error {
	e := db.Expecting(ctx)
	if e == nil {
		return nil
	}
	return e.Check(Version(u, m))
}

// ChangeMember changes a member of the caller's tenant.
func (s *Service) ChangeMember(ctx context.Context, id uuid.UUID, c Change, dry bool) (u *ent.User, err error) {
	before, m, err := Member(ctx, id)
	if err != nil {
		return nil, err
	}
	v := viewer.From(ctx)
	if before.HomeTenantID != v.TenantID {
		c.unseen(before)
	}
	c.unchanged(before, m)
	switch {
	case id == v.PersonID && c.powers():
		return nil, ownAccount()
	case c.Email != nil && *c.Email == "":
		return nil, fault.Invalid("email", "must not be empty")
	case c.personal() && before.HomeTenantID != v.TenantID:
		return nil, fault.Denied("not_home", "this person's home is another tenant: only groups, client and status can be changed here")
	case c.Groups != nil && id == v.PersonID:
		same, err := inGroups(ctx, m, *c.Groups)
		if err != nil {
			return nil, err
		}
		if !same {
			return nil, fault.Denied("own_groups", "nobody changes their own groups")
		}
	}
	if c.ofAccount() {
		if err := s.onlyHere(ctx, id); err != nil {
			return nil, err
		}
	}
	hash := ""
	if c.Password != nil {
		if hash, err = s.newHash(ctx, "password", *c.Password, before.HomeTenantID, before.FullName, before.Email); err != nil {
			return nil, err
		}
	}
	err = s.db.Tx(db.Last(db.Expect(ctx, nil)), func(inner context.Context) error {
		if u, m, err = Member(inner, id); err != nil {
			return err
		}
		if err := s.MayActOn(inner, id); err != nil {
			return err
		}
		if err := checkVersion(ctx, u, m); err != nil {
			return err
		}
		if err := s.changePerson(inner, u, c, hash); err != nil {
			return err
		}
		if err := s.changeMembership(inner, u, m, c); err != nil {
			return err
		}
		if err := s.keepAnAdministrator(inner, v.TenantID); err != nil {
			return err
		}
		if dry {
			db.Discard(inner)
		}
		u, _, err = Member(inner, id)
		return err
	})
	return u, db.Fault(err)
}

// changePerson changes what belongs to the person, in the caller's transaction.
func (s *Service) changePerson(ctx context.Context, u *ent.User, c Change, hash string) error {
	if !c.personal() {
		return nil
	}
	up := db.From(ctx).User.UpdateOneID(u.ID)
	if c.Email != nil {
		up.SetEmail(*c.Email)
		if db.Key(*c.Email) != u.EmailKey {
			up.ClearEmailVerifiedAt()
		}
	}
	if c.FullName != nil {
		up.SetFullName(*c.FullName)
	}
	setOrClear(c.Username, func(v string) { up.SetUsername(v) }, func() { up.ClearUsername() })
	setOrClear(c.Locale, func(v string) { up.SetLocale(v) }, func() { up.ClearLocale() })
	if c.IsActive != nil {
		up.SetIsActive(*c.IsActive)
	}
	if err := up.Exec(ctx); err != nil {
		return err
	}
	if hash != "" {
		if err := s.setPassword(ctx, u, hash); err != nil {
			return err
		}
	}
	if hash != "" || c.IsActive != nil && !*c.IsActive && u.IsActive {
		return s.expel(ctx, u.ID, "account_changed")
	}
	return nil
}

func setOrClear(value *string, set func(string), unset func()) {
	switch {
	case value == nil:
	case *value == "":
		unset()
	default:
		set(*value)
	}
}

// expel ends all of a person's sessions and makes the tokens worthless, in the caller's transaction.
func (s *Service) expel(ctx context.Context, person uuid.UUID, why string) error {
	if _, err := s.revoke(ctx, why, loginsession.UserID(person)); err != nil {
		return err
	}
	return s.raise(ctx, person)
}

// changeMembership changes groups, client and status, in the caller's transaction.
func (s *Service) changeMembership(ctx context.Context, u *ent.User, m *ent.Membership, c Change) error {
	if c.Groups == nil && c.Client == nil && c.Status == nil {
		return nil
	}
	up := db.From(ctx).Membership.UpdateOneID(m.ID)
	client := m.ClientID
	if c.Client != nil {
		if client = c.Client; *c.Client == uuid.Nil {
			client = nil
			up.ClearClientID()
		} else {
			up.SetClientID(*c.Client)
		}
	}
	if c.Status != nil {
		up.SetStatus(*c.Status)
	}
	if c.Client != nil || c.Status != nil {
		if err := up.Exec(ctx); err != nil {
			return err
		}
	}
	have, err := groupsOf(ctx, m.ID)
	if err != nil {
		return err
	}
	want := have
	if c.Groups != nil {
		want = *c.Groups
	}
	if want, err = s.assignable(viewer.As(ctx, viewer.Self), m.TenantID, want, client, "group_ids"); err != nil {
		return err
	}
	// who is bound to a client keeps their older groups: what these grant beyond it has no effect
	given := slices.DeleteFunc(slices.Clone(want), func(g uuid.UUID) bool { return slices.Contains(have, g) })
	if err := s.bindable(ctx, m.TenantID, given, client, "group_ids"); err != nil {
		return err
	}
	if c.Status != nil && *c.Status != active {
		if _, err := s.revoke(ctx, "membership_suspended", loginsession.UserID(u.ID), loginsession.ActiveTenantID(m.TenantID)); err != nil {
			return err
		}
	}
	if c.Groups == nil {
		return nil
	}
	return s.setGroups(ctx, m, have, want)
}

// RemoveMember ends a membership; in the home tenant of somebody who is a member nowhere else it deactivates the
// account. It belongs into a transaction of its own.
func (s *Service) RemoveMember(ctx context.Context, id uuid.UUID, dry bool) error {
	v := viewer.From(ctx)
	if id == v.PersonID {
		return ownAccount()
	}
	elsewhere, err := s.memberElsewhere(ctx, id)
	if err != nil {
		return err
	}
	return db.Fault(s.db.Tx(db.Last(db.Expect(ctx, nil)), func(inner context.Context) error {
		u, m, err := Member(inner, id)
		if err != nil {
			return err
		}
		if err := s.MayActOn(inner, id); err != nil {
			return err
		}
		if err := checkVersion(ctx, u, m); err != nil {
			return err
		}
		if dry {
			db.Discard(inner)
		}
		if u.HomeTenantID == v.TenantID && !elsewhere {
			if err := db.From(inner).User.UpdateOneID(id).SetIsActive(false).Exec(inner); err != nil {
				return err
			}
			if err := s.expel(inner, id, "deactivated"); err != nil {
				return err
			}
			return s.keepAnAdministrator(inner, v.TenantID)
		}
		if _, err := s.revoke(inner, "membership_ended", loginsession.UserID(id), loginsession.ActiveTenantID(v.TenantID)); err != nil {
			return err
		}
		return s.endMembership(inner, m)
	}))
}

// endMembership takes a guest out of the tenant. Their name must stay on the records that name them, so the row stays,
// without rights.
func (s *Service) endMembership(ctx context.Context, m *ent.Membership) error {
	have, err := groupsOf(ctx, m.ID)
	if err != nil {
		return err
	}
	if err := s.setGroups(ctx, m, have, nil); err != nil {
		return err
	}
	// Should they come back, they begin anew.
	if err := db.From(ctx).ApiToken.Update().Where(apitoken.TenantID(m.TenantID), apitoken.OwnerID(m.UserID), apitoken.RevokedAtIsNil()).
		SetRevokedAt(clock.Now(ctx)).Exec(viewer.As(ctx, viewer.Discharger)); err != nil {
		return err
	}
	if err := db.From(ctx).Membership.UpdateOneID(m.ID).SetStatus(ended).Exec(ctx); err != nil {
		return err
	}
	return s.keepAnAdministrator(ctx, m.TenantID)
}

// ended is the status of a membership that is over. It is shown nowhere: the row keeps the name on old records
// readable.
const ended = "ended"

// ResetMfa removes a member's second factor, in the request's transaction.
func (s *Service) ResetMfa(ctx context.Context, id uuid.UUID) error {
	u, _, err := Member(ctx, id)
	if err != nil {
		return err
	}
	switch v := viewer.From(ctx); {
	case id == v.PersonID:
		return ownAccount()
	case u.HomeTenantID != v.TenantID:
		return fault.Denied("not_home", "this person's home is another tenant: the second factor is reset there")
	}
	if err := s.MayActOn(ctx, id); err != nil {
		return err
	}
	if err := s.onlyHere(ctx, id); err != nil {
		return err
	}
	if err := s.removeMfa(ctx, u); err != nil {
		return err
	}
	return s.expel(ctx, id, "mfa_reset")
}

// RevokeMember ends a member's sessions in the caller's tenant, in the person's home tenant everywhere. It is for the
// request's transaction.
func (s *Service) RevokeMember(ctx context.Context, id uuid.UUID) (int, error) {
	u, _, err := Member(ctx, id)
	if err != nil {
		return 0, err
	}
	if err := s.MayActOn(ctx, id); err != nil {
		return 0, err
	}
	which := []func(*entsql.Selector){loginsession.UserID(id)}
	if t := viewer.From(ctx).TenantID; u.HomeTenantID != t {
		which = append(which, loginsession.ActiveTenantID(t))
	}
	return s.revoke(ctx, "revoked_by_administrator", which...)
}
