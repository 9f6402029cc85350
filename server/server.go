// Package server puts the house together: the database, the front door, the rooms behind it, and the REST side of the
// same door.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"connectrpc.com/connect"
	"connectrpc.com/grpchealth"
	"connectrpc.com/grpcreflect"
	"connectrpc.com/otelconnect"
	"go.opentelemetry.io/otel"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

const (
	// drainFor is how long a stopping server waits for the calls it is working on.
	drainFor = 10 * time.Second
	// headerWithin is how long the header of a request may take, from its first byte, or from the connection's
	// beginning.
	headerWithin = 5 * time.Second
	// streamsPerConnection bounds what one connection over HTTP/2 may ask at once.
	streamsPerConnection = 100
)

// Config is everything that can be set about a server. cmd/holdfast fills it; the zero value of a field is its default.
type Config struct {
	// DatabaseURL is "sqlite:FILE" or "postgres://…"; DataDir is where files, keys and unsent mail are.
	DatabaseURL, DataDir string
	// Files is where files are kept: file:///FOLDER, s3://BUCKET?region=… or azblob://CONTAINER; empty is
	// <DataDir>/files.
	Files string
	// AttachmentLimit is the size of the largest attachment in bytes; 0 is 25 MiB. ScannerURL is where a ClamAV daemon
	// judges them, unix:///PATH or tcp://HOST:PORT; empty judges none.
	AttachmentLimit int64
	ScannerURL      string
	// ImportLimit is the size of the largest file of a security scanner that is imported, in bytes; 0 is 100 MiB.
	ImportLimit int64
	// PublicURL is how people reach the server, for links in mail and the issuer of tokens.
	PublicURL string
	// LegacySunset is when the paths without a version end.
	LegacySunset time.Time
	// LicenseMode is "open" or "managed", AuthPolicy "open" or "restricted".
	LicenseMode, AuthPolicy string
	// OIDC and Microsoft sign people in; nil is none. Domains say whose an e-mail address is, and DefaultTenant (a slug
	// or an id) takes in those whom nobody owns; without it they are not let in.
	OIDC, Microsoft *SignInProvider
	Domains         []Domain
	DefaultTenant   string
	// SecretKey seals what is secret in the database: 32 bytes. Nil reads or makes <DataDir>/secret.key.
	SecretKey []byte
	// InternalHMACSecret signs calls to /internal/*; empty closes them.
	InternalHMACSecret string
	// SMTPURL is where mail goes; empty writes it to <DataDir>/outbox.
	SMTPURL string
	// TrustedProxies may say for whom they ask; CORSOrigins may ask from a browser.
	TrustedProxies []netip.Prefix
	CORSOrigins    []string
	// RateLimitLogin, RateLimitRegister, RateLimitInvite, RateLimitAPI and RateLimitTenant are such as "5/minute".
	RateLimitLogin, RateLimitRegister, RateLimitInvite, RateLimitAPI, RateLimitTenant string
	// InFlight bounds the calls worked on at once; 0 chooses by the number of processors.
	InFlight int
	// Tracing puts a span around each call, by OpenTelemetry's global provider; Metrics measures each call.
	Tracing, Metrics bool
	// Version is the program's.
	Version string
	Log     *slog.Logger
	Clock   clock.Clock
	// Web is the web client; nil answers a plain page in its place.
	Web http.Handler
	// Statement hears every SQL statement, for tests.
	Statement func(ctx context.Context, sql string)
}

// Server is one running Holdfast.
type Server struct {
	house   *house
	door    *rpc.Door
	db      *db.DB
	files   *blob.Store
	health  *grpchealth.StaticChecker
	handler http.Handler
	log     *slog.Logger
	trusted []netip.Prefix // networks whose word for an address is taken
	ready   atomic.Bool
	started sync.Once
	stop    context.CancelFunc
	working sync.WaitGroup
}

// New opens the database, brings its schema up to date, and puts every room behind the front door.
func New(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d, err := db.Open(ctx, db.Config{URL: cfg.DatabaseURL, Statement: cfg.Statement})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	s := &Server{db: d, log: cfg.Log, trusted: cfg.TrustedProxies}
	if s.files, err = cfg.OpenFiles(ctx); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if err := job.Migrate(ctx, d); err != nil {
		return nil, errors.Join(err, s.files.Close(), d.Close())
	}
	if err := s.build(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.files.Close(), d.Close())
	}
	s.ready.Store(true)
	return s, nil
}

func (s *Server) build(ctx context.Context, cfg Config) error {
	h, err := newHouse(ctx, cfg, s)
	if err != nil {
		return err
	}
	doorway := rpc.Config{
		DB: s.db, Auth: h.Identity, Clock: cfg.Clock, Log: cfg.Log, Rate: cfg.RateLimitAPI, TenantRate: cfg.RateLimitTenant,
		Shared: rpc.OverDatabase(s.db), InFlight: cfg.InFlight,
		TrustedProxies: cfg.TrustedProxies, InternalSecret: []byte(cfg.InternalHMACSecret), Problem: rest.Problem,
	}
	if cfg.Metrics {
		doorway.Meter = otel.Meter("github.com/holdfast-platform/holdfast")
	}
	if s.door, err = rpc.New(doorway); err != nil {
		return err
	}
	s.door.Exempt("/api/v1/health/live", "/api/v1/health/ready")
	h.Options = s.door.Options()
	if cfg.Tracing {
		tracer, err := otelconnect.NewInterceptor(otelconnect.WithoutMetrics())
		if err != nil {
			return err
		}
		h.Options = append([]connect.HandlerOption{connect.WithInterceptors(tracer)}, h.Options...)
	}
	h.open()
	for i, r := range h.services {
		h.services[i].Handler = s.door.Service(r.Handler)
		if err := s.door.Open(r.Path); err != nil {
			return err
		}
	}
	names := h.names()
	s.health = grpchealth.NewStaticChecker(names...)
	reflector := grpcreflect.NewStaticReflector(append(names, grpchealth.HealthV1ServiceName)...)
	private := func(path string, handler http.Handler) {
		h.services = append(h.services, rest.Service{Path: path, Handler: handler, Private: true})
	}
	private(grpchealth.NewHandler(s.health))
	private(grpcreflect.NewHandlerV1(reflector))
	private(grpcreflect.NewHandlerV1Alpha(reflector))
	behind, err := rest.New(rest.Config{
		Services: h.services, Plain: h.plain, Chain: s.door, Live: h.Stream, Clock: cfg.Clock, LegacySunset: cfg.LegacySunset,
		CORSOrigins: cfg.CORSOrigins, PublicURL: cfg.PublicURL, Web: cfg.Web,
	})
	if err != nil {
		return err
	}
	if err := s.door.Check(); err != nil {
		return err
	}
	s.house = h
	s.handler, err = rest.CrossOrigin(cfg.CORSOrigins, s.door.Handler(behind))
	return err
}

// Handler serves everything: the API in all its protocols, and the web client.
func (s *Server) Handler() http.Handler { return s.handler }

// DB is the server's database.
func (s *Server) DB() *db.DB { return s.db }

// Identity knows people and their credentials.
func (s *Server) Identity() *identity.Service { return s.house.Identity }

// Start begins the work that no request asks for: consumers of the journal, jobs, clocks. Run does it by itself.
func (s *Server) Start(ctx context.Context) {
	s.started.Do(func() {
		ctx, s.stop = context.WithCancel(ctx)
		s.working.Go(func() { s.door.Run(ctx) })
		for _, w := range s.house.background {
			s.working.Go(func() {
				if err := w.run(ctx); err != nil && ctx.Err() == nil {
					s.log.LogAttrs(ctx, slog.LevelError, "background work ended", slog.String("work", w.name), slog.String("error", err.Error()))
				}
			})
		}
	})
}

// Run serves on the listeners until the context ends, then stops with grace: it first says that it is not ready, ends
// streams, and waits up to ten seconds for the calls it is working on. HTTP/1 and HTTP/2 are served, the latter also
// without TLS (h2c).
func (s *Server) Run(ctx context.Context, secure *tls.Config, listeners ...net.Listener) error {
	lasting := context.WithoutCancel(ctx)
	s.Start(lasting)
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	connections := &overload.Connections{Trusted: s.trusted}
	web := &http.Server{
		Handler: s.handler, Protocols: protocols, TLSConfig: secure, ReadHeaderTimeout: headerWithin, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		// Bodies and answers have deadlines of their own, which move on with what is sent. Those of HTTP/2 also need
		// them for the connection, which carries the frames of all its streams.
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams: streamsPerConnection, WriteByteTimeout: 10 * time.Second, SendPingTimeout: time.Minute, PingTimeout: 15 * time.Second,
		},
		ConnContext: connections.ConnContext, ConnState: connections.ConnState,
	}
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		go func() {
			if secure != nil {
				failed <- web.ServeTLS(l, "", "")
				return
			}
			failed <- web.Serve(l)
		}()
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.Drain()
	deadline, cancel := context.WithTimeout(lasting, drainFor)
	defer cancel()
	if late := web.Shutdown(deadline); late != nil {
		s.log.LogAttrs(lasting, slog.LevelWarn, "calls were cut off", slog.String("error", late.Error()))
		err = errors.Join(err, web.Close())
	}
	return errors.Join(err, s.Close())
}

// Ready tells whether the server takes calls and its database answers.
func (s *Server) Ready(ctx context.Context) error {
	if !s.ready.Load() {
		return errors.New("stopping")
	}
	return s.db.Ping(ctx)
}

// Drain says that the server is about to stop, and ends its streams.
func (s *Server) Drain() {
	s.ready.Store(false)
	s.health.SetStatus("", grpchealth.StatusNotServing)
	for _, name := range s.house.names() {
		s.health.SetStatus(name, grpchealth.StatusNotServing)
	}
	s.door.Drain()
}

// Close ends the background work and closes the database.
func (s *Server) Close() error {
	if s.stop != nil {
		s.stop()
	}
	s.working.Wait()
	s.house.Identity.Wait()
	return errors.Join(s.files.Close(), s.db.Close())
}
