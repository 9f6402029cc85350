package holdfast

import (
	"context"
	"errors"
	"time"

	"connectrpc.com/connect"

	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1/authv1connect"
)

// Tokens are what a signed-in session is made of.
type Tokens struct {
	// Access is good for minutes; every call carries it.
	Access string
	// Refresh is good for days, and once: it is traded for new tokens.
	Refresh string
}

const (
	// early is how long before its end an access token is renewed.
	early = 30 * time.Second
	// patience is how long a renewal may take.
	patience = 30 * time.Second
)

// tokens keeps one session alive. A nil *tokens signs nothing.
type tokens struct {
	auth   authv1connect.AuthServiceClient
	static string // an API token: never renewed
	renews bool   // there is a refresh token or a password

	login  *authv1.LoginRequest // for signing in, and again when the session has ended
	factor func(context.Context) (string, error)
	notify func(Tokens)

	turn chan struct{} // whoever renews holds it; the others wait and find the new token
	now  Tokens
	ends time.Time // of the access token; zero when not known
}

func newTokens(auth authv1connect.AuthServiceClient) *tokens {
	return &tokens{auth: auth, turn: make(chan struct{}, 1)}
}

// renewable tells whether a refused token can be replaced.
func (t *tokens) renewable() bool { return t != nil && t.renews }

// bearer is a token to call with, renewed when it is about to end or is the one that the server has rejected.
func (t *tokens) bearer(ctx context.Context, rejected string) (string, error) {
	if t == nil {
		return "", nil
	}
	if t.static != "" {
		return t.static, nil
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	fresh := t.ends.IsZero() || time.Until(t.ends) > early //nolint:forbidigo // a client goes by the machine's clock
	if t.now.Access != "" && t.now.Access != rejected && fresh {
		return t.now.Access, nil
	}
	// What was begun is ended although this caller goes away: a refresh token is spent by being sent.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := t.renew(ctx); err != nil {
		return "", err
	}
	return t.now.Access, nil
}

// drop forgets the access token, so that the next call renews it.
func (t *tokens) drop(ctx context.Context) {
	if !t.renewable() {
		return
	}
	select {
	case t.turn <- struct{}{}:
		t.now.Access = ""
		<-t.turn
	case <-ctx.Done():
	}
}

func (t *tokens) renew(ctx context.Context) error {
	if t.now.Refresh != "" {
		in, err := t.auth.Refresh(ctx, &authv1.RefreshRequest{RefreshToken: &t.now.Refresh})
		if err == nil {
			return t.keep(in)
		}
		if connect.CodeOf(err) != connect.CodeUnauthenticated || t.login == nil {
			return err
		}
	}
	if t.login == nil {
		return errors.New("holdfast: the access token has ended and there is no refresh token")
	}
	in, err := t.auth.Login(ctx, t.login)
	if err != nil {
		return err
	}
	if in.GetMfaEnrollmentRequired() {
		return ErrEnrollSecondFactor
	}
	if in.GetMfaRequired() {
		if t.factor == nil {
			return ErrSecondFactor
		}
		code, err := t.factor(ctx)
		if err != nil {
			return err
		}
		verify := &authv1.VerifyMfaRequest{MfaToken: in.GetMfaToken(), Code: code, ReturnRefreshToken: true}
		if in, err = t.auth.VerifyMfa(ctx, verify); err != nil {
			return err
		}
	}
	return t.keep(in)
}

func (t *tokens) keep(in *authv1.SignIn) error {
	if in.GetAccessToken() == "" {
		return ErrNoTokens
	}
	t.now = Tokens{Access: in.GetAccessToken(), Refresh: in.GetRefreshToken()}
	t.ends = time.Now().Add(time.Duration(in.GetExpiresIn()) * time.Second) //nolint:forbidigo // a client goes by the machine's clock
	if t.notify != nil {
		t.notify(t.now)
	}
	return nil
}
