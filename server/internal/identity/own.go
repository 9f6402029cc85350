package identity

import (
	"context"

	entsql "entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/loginsession"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/tenant"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// OwnSessions are the caller's live sessions in all tenants, the last used first, cut to a page, with their number.
func (s *Service) OwnSessions(ctx context.Context, offset, limit int) ([]*ent.LoginSession, int, error) {
	sys := s.system(ctx, viewer.DoorKeeper)
	now := clock.Now(ctx)
	q := db.From(sys).LoginSession.Query().Where(loginsession.UserID(viewer.From(ctx).PersonID), loginsession.ParentIsNil(),
		loginsession.RevokedAtIsNil(), loginsession.ExpiresAtGT(now), loginsession.FamilyExpiresAtGT(now))
	total, err := q.Clone().Count(sys)
	if err != nil {
		return nil, 0, err
	}
	rows, err := q.Order(loginsession.ByLastSeenAt(entsql.OrderDesc(), entsql.OrderNullsLast()), loginsession.ByID(entsql.OrderDesc())).
		Offset(offset).Limit(limit).All(sys)
	return rows, total, err
}

// RevokeOwn ends one of the caller's sessions, in the request's transaction.
func (s *Service) RevokeOwn(ctx context.Context, id uuid.UUID) error {
	n, err := s.revoke(ctx, "revoked_by_owner", loginsession.UserID(viewer.From(ctx).PersonID), loginsession.ID(id))
	if err == nil && n == 0 {
		return fault.NotFound("session")
	}
	return err
}

// RevokeAllOwn ends all of the caller's sessions, or all but the present one, in the request's transaction.
func (s *Service) RevokeAllOwn(ctx context.Context, keepCurrent bool) (int, error) {
	v := viewer.From(ctx)
	which := []func(*entsql.Selector){loginsession.UserID(v.PersonID)}
	if keepCurrent {
		which = append(which, loginsession.IDNEQ(v.SessionID))
	}
	return s.revoke(ctx, "revoked_by_owner", which...)
}

// OwnTenants are those in which the caller is an active member, by name.
func (s *Service) OwnTenants(ctx context.Context) ([]*ent.Tenant, error) {
	sys := s.system(ctx, viewer.DoorKeeper)
	ids, err := memberships(sys, viewer.From(ctx).PersonID)
	if err != nil {
		return nil, err
	}
	return db.From(sys).Tenant.Query().Where(tenant.IDIn(ids...)).Order(tenant.ByName(), tenant.ByID()).All(sys)
}

// memberships are the tenants in which a person is an active member.
func memberships(ctx context.Context, person uuid.UUID) ([]uuid.UUID, error) {
	rows, err := db.From(ctx).Membership.Query().Where(membership.UserID(person), membership.Status(active)).All(ctx)
	ids := make([]uuid.UUID, len(rows))
	for i, r := range rows {
		ids[i] = r.TenantID
	}
	return ids, err
}

// TenantNames are the names of tenants by id.
func (s *Service) TenantNames(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	sys := s.system(ctx, viewer.DoorKeeper)
	rows, err := db.From(sys).Tenant.Query().Where(tenant.IDIn(ids...)).All(sys)
	names := map[uuid.UUID]string{}
	for _, t := range rows {
		names[t.ID] = t.Name
	}
	return names, err
}

// Switch binds the caller's session to another of their tenants and gives the access token for it. The former one is
// dead from then on.
func (s *Service) Switch(ctx context.Context, to uuid.UUID) (*Grant, error) {
	v := viewer.From(ctx)
	sys := s.system(ctx, viewer.SignIn)
	t, m, err := s.place(sys, v.PersonID, to)
	if ent.IsNotFound(err) || err == nil && m.Status != active {
		return nil, fault.NotFound("tenant")
	}
	if err != nil {
		return nil, err
	}
	if err := stateFault(t); err != nil {
		return nil, err
	}
	g := &Grant{ExpiresIn: accessLife, Tenant: t, Membership: m}
	if g.User, err = db.From(sys).User.Get(sys, v.PersonID); err != nil {
		return nil, err
	}
	if g.User.EmailVerifiedAt == nil && to != g.User.HomeTenantID {
		return nil, fault.Conflict("prove_address", "your address was never proven: ask for a reset of your password by mail, and set one by that link")
	}
	rules, err := policyOf(sys, to)
	if err != nil {
		return nil, err
	}
	if rules.mfaRequired && !g.User.MfaEnabled {
		head, err := db.From(sys).LoginSession.Get(sys, v.SessionID)
		if err != nil {
			return nil, missing(err)
		}
		if !head.SecondFactor {
			return nil, fault.Denied("mfa_required", "this tenant demands a second factor: set one up first")
		}
	}
	err = s.tx(db.Last(ctx), viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, to, v.PersonID, viewer.SignIn)
		head, err := db.From(ctx).LoginSession.Query().Where(loginsession.ID(v.SessionID), loginsession.UserID(v.PersonID), db.Locked).Only(ctx)
		if err != nil {
			return missing(err)
		}
		if !alive(head, clock.Now(ctx)) {
			return fault.Unauthenticated()
		}
		if err := db.From(ctx).LoginSession.UpdateOneID(head.ID).SetActiveTenantID(to).Exec(ctx); err != nil {
			return err
		}
		_, err = db.SQL(ctx).ExecContext(ctx, `UPDATE users SET last_tenant_id = $1 WHERE id = $2`, to, v.PersonID)
		return err
	})
	if err != nil {
		return nil, err
	}
	g.Access, err = s.access(ctx, g.User, to, v.SessionID)
	return g, err
}

// CheckMethod says how addresses sign in, by their domain alone: whether there is such an account shows nowhere.
func (s *Service) CheckMethod(name string) (string, error) {
	if err := s.open(); err != nil {
		return "", err
	}
	domain := db.Key(name)
	for i := len(domain) - 1; i >= 0; i-- {
		if domain[i] == '@' {
			domain = domain[i+1:]
			break
		}
	}
	for _, d := range s.cfg.Domains {
		if db.Key(d.Name) == domain {
			return d.Method, nil
		}
	}
	return "password", nil
}

// ChangeOwn changes the caller's own name, user name, language or, with the present password, address.
func (s *Service) ChangeOwn(ctx context.Context, c Change, dry bool) (*ent.User, error) {
	before, err := s.self(ctx)
	if err != nil {
		return nil, err
	}
	v := viewer.From(ctx)
	if c.Email != nil && *c.Email == "" {
		return nil, fault.Invalid("email", "must not be empty")
	}
	if c.Email != nil && db.Key(*c.Email) != before.EmailKey {
		if v.SessionID == uuid.Nil {
			return nil, fault.Denied("session_only", "an API token will not do here: sign in yourself")
		}
		if c.Current == nil {
			return nil, fault.Invalid("current_password", "is needed to change the address")
		}
		try, err := s.proveOwn(ctx, before, "current_password", *c.Current)
		if err != nil {
			return nil, err
		}
		if err := s.settle(ctx, try); err != nil {
			return nil, err
		}
	}
	var u *ent.User
	err = s.db.Tx(db.Last(db.Expect(viewer.As(ctx, viewer.Self), nil)), func(inner context.Context) error {
		held, m, err := Member(inner, v.PersonID)
		if err != nil {
			return err
		}
		if err := checkVersion(ctx, held, m); err != nil {
			return err
		}
		if err := notOwn(inner, held, m, &c); err != nil {
			return err
		}
		if err := s.changePerson(inner, held, c, ""); err != nil {
			return err
		}
		if dry {
			db.Discard(inner)
		}
		u, _, err = Member(inner, v.PersonID)
		return err
	})
	return u, db.Fault(err)
}

// notOwn refuses a change of what belongs to the tenant; the same as before is no change.
func notOwn(ctx context.Context, u *ent.User, m *ent.Membership, c *Change) error {
	no := map[string]string{}
	const text = "is not yours to change"
	if c.Groups != nil {
		same, err := inGroups(ctx, m, *c.Groups)
		if err != nil {
			return err
		}
		if !same {
			no["group_ids"] = text
		}
	}
	if c.Client != nil && (m.ClientID == nil && *c.Client != uuid.Nil || m.ClientID != nil && *m.ClientID != *c.Client) {
		no["client_id"] = text
	}
	if c.Status != nil && *c.Status != m.Status {
		no["status"] = text
	}
	if c.IsActive != nil && *c.IsActive != u.IsActive {
		no["is_active"] = text
	}
	if len(no) > 0 {
		return fault.InvalidFields(no)
	}
	c.IsActive = nil
	return nil
}
