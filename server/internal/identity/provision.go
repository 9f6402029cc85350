package identity

import (
	"context"
	"net/mail"
	"slices"
	"strings"
	"unicode"

	"github.com/google/uuid"
	"github.com/zitadel/oidc/v3/pkg/oidc"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/apitoken"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/invite"
	"github.com/holdfast-platform/holdfast/gen/ent/tenant"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// vouched is the address that the provider says is the person's, or empty. Entra lets people and directories write any
// address into "email" and "preferred_username"; only "xms_edov" says that the domain's owner is known. Others say so
// by "email_verified".
func (p *provider) vouched(c oidc.UserInfoEmail, claims map[string]any) string {
	sure := bool(c.EmailVerified)
	if p.Name == Microsoft {
		switch v := claims["xms_edov"].(type) {
		case bool:
			sure = v
		case string:
			sure = v == "1" || strings.EqualFold(v, "true")
		case float64:
			sure = v == 1
		default:
			sure = false
		}
	}
	if !sure || !usable(c.Email) {
		return ""
	}
	return c.Email
}

// usable tells whether an address may name somebody. Letters beyond ASCII are not taken: addresses are compared without
// regard to their look, and two that a provider tells apart could be one here.
func usable(email string) bool {
	if len(email) > 254 || strings.ContainsFunc(email, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return false
	}
	a, err := mail.ParseAddress(email)
	return err == nil && a.Address == email && !strings.ContainsAny(email, `"<>[]`)
}

// nameOf is what to call somebody, or empty.
func nameOf(c oidc.UserInfoProfile) string {
	name := c.Name
	if name == "" {
		name = c.GivenName + " " + c.FamilyName
	}
	name = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if letters := []rune(name); len(letters) > 200 {
		name = string(letters[:200])
	}
	return strings.TrimSpace(name)
}

// domain finds how the addresses of a domain sign in; nil is one that the settings do not name.
func (s *Service) domain(email string) *Domain {
	name := db.Key(email[strings.LastIndexByte(email, '@')+1:])
	for i := range s.cfg.Domains {
		if db.Key(s.cfg.Domains[i].Name) == name {
			return &s.cfg.Domains[i]
		}
	}
	return nil
}

// recognize finds whose identity it is, and makes an account for one that is seen for the first time. Several may come
// with the same one at once: whoever loses looks again, and finds it.
func (s *Service) recognize(ctx context.Context, who *claimed) (u *ent.User, err error) {
	for range 5 {
		err = s.tx(ctx, viewer.Founder, func(ctx context.Context) (err error) {
			u, err = s.whose(ctx, who)
			return err
		})
		if e := fault.Of(db.Fault(err)); e == nil || e.Code() != fault.AlreadyExists {
			return u, err
		}
	}
	return nil, err
}

// whose does it in the transaction.
func (s *Service) whose(ctx context.Context, who *claimed) (*ent.User, error) {
	var d *Domain
	if who.email != "" {
		d = s.domain(who.email)
	}
	if s.Restricted() { // always, not only at first: a domain may be taken off the list
		switch {
		case who.email == "":
			return nil, refuse(EmailUnverified)
		case d == nil || d.Method != "sso":
			return nil, refuse(DomainNotAllowed)
		}
	}
	known, err := db.From(ctx).User.Query().Where(user.OidcIssuer(who.issuer), user.OidcSubject(who.subject)).Only(ctx)
	if err == nil || !ent.IsNotFound(err) {
		return known, err
	}
	if who.email == "" {
		return nil, refuse(EmailUnverified)
	}
	slug := s.cfg.DefaultTenant
	switch {
	case d != nil && d.Method != "sso":
		return nil, refuse(DomainNotAllowed) // its addresses sign in by password
	case d != nil:
		slug = d.Tenant
	case slug == "":
		return nil, refuse(DomainNotAllowed)
	}
	t, err := named(ctx, slug)
	if ent.IsNotFound(err) {
		return nil, refuse(TenantUnavailable)
	}
	if err != nil {
		return nil, err
	}
	held, err := db.From(ctx).User.Query().Where(user.EmailKey(db.Key(who.email)), db.Locked).Only(ctx)
	switch {
	case err == nil:
		return s.link(ctx, held, t, d, who)
	case !ent.IsNotFound(err):
		return nil, err
	}
	if err := tenantRefusal(t); err != nil {
		return nil, err
	}
	return s.provision(ctx, t, who)
}

// named finds a tenant by what the settings call it: its slug or, safe from renaming, its id.
func named(ctx context.Context, name string) (*ent.Tenant, error) {
	if id, err := uuid.Parse(name); err == nil {
		return db.From(ctx).Tenant.Get(ctx, id)
	}
	return db.From(ctx).Tenant.Query().Where(tenant.Slug(name)).Only(ctx)
}

// reserved tells whether the settings call a tenant by this slug. Whoever has it takes in people from elsewhere, so
// nobody gets or leaves it without the operator.
func (s *Service) reserved(slug string) bool {
	return s.cfg.DefaultTenant == slug || slices.ContainsFunc(s.cfg.Domains, func(d Domain) bool { return d.Tenant == slug })
}

// MayRename refuses a change of a tenant's slug that would change what the settings mean.
func (s *Service) MayRename(t *ent.Tenant, slug string) error {
	if slug != "" && slug != t.Slug && (s.reserved(slug) || s.reserved(t.Slug)) {
		return fault.Conflict("slug_in_settings", "the operator's settings name the tenant %s: ask for a change there first", t.Slug)
	}
	return nil
}

// link joins an identity to the account that has its address. That is done only where the settings leave the address's
// domain to the account's home tenant and to single sign-on; never for an account that has another identity, or that
// rules over the installation. An account whose address nobody has proven may have been prepared by somebody else: it
// keeps its groups, and loses its password, its second factor, its sessions and its tokens.
func (s *Service) link(ctx context.Context, u *ent.User, t *ent.Tenant, d *Domain, who *claimed) (*ent.User, error) {
	if u.OidcIssuer != nil && u.OidcSubject != nil && *u.OidcIssuer == who.issuer && *u.OidcSubject == who.subject {
		return u, nil // somebody was faster with the same identity
	}
	if d == nil || u.HomeTenantID != t.ID || u.OidcSubject != nil || u.IsPlatformAdmin {
		return nil, refuse(AccountExists)
	}
	if !u.IsActive {
		return nil, refuse(AccountInactive)
	}
	ctx = acting(ctx, t.ID, u.ID, viewer.Founder)
	up := db.From(ctx).User.UpdateOneID(u.ID).SetOidcIssuer(who.issuer).SetOidcSubject(who.subject)
	if u.EmailVerifiedAt == nil {
		up.SetEmailVerifiedAt(clock.Now(ctx)).ClearPasswordHash()
	}
	if err := up.Exec(ctx); err != nil {
		return nil, err
	}
	if u.EmailVerifiedAt == nil {
		if err := s.disown(ctx, u); err != nil {
			return nil, err
		}
	}
	return db.From(ctx).User.Get(ctx, u.ID)
}

// Unlink parts an account from its identity, for the operator: when a provider has given somebody another subject. It
// ends their sessions; the next single sign-on joins the account anew, under the same conditions as the first.
func (s *Service) Unlink(ctx context.Context, name string) error {
	u, err := account(s.system(ctx, viewer.SignIn), name)
	if err != nil {
		return err
	}
	if u == nil {
		return fault.NotFound("user")
	}
	if u.OidcSubject == nil {
		return fault.Conflict("not_linked", "this account has no identity of single sign-on")
	}
	return s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, u.HomeTenantID, uuid.Nil, viewer.SignIn)
		if err := db.From(ctx).User.UpdateOneID(u.ID).ClearOidcIssuer().ClearOidcSubject().Exec(ctx); err != nil {
			return err
		}
		return s.expel(ctx, u.ID, "identity_unlinked")
	})
}

// disown takes away whatever somebody else may hold of an account.
func (s *Service) disown(ctx context.Context, u *ent.User) error {
	if u.MfaEnabled || u.MfaSecret != nil {
		if err := s.removeMfa(ctx, u); err != nil {
			return err
		}
	}
	tokens := viewer.As(ctx, viewer.Disowner)
	if err := db.From(ctx).ApiToken.Update().Where(apitoken.OwnerID(u.ID), apitoken.RevokedAtIsNil()).SetRevokedAt(clock.Now(ctx)).Exec(tokens); err != nil {
		return err
	}
	return s.expel(ctx, u.ID, "identity_linked")
}

// provision makes an account for an identity that is seen for the first time. Where an invitation is open for the
// address it is taken, with its groups and client; else the person joins the tenant's default group, or, where there is
// none, the one of the built-in groups that is for newcomers.
func (s *Service) provision(ctx context.Context, t *ent.Tenant, who *claimed) (*ent.User, error) {
	ctx = acting(ctx, t.ID, uuid.Nil, viewer.Founder)
	groups, client, err := s.belongings(ctx, t.ID, who.email)
	if fault.Of(err) != nil {
		return nil, refuse(TenantUnavailable)
	}
	if err != nil {
		return nil, err
	}
	name := who.name
	if name == "" {
		name, _, _ = strings.Cut(who.email, "@")
	}
	u, err := db.From(ctx).User.Create().SetHomeTenantID(t.ID).SetFullName(name).SetEmail(who.email).SetEmailVerifiedAt(clock.Now(ctx)).
		SetOidcIssuer(who.issuer).SetOidcSubject(who.subject).Save(ctx)
	if err != nil {
		return nil, err
	}
	ctx = acting(ctx, t.ID, u.ID, viewer.Founder)
	if _, err := s.enroll(ctx, t.ID, u.ID, groups, client); err != nil {
		return nil, err
	}
	return u, nil
}

// belongings finds the groups, and perhaps the client, of a newcomer.
func (s *Service) belongings(ctx context.Context, t uuid.UUID, email string) (groups []uuid.UUID, client *uuid.UUID, err error) {
	now := clock.Now(ctx)
	offer, err := db.From(ctx).Invite.Query().Where(invite.TenantID(t), invite.EmailKey(db.Key(email)), invite.ClaimedAtIsNil(), invite.RevokedAtIsNil(),
		invite.ExpiresAtGT(now), db.Locked).Only(ctx)
	switch {
	case err == nil:
		if groups, err = db.From(ctx).Group.Query().Where(group.TenantID(t), group.IDIn(offer.GroupIds...)).IDs(ctx); err != nil {
			return nil, nil, err
		}
		return groups, offer.ClientID, db.From(ctx).Invite.UpdateOneID(offer.ID).SetClaimedAt(now).Exec(ctx)
	case !ent.IsNotFound(err):
		return nil, nil, err
	}
	if groups, err = s.assignable(ctx, t, nil, nil, "default_group_id"); err != nil || len(groups) > 0 {
		return groups, nil, err
	}
	for _, r := range s.cfg.Roles {
		if !r.ForNewcomers {
			continue
		}
		groups, err = db.From(ctx).Group.Query().Where(group.TenantID(t), group.BuiltinKey(r.Key)).IDs(ctx)
	}
	return groups, nil, err
}
