package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

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

// RequestReset mails a link to set a new password, if there is such an account. The caller can't tell: the mail is sent
// after the answer, and every request counts.
func (s *Service) RequestReset(ctx context.Context, name string) error {
	if err := s.open(); err != nil {
		return err
	}
	try := attempt{append(s.byNetwork(ctx, "reset", s.rate, nil), byAccount("reset", uuid.Nil, name, s.rate))}
	if err := s.begin(ctx, try); err != nil {
		return err
	}
	s.later(ctx, "a reset of a password", func(ctx context.Context) error { return s.mailReset(ctx, name) })
	return nil
}

// mailReset mails the link, if there is an account for it.
func (s *Service) mailReset(ctx context.Context, name string) error {
	sys := s.system(ctx, viewer.SignIn)
	u, err := account(sys, name)
	if err != nil || u == nil || !u.IsActive {
		return err
	}
	// Whatever it was asked for by: one count for the account.
	if err := s.begin(ctx, attempt{[]*counter{byAccount("reset", u.ID, "", s.rate)}}); err != nil {
		if fault.Of(err) != nil {
			return nil
		}
		return err
	}
	token, err := s.signed(ctx, typReset, resetLife, u, u.HomeTenantID, uuid.Nil)
	if err != nil {
		return err
	}
	if err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		return db.Note(ctx, db.Event{Action: "user.password_reset_requested", Kind: "user", RecordID: u.ID, Label: u.FullName, TenantID: u.HomeTenantID})
	}); err != nil {
		return err
	}
	s.send(ctx, mail.Message{To: u.Email, Subject: "Set a new password", Text: fmt.Sprintf(`Hello,

somebody, probably you, asked to set a new password for your Holdfast account. Open this link within one hour:

%s/reset/%s

If it was not you, ignore this message: nothing has changed.
`, s.cfg.PublicURL, token)})
	return nil
}

// ConfirmReset sets a new password by the token of a link, which is good once: the password ends all sessions and with
// them the version of tokens that the link was made for.
func (s *Service) ConfirmReset(ctx context.Context, token, password string) error {
	if err := s.open(); err != nil {
		return err
	}
	try := s.attempt(ctx, "reset-confirm")
	if err := s.begin(ctx, try); err != nil {
		return err
	}
	spent := fault.Gone("reset_spent", "this link has been used, or its time is over: ask for a new one")
	c, err := s.check(ctx, typReset, token)
	if errors.Is(err, errToken) {
		return spent
	}
	if err != nil {
		return err
	}
	sys := s.system(ctx, viewer.SignIn)
	u, err := db.From(sys).User.Get(sys, c.user())
	if ent.IsNotFound(err) || err == nil && (!u.IsActive || u.TokenVersion != c.Version) {
		return spent
	}
	if err != nil {
		return err
	}
	if err := s.settle(ctx, try); err != nil { // the token is good: what may be wrong with the password is no guess
		return err
	}
	hash, err := s.newHash(ctx, "password", password, u.HomeTenantID, u.FullName, u.Email)
	if err != nil {
		return err
	}
	gone := false
	err = s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		ctx = acting(ctx, u.HomeTenantID, u.ID, viewer.SignIn)
		held, err := db.From(ctx).User.Query().Where(user.ID(u.ID), db.Locked).Only(ctx)
		if err != nil {
			return err
		}
		if gone = held.TokenVersion != c.Version; gone {
			return nil // somebody was faster with the same link
		}
		if err := s.setPassword(ctx, u, hash); err != nil {
			return err
		}
		if _, err := s.revoke(ctx, "password_reset", loginsession.UserID(u.ID)); err != nil {
			return err
		}
		if err := s.raise(ctx, u.ID); err != nil {
			return err
		}
		// What was tried without knowing the new password is over.
		if err := (attempt{[]*counter{dailyCodes(u.ID, nil)}}).reset(ctx); err != nil {
			return err
		}
		if held.EmailVerifiedAt != nil {
			return nil
		}
		// Nobody has proven the address so far, so whoever made the account may hold more of it than the password.
		if err := s.disown(ctx, held); err != nil {
			return err
		}
		// whoever opened the link reads the mail
		return db.From(ctx).User.UpdateOneID(u.ID).SetEmailVerifiedAt(clock.Now(ctx)).Exec(ctx)
	})
	if gone {
		return spent
	}
	return err
}

// send mails a message.
func (s *Service) send(ctx context.Context, m mail.Message) {
	if s.cfg.Mailer == nil {
		return
	}
	s.later(ctx, m.Subject, func(ctx context.Context) error { return s.cfg.Mailer.Send(ctx, m) })
}

// later sends something behind the caller's back: how long it takes must tell nobody anything, and no answer waits for
// a mail server.
func (s *Service) later(ctx context.Context, what string, do func(ctx context.Context) error) {
	ctx = context.WithoutCancel(ctx)
	s.sending.Go(func() {
		if err := do(ctx); err != nil {
			s.cfg.Log.ErrorContext(ctx, "a message was not sent", slog.String("message", what), slog.String("error", err.Error()))
		}
	})
}

// Wait waits until what is being sent has been sent. It is for the time when no calls come any more.
func (s *Service) Wait() { s.sending.Wait() }
