package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/builtin"
	"github.com/holdfast-platform/holdfast/server/internal/builtintemplates"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
	"github.com/holdfast-platform/holdfast/server/internal/malware"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/reviewer"
	"github.com/holdfast-platform/holdfast/server/internal/room"
	"github.com/holdfast-platform/holdfast/server/internal/servicepolicy"
	"github.com/holdfast-platform/holdfast/server/internal/stream"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// house is what rooms are built from, and what has been built.
type house struct {
	room.House

	services   []rest.Service
	plain      []rest.Route
	background []background
}

// background is what goes on without a request.
type background struct {
	name string
	run  func(context.Context) error
}

// attachmentLimit is the size of the largest attachment where nobody says another.
const attachmentLimit = 25 << 20

// newHouse makes what rooms share.
func newHouse(ctx context.Context, cfg Config, s *Server) (*house, error) {
	h := &house{House: room.House{
		DB: s.db, Files: s.files, Log: cfg.Log, Clock: cfg.Clock, Ready: s.Ready, Version: cfg.Version, PublicURL: cfg.PublicURL,
		DataDir: cfg.DataDir, AttachmentLimit: cfg.AttachmentLimit, ImportLimit: cfg.ImportLimit,
	}}
	if h.Clock == nil {
		h.Clock = clock.System
	}
	if h.AttachmentLimit == 0 {
		h.AttachmentLimit = attachmentLimit
	}
	secret, err := secretKey(ctx, cfg, s.db)
	if err != nil {
		return nil, fmt.Errorf("the secret key: %w", err)
	}
	if h.Mailer, err = mail.New(cfg.SMTPURL, filepath.Join(cfg.DataDir, "outbox"), cfg.Log); err != nil {
		return nil, err
	}
	if cfg.ScannerURL != "" {
		if h.Scanner, err = malware.New(cfg.ScannerURL); err != nil {
			return nil, err
		}
	}
	texts, err := builtintemplates.New()
	if err != nil {
		return nil, err
	}
	bringer := builtin.Bringer{identity.Groups(Roles()), texts}
	h.Identity, err = identity.New(identity.Config{
		DB: s.db, Secret: secret, PublicURL: cfg.PublicURL, Roles: Roles(), LicenseMode: cfg.LicenseMode, AuthPolicy: cfg.AuthPolicy,
		Domains: cfg.domains(), DefaultTenant: cfg.DefaultTenant, Providers: cfg.Providers(),
		LoginRate: cfg.RateLimitLogin, RegisterRate: cfg.RateLimitRegister, InviteRate: cfg.RateLimitInvite, Mailer: h.Mailer,
		LicenseSecret: []byte(cfg.InternalHMACSecret), Log: cfg.Log, Clock: cfg.Clock,
		Builtin: bringer,
	})
	if err != nil {
		return nil, err
	}
	h.always("identity", func(ctx context.Context) error {
		h.Identity.Run(ctx)
		return nil
	})
	h.always("search", func(ctx context.Context) error { return h.DB.Retokenize(ctx, cfg.Log) })
	h.always("builtin", func(ctx context.Context) error {
		return bringer.Sync(h.timed(ctx), h.DB, cfg.Log)
	})
	return h, nil
}

// open opens every room.
func (h *house) open() {
	tail := journal.NewReader(h.DB, h.Log)
	h.always("journal", tail.Run)
	h.Identity.Attach(tail)
	vocabulary.Attach(h.DB, tail)
	servicepolicy.Attach(h.DB, tail)
	reviewer.Attach(h.DB, h.Identity.Grants)
	h.Stream = stream.New(tail)
	consumers, works := []journal.Consumer{journal.Sealer()}, []job.Work{}
	for _, open := range rooms {
		r := open(&h.House)
		h.services = append(h.services, r.Services...)
		h.plain = append(h.plain, r.Routes...)
		works = append(works, r.Works...)
		consumers = append(consumers, r.Consumers...)
	}
	// Each line is worked off once, whichever process comes first.
	h.always("consumers", func(ctx context.Context) error { return tail.Consume(h.timed(ctx), consumers...) })
	h.always("jobs", func(ctx context.Context) error {
		// Over several servers, each piece is done by one of them.
		r, err := job.New(ctx, h.DB, h.Clock, h.Log, works...)
		if err != nil {
			return err
		}
		return r.Run(ctx, 5*time.Second)
	})
}

// timed has the house's clock in the context.
func (h *house) timed(ctx context.Context) context.Context { return clock.With(ctx, h.Clock) }

// always has work done in the background while the server runs; run returns when the context ends.
func (h *house) always(name string, run func(context.Context) error) {
	h.background = append(h.background, background{name, run})
}

// names are the services' full names.
func (h *house) names() []string {
	names := make([]string, 0, len(h.services)+1)
	for _, s := range h.services {
		if s.Private {
			continue
		}
		names = append(names, strings.Trim(s.Path, "/"))
	}
	return names
}

// secretKey is the settings', else the data folder's. A new one is made only for an installation that has sealed
// nothing yet: after a restore, or for a second server, it would open nothing, and nobody would notice until the first
// second factor fails.
func secretKey(ctx context.Context, cfg Config, d *db.DB) ([]byte, error) {
	if cfg.SecretKey != nil {
		return cfg.SecretKey, nil
	}
	secret, err := identity.ReadSecret(cfg.DataDir)
	if !errors.Is(err, fs.ErrNotExist) {
		return secret, err
	}
	var sealed bool
	if err := d.Reader().QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM signing_keys)").Scan(&sealed); err != nil {
		return nil, err
	}
	if sealed {
		return nil, fmt.Errorf("the database is sealed with one that is neither in HOLDFAST_SECRET_KEY nor in %s: put it there. "+
			"Where it is lost, put a new one there (openssl rand -base64 32): second factors are then lost, too", identity.SecretFile(cfg.DataDir))
	}
	return identity.LoadSecret(cfg.DataDir)
}

// FilesURL is where the files of an installation are.
func (c *Config) FilesURL() (string, error) {
	if c.Files != "" {
		return c.Files, nil
	}
	return blob.Folder(filepath.Join(c.DataDir, "files"))
}

// OpenFiles opens the place of the installation's files.
func (c *Config) OpenFiles(ctx context.Context) (*blob.Store, error) {
	where, err := c.FilesURL()
	if err != nil {
		return nil, err
	}
	return blob.Open(ctx, where)
}

// SignInProvider is an OpenID provider that signs people in.
type SignInProvider struct {
	// Label is what its button says.
	Label string
	// Issuer is its exact name; {tenantid} in it stands for every directory's UUID. Discovery is where its description
	// is, when that is not under the issuer.
	Issuer, Discovery string
	// ClientID and ClientSecret are this installation's with the provider.
	ClientID, ClientSecret string
	// Scopes are asked for; none means openid, profile and email.
	Scopes []string
}

// Domain says whose the addresses of an e-mail domain are, and how they sign in.
type Domain struct {
	// Name is such as "example.org", Tenant a slug or an id, Method "sso" or "password".
	Name, Tenant, Method string
}

// MicrosoftProvider is Entra ID for one directory, named by its id (a UUID), or for many: "organizations" for all of
// them, "common" for personal accounts too.
func MicrosoftProvider(directory, clientID, clientSecret string) *SignInProvider {
	const login = "https://login.microsoftonline.com/"
	p := &SignInProvider{Label: "Microsoft", Issuer: login + directory + "/v2.0", ClientID: clientID, ClientSecret: clientSecret}
	if directory == "common" || directory == "organizations" {
		p.Issuer, p.Discovery = login+"{tenantid}/v2.0", login+directory+"/v2.0/.well-known/openid-configuration"
	}
	return p
}

// Providers are those that are set, in the order in which a client offers them.
func (c *Config) Providers() []identity.Provider {
	var all []identity.Provider
	for _, p := range []struct {
		name, label string
		*SignInProvider
	}{{identity.OIDC, "Single sign-on", c.OIDC}, {identity.Microsoft, "Microsoft", c.Microsoft}} {
		if p.SignInProvider == nil {
			continue
		}
		label, scopes := p.Label, p.Scopes
		if label == "" {
			label = p.label
		}
		if len(scopes) == 0 {
			scopes = []string{"openid", "profile", "email"}
		}
		all = append(all, identity.Provider{
			Name: p.name, Label: label, Issuer: p.Issuer, Discovery: p.Discovery, ClientID: p.ClientID, ClientSecret: p.ClientSecret, Scopes: scopes,
		})
	}
	return all
}

func (c *Config) domains() []identity.Domain {
	all := make([]identity.Domain, len(c.Domains))
	for i, d := range c.Domains {
		all[i] = identity.Domain{Name: d.Name, Method: d.Method, Tenant: d.Tenant}
	}
	return all
}
