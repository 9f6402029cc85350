package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/tenant"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Login signs somebody in by e-mail address or user name. Whoever is not there and whoever gives the wrong password get
// the same answer after the same time.
func (s *Service) Login(ctx context.Context, name, password, slug string) (*Grant, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	sys := s.system(ctx, viewer.SignIn)
	u, err := account(sys, name)
	if err != nil {
		return nil, err
	}
	person := uuid.Nil
	if u != nil {
		person = u.ID
	}
	try := s.guess(ctx, "login", person, name)
	if err := s.begin(ctx, try); err != nil {
		return nil, err
	}
	hash := ""
	if u != nil && u.PasswordHash != nil {
		hash = *u.PasswordHash
	}
	right, err := s.hasher.Verify(ctx, password, hash)
	if err != nil { // not judged: too many at once, or the caller has gone
		return nil, errors.Join(err, s.settle(context.WithoutCancel(ctx), try))
	}
	if !right || u == nil || !u.IsActive {
		return nil, s.failed(ctx, "login.failed", u)
	}
	t, err := s.choose(sys, u, slug)
	if fault.Of(err) != nil {
		return nil, s.failed(ctx, "login.failed", u)
	}
	if err != nil {
		return nil, err
	}
	if refusal := stateFault(t); refusal != nil {
		if err := s.settle(ctx, try); err != nil {
			return nil, err
		}
		return nil, refusal
	}
	return s.admit(ctx, u, t, entry{try: try, proven: clock.Now(ctx)})
}

// entry is how somebody comes in.
type entry struct {
	try      attempt
	provider string // of single sign-on
	strong   bool   // the provider has asked for more than one factor
	// proven is when the person has shown to be there; zero where a provider only said that they were at some time.
	proven time.Time
}

// admit lets in somebody who has shown who they are, or asks for the second factor.
func (s *Service) admit(ctx context.Context, u *ent.User, t *ent.Tenant, e entry) (g *Grant, err error) {
	if e.strong {
		return s.enter(ctx, u, t, e)
	}
	if u.MfaEnabled {
		if err := s.settle(ctx, e.try); err != nil {
			return nil, err
		}
		g = &Grant{}
		g.MfaToken, err = s.signed(ctx, typMFA, mfaLife, u, t.ID, uuid.Nil)
		return g, err
	}
	rules, err := policyOf(s.system(ctx, viewer.SignIn), t.ID)
	if err != nil {
		return nil, err
	}
	if rules.mfaRequired {
		if err := s.settle(ctx, e.try); err != nil {
			return nil, err
		}
		g = &Grant{Enroll: true}
		g.MfaToken, err = s.signed(ctx, typEnroll, mfaLife, u, t.ID, uuid.Nil)
		return g, err
	}
	return s.enter(ctx, u, t, e)
}

// settle takes a right try back from the counts.
func (s *Service) settle(ctx context.Context, try attempt) error {
	return s.tx(ctx, viewer.SignIn, try.forgive)
}

// enter opens the session.
func (s *Service) enter(ctx context.Context, u *ent.User, t *ent.Tenant, e entry) (*Grant, error) {
	g := &Grant{ExpiresIn: accessLife, User: u, Tenant: t}
	var head *ent.LoginSession
	err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) (err error) {
		ctx = acting(ctx, t.ID, u.ID, viewer.SignIn)
		if err := e.try.forgive(ctx); err != nil {
			return err
		}
		if head, g.Refresh, err = s.openSession(ctx, u, t, e); err != nil {
			return err
		}
		if g.User, err = db.From(ctx).User.Get(ctx, u.ID); err != nil {
			return err
		}
		if g.Tenant, g.Membership, err = s.place(ctx, u.ID, t.ID); err != nil {
			return err
		}
		in := db.Event{Action: "login.succeeded", Kind: "user", RecordID: u.ID, Label: u.FullName}
		if e.provider != "" {
			in.Changes = noted("method", e.provider)
		}
		return db.Note(ctx, in)
	})
	if err != nil {
		return nil, err
	}
	g.RefreshUntil = head.ExpiresAt
	g.Access, err = s.access(ctx, g.User, t.ID, head.ID)
	return g, err
}

// OpenSession signs a member in to a tenant without asking for anything: for those who prepare a database and for
// tests.
func (s *Service) OpenSession(ctx context.Context, person, tenant uuid.UUID) (*Grant, error) {
	sys := s.system(ctx, viewer.SignIn)
	u, err := db.From(sys).User.Get(sys, person)
	if err != nil {
		return nil, err
	}
	t, _, err := s.place(sys, person, tenant)
	if err != nil {
		return nil, err
	}
	return s.enter(ctx, u, t, entry{proven: clock.Now(ctx)})
}

// failed writes down that somebody was turned away and is the answer to that.
func (s *Service) failed(ctx context.Context, action string, u *ent.User) error {
	e := db.Event{Action: action, Kind: "user"}
	if u != nil {
		e.RecordID, e.TenantID, e.Label = u.ID, u.HomeTenantID, u.FullName
	}
	if err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) error { return db.Note(ctx, e) }); err != nil {
		return err
	}
	return fault.Unauthenticated()
}

// account finds a person by e-mail address or user name; nil is nobody.
func account(ctx context.Context, name string) (*ent.User, error) {
	key := db.Key(name)
	u, err := db.From(ctx).User.Query().Where(user.Or(user.EmailKey(key), user.UsernameKey(key))).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil //nolint:nilnil // nobody is an answer
	}
	return u, err
}

// choose finds the tenant to sign in to: the one that was named, else the last used, else the home tenant, else any
// other in which the person is a member; of those that are named by nobody, one that is open.
func (s *Service) choose(ctx context.Context, u *ent.User, slug string) (*ent.Tenant, error) {
	rows, err := db.From(ctx).Membership.Query().Where(membership.UserID(u.ID), membership.Status(active)).Order(membership.ByCreatedAt()).All(ctx)
	if err != nil {
		return nil, err
	}
	if u.EmailVerifiedAt == nil {
		rows = slices.DeleteFunc(rows, func(m *ent.Membership) bool { return m.TenantID != u.HomeTenantID })
	}
	if slug != "" {
		t, err := db.From(ctx).Tenant.Query().Where(tenant.Slug(slug)).Only(ctx)
		if err != nil {
			return nil, missing(err)
		}
		for _, m := range rows {
			if m.TenantID == t.ID {
				return t, nil
			}
		}
		return nil, fault.Unauthenticated()
	}
	ids := make([]uuid.UUID, len(rows))
	for i, m := range rows {
		ids[i] = m.TenantID
	}
	places, err := db.From(ctx).Tenant.Query().Where(tenant.IDIn(ids...)).Order(tenant.ByID()).All(ctx)
	if err != nil {
		return nil, err
	}
	var best *ent.Tenant
	highest := 0
	for _, t := range places {
		rank := 1
		switch {
		case u.LastTenantID != nil && t.ID == *u.LastTenantID:
			rank = 3
		case t.ID == u.HomeTenantID:
			rank = 2
		}
		if stateFault(t) == nil {
			rank += 3
		}
		if rank > highest {
			best, highest = t, rank
		}
	}
	if best == nil {
		return nil, fault.Unauthenticated()
	}
	return best, nil
}

// place is a tenant and a person's membership there.
func (s *Service) place(ctx context.Context, person, id uuid.UUID) (*ent.Tenant, *ent.Membership, error) {
	t, err := db.From(ctx).Tenant.Get(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	m, err := db.From(ctx).Membership.Query().Where(membership.UserID(person), membership.TenantID(id)).Only(ctx)
	return t, m, err
}
