package identity

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/loginsession"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
)

// VerifyMfa ends a login that waits for its second factor.
func (s *Service) VerifyMfa(ctx context.Context, token, code string) (*Grant, error) {
	c, err := s.check(ctx, typMFA, token)
	if errors.Is(err, errToken) {
		return nil, fault.Unauthenticated()
	}
	if err != nil {
		return nil, err
	}
	try := s.guess(ctx, "mfa", c.user(), "")
	day := dailyCodes(c.user(), everybody)
	if _, knows := s.knownBrowser(ctx, c.user()); !knows {
		day.spared = func(ctx context.Context) (bool, error) { return s.knownNetwork(ctx, c.user()) }
	}
	try.counters = append(try.counters, day)
	if err := s.begin(ctx, try); err != nil {
		return nil, err
	}
	sys := s.system(ctx, viewer.SignIn)
	p, err := s.member(sys, c.user(), c.Tenant, c.Version, clock.Now(ctx))
	if err != nil {
		return nil, err
	}
	if p.refusal != nil {
		return nil, p.refusal
	}
	u, err := db.From(sys).User.Get(sys, c.user())
	if err != nil {
		return nil, missing(err)
	}
	right := false
	if u.MfaEnabled {
		if right, err = s.second(ctx, u, code); err != nil {
			return nil, err
		}
	}
	if !right {
		s.tellOfCodes(ctx, u, try)
		return nil, s.failed(ctx, "mfa.failed", u)
	}
	t, err := db.From(sys).Tenant.Get(sys, c.Tenant)
	if err != nil {
		return nil, err
	}
	return s.enter(ctx, u, t, entry{try: try, proven: clock.Now(ctx)})
}

// codesADay is how many wrong codes of a second factor a day end the sign-ins with it.
const codesADay = 10

// dailyCodes counts the codes of a day.
func dailyCodes(person uuid.UUID, spared func(context.Context) (bool, error)) *counter {
	c := byAccount("mfa-day", person, "", rate{codesADay, 24 * time.Hour})
	c.spared = spared
	return c
}

// tellOfCodes writes to a person whose codes somebody guesses, once a day: whoever gets that far knows the password.
func (s *Service) tellOfCodes(ctx context.Context, u *ent.User, try attempt) {
	for _, c := range try.counters {
		if c.limit.count != codesADay || c.limit.per != 24*time.Hour || c.count != codesADay {
			continue
		}
		s.send(ctx, mail.Message{To: u.Email, Subject: "Somebody tries to sign in to your account", Text: fmt.Sprintf(`Hello,

today %d wrong codes of the second factor were given for your Holdfast account. Whoever did that knows your password. For a day nobody
signs in with a code from a browser or a network that you have not signed in from before.

If it was not you, set a new password:

%s/reset
`, codesADay, s.cfg.PublicURL)})
	}
}

// second tells whether a code is the person's second factor, and uses it up: that is committed before anything else
// happens, so that a code is good once over all servers.
func (s *Service) second(ctx context.Context, u *ent.User, code string) (right bool, err error) {
	if u.MfaSecret == nil {
		return false, nil
	}
	secret, err := s.sealer.Open(u.ID, *u.MfaSecret)
	if err != nil {
		return false, err
	}
	step := totpStep(string(secret), code, clock.Now(ctx), 0)
	err = s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		right = false
		ctx = acting(ctx, u.HomeTenantID, u.ID, viewer.SignIn)
		if step > 0 {
			// One statement that only one of several servers can win; the step is a note of the machinery.
			res, err := db.SQL(ctx).ExecContext(ctx, `UPDATE users SET mfa_last_step = $1 WHERE id = $2 AND mfa_last_step < $1`, step, u.ID)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			right = n == 1
			return err
		}
		held, err := db.From(ctx).User.Query().Where(user.ID(u.ID), db.Locked).Only(ctx)
		if err != nil {
			return err
		}
		rest, ok := takeRecoveryCode(held.RecoveryCodes, code)
		if !ok {
			return nil
		}
		right = true
		if err := db.From(ctx).User.UpdateOneID(u.ID).SetRecoveryCodes(rest).Exec(ctx); err != nil {
			return err
		}
		return db.Note(ctx, db.Event{Action: "mfa.recovery_code_used", Kind: "user", RecordID: u.ID, Label: u.FullName, TenantID: u.HomeTenantID})
	})
	return right, err
}

// EnrollMfa begins the enrolment of the caller's second factor, for the present password. It is not asked for where the
// password was given a moment ago, to sign in; an account without one needs a session that is confirmed.
func (s *Service) EnrollMfa(ctx context.Context, password *string) (secret, url string, err error) {
	u, err := s.self(ctx)
	if err != nil {
		return "", "", err
	}
	if u.MfaEnabled {
		return "", "", fault.Conflict("mfa_enabled", "a second factor is active already: disable it first")
	}
	switch v := viewer.From(ctx); {
	case v.SessionID == u.ID: // the token of a sign-in that the enrolment holds up
	case u.PasswordHash == nil && !v.Confirmed(clock.Now(ctx)):
		return "", "", fault.ConfirmFirst()
	case u.PasswordHash == nil:
	case password == nil:
		return "", "", fault.Invalid("current_password", "is needed to set up a second factor")
	default:
		try, err := s.proveOwn(ctx, u, "current_password", *password)
		if err != nil {
			return "", "", err
		}
		if err := s.settle(ctx, try); err != nil {
			return "", "", err
		}
	}
	if secret, url, err = newTOTP(u.Email); err != nil {
		return "", "", err
	}
	err = s.tx(db.Last(ctx), viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, u.HomeTenantID, u.ID, viewer.SignIn)
		held, err := db.From(ctx).User.Query().Where(user.ID(u.ID), db.Locked).Only(ctx)
		if err != nil {
			return err
		}
		if held.MfaEnabled { // somebody was faster
			return fault.Conflict("mfa_enabled", "a second factor is active already: disable it first")
		}
		if err := db.From(ctx).User.UpdateOneID(u.ID).SetMfaSecret(s.sealer.Seal(u.ID, []byte(secret))).Exec(ctx); err != nil {
			return err
		}
		return db.Note(ctx, db.Event{Action: "mfa.enrollment_begun", Kind: "user", RecordID: u.ID, Label: u.FullName, TenantID: u.HomeTenantID})
	})
	return secret, url, err
}

// ActivateMfa switches the caller's second factor on and gives the recovery codes.
func (s *Service) ActivateMfa(ctx context.Context, code string) ([]string, error) {
	u, err := s.self(ctx)
	if err != nil {
		return nil, err
	}
	if u.MfaEnabled {
		return nil, fault.Conflict("mfa_enabled", "a second factor is active already")
	}
	if u.MfaSecret == nil {
		return nil, fault.Conflict("mfa_not_begun", "begin the enrolment first")
	}
	try := s.ownGuess(ctx, "mfa")
	if err := s.begin(ctx, try); err != nil {
		return nil, err
	}
	secret, err := s.sealer.Open(u.ID, *u.MfaSecret)
	if err != nil {
		return nil, err
	}
	step := totpStep(string(secret), code, clock.Now(ctx), u.MfaLastStep)
	if step == 0 {
		return nil, fault.Invalid("code", "is not right")
	}
	shown, hashed := newRecoveryCodes()
	err = s.tx(db.Last(ctx), viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, u.HomeTenantID, u.ID, viewer.SignIn)
		held, err := db.From(ctx).User.Query().Where(user.ID(u.ID), db.Locked).Only(ctx)
		switch {
		case err != nil:
			return err
		case held.MfaEnabled: // somebody was faster, and has the recovery codes
			return fault.Conflict("mfa_enabled", "a second factor is active already")
		case held.MfaSecret == nil || !bytes.Equal(*held.MfaSecret, *u.MfaSecret): // begun anew meanwhile
			return fault.Invalid("code", "is not right")
		}
		if err := try.forgive(ctx); err != nil {
			return err
		}
		return db.From(ctx).User.UpdateOneID(u.ID).SetMfaEnabled(true).SetMfaLastStep(step).SetRecoveryCodes(hashed).Exec(ctx)
	})
	return shown, err
}

// DisableMfa removes the caller's second factor, for the password and a code.
func (s *Service) DisableMfa(ctx context.Context, password, code string) error {
	u, err := s.self(ctx)
	if err != nil {
		return err
	}
	if !u.MfaEnabled {
		return fault.Conflict("mfa_not_enabled", "no second factor is active")
	}
	sys := s.system(ctx, viewer.SignIn)
	rules, err := policyOf(sys, viewer.From(ctx).TenantID)
	if err != nil {
		return err
	}
	if rules.mfaRequired {
		return fault.Conflict("mfa_required", "this tenant demands a second factor")
	}
	known, err := s.proveOwn(ctx, u, "password", password)
	if err != nil {
		return err
	}
	try, err := s.proveCode(ctx, u, code)
	if err != nil {
		return err
	}
	try.counters = append(try.counters, known.counters...)
	return s.tx(db.Last(ctx), viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, u.HomeTenantID, u.ID, viewer.SignIn)
		if err := try.forgive(ctx); err != nil {
			return err
		}
		return s.removeMfa(ctx, u)
	})
}

// removeMfa takes the second factor away, in the caller's transaction.
func (s *Service) removeMfa(ctx context.Context, u *ent.User) error {
	if err := db.From(ctx).User.UpdateOneID(u.ID).SetMfaEnabled(false).ClearMfaSecret().ClearRecoveryCodes().Exec(ctx); err != nil {
		return err
	}
	return db.Note(ctx, db.Event{Action: "mfa.removed", Kind: "user", RecordID: u.ID, Label: u.FullName, TenantID: u.HomeTenantID})
}

// self is the caller's account, with what only identity may see.
func (s *Service) self(ctx context.Context) (*ent.User, error) {
	sys := s.system(ctx, viewer.SignIn)
	u, err := db.From(sys).User.Get(sys, viewer.From(ctx).PersonID)
	return u, missing(err)
}

// confirm checks a person's own password; the field is what the caller named it.
func (s *Service) confirm(ctx context.Context, u *ent.User, field, password string) error {
	hash := ""
	if u.PasswordHash != nil {
		hash = *u.PasswordHash
	}
	right, err := s.hasher.Verify(ctx, password, hash)
	if err != nil {
		return err
	}
	if !right {
		return fault.Invalid(field, "is not right")
	}
	return nil
}

// ChangePassword sets the caller's password, for the present one, and ends all other sessions.
func (s *Service) ChangePassword(ctx context.Context, current, next string) error {
	u, err := s.self(ctx)
	if err != nil {
		return err
	}
	try, err := s.proveOwn(ctx, u, "current_password", current)
	if err != nil {
		return err
	}
	if err := s.settle(ctx, try); err != nil {
		return err
	}
	v := viewer.From(ctx)
	hash, err := s.newHash(ctx, "new_password", next, u.HomeTenantID, u.FullName, u.Email)
	if err != nil {
		return err
	}
	return s.tx(db.Last(ctx), viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, u.HomeTenantID, u.ID, viewer.SignIn)
		if _, err := s.revoke(ctx, "password_changed", loginsession.UserID(u.ID), loginsession.IDNEQ(v.SessionID)); err != nil {
			return err
		}
		return s.setPassword(ctx, u, hash)
	})
}

// newHash checks a new password against what is known of the person and hashes it. It is never called inside a
// transaction.
func (s *Service) newHash(ctx context.Context, field, password string, home uuid.UUID, about ...string) (string, error) {
	sys := s.system(ctx, viewer.SignIn)
	least := 0
	if home != uuid.Nil {
		rules, err := policyOf(sys, home)
		if err != nil {
			return "", err
		}
		t, err := db.From(sys).Tenant.Get(sys, home)
		if err != nil {
			return "", err
		}
		least, about = rules.minLength, append(about, t.Name, t.Slug)
	}
	if err := checkPassword(field, password, least, about...); err != nil {
		return "", err
	}
	return s.hash(ctx, password)
}

// setPassword keeps a hash, in the caller's transaction. No column that the journal shows changes, so it is said there.
func (s *Service) setPassword(ctx context.Context, u *ent.User, hash string) error {
	if err := db.From(ctx).User.UpdateOneID(u.ID).SetPasswordHash(hash).Exec(ctx); err != nil {
		return err
	}
	return db.Note(ctx, db.Event{Action: "user.password_changed", Kind: "user", RecordID: u.ID, Label: u.FullName, TenantID: u.HomeTenantID})
}
