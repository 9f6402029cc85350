package identity

import (
	"context"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Confirm takes a proof that the owner of the caller's session sits before it, by the password or a code of the second
// factor, and says until when it counts. A wrong one is a guess at the account.
func (s *Service) Confirm(ctx context.Context, password, code *string) (time.Time, error) {
	if (password == nil) == (code == nil) {
		return time.Time{}, fault.Invalid("password", "give either the password or a code")
	}
	u, err := s.self(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if code != nil && !u.MfaEnabled {
		return time.Time{}, fault.Conflict("mfa_not_enabled", "no second factor is active")
	}
	if password != nil && u.PasswordHash == nil {
		return time.Time{}, fault.Conflict("no_password", "this account has no password: sign in anew")
	}
	var try attempt
	if password != nil {
		if try, err = s.proveOwn(ctx, u, "password", *password); err != nil {
			return time.Time{}, err
		}
	} else if try, err = s.proveCode(ctx, u, *code); err != nil {
		return time.Time{}, err
	}
	now := clock.Now(ctx)
	err = s.tx(ctx, viewer.SignIn, func(inner context.Context) error {
		v := viewer.From(ctx)
		inner = acting(inner, v.TenantID, v.PersonID, viewer.SignIn)
		if err := try.forgive(inner); err != nil {
			return err
		}
		return db.From(inner).LoginSession.UpdateOneID(v.SessionID).SetConfirmedAt(now).Exec(inner)
	})
	return now.Add(viewer.ProofLife), err
}

// proveOwn checks the caller's own password, as a guess at the account that the caller of this takes back when all is
// well. The field is what the request calls it.
func (s *Service) proveOwn(ctx context.Context, u *ent.User, field, password string) (attempt, error) {
	try := s.ownGuess(ctx, "login")
	if err := s.begin(ctx, try); err != nil {
		return try, err
	}
	err := s.confirm(ctx, u, field, password)
	if e := fault.Of(err); e != nil && e.Fields[field] != "" {
		return try, s.noteFailure(ctx, "confirm.failed", u, err)
	}
	return try, err
}

// proveCode does the same with a code of the second factor.
func (s *Service) proveCode(ctx context.Context, u *ent.User, code string) (attempt, error) {
	try := s.ownGuess(ctx, "mfa")
	try.counters = append(try.counters, dailyCodes(u.ID, everybody))
	if err := s.begin(ctx, try); err != nil {
		return try, err
	}
	right, err := s.second(ctx, u, code)
	if err == nil && !right {
		s.tellOfCodes(ctx, u, try)
		return try, s.noteFailure(ctx, "confirm.failed", u, fault.Invalid("code", "is not right"))
	}
	return try, err
}

// noteFailure writes down that a proof was wrong, and gives the answer to that.
func (s *Service) noteFailure(ctx context.Context, action string, u *ent.User, answer error) error {
	e := db.Event{Action: action, Kind: "user", RecordID: u.ID, TenantID: u.HomeTenantID, Label: u.FullName}
	if err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) error { return db.Note(ctx, e) }); err != nil {
		return err
	}
	return answer
}
