// Package fault has the words a room returns when it cannot do what was asked. The front door turns them into protocol
// errors; nothing here knows a protocol, but for the status codes that a word stands for.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Code is a Connect and gRPC status code.
type Code uint32

// The codes that faults use, numbered as in gRPC.
const (
	InvalidArgument    Code = 3
	DeadlineExceeded   Code = 4
	NotFoundCode       Code = 5
	AlreadyExists      Code = 6
	PermissionDenied   Code = 7
	ResourceExhausted  Code = 8
	FailedPrecondition Code = 9
	Aborted            Code = 10
	Unimplemented      Code = 12
	Internal           Code = 13
	UnavailableCode    Code = 14
	UnauthenticatedC   Code = 16
)

// Error is an answer to the caller: everything in it may be shown.
type Error struct {
	// code and status are what the word means to programs.
	code   Code
	status int
	// Reason is a stable word for programs, such as "validation" or "in_use".
	Reason string
	// Message is for people.
	Message string
	// Fields has a message per field, keyed as in the body.
	Fields map[string]string
	// Rules says of fields for programs what Fields says for people. A field that is not here breaks the rule that its
	// message spells.
	Rules map[string]Rule
	// Meta is further detail for programs, such as the permission that is missing.
	Meta map[string]string
	// RetryAfter says when it is worth another try; zero says nothing.
	RetryAfter time.Duration
}

func (e *Error) Error() string { return e.Message }

// Code is the Connect and gRPC code.
func (e *Error) Code() Code { return e.code }

// Status is the HTTP status.
func (e *Error) Status() int { return e.status }

// With adds a detail for programs and returns the error.
func (e *Error) With(key, value string) *Error {
	if e.Meta == nil {
		e.Meta = map[string]string{}
	}
	e.Meta[key] = value
	return e
}

// Of finds the fault in an error, or is nil.
func Of(err error) *Error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // the usual case, without a search; what is wrapped is found below
		return e
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

func fail(code Code, status int, reason, format string, args ...any) *Error {
	return &Error{code: code, status: status, Reason: reason, Message: fmt.Sprintf(format, args...)}
}

// ConfirmFirst says that whoever asks must prove anew who they are.
func ConfirmFirst() *Error {
	return Denied("confirm_first", "this needs a fresh proof that it is you: confirm with your password or a code")
}

// NotFound is 404: no such record, or not the caller's.
func NotFound(what string) *Error { return fail(NotFoundCode, 404, "not_found", "no such %s", what) }

// NoReference is 404 for what a field of the body refers to: no such record, or not the caller's. Of a list it is
// Invalid instead: the others may well be there.
func NoReference(field, what string) *Error {
	e := fail(NotFoundCode, 404, "not_found", "%s: no such %s", field, what)
	e.Fields = map[string]string{field: "no such " + what}
	return e
}

// Invalid is 400: one field breaks a rule. The field is named as in the body.
func Invalid(field, format string, args ...any) *Error {
	e := InvalidFields(map[string]string{field: fmt.Sprintf(format, args...)})
	e.Rules = map[string]Rule{field: spelled(format, args...)}
	return e
}

// InvalidFields is 400 with a message per field.
func InvalidFields(fields map[string]string) *Error {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(fields)) {
		parts = append(parts, k+": "+fields[k])
	}
	e := fail(InvalidArgument, 400, "validation", "%s", strings.Join(parts, "; "))
	e.Fields = fields
	return e
}

// PageTooLarge is 400: so many rows have more bytes than an answer may. With per_page in Meta, which is how many fit.
func PageTooLarge() *Error {
	return fail(InvalidArgument, 400, "page_too_large", "these rows are too long for one page: ask for fewer with per_page, or walk by cursor")
}

// Malformed is 400 where no single field is to blame.
func Malformed(format string, args ...any) *Error {
	return fail(InvalidArgument, 400, "malformed", format, args...)
}

// Exists is 409: a unique value that is taken already.
func Exists(field, format string, args ...any) *Error {
	e := fail(AlreadyExists, 409, "already_exists", "%s: %s", field, fmt.Sprintf(format, args...))
	e.Fields = map[string]string{field: fmt.Sprintf(format, args...)}
	e.Rules = map[string]Rule{field: spelled(format, args...)}
	return e
}

// Conflict is 409: the record's state forbids it (a transition, a record in use). The reason is a word such as
// "in_use".
func Conflict(reason, format string, args ...any) *Error {
	return fail(FailedPrecondition, 409, reason, format, args...)
}

// Stale is 409: somebody else has changed the record since the caller read it.
func Stale() *Error {
	return fail(Aborted, 409, "stale_version", "the record has changed since you read it")
}

// StaleMatch is 412: Stale, where the caller asked by If-Match.
func StaleMatch() *Error {
	return fail(Aborted, 412, "stale_match", "the record has changed since you read it")
}

// Matched is 412: the record is there, or is of a version that the caller excluded by If-None-Match.
func Matched() *Error {
	return fail(Aborted, 412, "matched", "the record is there in the version that If-None-Match excludes")
}

// Denied is 403: signed in, but not allowed.
func Denied(reason, format string, args ...any) *Error {
	return fail(PermissionDenied, 403, reason, format, args...)
}

// Forbidden is 403 for a missing permission, which it names.
func Forbidden(permission string) *Error {
	return Denied("permission_denied", "the permission %s is needed", permission).With("permission", permission)
}

// Unauthenticated is 401; it always says the same.
func Unauthenticated() *Error {
	return fail(UnauthenticatedC, 401, "unauthenticated", "sign in first: the credential is missing, expired or not valid here")
}

// Unauthorized is 401 with a reason of its own, for public methods that demand a second proof (such as
// "sign_in_first").
func Unauthorized(reason, format string, args ...any) *Error {
	return fail(UnauthenticatedC, 401, reason, format, args...)
}

// Gone is 410: it was there once (a spent link, an old path).
func Gone(reason, format string, args ...any) *Error {
	return fail(FailedPrecondition, 410, reason, format, args...)
}

// TooLarge is 413.
func TooLarge(format string, args ...any) *Error {
	return fail(ResourceExhausted, 413, "too_large", format, args...)
}

// Size is a number of bytes for people, exactly: "25 MiB".
func Size(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 1<<10 && n%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// Unsupported is 415: a media type that is not taken here, or content unlike its declared type.
func Unsupported(format string, args ...any) *Error {
	return fail(InvalidArgument, 415, "unsupported_media_type", format, args...)
}

// OutOfRange is 416: the parts of a file that are asked for are not there.
func OutOfRange(format string, args ...any) *Error {
	return fail(InvalidArgument, 416, "out_of_range", format, args...)
}

// NotAcceptable is 406.
func NotAcceptable(format string, args ...any) *Error {
	return fail(InvalidArgument, 406, "not_acceptable", format, args...)
}

// NotAllowed is 405: the path is right, the method is not.
func NotAllowed(allow string) *Error {
	return fail(Unimplemented, 405, "method_not_allowed", "this path allows %s", allow).With("allow", allow)
}

// Refused is 422: understood, but it contradicts what came before (an idempotency key with another body).
func Refused(reason, format string, args ...any) *Error {
	return fail(InvalidArgument, 422, reason, format, args...)
}

// Missing is 502: a stored file is gone.
func Missing(reason, format string, args ...any) *Error {
	return fail(UnavailableCode, 502, reason, format, args...)
}

// Limited is 429: too many, try again later.
func Limited(after time.Duration) *Error {
	e := fail(ResourceExhausted, 429, "rate_limited", "too many requests, try again later")
	e.RetryAfter = max(after, time.Second)
	return e
}

// TooManyStreams is 429: the caller, or everybody of their tenant together, has as many streams open as there may be.
func TooManyStreams() *Error {
	e := fail(ResourceExhausted, 429, "too_many_streams", "too many streams are open, close one or try again later")
	e.RetryAfter = 10 * time.Second
	return e
}

// TooSlow is 408: the request did not come in time.
func TooSlow() *Error {
	return fail(DeadlineExceeded, 408, "request_timeout", "the request came too slowly")
}

// Unavailable is 503: the database is away, or the server is stopping.
func Unavailable(after time.Duration, format string, args ...any) *Error {
	e := fail(UnavailableCode, 503, "unavailable", format, args...)
	e.RetryAfter = max(after, time.Second)
	return e
}

// Timeout is 504: it took longer than the caller or the server allows.
func Timeout() *Error { return fail(DeadlineExceeded, 504, "deadline_exceeded", "it took too long") }

// Broken is 500: our mistake. The cause goes to the log, never into the answer.
func Broken() *Error { return fail(Internal, 500, "internal", "internal error") }
