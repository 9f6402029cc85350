package identity

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/apitoken"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/membershipgroup"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Authenticate tells who sends a request by its bearer token: an access token or an API token. Whatever is wrong with
// it, the answer is the same; only a tenant's state is told. A credential that was seen before costs no query.
func (s *Service) Authenticate(ctx context.Context, header http.Header, access *accessv1.Access) (*viewer.Viewer, error) {
	switch access.GetRule().(type) {
	case *accessv1.Access_Device, *accessv1.Access_Provisioning, *accessv1.Access_Webhook, *accessv1.Access_Internal:
		return nil, fault.Unauthenticated() // these need a credential of their own kind
	}
	token := bearerOf(header)
	if token == "" || len(token) > 4096 {
		return nil, fault.Unauthenticated()
	}
	now := clock.Now(ctx)
	key := credential(sha256.Sum256([]byte(token)))
	proof := access.GetConfirmed() || len(access.GetConfirmedFields()) > 0
	p, err := s.cache.Read(ctx, key, func(p *principal) bool {
		// Another server may have taken the proof a moment ago.
		return now.Before(p.expires) && (!proof || p.viewer.Confirmed(now))
	}, func(ctx context.Context) (*principal, error) {
		return s.principal(ctx, token, now, access.GetMfaEnrollment())
	})
	if err != nil {
		return nil, err
	}
	if p.enroll && !access.GetMfaEnrollment() {
		return nil, fault.Unauthenticated()
	}
	if p.refusal != nil {
		return nil, p.refusal
	}
	s.seen.note(p, now)
	return &p.viewer, nil
}

// bearerOf is the token of an Authorization header, or empty.
func bearerOf(header http.Header) string {
	scheme, token, ok := strings.Cut(header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// principal reads who a token stands for.
func (s *Service) principal(ctx context.Context, token string, now time.Time, enrolling bool) (*principal, error) {
	ctx = s.system(ctx, viewer.DoorKeeper)
	if strings.HasPrefix(token, apiTokenPrefix) {
		return s.byAPIToken(ctx, token, now)
	}
	c, err := s.check(ctx, typAccess, token)
	if err == nil {
		return s.bySession(ctx, c, now)
	}
	if enrolling && errors.Is(err, errToken) {
		if c, err = s.check(ctx, typEnroll, token); err == nil {
			return s.byEnrolment(ctx, c)
		}
	}
	if !errors.Is(err, errToken) {
		return nil, err
	}
	return nil, fault.Unauthenticated()
}

// bySession is the principal of an access token: the session must live and be bound to the token's tenant, the person
// be the same since.
func (s *Service) bySession(ctx context.Context, c *claims, now time.Time) (*principal, error) {
	head, err := db.From(ctx).LoginSession.Get(ctx, c.Session)
	if ent.IsNotFound(err) {
		return nil, fault.Unauthenticated()
	}
	if err != nil {
		return nil, err
	}
	if head.Parent != nil || head.UserID != c.user() || head.ActiveTenantID != c.Tenant || !alive(head, now) {
		return nil, fault.Unauthenticated()
	}
	p, err := s.member(ctx, c.user(), c.Tenant, c.Version, now)
	if err != nil {
		return nil, err
	}
	p.viewer.SessionID = head.ID
	if head.ConfirmedAt != nil {
		p.viewer.ConfirmedAt = *head.ConfirmedAt
	}
	if head.LastSeenAt != nil {
		p.seen.Store(head.LastSeenAt.UnixMicro())
	}
	p.expires = earliest(p.expires, c.ExpiresAt.Time, head.FamilyExpiresAt)
	return p, nil
}

// byEnrolment is the principal of a login that the demand for a second factor holds up.
func (s *Service) byEnrolment(ctx context.Context, c *claims) (*principal, error) {
	p, err := s.member(ctx, c.user(), c.Tenant, c.Version, clock.Now(ctx))
	if err != nil {
		return nil, err
	}
	p.viewer.Permissions, p.viewer.Features, p.viewer.Platform = nil, nil, false
	p.viewer.SessionID, p.enroll = c.user(), true
	p.expires = earliest(p.expires, c.ExpiresAt.Time)
	return p, nil
}

// byAPIToken is the principal of an API token: its owner, within the token's scopes.
func (s *Service) byAPIToken(ctx context.Context, token string, now time.Time) (*principal, error) {
	if !wellFormed(apiTokenPrefix, token) {
		return nil, fault.Unauthenticated()
	}
	hash := hashToken(token)
	t, err := db.From(ctx).ApiToken.Query().Where(apitoken.TokenHash(hash)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Unauthenticated()
	}
	if err != nil {
		return nil, err
	}
	if !sameHash(t.TokenHash, hash) || t.RevokedAt != nil || t.ExpiresAt != nil && !now.Before(*t.ExpiresAt) {
		return nil, fault.Unauthenticated()
	}
	p, err := s.member(ctx, t.OwnerID, t.TenantID, 0, now)
	if err != nil {
		return nil, err
	}
	p.viewer.TokenID, p.viewer.Platform = t.ID, false
	p.viewer.Permissions = within(t.Scopes, p.viewer.Permissions)
	if t.ExpiresAt != nil {
		p.expires = earliest(p.expires, *t.ExpiresAt)
	}
	if t.LastUsedAt != nil {
		p.seen.Store(t.LastUsedAt.UnixMicro())
	}
	return p, nil
}

// cacheLife bounds how long a principal is believed without any news.
const cacheLife = 15 * time.Minute

// member is a person in a tenant with all that they may do there. A token version other than 0 must be the person's
// present one.
func (s *Service) member(ctx context.Context, person, tenant uuid.UUID, version int32, now time.Time) (*principal, error) {
	client := db.From(ctx)
	u, err := client.User.Get(ctx, person)
	if err != nil {
		return nil, missing(err)
	}
	if u.EmailVerifiedAt == nil && tenant != u.HomeTenantID { // an unproven address proves nothing elsewhere
		return nil, fault.Unauthenticated()
	}
	if !u.IsActive || version != 0 && version != u.TokenVersion {
		return nil, fault.Unauthenticated()
	}
	m, err := client.Membership.Query().Where(membership.UserID(person), membership.TenantID(tenant)).Only(ctx)
	if err != nil {
		return nil, missing(err)
	}
	if m.Status != "active" {
		return nil, fault.Unauthenticated()
	}
	t, err := client.Tenant.Get(ctx, tenant)
	if err != nil {
		return nil, missing(err)
	}
	groups, err := client.Group.Query().Where(group.TenantID(tenant), groupOf(m.ID)).All(ctx)
	if err != nil {
		return nil, err
	}
	p := &principal{user: person, expires: now.Add(cacheLife), refusal: stateFault(t)}
	if t.LicenseExpiresAt != nil && now.Before(*t.LicenseExpiresAt) {
		p.expires = earliest(p.expires, *t.LicenseExpiresAt)
	}
	p.viewer = viewer.Viewer{
		TenantID: tenant, PersonID: person, Permissions: s.permissions(groups), Features: Features(t, now), Platform: u.IsPlatformAdmin,
	}
	if m.ClientID != nil {
		p.viewer.ClientID = *m.ClientID
	}
	return p, nil
}

// groupOf limits groups to those of a membership.
func groupOf(id uuid.UUID) func(*sql.Selector) {
	return func(q *sql.Selector) {
		t := sql.Table(membershipgroup.Table)
		q.Where(sql.In(q.C(group.FieldID), sql.Dialect(q.Dialect()).Select(t.C(membershipgroup.FieldGroupID)).From(t).
			Where(sql.EQ(t.C(membershipgroup.FieldMembershipID), id))))
	}
}

// missing makes what is not there the one answer to a credential that is not good.
func missing(err error) error {
	if ent.IsNotFound(err) {
		return fault.Unauthenticated()
	}
	return err
}

// permissions are the union of what the groups grant; built-in groups by the program's own lists.
func (s *Service) permissions(groups []*ent.Group) []string {
	var all []string
	for _, g := range groups {
		for _, p := range s.Grants(g) {
			if !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Grants is what a group grants. Built-in groups go by the program's lists: a new release may add to them.
func (s *Service) Grants(g *ent.Group) []string {
	if r := s.role(g); r != nil {
		return r.Permissions
	}
	return g.Permissions
}

// role is what the program says of a built-in group; nil for any other.
func (s *Service) role(g *ent.Group) *Role {
	if g.BuiltinKey == nil {
		return nil
	}
	for i := range s.cfg.Roles {
		if s.cfg.Roles[i].Key == *g.BuiltinKey {
			return &s.cfg.Roles[i]
		}
	}
	return nil
}

// within is what of the scopes the permissions cover, and of the permissions the scopes: the narrower of each pair.
func within(scopes, permissions []string) []string {
	var out []string
	add := func(p string) {
		if !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	for _, scope := range scopes {
		for _, p := range permissions {
			switch {
			case covers(p, scope):
				add(scope)
			case covers(scope, p):
				add(p)
			}
		}
	}
	slices.Sort(out)
	return out
}

// covers tells whether one permission, perhaps a wildcard, holds all of another.
func covers(wide, narrow string) bool {
	return wide == narrow || wide == "*" || strings.HasSuffix(wide, ":*") && strings.HasPrefix(narrow, wide[:len(wide)-1])
}

// coveredBy tells whether somebody with permissions may hand on all of the others.
func coveredBy(permissions, others []string) (missing string, ok bool) {
	for _, o := range others {
		if !slices.ContainsFunc(permissions, func(p string) bool { return covers(p, o) }) {
			return o, false
		}
	}
	return "", true
}

func earliest(first time.Time, others ...time.Time) time.Time {
	for _, o := range others {
		if o.Before(first) {
			first = o
		}
	}
	return first
}
