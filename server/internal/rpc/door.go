// Package rpc is the front door: every call, over whatever protocol, passes the same steps in the same order before a
// room sees it.
//
//	whole body → slot → recover → log → authenticate → authorize → validate → expected version → transaction → errors and headers → slot back → answer
//
// Who a caller is and whether they may call is decided before their message is decoded. What a method demands stands in
// its contract and is worked out once, at start, so that a call walks no descriptor.
package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/inprocess"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

// Authenticator tells who sends a request. It is asked for every call that is not public; the door has made sure that
// exactly the one kind of credential that the rule wants is there. A refusal of any kind is answered by the same 401,
// unless it is a fault of another kind (a tenant that is not active yet, a database that is away).
type Authenticator interface {
	Authenticate(ctx context.Context, header http.Header, access *accessv1.Access) (*viewer.Viewer, error)
}

// Config is what a door needs. Only DB and Auth are required.
type Config struct {
	DB   *db.DB
	Auth Authenticator
	// Clock is the time that everything behind the door goes by; the machine's by default.
	Clock clock.Clock
	Log   *slog.Logger
	// Rate limits calls per credential, and per address where there is none: "1200/minute". Empty means no limit.
	Rate string
	// TenantRate limits the calls of a tenant, whoever makes them.
	TenantRate string
	// Shared keeps the limits of several servers on one database together; nil counts in this process only.
	Shared Exchange
	// InFlight bounds the calls that are worked on at once; the excess is answered 503 within 100 ms. 0 is 32 per
	// processor.
	InFlight int
	// Timeout ends a call that takes too long; 0 is 30 s, less is none. Uploads, downloads and streams have none.
	Timeout time.Duration
	// MaxMessage bounds a message in bytes; 0 is 1 MiB.
	MaxMessage int
	// TrustedProxies may say for whom they ask by X-Forwarded-For.
	TrustedProxies []netip.Prefix
	// InternalSecret is the key of the signature on /internal/*; without it they are closed.
	InternalSecret []byte
	// Meter measures calls; nil measures nothing.
	Meter metric.Meter
	// Frank shows the protocol library's own internal errors as they are: only for a service that returns them on
	// purpose, such as that of the conformance suite.
	Frank bool
	// Problem answers a fault on a plain HTTP route, as problem+json.
	Problem func(http.ResponseWriter, *http.Request, *fault.Error)
}

// Door is the front door. One serves a whole server.
type Door struct {
	Config
	plans     map[string]*plan // by procedure, complete before the first call
	checker   protovalidate.Validator
	texts     map[protoreflect.FullName]*texts
	limit     *limiter
	tenants   *limiter // by tenant
	slots     *overload.Slots
	verified  overload.Verified
	slow      overload.Slow
	streams   overload.Streams
	files     []carried // the routes that carry a file
	refusals  *refusals
	transfers *overload.Transfers
	running   sync.Map // idempotency keys being worked on in this process
	measure   *measure
	writer    *connect.ErrorWriter
	exempt    map[string]bool // paths that take no slot
	drain     chan struct{}   // closed when the server stops
	drained   sync.Once
	broken    []error // what Check tells

	ready map[string][]byte // bodies of refusals over Connect that are always the same, by reason
}

// New makes a door.
func New(c Config) (*Door, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Timeout == 0 {
		c.Timeout = 30 * time.Second
	}
	if c.MaxMessage == 0 {
		c.MaxMessage = 1 << 20
	}
	if c.Problem == nil {
		c.Problem = plainText
	}
	d := &Door{
		Config: c, plans: map[string]*plan{}, texts: map[protoreflect.FullName]*texts{}, exempt: map[string]bool{},
		slots: overload.NewSlots(c.InFlight), transfers: overload.NewTransfers(0), writer: connect.NewErrorWriter(), drain: make(chan struct{}),
	}
	var err error
	if d.checker, err = protovalidate.New(); err != nil {
		return nil, err
	}
	if d.limit, err = newLimiter(c.Rate, c.Shared); err != nil {
		return nil, err
	}
	if d.tenants, err = newLimiter(c.TenantRate, c.Shared); err != nil {
		return nil, err
	}
	if d.measure, err = newMeasure(c.Meter); err != nil {
		return nil, err
	}
	return d, d.prepare()
}

// Options go to every handler behind the door.
func (d *Door) Options() []connect.HandlerOption {
	return []connect.HandlerOption{
		connect.WithCodec(inprocess.Codec{}),
		connect.WithReadMaxBytes(d.MaxMessage),
		connect.WithCompressMinBytes(1 << 10),
		connect.WithRequestGate(d.authorizeMessage),
		connect.WithInterceptors(interceptor{d}),
	}
}

// Open reads the contract of a service and makes the door know its methods. A method that does not say who may call it
// is an error.
func (d *Door) Open(service string) error { return d.OpenAs(service, nil) }

// OpenAs opens a service that is not of our contract: its methods, which declare nothing, have the access given.
func (d *Door) OpenAs(service string, access *accessv1.Access) error {
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(strings.Trim(service, "/")))
	if err != nil {
		return fmt.Errorf("rpc: the service %s is not in the contract: %w", service, err)
	}
	s, ok := found.(protoreflect.ServiceDescriptor)
	if !ok {
		return fmt.Errorf("rpc: %s is not a service", service)
	}
	var errs []error
	for i := range s.Methods().Len() {
		p, err := d.plan(s.Methods().Get(i), access)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		d.plans[p.procedure] = p
	}
	return errors.Join(errs...)
}

// Run does the door's own work until the context ends: once a second it exchanges the limits' counts with the other
// servers and says how many calls it had no slot for, and every ten minutes it removes what has expired. A server that
// cannot exchange goes on counting alone.
func (d *Door) Run(ctx context.Context) {
	go d.limit.run(ctx, d.Log)
	go d.tenants.run(ctx, d.Log)
	sweep, second := time.NewTicker(10*time.Minute), time.NewTicker(time.Second)
	defer sweep.Stop()
	defer second.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-sweep.C:
			d.sweep(ctx)
		case <-second.C:
			d.tellRefusals(ctx)
		}
	}
}

// Check tells what is wrong with the routes that were wrapped; call it when all are.
func (d *Door) Check() error { return errors.Join(d.broken...) }

// Exempt names paths that take no slot and leave no line in the log: a probe must see a busy server as one that lives.
func (d *Door) Exempt(paths ...string) {
	for _, p := range paths {
		d.exempt[p] = true
	}
}

// Drain ends all streams with "unavailable" and refuses new ones: the server is about to stop.
func (d *Door) Drain() { d.drained.Do(func() { close(d.drain) }) }

func (d *Door) now(ctx context.Context) time.Time {
	if d.Clock == nil {
		return clock.Now(ctx)
	}
	return d.Clock.Now().UTC().Truncate(time.Microsecond)
}
