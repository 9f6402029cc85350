package identity

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/tenant"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// Founding is a new tenant and its first Administrator.
type Founding struct {
	TenantName string
	// Slug is made from the name when it is empty.
	Slug            string
	FullName, Email string
	// Password must satisfy the rules for passwords; empty leaves the account without one.
	Password string
	// Verified says that the address is known to be the person's.
	Verified bool
	// Active makes the tenant active whatever the licence mode.
	Active bool
	// Outside is set for whoever founds a tenant without the operator: they get no slug that the settings speak of.
	Outside bool
}

// Found makes a tenant, its built-in groups and its first Administrator, all or nothing.
func (s *Service) Found(ctx context.Context, f Founding) (t *ent.Tenant, u *ent.User, err error) {
	hash := ""
	if f.Password != "" {
		if err := checkPassword("password", f.Password, 0, f.FullName, f.Email, f.TenantName); err != nil {
			return nil, nil, err
		}
		if hash, err = s.hash(ctx, f.Password); err != nil {
			return nil, nil, err
		}
	}
	// Somebody may have taken the slug between the look and the write: then another is tried.
	for range 5 {
		err = s.tx(ctx, viewer.Founder, func(ctx context.Context) (err error) {
			t, u, err = s.found(ctx, f, hash)
			return err
		})
		if e := fault.Of(db.Fault(err)); e == nil || f.Slug != "" || e.Fields["slug"] == "" {
			break
		}
	}
	return t, u, db.Fault(err)
}

func (s *Service) found(ctx context.Context, f Founding, hash string) (*ent.Tenant, *ent.User, error) {
	if err := s.free(ctx, f.Email); err != nil {
		return nil, nil, err
	}
	slug := f.Slug
	if slug == "" {
		var err error
		if slug, err = s.freeSlug(ctx, f); err != nil {
			return nil, nil, err
		}
	}
	create := db.From(ctx).Tenant.Create().SetSlug(slug).SetName(strings.TrimSpace(f.TenantName)).SetStatus(active).SetPlan("open").SetFeatures(AllFeatures)
	if s.cfg.LicenseMode == "managed" && !f.Active {
		create.SetStatus(pending).SetPlan("").SetFeatures([]string{})
	}
	t, err := create.Save(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := s.cfg.Builtin.Bring(ctx, t.ID); err != nil {
		return nil, nil, err
	}
	admins, err := db.From(ctx).Group.Query().Where(group.TenantID(t.ID), group.BuiltinKey(s.cfg.Roles[0].Key)).OnlyID(ctx)
	if err != nil {
		return nil, nil, err
	}
	u, err := s.person(ctx, t.ID, f.FullName, f.Email, hash, f.Verified)
	if err != nil {
		return nil, nil, err
	}
	_, err = s.enroll(ctx, t.ID, u.ID, []uuid.UUID{admins}, nil)
	return t, u, err
}

// person makes an account whose home is a tenant.
func (s *Service) person(ctx context.Context, home uuid.UUID, name, email, hash string, verified bool) (*ent.User, error) {
	create := db.From(ctx).User.Create().SetHomeTenantID(home).SetFullName(strings.TrimSpace(name)).SetEmail(strings.TrimSpace(email))
	if hash != "" {
		create.SetPasswordHash(hash)
	}
	if verified {
		create.SetEmailVerifiedAt(clock.Now(ctx))
	}
	return create.Save(ctx)
}

// enroll makes somebody a member of a tenant, in groups, perhaps bound to a client. A membership that was ended begins
// anew.
func (s *Service) enroll(ctx context.Context, t, person uuid.UUID, groups []uuid.UUID, client *uuid.UUID) (*ent.Membership, error) {
	m, err := db.From(ctx).Membership.Query().Where(membership.TenantID(t), membership.UserID(person), membership.Status(ended)).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		m, err = db.From(ctx).Membership.Create().SetTenantID(t).SetUserID(person).SetNillableClientID(client).Save(ctx)
	case err == nil && client == nil:
		m, err = db.From(ctx).Membership.UpdateOne(m).SetStatus(active).ClearClientID().Save(ctx)
	case err == nil:
		m, err = db.From(ctx).Membership.UpdateOne(m).SetStatus(active).SetClientID(*client).Save(ctx)
	}
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if err := db.From(ctx).MembershipGroup.Create().SetTenantID(t).SetMembershipID(m.ID).SetGroupID(g).Exec(ctx); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// free refuses an address that has an account.
func (s *Service) free(ctx context.Context, email string) error {
	taken, err := db.From(ctx).User.Query().Where(user.EmailKey(db.Key(email))).Exist(ctx)
	if err != nil {
		return err
	}
	if taken {
		return fault.Exists("email", "has an account already")
	}
	return nil
}

// freeSlug makes a short name from a tenant's name that nobody has.
func (s *Service) freeSlug(ctx context.Context, f Founding) (string, error) {
	base := slugOf(f.TenantName)
	slug := base
	for range 20 {
		taken, err := db.From(ctx).Tenant.Query().Where(tenant.Slug(slug)).Exist(ctx)
		taken = taken || f.Outside && s.reserved(slug)
		if err != nil || !taken {
			return slug, err
		}
		slug = base + "-" + strings.ToLower(newToken("")[:5])
		slug = strings.Map(slugRune, slug)
	}
	return slug, nil
}

func slugRune(r rune) rune {
	switch {
	case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-':
		return r
	}
	return '-'
}

// slugOf is a name in a-z, 0-9 and hyphens, 3 to 33 characters, so that a suffix fits.
func slugOf(name string) string {
	slug := strings.Trim(strings.Join(strings.FieldsFunc(strings.Map(slugRune, searchindex.Fold(name)), func(r rune) bool { return r == '-' }), "-"), "-")
	if len(slug) > 33 {
		slug = strings.Trim(slug[:33], "-")
	}
	if len(slug) < 3 {
		slug = strings.Trim("tenant-"+slug, "-")
	}
	return slug
}

// Register founds a tenant for somebody who comes from outside, and signs them in unless the tenant waits for its
// licence.
func (s *Service) Register(ctx context.Context, f Founding) (*Grant, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	try := s.registration(ctx)
	if err := s.begin(ctx, try); err != nil {
		return nil, err
	}
	f.Outside = true
	t, u, err := s.Found(ctx, f)
	if e := fault.Of(err); e != nil && e.Fields["email"] == "" {
		if err := s.settle(ctx, try); err != nil { // only tenants, and asking for accounts, use up the limit
			return nil, err
		}
	}
	if err != nil {
		return nil, err
	}
	if t.Status == pending {
		g := &Grant{User: u, Tenant: t}
		sys := s.system(ctx, viewer.SignIn)
		_, g.Membership, err = s.place(sys, u.ID, t.ID)
		return g, err
	}
	return s.enter(ctx, u, t, entry{proven: clock.Now(ctx)})
}

// registration counts what tells a stranger whether an address has an account.
func (s *Service) registration(ctx context.Context) attempt {
	return attempt{s.byNetwork(ctx, "register", s.registering, nil)}
}

// NewUser is an account to be made by an operator.
type NewUser struct {
	// Tenant is the slug of the home tenant.
	Tenant          string
	FullName, Email string
	// Password may be empty: then the person sets one by a password reset.
	Password string
	// Groups are names; empty means the tenant's default group.
	Groups []string
	// Client is needed for the group whose members are bound to one.
	Client *uuid.UUID
}

// CreateUser makes an account and its membership, for the operator of the installation.
func (s *Service) CreateUser(ctx context.Context, in NewUser) (u *ent.User, err error) {
	sys := s.system(ctx, viewer.Founder)
	t, err := db.From(sys).Tenant.Query().Where(tenant.Slug(in.Tenant)).Only(sys)
	if err != nil {
		return nil, db.Fault(err)
	}
	hash := ""
	if in.Password != "" {
		if hash, err = s.newHash(ctx, "password", in.Password, t.ID, in.FullName, in.Email); err != nil {
			return nil, err
		}
	}
	err = s.tx(ctx, viewer.Founder, func(ctx context.Context) (err error) {
		if err := s.free(ctx, in.Email); err != nil {
			return err
		}
		var groups []uuid.UUID
		for _, name := range in.Groups {
			id, err := db.From(ctx).Group.Query().Where(group.TenantID(t.ID), group.NameKey(db.Key(name))).OnlyID(ctx)
			if ent.IsNotFound(err) {
				return fault.Invalid("groups", "there is no group %q", name)
			}
			if err != nil {
				return err
			}
			groups = append(groups, id)
		}
		if groups, err = s.assignable(ctx, t.ID, groups, in.Client, "groups"); err != nil {
			return err
		}
		if err := s.bindable(ctx, t.ID, groups, in.Client, "groups"); err != nil {
			return err
		}
		if u, err = s.person(ctx, t.ID, in.FullName, in.Email, hash, true); err != nil {
			return err
		}
		_, err = s.enroll(ctx, t.ID, u.ID, groups, in.Client)
		return err
	})
	return u, db.Fault(err)
}

// ResetPassword sets somebody's password for the operator, and ends all their sessions. It also removes the second
// factor when asked to.
func (s *Service) ResetPassword(ctx context.Context, name, password string, withMfa bool) error {
	sys := s.system(ctx, viewer.SignIn)
	u, err := account(sys, name)
	if err != nil {
		return err
	}
	if u == nil {
		return fault.NotFound("user")
	}
	hash, err := s.newHash(ctx, "password", password, u.HomeTenantID, u.FullName, u.Email)
	if err != nil {
		return err
	}
	return s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, u.HomeTenantID, uuid.Nil, viewer.SignIn)
		if err := s.setPassword(ctx, u, hash); err != nil {
			return err
		}
		if withMfa && u.MfaEnabled {
			if err := s.removeMfa(ctx, u); err != nil {
				return err
			}
		}
		return s.expel(ctx, u.ID, "password_reset")
	})
}

// Promote makes somebody an administrator of the whole installation, or no longer one.
func (s *Service) Promote(ctx context.Context, name string, platform bool) error {
	sys := s.system(ctx, viewer.Founder)
	u, err := account(sys, name)
	if err != nil {
		return err
	}
	if u == nil {
		return fault.NotFound("user")
	}
	return s.tx(ctx, viewer.Founder, func(ctx context.Context) error {
		return db.From(ctx).User.UpdateOneID(u.ID).SetIsPlatformAdmin(platform).Exec(ctx)
	})
}

// License is what a licence allows a tenant.
type License struct {
	Tenant    uuid.UUID
	Plan      string
	Features  []string
	ExpiresAt *time.Time
}

// ApplyLicense activates a tenant, or changes what it may use.
func (s *Service) applyLicense(ctx context.Context, l License) error {
	t, err := db.From(ctx).Tenant.Get(ctx, l.Tenant)
	if err != nil {
		return err
	}
	up := db.From(ctx).Tenant.UpdateOneID(t.ID).SetPlan(l.Plan).SetFeatures(l.Features)
	if t.Status != suspended { // only the installation's administrators lift a suspension
		up.SetStatus(active)
	}
	if l.ExpiresAt == nil {
		up.ClearLicenseExpiresAt()
	} else {
		up.SetLicenseExpiresAt(*l.ExpiresAt)
	}
	return up.Exec(ctx)
}
