package holdfast

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"connectrpc.com/connect"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
)

const (
	keyHeader    = "Idempotency-Key"
	shortestWait = 100 * time.Millisecond
	longestWait  = 30 * time.Second
)

type keyContext struct{}

// WithIdempotencyKey makes the next writing call carry this key (1 to 255 visible characters) in place of one of its
// own: the same call with the same key is done once within 24 hours, also when the program was started again in
// between.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, keyContext{}, key)
}

// keyOf is the caller's key, or a new one.
func keyOf(ctx context.Context) string {
	if key, ok := ctx.Value(keyContext{}).(string); ok {
		return key
	}
	return uuid.NewString()
}

// carry is the interceptor of all typed clients: it signs every call, and tries again what may be tried again.
type carry struct {
	tokens  *tokens
	retries int
}

// WrapUnary signs a call, gives a writing one its idempotency key, and repeats it while that is safe and the server
// asks for it.
func (c *carry) WrapUnary(next connect.UnaryFunc) connect.UnaryFunc {
	return func(ctx context.Context, req connect.AnyRequest) (connect.AnyResponse, error) {
		open, reads := public(req.Spec()), req.Spec().IdempotencyLevel == connect.IdempotencyNoSideEffects
		if !reads && !open && req.Header().Get(keyHeader) == "" {
			req.Header().Set(keyHeader, keyOf(ctx))
		}
		var answer connect.AnyResponse
		err := attempt(ctx, c.limit(reads || !open), c.source(open), func(bearer string) (err error) {
			if bearer != "" {
				req.Header().Set("Authorization", "Bearer "+bearer)
			}
			answer, err = next(ctx, req)
			return err
		})
		if err != nil {
			return nil, inBody(req.Spec(), err)
		}
		return answer, nil
	}
}

// bodyMeta notes on an error which field of the request is the record: its fields are named without it.
const bodyMeta = "Holdfast-Body"

func inBody(spec connect.Spec, err error) error {
	var c *connect.Error
	if method, ok := spec.Schema.(protoreflect.MethodDescriptor); ok && errors.As(err, &c) {
		rule, _ := proto.GetExtension(method.Options(), annotations.E_Http).(*annotations.HttpRule)
		if body := rule.GetBody(); body != "" && body != "*" {
			c.Meta().Set(bodyMeta, body)
		}
	}
	return err
}

// WrapStreamingClient signs a stream. Streams are not repeated here: Watch knows where to go on.
func (c *carry) WrapStreamingClient(next connect.StreamingClientFunc) connect.StreamingClientFunc {
	return func(ctx context.Context, spec connect.Spec) connect.StreamingClientConn {
		conn := next(ctx, spec)
		if bearer, err := c.source(public(spec)).bearer(ctx, ""); err == nil && bearer != "" {
			conn.RequestHeader().Set("Authorization", "Bearer "+bearer)
		}
		return conn
	}
}

// WrapStreamingHandler does nothing: there are no handlers here.
func (c *carry) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return next
}

// limit is how often a call may be repeated: never, where a repetition could do the work twice.
func (c *carry) limit(safe bool) int {
	if safe {
		return c.retries
	}
	return 0
}

// source is where a call's token comes from: public methods need none.
func (c *carry) source(open bool) *tokens {
	if open {
		return nil
	}
	return c.tokens
}

// attempt calls until it succeeds, may not be repeated, or was repeated often enough. A refused token is renewed once.
func attempt(ctx context.Context, retries int, from *tokens, call func(bearer string) error) error {
	var rejected string
	for try := 0; ; {
		bearer, err := from.bearer(ctx, rejected)
		if err != nil {
			return err
		}
		if err = call(bearer); err == nil {
			return nil
		}
		if unauthenticated(err) && rejected == "" && from.renewable() {
			rejected = bearer
			continue
		}
		after, again := pause(err)
		if !again || try >= retries || after > longestWait {
			return err
		}
		after += rand.N(after/2 + 1) //nolint:gosec // who was told the same need not come back in the same moment; no secret numbers
		if wait(ctx, max(after, backoff(try))) != nil {
			return err // the first trouble tells more than that time ran out
		}
		try++
	}
}

func unauthenticated(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status == 401
	}
	return connect.CodeOf(err) == connect.CodeUnauthenticated
}

// backoff doubles from 100 ms and is spread over half of itself, so that many clients do not come back at once.
func backoff(try int) time.Duration {
	d := min(shortestWait<<min(try, 10), longestWait)
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreading load needs no secret numbers
}

func wait(ctx context.Context, d time.Duration) error {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d { //nolint:forbidigo // a client goes by the machine's clock
		return context.DeadlineExceeded
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// public tells whether a method takes no credential.
func public(spec connect.Spec) bool {
	method, ok := spec.Schema.(protoreflect.MethodDescriptor)
	if !ok {
		return false
	}
	access, _ := proto.GetExtension(method.Options(), accessv1.E_Access).(*accessv1.Access)
	return access.GetPublic()
}
