package holdfast

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"buf.build/go/protovalidate"
	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
)

// Errors of this package itself, before or instead of an answer by the server.
var (
	// ErrSecondFactor says that the account needs a second factor, and none was given by WithSecondFactor.
	ErrSecondFactor = errors.New("holdfast: the account needs a second factor; give one with WithSecondFactor")
	// ErrEnrollSecondFactor says that the tenant demands a second factor and the account has none yet.
	ErrEnrollSecondFactor = errors.New("holdfast: the tenant demands a second factor; set one up in the web client first")
	// ErrNoTokens says that the server signed the account in without tokens, as it does for a tenant that waits for its
	// licence.
	ErrNoTokens = errors.New("holdfast: the server gave no tokens")
)

// Problem is an error answer of the REST side, with the members of its problem body (RFC 9457).
type Problem struct {
	// Status is the HTTP status.
	Status int `json:"status"`
	// Code is the Connect code by name, such as "invalid_argument".
	Code string `json:"code"`
	// Reason is a stable word for programs, such as "validation".
	Reason string `json:"reason"`
	// Detail is for people.
	Detail string `json:"detail"`
	// Fields has a message per field, keyed as in the body.
	Fields map[string]string `json:"fields"`
	// RequestID finds the call in the server's log.
	RequestID string `json:"request_id"`

	retryAfter string
	body       []byte
	cause      error
}

// Unwrap is the trouble on the way, where the server did not answer.
func (p *Problem) Unwrap() error { return p.cause }

func (p *Problem) Error() string {
	text := p.Detail
	if text == "" {
		text = http.StatusText(p.Status)
	}
	return fmt.Sprintf("holdfast: %d %s", p.Status, text)
}

// Reason is the stable word of an error answer, such as "validation", "not_found" or "stale_version"; empty when it has
// none.
func Reason(err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return p.Reason
	}
	if info := detail[*errdetails.ErrorInfo](err); info != nil {
		return info.GetReason()
	}
	return ""
}

// Meta is what an error answer says to programs beside its reason, such as the permission that is missing; nil when it
// says nothing.
func Meta(err error) map[string]string {
	if info := detail[*errdetails.ErrorInfo](err); info != nil {
		return info.GetMetadata()
	}
	return nil
}

// FieldErrors is what an error answer says about each field of the request; nil when no field is to blame. The keys are
// the names of the fields as in the record, such as "name".
func FieldErrors(err error) map[string]string {
	var p *Problem
	if errors.As(err, &p) {
		return p.Fields
	}
	found := detail[*validate.Violations](err)
	if len(found.GetViolations()) == 0 {
		return nil
	}
	var body string
	var c *connect.Error
	if errors.As(err, &c) {
		body = c.Meta().Get(bodyMeta) + "."
	}
	fields := map[string]string{}
	for _, v := range found.GetViolations() {
		name := strings.TrimPrefix(protovalidate.FieldPathString(v.GetField()), body)
		if old, ok := fields[name]; ok {
			fields[name] = old + "; " + v.GetMessage()
		} else {
			fields[name] = v.GetMessage()
		}
	}
	return fields
}

// RequestID finds the failed call in the server's log; empty when the server did not answer.
func RequestID(err error) string {
	var p *Problem
	if errors.As(err, &p) {
		return p.RequestID
	}
	var c *connect.Error
	if errors.As(err, &c) {
		return c.Meta().Get("X-Request-Id")
	}
	return ""
}

// detail finds the error's detail of a type, or is nil.
func detail[T any](err error) (none T) {
	var c *connect.Error
	if !errors.As(err, &c) {
		return none
	}
	for _, d := range c.Details() {
		if value, err := d.Value(); err == nil {
			if t, ok := value.(T); ok {
				return t
			}
		}
	}
	return none
}

// pause tells whether a failed call may be tried again, and how long the server wants to be left alone; zero says
// nothing.
func pause(err error) (time.Duration, bool) {
	var p *Problem
	if errors.As(err, &p) {
		again := p.Status == http.StatusTooManyRequests || p.Status == http.StatusServiceUnavailable || p.Reason == inProgress
		return seconds(p.retryAfter), again
	}
	var c *connect.Error
	if !errors.As(err, &c) {
		return 0, false
	}
	if !connect.IsWireError(err) && (errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)) {
		return 0, true // the line broke in the middle of an answer
	}
	after := seconds(c.Meta().Get("Retry-After"))
	switch reason := Reason(err); c.Code() {
	case connect.CodeUnavailable:
		return after, reason != "artifact_missing" // that one is gone for good
	case connect.CodeResourceExhausted:
		return after, reason == "rate_limited" || after > 0
	default:
		return after, reason == inProgress
	}
}

// inProgress is the reason of an answer to an idempotency key whose first call is still running.
const inProgress = "in_progress"

func seconds(text string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}
