package rpc

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/proto"

	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// domain stands in the details of every error.
const domain = "holdfast"

// refusal turns whatever went wrong into the error that the protocols carry, and notes it for the log and the REST
// side.
func (d *Door) refusal(ctx context.Context, p *plan, err error) *connect.Error {
	c := callOf(ctx)
	var spoken *connect.Error
	if fault.Of(err) == nil && errors.As(err, &spoken) {
		c.code = spoken.Code().String()
		if !foreign(spoken) && !d.Frank {
			d.logBroken(ctx, err)
			spoken = connect.NewError(spoken.Code(), errors.New("internal error, request "+c.RequestID))
		}
		return spoken
	}
	f := d.faultOf(ctx, err)
	c.fault, c.code = f, connect.Code(f.Code()).String()
	var rules *invalid
	if errors.As(err, &rules) {
		return toConnect(f, rules.violations, rules.breaches, c.RequestID)
	}
	v, b := violations(p, f)
	return toConnect(f, v, b, c.RequestID)
}

// foreign tells whether an error comes from the protocol library rather than from a room, which returns faults: a
// message that is too large or cannot be read, a caller who has gone. What is internal or unknown may show too much.
func foreign(e *connect.Error) bool {
	switch e.Code() {
	case connect.CodeInternal, connect.CodeUnknown, connect.CodeDataLoss:
		return false
	}
	return true
}

// faultOf finds or makes the fault behind an error. What nobody foresaw is logged, and answered without its text.
func (d *Door) faultOf(ctx context.Context, err error) *fault.Error {
	if f := fault.Of(err); f != nil {
		if f.Code() == fault.Internal {
			d.logBroken(ctx, err)
		}
		return f
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fault.Timeout()
	case errors.Is(err, context.Canceled):
		return fault.Unavailable(time.Second, "the call was given up")
	case db.Away(err):
		d.Log.LogAttrs(ctx, slog.LevelWarn, "database away", slog.String("error", err.Error()), slog.String("request_id", RequestID(ctx)))
		return fault.Unavailable(time.Second, "the database is away, try again")
	}
	if f := fault.Of(db.Fault(err)); f != nil {
		return f
	}
	d.logBroken(ctx, err)
	return fault.Broken()
}

func (d *Door) logBroken(ctx context.Context, err error) {
	c := callOf(ctx)
	d.Log.LogAttrs(ctx, slog.LevelError, "internal error", slog.String("error", err.Error()), slog.String("method", c.method), slog.String("request_id", c.RequestID))
}

// usual is the HTTP status that each code stands for; where a fault has another, its details tell the REST side.
var usual = map[fault.Code]int{
	fault.InvalidArgument: 400, fault.DeadlineExceeded: 504, fault.NotFoundCode: 404, fault.AlreadyExists: 409, fault.PermissionDenied: 403,
	fault.ResourceExhausted: 429, fault.FailedPrecondition: 409, fault.Aborted: 409, fault.Internal: 500, fault.UnavailableCode: 503, fault.UnauthenticatedC: 401,
}

// toConnect writes a fault as a Connect error with its details.
func toConnect(f *fault.Error, v *validate.Violations, b *typev1.Breaches, requestID string) *connect.Error {
	message := f.Message
	if f.Code() == fault.Internal {
		message = "internal error, request " + requestID
	}
	e := connect.NewError(connect.Code(f.Code()), errors.New(message))
	info := &errdetails.ErrorInfo{Reason: f.Reason, Domain: domain, Metadata: f.Meta}
	if f.Status() != usual[f.Code()] {
		info.Metadata = map[string]string{"status": strconv.Itoa(f.Status())}
		maps.Copy(info.Metadata, f.Meta)
	}
	addDetail(e, info)
	if v != nil {
		addDetail(e, v)
		addDetail(e, b)
	}
	if f.RetryAfter > 0 {
		e.Meta().Set("Retry-After", seconds(f.RetryAfter))
	}
	return e
}

func addDetail(e *connect.Error, m proto.Message) {
	if detail, err := connect.NewErrorDetail(m); err == nil {
		e.AddDetail(detail)
	}
}

// violations says of each field what is wrong with it, in the shape of the contract's own rules, and by which rule.
func violations(p *plan, f *fault.Error) (*validate.Violations, *typev1.Breaches) {
	if len(f.Fields) == 0 {
		return nil, nil
	}
	v, b := &validate.Violations{}, &typev1.Breaches{}
	for _, field := range slices.Sorted(maps.Keys(f.Fields)) {
		rule := f.Rule(field)
		v.Violations = append(v.Violations, &validate.Violation{
			Field: fieldPath(p.long(field)), Message: proto.String(f.Fields[field]), RuleId: proto.String(rule.ID),
		})
		b.Items = append(b.Items, &typev1.Breach{Rule: rule.ID, Values: rule.Values})
	}
	return v, b
}

// seconds is a duration as Retry-After has it, rounded up.
func seconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}
