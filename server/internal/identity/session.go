package identity

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/loginsession"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// A login session is a family of rows, one per refresh token. Its head, the row without a parent, is the session: its
// id is in the access tokens, and it says whether the session lives and which tenant it is bound to.

// Grant is what somebody gets who has signed in.
type Grant struct {
	// Access and Refresh are the tokens; empty where there are none yet.
	Access, Refresh string
	// ExpiresIn is the life of the access token, RefreshUntil the end of the refresh token.
	ExpiresIn    time.Duration
	RefreshUntil time.Time
	// MfaToken carries a login that waits for its second factor, or, with Enroll, for one to be set up.
	MfaToken string
	Enroll   bool
	// User, Tenant and Membership are null while a second factor is due.
	User       *ent.User
	Tenant     *ent.Tenant
	Membership *ent.Membership
}

// siblingGrace is how long a spent refresh token is accepted once more: two tabs, or an answer that was lost.
const siblingGrace = 30 * time.Second

// alive tells whether a session's head still lets somebody in.
func alive(head *ent.LoginSession, now time.Time) bool {
	return head.RevokedAt == nil && now.Before(head.FamilyExpiresAt)
}

// openSession makes a session, in the caller's system transaction.
func (s *Service) openSession(ctx context.Context, u *ent.User, t *ent.Tenant, e entry) (head *ent.LoginSession, refresh string, err error) {
	now, call := clock.Now(ctx), viewer.CallOf(ctx)
	family, err := uuid.NewV7()
	if err != nil {
		return nil, "", err
	}
	refresh = s.refreshToken(family)
	create := db.From(ctx).LoginSession.Create().SetUserID(u.ID).SetActiveTenantID(t.ID).SetFamily(family).SetTokenHash(hashToken(refresh)).
		SetIssuedAt(now).SetExpiresAt(now.Add(refreshLife)).SetFamilyExpiresAt(now.Add(familyLife)).SetLastSeenAt(now).
		SetIP(call.IP).SetUserAgent(call.UserAgent).SetSecondFactor(e.strong)
	if !e.proven.IsZero() {
		create.SetConfirmedAt(e.proven)
	}
	if head, err = create.Save(ctx); err != nil {
		return nil, "", err
	}
	// When somebody signed in last is no change of their record: no version, no line.
	_, err = db.SQL(ctx).ExecContext(ctx, `UPDATE users SET last_login_at = $1, last_tenant_id = $2 WHERE id = $3`, now, t.ID, u.ID)
	return head, refresh, err
}

// access signs an access token for a session.
func (s *Service) access(ctx context.Context, u *ent.User, tenant, session uuid.UUID) (string, error) {
	return s.signed(ctx, typAccess, accessLife, u, tenant, session)
}

// signed makes a token of any kind about a person.
func (s *Service) signed(ctx context.Context, typ string, life time.Duration, u *ent.User, tenant, session uuid.UUID) (string, error) {
	k, err := s.signer(ctx)
	if err != nil {
		return "", err
	}
	c := claims{Tenant: tenant, Session: session, Version: u.TokenVersion}
	c.Subject = u.ID.String()
	return k.sign(typ, s.issuer, clock.Now(ctx), life, c)
}

// Refresh trades a refresh token for new tokens. A token that was spent is answered with the newest one of its line
// within 30 seconds of its first use; after that somebody has stolen one of the two, and the session ends.
//
// A browser that single sign-on has sent back without a session holds the demand for a second factor in the refresh
// token's place, and gets it told.
func (s *Service) Refresh(ctx context.Context, token string) (*Grant, error) {
	if !wellFormed(refreshPrefix, token) {
		return s.demanded(ctx, token)
	}
	var g *Grant
	var head *ent.LoginSession
	var refusal error
	err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) (err error) {
		g, refusal = &Grant{ExpiresIn: accessLife}, nil
		head, refusal, err = s.turn(ctx, token, g)
		return err
	})
	if err != nil {
		return nil, err
	}
	if refusal != nil {
		return nil, refusal // what was written about it has been kept
	}
	if g.Access, err = s.access(ctx, g.User, head.ActiveTenantID, head.ID); err != nil {
		return nil, err
	}
	return g, nil
}

// demanded is the demand for a second factor that a token carries.
func (s *Service) demanded(ctx context.Context, token string) (*Grant, error) {
	for _, typ := range []string{typMFA, typEnroll} {
		c, err := s.check(ctx, typ, token)
		if errors.Is(err, errToken) {
			continue
		}
		if err != nil {
			return nil, err
		}
		p, err := s.member(s.system(ctx, viewer.SignIn), c.user(), c.Tenant, c.Version, clock.Now(ctx))
		if err != nil {
			return nil, err
		}
		return &Grant{MfaToken: token, Enroll: typ == typEnroll}, p.refusal
	}
	return nil, fault.Unauthenticated()
}

// turn does it in the transaction. The refusal is answered after the commit.
func (s *Service) turn(ctx context.Context, token string, g *Grant) (head *ent.LoginSession, refusal, err error) {
	now, sessions := clock.Now(ctx), db.From(ctx).LoginSession
	row, err := sessions.Query().Where(loginsession.TokenHash(hashToken(token))).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.Unauthenticated(), nil
	}
	if err != nil {
		return nil, nil, err
	}
	// The head is held first: refreshes of one session take turns.
	if head, err = sessions.Query().Where(loginsession.Family(row.Family), loginsession.ParentIsNil(), db.Locked).Only(ctx); err != nil {
		return nil, nil, err
	}
	if row, err = sessions.Get(ctx, row.ID); err != nil {
		return nil, nil, err
	}
	if !alive(head, now) || row.RevokedAt != nil || !now.Before(row.ExpiresAt) {
		return nil, fault.Unauthenticated(), nil
	}
	p, err := s.member(ctx, head.UserID, head.ActiveTenantID, 0, now)
	if fault.Of(err) != nil {
		return nil, err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if p.refusal != nil {
		return nil, p.refusal, nil
	}
	if g.User, err = db.From(ctx).User.Get(ctx, head.UserID); err != nil {
		return nil, nil, err
	}
	rules, err := policyOf(ctx, head.ActiveTenantID)
	if err != nil {
		return nil, nil, err
	}
	if rules.mfaRequired && !g.User.MfaEnabled && !head.SecondFactor {
		return nil, fault.Unauthenticated(), nil // demanded since: signing in anew leads to the enrolment
	}
	call := viewer.CallOf(ctx)
	var last *ent.LoginSession // of the line that goes on from the token
	if row.UsedAt != nil {
		if now.Sub(*row.UsedAt) > siblingGrace {
			return nil, fault.Unauthenticated(), s.reused(ctx, head)
		}
		if last, err = s.lastOf(ctx, row); err != nil {
			return nil, nil, err
		}
	} else if err := sessions.UpdateOneID(row.ID).SetUsedAt(now).Exec(ctx); err != nil {
		return nil, nil, err
	}
	if last != nil {
		g.Refresh, g.RefreshUntil = s.refreshToken(*last.Parent), last.ExpiresAt
	} else {
		g.Refresh, g.RefreshUntil = s.refreshToken(row.ID), earliest(now.Add(refreshLife), head.FamilyExpiresAt)
		if err := sessions.Create().SetUserID(head.UserID).SetActiveTenantID(head.ActiveTenantID).SetFamily(head.Family).SetParent(row.ID).
			SetTokenHash(hashToken(g.Refresh)).SetIssuedAt(now).SetExpiresAt(g.RefreshUntil).SetFamilyExpiresAt(head.FamilyExpiresAt).
			SetIP(call.IP).SetUserAgent(call.UserAgent).Exec(ctx); err != nil {
			return nil, nil, err
		}
	}
	// Where the session was last used from and how long it may rest is a note, no change.
	if _, err := db.SQL(ctx).ExecContext(ctx, `UPDATE login_sessions SET last_seen_at = $1, ip = $2, user_agent = $3, expires_at = $4 WHERE id = $5`,
		now, call.IP, call.UserAgent, g.RefreshUntil, head.ID); err != nil {
		return nil, nil, err
	}
	g.Tenant, g.Membership, err = s.place(ctx, head.UserID, head.ActiveTenantID)
	return head, nil, err
}

// refreshToken is the refresh token that goes on from a parent: the same whoever asks, so that all tabs of a browser
// that come at once with one spent token get one new one. The first of a session goes on from its family.
func (s *Service) refreshToken(parent uuid.UUID) string {
	return refreshPrefix + base64.RawURLEncoding.EncodeToString(Sign(s.sealer.refresh, parent[:]))
}

// EarlierRefresh is a refresh token that an earlier release has made, and empty for all others: of this release's none
// is taken from where earlier ones were kept.
func (s *Service) EarlierRefresh(ctx context.Context, token string) string {
	if !wellFormed(refreshPrefix, token) {
		return ""
	}
	sys := s.system(ctx, viewer.SignIn)
	row, err := db.From(sys).LoginSession.Query().Where(loginsession.TokenHash(hashToken(token))).Only(sys)
	if err != nil {
		return ""
	}
	parent := row.Family
	if row.Parent != nil {
		parent = *row.Parent
	}
	if token == s.refreshToken(parent) {
		return ""
	}
	return token
}

// lastOf is the unspent token at the end of the line that goes on from a spent one; nil where there is none that can be
// told again, which is so for those that an earlier release has made by chance.
func (s *Service) lastOf(ctx context.Context, row *ent.LoginSession) (*ent.LoginSession, error) {
	rows, err := db.From(ctx).LoginSession.Query().Where(loginsession.Family(row.Family), loginsession.ParentNotNil()).All(ctx)
	if err != nil {
		return nil, err
	}
	for {
		next := slices.IndexFunc(rows, func(r *ent.LoginSession) bool {
			return *r.Parent == row.ID && sameHash(r.TokenHash, hashToken(s.refreshToken(row.ID)))
		})
		if next < 0 {
			return nil, nil //nolint:nilnil // nothing is an answer
		}
		if row = rows[next]; row.UsedAt == nil {
			return row, nil
		}
	}
}

// reused ends a session whose spent token came back, and everything else the person holds.
func (s *Service) reused(ctx context.Context, head *ent.LoginSession) error {
	if _, err := s.revoke(ctx, "reuse", loginsession.Family(head.Family)); err != nil {
		return err
	}
	if err := s.raise(ctx, head.UserID); err != nil {
		return err
	}
	return db.Note(ctx, db.Event{
		Action: "login_session.reuse_detected", Kind: "login_session", RecordID: head.ID, TenantID: head.ActiveTenantID, PersonID: head.UserID,
	})
}

// raise makes all of a person's access tokens worthless.
func (s *Service) raise(ctx context.Context, person uuid.UUID) error {
	return db.From(ctx).User.UpdateOneID(person).AddTokenVersion(1).Exec(ctx)
}

// revoke ends the sessions that match, in the caller's transaction, and says how many. Only heads and unspent tokens
// are touched: the others are worth nothing without their head.
func (s *Service) revoke(ctx context.Context, why string, which ...func(*entsql.Selector)) (int, error) {
	now, sessions := clock.Now(ctx), db.From(ctx).LoginSession
	q := sessions.Query().Where(loginsession.RevokedAtIsNil(), loginsession.ParentIsNil(), loginsession.FamilyExpiresAtGT(now))
	for _, w := range which {
		q.Where(w)
	}
	heads, err := q.All(ctx)
	if err != nil {
		return 0, err
	}
	families := make([]uuid.UUID, len(heads))
	for i, h := range heads {
		families[i] = h.Family
	}
	if len(heads) == 0 {
		return 0, nil
	}
	return len(heads), sessions.Update().Where(loginsession.FamilyIn(families...), loginsession.RevokedAtIsNil(),
		loginsession.Or(loginsession.ParentIsNil(), loginsession.UsedAtIsNil())).SetRevokedAt(now).SetRevokeReason(why).Exec(ctx)
}

// Logout ends the session of a refresh token. A token that is good for nothing is no error: nobody is signed in either
// way.
func (s *Service) Logout(ctx context.Context, token string) error {
	if !wellFormed(refreshPrefix, token) {
		return nil
	}
	return s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		row, err := db.From(ctx).LoginSession.Query().Where(loginsession.TokenHash(hashToken(token))).Only(ctx)
		if ent.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		ctx = acting(ctx, row.ActiveTenantID, row.UserID, viewer.SignIn)
		_, err = s.revoke(ctx, "logout", loginsession.Family(row.Family))
		return err
	})
}

// lockIn locks in a transaction; outside of one there is nothing to hold.
func lockIn(ctx context.Context) func(*entsql.Selector) {
	if db.Writing(ctx) {
		return db.Locked
	}
	return func(*entsql.Selector) {}
}
