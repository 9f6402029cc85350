package server

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/holdfast-platform/holdfast/server/internal/builtintemplates"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
)

// newHouse makes the workshops that rooms share.
func newHouse(ctx context.Context, cfg Config, s *Server) (*house, error) {
	h := &house{cfg: cfg, server: s, db: s.db, files: s.files}
	secret, err := secretKey(ctx, cfg, s.db)
	if err != nil {
		return nil, fmt.Errorf("the secret key: %w", err)
	}
	if h.mailer, err = mail.New(cfg.SMTPURL, filepath.Join(cfg.DataDir, "outbox"), cfg.Log); err != nil {
		return nil, err
	}
	h.identity, err = identity.New(identity.Config{
		DB: s.db, Secret: secret, PublicURL: cfg.PublicURL, Roles: Roles(), LicenseMode: cfg.LicenseMode, AuthPolicy: cfg.AuthPolicy,
		Domains: cfg.domains(), DefaultTenant: cfg.DefaultTenant, Providers: cfg.providers(),
		LoginRate: cfg.RateLimitLogin, RegisterRate: cfg.RateLimitRegister, InviteRate: cfg.RateLimitInvite, Mailer: h.mailer, LicenseSecret: []byte(cfg.InternalHMACSecret), Log: cfg.Log, Clock: cfg.Clock,
		Furnish: builtintemplates.Bring,
	})
	if err != nil {
		return nil, err
	}
	h.always("identity", func(ctx context.Context) error {
		h.identity.Run(ctx)
		return nil
	})
	h.always("builtin", func(ctx context.Context) error {
		if cfg.Clock != nil {
			ctx = clock.With(ctx, cfg.Clock)
		}
		return builtintemplates.Sync(ctx, h.db, cfg.Log)
	})
	return h, nil
}
