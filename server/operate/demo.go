package operate

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/emptypb"

	apitokensv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/apitokens/v1"
	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/demo"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// Login is how one of the demo's people signs in.
type Login struct {
	Email, Password, Group string
}

// Demo fills an empty database with a believable tenant and answers its logins;
// on one that a demo has filled before it answers those. The password is made
// once and kept in the data folder. A database that holds anything else is left
// alone: then there are no logins.
func Demo(ctx context.Context, cfg server.Config, progress Progress) ([]Login, error) {
	file := filepath.Join(cfg.DataDir, "demo-password")
	text, err := os.ReadFile(file)
	password := strings.TrimSpace(string(text))
	if errors.Is(err, os.ErrNotExist) {
		b := make([]byte, 15)
		_, _ = rand.Read(b) // never fails
		password = strings.ToLower(base32.StdEncoding.EncodeToString(b))
	} else if err != nil {
		return nil, err
	}
	var logins []Login
	for _, p := range append(demo.Staff(), demo.Elif) {
		logins = append(logins, Login{p.Email, password, p.Group})
	}
	empty, err := isEmpty(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if !empty {
		if len(text) == 0 {
			logins = nil
		}
		return logins, nil
	}
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		return nil, err
	}
	return logins, fillDemo(ctx, cfg, password, progress)
}

func isEmpty(ctx context.Context, cfg server.Config) (empty bool, err error) {
	s, err := server.New(ctx, cfg)
	if err != nil {
		return false, err
	}
	err = s.DB().Reader().QueryRowContext(ctx, "SELECT NOT EXISTS (SELECT 1 FROM tenants)").Scan(&empty)
	return empty, errors.Join(err, s.Close())
}

// fillDemo runs a server of its own, whose clock begins in the past and ends
// now. It listens on the loopback address, has no limits and sends no mail.
func fillDemo(ctx context.Context, cfg server.Config, password string, progress Progress) (err error) {
	if cfg.SecretKey == nil {
		if cfg.SecretKey, err = identity.LoadSecret(cfg.DataDir); err != nil {
			return err
		}
	}
	if cfg.DataDir, err = os.MkdirTemp("", "holdfast-demo-"); err != nil { // mail about the past goes with it
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(cfg.DataDir)) }()
	past := &clock.Offset{}
	past.Advance(-demo.Span)
	cfg.Clock, cfg.SMTPURL, cfg.Log, cfg.LicenseMode, cfg.AuthPolicy = past, "", nil, "open", "open"
	cfg.RateLimitLogin, cfg.RateLimitRegister, cfg.RateLimitInvite = "1000/second", "1000/second", "1000/second"
	cfg.RateLimitAPI, cfg.RateLimitTenant = "", ""
	s, err := server.New(ctx, cfg)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, s.Close())
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(running, nil, listener) }()
	err = tellStory(clock.With(ctx, past), s, past, "http://"+listener.Addr().String(), password, progress)
	stop()
	return errors.Join(err, <-ended)
}

// tellStory lets the people in, gives each a token, and has them do their work.
func tellStory(ctx context.Context, s *server.Server, past *clock.Offset, url, password string, progress Progress) error {
	h := demo.House{
		Now: past.Now, Advance: past.Advance, Progress: progress,
		Clients: map[demo.Person]*demo.Client{}, IDs: map[demo.Person]string{},
	}
	tenant, admin, err := s.Identity().Found(ctx, identity.Founding{
		TenantName: demo.Tenant, FullName: demo.Ada.Name, Email: demo.Ada.Email, Password: password, Verified: true, Active: true,
	})
	if err != nil {
		return err
	}
	h.IDs[demo.Ada] = admin.ID.String()
	admit := func(p demo.Person, client *uuid.UUID) error {
		u, err := s.Identity().CreateUser(ctx, identity.NewUser{
			Tenant: tenant.Slug, FullName: p.Name, Email: p.Email, Password: password, Groups: []string{p.Group}, Client: client,
		})
		if err != nil {
			return fmt.Errorf("%s: %w", p.Email, err)
		}
		h.IDs[p] = u.ID.String()
		return nil
	}
	h.Admit = func(_ context.Context, p demo.Person, client string) error {
		id, err := uuid.Parse(client)
		if err != nil {
			return err
		}
		return admit(p, &id)
	}
	var end []func() error
	for i, p := range demo.Staff() {
		if i > 0 {
			if err := admit(p, nil); err != nil {
				return err
			}
		}
		signIn := func() (*demo.Client, error) {
			in := &authv1.SignIn{}
			err := (&demo.Client{URL: url}).Do(ctx, &authv1.LoginRequest{Email: p.Email, Password: password, Tenant: &tenant.Slug}, in)
			return &demo.Client{URL: url, Token: in.GetAccessToken()}, err
		}
		signedIn, err := signIn()
		if err != nil {
			return err
		}
		token := &apitokensv1.ApiToken{}
		err = signedIn.Do(ctx, &apitokensv1.CreateApiTokenRequest{ApiToken: &apitokensv1.ApiToken{Name: "first steps", Scopes: permissionsOf(p.Group)}}, token)
		if err != nil {
			return fmt.Errorf("%s: %w", p.Email, err)
		}
		h.Clients[p] = &demo.Client{URL: url, Token: token.GetToken()}
		end = append(end, func() error {
			again, err := signIn()
			if err != nil {
				return err
			}
			return again.Do(ctx, &apitokensv1.RevokeApiTokenRequest{Id: token.Id}, &emptypb.Empty{})
		})
	}
	err = demo.Fill(ctx, h)
	for _, revoke := range end {
		err = errors.Join(err, revoke())
	}
	return err
}

// permissionsOf are those of a built-in group.
func permissionsOf(group string) []string {
	for _, role := range server.Roles() {
		if role.Name == group {
			return role.Permissions
		}
	}
	return nil
}
