package identity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/builtin"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/journalcache"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
)

// Role is a group that every tenant begins with.
type Role struct {
	// Key is how the program knows the group, whatever it is called.
	Key               string
	Name, Description string
	Permissions       []string
	// ForClients marks the group whose members must be bound to a client.
	ForClients bool
	// ForNewcomers marks the group of those whom single sign-on brings in, where the tenant has named none.
	ForNewcomers bool
}

// Domain says how the addresses of an e-mail domain sign in.
type Domain struct {
	// Name is the domain, such as "example.org".
	Name string
	// Method is "password" or "sso".
	Method string
	// Tenant is the slug or the id of the tenant that owns the domain.
	Tenant string
}

// Config is what the service needs. DB, Secret and Roles are required.
type Config struct {
	DB *db.DB
	// Secret is the installation's secret key of 32 bytes.
	Secret []byte
	// PublicURL is where people reach the installation; it names the issuer of tokens and stands in links that are
	// mailed.
	PublicURL string
	// Roles are the built-in groups; the first one are the Administrators.
	Roles []Role
	// LicenseMode is "open", where a new tenant is active at once, or "managed", where it waits for its licence.
	LicenseMode string
	// AuthPolicy is "" or "restricted": no passwords, no registration.
	AuthPolicy string
	// LoginRate limits attempts per address and per account: "5/minute", which is the default.
	LoginRate string
	// RegisterRate limits registrations per network: "5/hour", which is the default. InviteRate limits invitations per
	// tenant: "100/day".
	RegisterRate, InviteRate string
	// Domains say which addresses sign in elsewhere, and whose they are.
	Domains []Domain
	// DefaultTenant, a slug or an id, takes in those whose domain nobody owns; empty takes in nobody.
	DefaultTenant string
	// Providers sign people in for us.
	Providers []Provider
	// Mailer sends links; nil sends none.
	Mailer *mail.Mailer
	// LicenseSecret signs the licence webhook; without it the webhook is closed.
	LicenseSecret []byte
	// Builtin gives a new tenant what the program brings, in the transaction that founds it: the groups of Roles among
	// it.
	Builtin builtin.Bringer
	Log     *slog.Logger
	// Clock is for the work that no request asked for; the machine's by default.
	Clock clock.Clock
}

// Service is all of identity. One serves a process.
type Service struct {
	cfg    Config
	db     *db.DB
	issuer string
	rate   rate
	// registering and inviting are other limits.
	registering, inviting rate
	hasher                *Hasher
	sealer                *Sealer
	keys                  keyring
	cache                 *journalcache.Cache[credential, principal] // nil before Attach
	seen                  seen
	// providers are those of the settings, with what is known of them.
	providers []*provider
	hash      func(ctx context.Context, password string) (string, error)
	sending   sync.WaitGroup // messages
}

// New makes the service. It touches the database only when it is first asked.
func New(cfg Config) (*Service, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.DB == nil || len(cfg.Roles) == 0 {
		return nil, errors.New("identity: a database and the built-in groups are needed")
	}
	if !slices.Contains([]string{"", "open", "managed"}, cfg.LicenseMode) {
		return nil, fmt.Errorf("identity: the licence mode is open or managed, not %q", cfg.LicenseMode)
	}
	if !slices.Contains([]string{"", "open", "restricted"}, cfg.AuthPolicy) {
		return nil, fmt.Errorf("identity: the sign-in policy is open or restricted, not %q", cfg.AuthPolicy)
	}
	cfg.LoginRate = cmp.Or(cfg.LoginRate, "5/minute")
	cfg.RegisterRate, cfg.InviteRate = cmp.Or(cfg.RegisterRate, "5/hour"), cmp.Or(cfg.InviteRate, "100/day")
	s := &Service{cfg: cfg, db: cfg.DB, issuer: strings.TrimRight(cfg.PublicURL, "/"), hasher: NewHasher()}
	if s.issuer == "" {
		s.issuer = audience
	}
	var err error
	for to, text := range map[*rate]string{&s.rate: cfg.LoginRate, &s.registering: cfg.RegisterRate, &s.inviting: cfg.InviteRate} {
		if *to, err = parseRate(text); err != nil {
			return nil, err
		}
	}
	for _, p := range cfg.Providers {
		known, err := newProvider(p, cfg.PublicURL)
		if err != nil {
			return nil, err
		}
		s.providers = append(s.providers, known)
	}
	if s.sealer, err = NewSealer(cfg.Secret); err != nil {
		return nil, err
	}
	s.hash = s.hasher.Hash
	return s, nil
}

// PublicURL is where people reach the installation, without a slash at the end.
func (s *Service) PublicURL() string { return strings.TrimRight(s.cfg.PublicURL, "/") }

// Secure tells whether people reach the installation by https, so that cookies can demand it.
func (s *Service) Secure() bool { return strings.HasPrefix(s.cfg.PublicURL, "https://") }

// Restricted tells whether passwords and registration are closed.
func (s *Service) Restricted() bool { return s.cfg.AuthPolicy == "restricted" }

func (s *Service) open() error {
	if s.Restricted() {
		return fault.Denied("auth_restricted", "signing in by password is closed here")
	}
	return nil
}

// system works over all tenants as an actor.
func (s *Service) system(ctx context.Context, a viewer.Actor) context.Context {
	return db.System(s.db.In(ctx), a)
}

// acting works as an actor in a tenant, for a person; either may be Nil. Inside a system transaction it stays in it.
func acting(ctx context.Context, tenant, person uuid.UUID, a viewer.Actor) context.Context {
	return viewer.As(viewer.With(ctx, &viewer.Viewer{TenantID: tenant, PersonID: person}), a)
}

// tx runs a piece of work over all tenants.
func (s *Service) tx(ctx context.Context, a viewer.Actor, fn func(context.Context) error) error {
	return s.db.Tx(s.system(ctx, a), fn)
}

// How often it is written down who was seen, and spent rows are removed.
const (
	tick  = 500 * time.Millisecond
	sweep = 10 * time.Minute
)

// Run writes down who was seen and removes what is spent, until the context ends.
func (s *Service) Run(ctx context.Context) {
	if s.cfg.Clock != nil {
		ctx = clock.With(ctx, s.cfg.Clock)
	}
	write, clean := time.NewTicker(tick), time.NewTicker(sweep)
	defer write.Stop()
	defer clean.Stop()
	for {
		select {
		case <-ctx.Done():
			s.writeSeen(context.WithoutCancel(ctx))
			return
		case <-write.C:
			s.writeSeen(ctx)
		case <-clean.C:
			s.clean(ctx)
		}
	}
}

// clean removes counts and nonces that are over.
func (s *Service) clean(ctx context.Context) {
	now := clock.Now(ctx)
	err := s.tx(ctx, viewer.SignIn, func(ctx context.Context) error {
		if _, err := db.SQL(ctx).ExecContext(ctx, `DELETE FROM throttles WHERE expires_at < $1`, now.UnixMicro()); err != nil {
			return err
		}
		_, err := db.SQL(ctx).ExecContext(ctx, `DELETE FROM nonces WHERE expires_at < $1`, now)
		return err
	})
	if err != nil && ctx.Err() == nil {
		s.cfg.Log.WarnContext(ctx, "spent counts were not removed", slog.String("error", err.Error()))
	}
}
