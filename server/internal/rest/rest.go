// Package rest serves the API over HTTP: Connect, gRPC and gRPC-Web at the paths of their methods, REST under /api/v1
// by way of Vanguard around the same handlers, plain routes, WebSockets, the legacy paths and the API's description.
// Nothing else knows Vanguard.
//
// What Vanguard does not do is done around it: the JSON of REST (codec), what the contract says about a request's form
// (walk, params, negotiate), masks from the keys of a PATCH, success codes, problem bodies, tables.
package rest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"connectrpc.com/vanguard"
	"github.com/google/uuid"
	"github.com/klauspost/compress/gzhttp"
	"github.com/rs/cors"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// Service is a Connect handler and the path it serves, as the generated constructors return them.
type Service struct {
	Path    string
	Handler http.Handler
	// Private services (reflection, gRPC health) have no REST routes.
	Private bool
}

// Chain puts a plain handler behind the steps that every RPC passes: authentication, permission, limits, transaction.
// The function it returns answers nothing when it returns an error. reads is true for what changes nothing.
type Chain interface {
	Wrap(access *accessv1.Access, name string, reads bool, h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error
}

// Carrier is a chain that has a way for files beside that for calls.
type Carrier interface {
	WrapTransfer(access *accessv1.Access, name string, reads bool, h func(http.ResponseWriter, *http.Request) error) func(http.ResponseWriter, *http.Request) error
}

// Authorizer is a Chain that can decide who is let in before a request is read. Authorize gives the context that the
// call goes on with, in which the decision is not made again.
type Authorizer interface {
	Authorize(ctx context.Context, procedure string, header http.Header) (context.Context, error)
}

// Config is what a Server needs. Services and Chain are required.
type Config struct {
	Services []Service
	Plain    []Route
	Chain    Chain
	// Clock decides which side of LegacySunset it is; the context's by default.
	Clock clock.Clock
	// LegacySunset is when the paths without a version end. Zero: they have ended.
	LegacySunset time.Time
	// CORSOrigins may call from browsers, such as "https://portal.example.com"; none by default. CrossOrigin tells
	// browsers so.
	CORSOrigins []string
	// MaxBody bounds JSON bodies in bytes; 0 is 1 MiB.
	MaxBody int64
	// PublicURL is how browsers reach the server; WebSockets take its origin.
	PublicURL string
	// Live is where WebSockets get their events; nil leaves them out.
	Live Live
	// ClosedDocs opens the API's description to signed-in callers only.
	ClosedDocs bool
	// Web answers what is not the API; nil is 404.
	Web http.Handler
}

// defaultBody is the limit of bodies that say nothing of their own.
const defaultBody = 1 << 20

// Server is the HTTP side of the API.
type Server struct {
	cfg        Config
	tree       node
	routes     []*route
	transcoder http.Handler
	procedures map[string]http.Handler // by "/package.Service/"
	maxBody    int64
	zipped     http.Handler // rest, compressed where the caller takes it
	sockets    map[string]func(http.ResponseWriter, *http.Request) error
	https      bool
	authorizer Authorizer // nil where the chain is none
}

// New builds the server's HTTP side. It fails where the contract cannot be served: two routes on one place, a method
// without an access rule, a route that Vanguard would not reach.
func New(cfg Config) (*Server, error) {
	s := &Server{cfg: cfg, maxBody: cfg.MaxBody, procedures: map[string]http.Handler{}, https: strings.HasPrefix(cfg.PublicURL, "https:")}
	if s.maxBody == 0 {
		s.maxBody = defaultBody
	}
	if cfg.Chain == nil {
		return nil, errors.New("rest: a chain is needed")
	}
	s.authorizer, _ = cfg.Chain.(Authorizer)
	var services []*vanguard.Service
	for _, svc := range cfg.Services {
		path := "/" + strings.Trim(svc.Path, "/") + "/"
		s.procedures[path] = svc.Handler
		if svc.Private {
			continue
		}
		sd, err := serviceAt(path)
		if err != nil {
			return nil, err
		}
		routes, err := routesOf(sd)
		if err != nil {
			return nil, fmt.Errorf("rest: %w", err)
		}
		s.routes = append(s.routes, routes...)
		services = append(services, vanguard.NewServiceWithSchema(sd, inner{svc.Handler},
			vanguard.WithTargetProtocols(vanguard.ProtocolConnect),
			vanguard.WithTargetCodecs(vanguard.CodecProto), // without it the codec is bypassed
			vanguard.WithNoTargetCompression(),
			vanguard.WithMaxMessageBufferBytes(answerLimit)))
	}
	if err := s.plainRoutes(); err != nil {
		return nil, err
	}
	for _, r := range s.routes {
		if err := s.tree.add(r); err != nil {
			return nil, fmt.Errorf("rest: %w", err)
		}
	}
	t, err := vanguard.NewTranscoder(services, vanguard.WithCodec(newCodec), vanguard.WithCodec(newBinary), vanguard.WithRules(s.tree.shadowed(s.routes)...))
	if err != nil {
		return nil, fmt.Errorf("rest: %w", err)
	}
	s.transcoder = t
	zip, err := gzhttp.NewWrapper(gzhttp.MinSize(1024))
	if err != nil {
		return nil, err
	}
	s.zipped = zip(http.HandlerFunc(s.rest))
	return s, nil
}

// answerLimit bounds what one answer may hold in memory. A list's page of large records stays far below.
const answerLimit = 64 << 20

func serviceAt(path string) (protoreflect.ServiceDescriptor, error) {
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.Trim(path, "/")))
	if err != nil {
		return nil, fmt.Errorf("rest: the service at %s: %w", path, err)
	}
	sd, ok := d.(protoreflect.ServiceDescriptor)
	if !ok {
		return nil, fmt.Errorf("rest: %s is no service", path)
	}
	for i := range sd.Methods().Len() {
		if md := sd.Methods().Get(i); contract.Access(md).GetRule() == nil {
			return nil, fmt.Errorf("rest: %s does not say who may call it", md.FullName())
		}
	}
	return sd, nil
}

// plainRoutes puts the plain routes, the description's pages and the WebSockets behind the chain.
func (s *Server) plainRoutes() error {
	plain := append([]Route(nil), s.cfg.Plain...)
	plain = append(plain, s.docsRoutes()...)
	for i := range plain {
		p := &plain[i]
		if p.Access.GetRule() == nil {
			return fmt.Errorf("rest: %s %s does not say who may call it", p.Method, p.Pattern)
		}
		r := p.route()
		wrap := s.cfg.Chain.Wrap
		if p.carries {
			carrier, ok := s.cfg.Chain.(Carrier)
			if !ok {
				return fmt.Errorf("rest: %s carries files, and the chain does not", r.name())
			}
			wrap = carrier.WrapTransfer
		}
		r.serve = wrap(p.Access, r.name(), p.reads, p.handler)
		s.routes = append(s.routes, r)
	}
	s.socketRoutes()
	return nil
}

// CrossOrigin lets pages of other origins, such as "https://portal.example.com", read the answers of everything behind
// it: also that there is no room for a call, which the door says.
func CrossOrigin(origins []string, next http.Handler) (http.Handler, error) {
	if len(origins) == 0 {
		return next, nil
	}
	for _, o := range origins {
		if u, err := url.Parse(o); err != nil || u.Host == "" || u.Path != "" || strings.Contains(o, "*") {
			return nil, fmt.Errorf("rest: the CORS origin %q is not like https://host", o)
		}
	}
	return cors.New(cors.Options{
		AllowedOrigins: origins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{
			"ETag", "Location", "X-Request-Id", "Retry-After", "Idempotent-Replayed", "Deprecation", "Sunset", "Content-Disposition",
			"Accept-Ranges", "Content-Range",
			"Grpc-Status", "Grpc-Message", "Grpc-Status-Details-Bin",
		},
		AllowCredentials: true,
		MaxAge:           600,
	}).Handler(next), nil
}

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if viewer.CallOf(r.Context()).RequestID == "" { // no door in front, which would have done this
		r = named(w, r)
	}
	s.dispatch(w, r)
}

// named gives a request its id.
func named(w http.ResponseWriter, r *http.Request) *http.Request {
	id, err := uuid.Parse(r.Header.Get("X-Request-Id"))
	if err != nil || len(r.Header.Get("X-Request-Id")) != 36 {
		id = uuid.Must(uuid.NewV7())
	}
	w.Header().Set("X-Request-Id", id.String())
	return r.WithContext(viewer.WithCall(r.Context(), &viewer.Call{RequestID: id.String()}))
}

var (
	noStore   = []string{"no-store"}
	noSniff   = []string{"nosniff"}
	noReferer = []string{"no-referrer"}
	bareCSP   = []string{"default-src 'none'; frame-ancestors 'none'"}
	sameSite  = []string{"same-origin"}
	hsts      = []string{"max-age=31536000"}
)

// secure sets what every answer of the API says to browsers.
func (s *Server) secure(h http.Header) {
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferer
	h["Content-Security-Policy"] = bareCSP
	if len(s.cfg.CORSOrigins) == 0 {
		h["Cross-Origin-Resource-Policy"] = sameSite
	}
	if s.https {
		h["Strict-Transport-Security"] = hsts
	}
}

// dispatch finds out which side of the API a path belongs to.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if i := strings.IndexByte(path[min(1, len(path)):], '/'); i >= 0 {
		if h := s.procedures[path[:i+2]]; h != nil {
			s.secure(w.Header())
			h.ServeHTTP(w, r)
			return
		}
	}
	switch {
	case strings.HasPrefix(path, "/api/v1/"):
		s.secure(w.Header())
		s.serveREST(w, r)
	case strings.HasPrefix(path, "/api/ws/"):
		s.secure(w.Header())
		s.serveSocket(w, r)
	case path == "/api" || strings.HasPrefix(path, "/api/"):
		s.secure(w.Header())
		s.serveLegacy(w, r)
	case s.known(r), s.cfg.Web == nil, strings.HasPrefix(path, "/holdfast."), strings.HasPrefix(path, "/grpc."):
		s.secure(w.Header())
		s.serveREST(w, r)
	default:
		s.cfg.Web.ServeHTTP(w, r)
	}
}

// serveREST compresses, except where an answer shows secrets beside what a caller has sent.
func (s *Server) serveREST(w http.ResponseWriter, r *http.Request) {
	if len(r.Header["Accept-Encoding"]) == 0 || strings.HasPrefix(r.URL.Path, "/api/v1/auth/") {
		s.rest(w, r)
		return
	}
	s.zipped.ServeHTTP(w, r)
}

// probes are paths that monitors and balancers ask for by habit: where they are not ours they are 404, and never the
// web client's page with 200, which would tell them that all is well.
var probes = map[string]bool{
	"/health": true, "/healthz": true, "/livez": true, "/readyz": true, "/ready": true, "/live": true, "/ping": true, "/status": true,
	"/metrics": true, "/actuator": true, "/version": true,
}

// machine tells whether only programs ask for a path.
func machine(path string) bool {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return first == ".well-known" || probes["/"+first]
}

// known tells whether a path outside of /api is one of ours, such as /internal/license/refresh.
func (s *Server) known(r *http.Request) bool {
	var m match
	path := strings.TrimRight(r.URL.Path, "/")
	return strings.HasPrefix(path, "/internal") || machine(path) || path != "" && (s.tree.find(path, r.Method, &m, 0) || m.allow != nil)
}
