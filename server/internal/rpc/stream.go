package rpc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

// recheck is how often a stream asks whether its caller may still listen; a warm principal costs no query.
const recheck = 400 * time.Millisecond

// WrapStreamingHandler is the door for streams: no transaction and no deadline, but an end as soon as the session, the
// token or the permission ends, or the server stops.
func (d interceptor) WrapStreamingHandler(next connect.StreamingHandlerFunc) connect.StreamingHandlerFunc {
	return func(ctx context.Context, conn connect.StreamingHandlerConn) error {
		p := d.plans[conn.Spec().Procedure]
		if p == nil {
			return d.refusal(ctx, p, errors.New("rpc: a stream that the door does not know"))
		}
		leave, err := d.takeStream(ctx)
		if err != nil {
			return d.refusal(ctx, p, err)
		}
		defer leave()
		if p.receives {
			overload.Leave(ctx)
		}
		ctx, stop := d.Watch(ctx, p.access, conn.RequestHeader())
		defer stop()
		err = next(d.DB.In(ctx), &checkedConn{conn, d.Door, p})
		if cause := context.Cause(ctx); cause != nil && fault.Of(cause) != nil {
			err = cause
		}
		if err != nil {
			return d.refusal(ctx, p, err)
		}
		callOf(ctx).code = "ok"
		return nil
	}
}

// Watch ends a long-lived call's context, with the fault to answer as its cause, when the caller may no longer listen
// or the server stops. The returned function must be called when the call ends.
func (d *Door) Watch(ctx context.Context, access *accessv1.Access, header http.Header) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(recheck)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-d.drain:
				cancel(fault.Unavailable(time.Second, "the server is stopping, connect again"))
				return
			case <-tick.C:
			}
			if access.GetPublic() {
				continue
			}
			v, err := d.authenticate(ctx, access, header)
			if err == nil {
				err = authorize(v, access)
			}
			if err == nil && !sameRights(v, viewer.From(ctx)) {
				err = fault.Unauthenticated()
			}
			if err == nil || ctx.Err() != nil {
				continue
			}
			if f := fault.Of(err); f == nil {
				continue // the database is away: the stream waits with everybody else
			}
			cancel(fault.Unauthenticated())
			return
		}
	}()
	return ctx, func() { cancel(nil); <-done }
}

// sameRights tells whether a caller may see what they could see when the stream began: what it sends goes by that.
func sameRights(now, then *viewer.Viewer) bool {
	if now == nil || then == nil {
		return now == then
	}
	return now.TenantID == then.TenantID && now.PersonID == then.PersonID && now.ClientID == then.ClientID && now.Platform == then.Platform &&
		slices.Equal(now.Permissions, then.Permissions) && slices.Equal(now.Features, then.Features)
}

// checkedConn validates what a stream receives.
type checkedConn struct {
	connect.StreamingHandlerConn
	door *Door
	plan *plan
}

// Receive reads the next message.
func (c *checkedConn) Receive(m any) error {
	if err := c.StreamingHandlerConn.Receive(m); err != nil {
		return err
	}
	if m, ok := m.(proto.Message); ok {
		return c.door.validate(c.plan, m)
	}
	return nil
}
