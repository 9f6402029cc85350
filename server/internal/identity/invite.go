package identity

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/gen/ent/invite"
	"github.com/holdfast-platform/holdfast/gen/ent/membership"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
)

// inviteLife is how long an invitation is good.
const inviteLife = 7 * 24 * time.Hour

// Invite asks an address into the caller's tenant and gives the token. It opens its own transaction: the limit counts
// outside of it.
func (s *Service) Invite(ctx context.Context, email string, groups []uuid.UUID, client *uuid.UUID, dry bool) (i *ent.Invite, token string, err error) {
	try := s.invitation(viewer.From(ctx).TenantID, email)
	if !dry {
		if err := s.begin(ctx, try); err != nil {
			return nil, "", err
		}
	}
	err = s.db.Tx(db.Last(db.Expect(ctx, nil)), func(ctx context.Context) (err error) {
		if dry {
			db.Discard(ctx)
		}
		i, token, err = s.invite(ctx, email, groups, client)
		return err
	})
	if err != nil && !dry {
		err = errors.Join(err, s.settle(context.WithoutCancel(ctx), try))
	}
	return i, token, db.Fault(err)
}

// invite does it in the caller's transaction. The link that is mailed after the commit carries a proof beside the
// token, which the inviter never sees: only who got the mail proves the address by accepting.
func (s *Service) invite(ctx context.Context, email string, groups []uuid.UUID, client *uuid.UUID) (*ent.Invite, string, error) {
	v := viewer.From(ctx)
	self := viewer.As(ctx, viewer.Self)
	email = strings.TrimSpace(email)
	if email == "" {
		return nil, "", fault.Invalid("email", "must not be empty")
	}
	member, err := db.From(self).Membership.Query().Where(membership.TenantID(v.TenantID), membership.StatusNEQ(ended),
		membership.HasUserWith(user.EmailKey(db.Key(email)))).Exist(self)
	if err != nil {
		return nil, "", err
	}
	if member {
		return nil, "", fault.Exists("email", "is a member already")
	}
	if groups, err = s.assignable(self, v.TenantID, groups, client, "group_ids"); err != nil {
		return nil, "", err
	}
	if err := s.bindable(ctx, v.TenantID, groups, client, "group_ids"); err != nil {
		return nil, "", err
	}
	if err := s.mayGive(ctx, v.TenantID, groups); err != nil {
		return nil, "", err
	}
	if err := db.Alone(ctx, "invite "+db.Key(email)); err != nil { // one invitation of an address is open
		return nil, "", err
	}
	now := clock.Now(ctx)
	open, err := db.From(ctx).Invite.Query().
		Where(invite.EmailKey(db.Key(email)), invite.ClaimedAtIsNil(), invite.RevokedAtIsNil()).All(ctx)
	if err != nil {
		return nil, "", err
	}
	for _, i := range open {
		if err := s.RevokeInvite(ctx, i); err != nil {
			return nil, "", err
		}
	}
	token := newToken(invitePrefix)
	row, err := db.From(ctx).Invite.Create().SetTenantID(v.TenantID).SetEmail(email).SetGroupIds(groups).SetNillableClientID(client).
		SetTokenHash(hashToken(token)).SetExpiresAt(now.Add(inviteLife)).SetInvitedBy(v.PersonID).SetByMail(s.cfg.Mailer != nil).Save(ctx)
	if err != nil {
		return nil, "", err
	}
	t, err := db.From(self).Tenant.Get(self, v.TenantID)
	if err != nil {
		return nil, "", err
	}
	name := mailable(t.Name)
	db.AfterCommit(ctx, func() {
		s.send(ctx, mail.Message{To: email, Subject: "You are invited to " + name, Text: fmt.Sprintf(`Hello,

you are invited to join %s on Holdfast. Open this link within seven days:

%s/invite/%s.%s
`, name, s.cfg.PublicURL, token, s.sealer.Proof(token))})
	})
	return row, token, nil
}

// invitesAnAddress is how often an address is invited, by whomever.
var invitesAnAddress = rate{3, 24 * time.Hour}

// invitation counts an invitation.
func (s *Service) invitation(tenant uuid.UUID, email string) attempt {
	address := byAccount("invite", uuid.Nil, email, invitesAnAddress)
	return attempt{[]*counter{{key: "invite:tenant:" + tenant.String(), limit: s.inviting}, address}}
}

// RevokeInvite withdraws an invitation, in the request's transaction.
func (s *Service) RevokeInvite(ctx context.Context, i *ent.Invite) error {
	switch {
	case i.ClaimedAt != nil:
		return fault.Conflict("claimed", "the invitation has been accepted already")
	case i.RevokedAt != nil:
		return nil
	}
	if err := s.MayActOnInvite(ctx, i); err != nil {
		return err
	}
	return db.From(ctx).Invite.UpdateOneID(i.ID).SetRevokedAt(clock.Now(ctx)).Exec(ctx)
}

// InviteStatus is what has become of an invitation.
func InviteStatus(i *ent.Invite, now time.Time) string {
	switch {
	case i.ClaimedAt != nil:
		return "claimed"
	case i.RevokedAt != nil:
		return "revoked"
	case !now.Before(i.ExpiresAt):
		return "expired"
	}
	return "open"
}

// Offer is an open invitation with what its holder may know.
type Offer struct {
	Invite     *ent.Invite
	Tenant     *ent.Tenant
	HasAccount bool
	proven     bool // the token came by mail
	account    *ent.User
}

// Offer finds the invitation of a token.
func (s *Service) Offer(ctx context.Context, token string) (*Offer, error) {
	return s.offer(s.system(ctx, viewer.SignIn), token)
}

func (s *Service) offer(ctx context.Context, text string) (*Offer, error) {
	token, proof, _ := strings.Cut(text, ".")
	if !wellFormed(invitePrefix, token) {
		return nil, fault.NotFound("invitation")
	}
	o := &Offer{proven: proof != "" && sameHash(proof, s.sealer.Proof(token))}
	if proof != "" && !o.proven {
		return nil, fault.NotFound("invitation")
	}
	var err error
	if o.Invite, err = db.From(ctx).Invite.Query().Where(invite.TokenHash(hashToken(token)), lockIn(ctx)).Only(ctx); err != nil {
		if ent.IsNotFound(err) {
			return nil, fault.NotFound("invitation")
		}
		return nil, err
	}
	if status := InviteStatus(o.Invite, clock.Now(ctx)); status != "open" {
		return nil, fault.Gone("invite_"+status, "this invitation is %s: ask for a new one", map[string]string{
			"claimed": "used", "revoked": "withdrawn", "expired": "past its time",
		}[status])
	}
	if o.Tenant, err = db.From(ctx).Tenant.Get(ctx, o.Invite.TenantID); err != nil {
		return nil, err
	}
	o.account, err = db.From(ctx).User.Query().Where(user.EmailKey(o.Invite.EmailKey)).Only(ctx)
	if ent.IsNotFound(err) {
		err = nil
	}
	o.HasAccount = o.account != nil
	return o, err
}

// SignInFirst tells whether the address has an account to sign in with before accepting. Only who got the link by mail
// may know: whoever invites could ask for any address otherwise.
func (o *Offer) SignInFirst() bool {
	return o.proven && o.HasAccount && o.account.EmailVerifiedAt != nil
}

// Acceptance is what somebody says who accepts an invitation.
type Acceptance struct {
	Token, FullName, Password string
	// Header is that of the call: an account that exists already is proven by its own access token.
	Header http.Header
}

// Accept makes the account and the membership and signs in. Where the address has an account, only the membership is
// added, for that account's own access token, and there are no new tokens.
func (s *Service) Accept(ctx context.Context, a Acceptance) (*Grant, error) {
	try := s.attempt(ctx, "invite")
	if err := s.begin(ctx, try); err != nil {
		return nil, err
	}
	o, err := s.Offer(ctx, a.Token)
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx, try); err != nil { // the token is good: what may be wrong now is no guess
		return nil, err
	}
	if err := stateFault(o.Tenant); err != nil {
		return nil, err
	}
	if o.HasAccount && o.account.EmailVerifiedAt != nil {
		return s.join(ctx, o, a)
	}
	if o.HasAccount && !o.proven {
		return nil, s.tells(ctx, fault.Conflict("prove_address", "this address has an account that it was never proven for: follow the link that was mailed"))
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	if strings.TrimSpace(a.FullName) == "" {
		return nil, fault.Invalid("full_name", "must not be empty")
	}
	hash, err := s.newHash(ctx, "password", a.Password, o.Tenant.ID, a.FullName, o.Invite.Email)
	if err != nil {
		return nil, err
	}
	var u *ent.User
	err = s.claim(ctx, a.Token, func(ctx context.Context, o *Offer) (_ uuid.UUID, err error) {
		switch {
		case o.HasAccount && (o.account.EmailVerifiedAt != nil || !o.proven):
			return uuid.Nil, signInFirst()
		case o.HasAccount:
			u, err = s.takeOver(ctx, o, a.FullName, hash)
			return o.account.ID, err
		}
		if u, err = s.person(ctx, o.Tenant.ID, a.FullName, o.Invite.Email, hash, o.proven); err != nil {
			return uuid.Nil, err
		}
		return u.ID, nil
	})
	if err != nil {
		return nil, err
	}
	return s.admit(ctx, u, o.Tenant, entry{})
}

// takeOver gives an account whose address was never proven to the one who has proven it by the link that was mailed:
// whoever made it may be anybody. The password, the second factor, the identity, the sessions and the API tokens of
// before are dead, and its home is the tenant that has invited, so that the administrators of before have no power over
// it. What memberships it has stay.
func (s *Service) takeOver(ctx context.Context, o *Offer, name, hash string) (*ent.User, error) {
	u := o.account
	ctx = acting(ctx, o.Tenant.ID, u.ID, viewer.Founder)
	err := db.From(ctx).User.UpdateOneID(u.ID).SetFullName(strings.TrimSpace(name)).SetHomeTenantID(o.Tenant.ID).SetIsActive(true).
		SetEmailVerifiedAt(clock.Now(ctx)).ClearOidcIssuer().ClearOidcSubject().ClearUsername().Exec(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.disown(ctx, u); err != nil {
		return nil, err
	}
	if err := s.setPassword(ctx, u, hash); err != nil {
		return nil, err
	}
	return db.From(ctx).User.Get(ctx, u.ID)
}

// tells counts an answer that tells the holder of a link whether its address has an account. Who got the link by mail
// may know.
func (s *Service) tells(ctx context.Context, answer error) error {
	if err := s.begin(ctx, s.registration(ctx)); err != nil {
		return err
	}
	return answer
}

func signInFirst() error {
	return fault.Unauthorized("sign_in_first", "this address has an account: sign in with it, then accept")
}

// join adds the membership of somebody who has an account.
func (s *Service) join(ctx context.Context, o *Offer, a Acceptance) (*Grant, error) {
	who, err := s.Authenticate(ctx, a.Header, &accessv1.Access{Rule: &accessv1.Access_SignedIn{SignedIn: true}})
	if err != nil && (fault.Of(err) == nil || fault.Of(err).Status() != http.StatusUnauthorized) {
		return nil, err
	}
	if err != nil || who.PersonID != o.account.ID || who.SessionID == uuid.Nil {
		if o.proven {
			return nil, signInFirst()
		}
		return nil, s.tells(ctx, signInFirst())
	}
	err = s.claim(ctx, a.Token, func(_ context.Context, o *Offer) (uuid.UUID, error) {
		if o.account == nil || o.account.ID != who.PersonID || o.account.EmailVerifiedAt == nil {
			return uuid.Nil, signInFirst()
		}
		return who.PersonID, nil
	})
	if err != nil {
		return nil, err
	}
	g := &Grant{}
	sys := s.system(ctx, viewer.SignIn)
	if g.Tenant, g.Membership, err = s.place(sys, who.PersonID, o.Tenant.ID); err != nil {
		return nil, err
	}
	g.User, err = db.From(sys).User.Get(sys, who.PersonID)
	return g, err
}

// claim uses an invitation up for the person that who answers, all or nothing. It looks at the invitation again:
// somebody may have been faster.
func (s *Service) claim(ctx context.Context, token string, who func(context.Context, *Offer) (uuid.UUID, error)) error {
	err := s.tx(ctx, viewer.Founder, func(ctx context.Context) error {
		o, err := s.offer(ctx, token)
		if err != nil {
			return err
		}
		ctx = acting(ctx, o.Tenant.ID, uuid.Nil, viewer.Founder)
		person, err := who(ctx, o)
		if err != nil {
			return err
		}
		member, err := db.From(ctx).Membership.Query().
			Where(membership.TenantID(o.Tenant.ID), membership.UserID(person), membership.StatusNEQ(ended)).Exist(ctx)
		if err != nil {
			return err
		}
		if member {
			return fault.Conflict("already_member", "you are a member already")
		}
		// A group that is gone since is left out.
		groups, err := db.From(ctx).Group.Query().Where(group.TenantID(o.Tenant.ID), group.IDIn(o.Invite.GroupIds...)).IDs(ctx)
		if err != nil {
			return err
		}
		ctx = acting(ctx, o.Tenant.ID, person, viewer.Founder)
		if _, err := s.enroll(ctx, o.Tenant.ID, person, groups, o.Invite.ClientID); err != nil {
			return err
		}
		return db.From(ctx).Invite.UpdateOneID(o.Invite.ID).SetClaimedAt(clock.Now(ctx)).Exec(ctx)
	})
	return db.Fault(err)
}

// NewMember is an account to be made by a member of the tenant who may do that.
type NewMember struct {
	FullName, Email, Password, Username, Locale string
	Groups                                      []uuid.UUID
	Client                                      *uuid.UUID
}

// AddMember makes an account whose home is the caller's tenant. Without a password it makes an invitation instead,
// whether or not the address has an account elsewhere, so that the answer does not tell; and where it has one: nobody's
// account is drawn into a tenant without its owner's consent.
func (s *Service) AddMember(ctx context.Context, in NewMember, dry bool) (u *ent.User, i *ent.Invite, err error) {
	v := viewer.From(ctx)
	sys := s.system(ctx, viewer.SignIn)
	invited := in.Password == ""
	if !invited {
		if invited, err = db.From(sys).User.Query().Where(user.EmailKey(db.Key(in.Email))).Exist(sys); err != nil {
			return nil, nil, err
		}
		if invited {
			if err := s.begin(ctx, s.registration(ctx)); err != nil { // which tells
				return nil, nil, err
			}
		}
	}
	if invited {
		i, _, err = s.Invite(ctx, in.Email, in.Groups, in.Client, dry)
		return nil, i, err
	}
	if strings.TrimSpace(in.FullName) == "" {
		return nil, nil, fault.Invalid("full_name", "must not be empty")
	}
	hash := ""
	if in.Password != "" {
		if hash, err = s.newHash(ctx, "password", in.Password, v.TenantID, in.FullName, in.Email); err != nil {
			return nil, nil, err
		}
	}
	self := viewer.As(ctx, viewer.Self)
	groups, err := s.assignable(self, v.TenantID, in.Groups, in.Client, "group_ids")
	if err != nil {
		return nil, nil, err
	}
	if err := s.bindable(ctx, v.TenantID, groups, in.Client, "group_ids"); err != nil {
		return nil, nil, err
	}
	if err := s.mayGive(ctx, v.TenantID, groups); err != nil {
		return nil, nil, err
	}
	// A person who is nobody's member yet is outside of every tenant's walls, so the founder writes, for the caller.
	err = s.db.Tx(db.Last(s.system(acting(ctx, v.TenantID, v.PersonID, viewer.Founder), viewer.Founder)), func(ctx context.Context) (err error) {
		if dry {
			db.Discard(ctx)
		}
		if u, err = s.person(ctx, v.TenantID, in.FullName, in.Email, hash, false); err != nil {
			return err
		}
		if in.Username != "" || in.Locale != "" {
			if u, err = setNames(db.From(ctx).User.UpdateOne(u), in).Save(ctx); err != nil {
				return err
			}
		}
		_, err = s.enroll(ctx, v.TenantID, u.ID, groups, in.Client)
		return err
	})
	return u, nil, db.Fault(err)
}

func setNames(up *ent.UserUpdateOne, in NewMember) *ent.UserUpdateOne {
	if in.Username != "" {
		up.SetUsername(in.Username)
	}
	if in.Locale != "" {
		up.SetLocale(in.Locale)
	}
	return up
}
