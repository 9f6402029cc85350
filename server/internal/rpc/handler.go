package rpc

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"connectrpc.com/connect"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

// problemAtMost is how much of a transfer's answer is held: a problem, not a file.
const problemAtMost = 8 << 10

// Handler puts the outermost steps around everything that speaks the API: the body, a slot, request id, recovery, one
// line in the log, and the answer, which is written when the slot has been given back.
func (d *Door) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		overload.ConnectionOf(r.Context()).Arrived()
		answer := overload.NewAnswer(w)
		c := &call{ResponseWriter: answer, answer: answer, started: clock.System.Now(), api: forAPI(r.URL.Path), body: overload.BodyOf(w, r)}
		c.IP = d.address(r.RemoteAddr, r.Header["X-Forwarded-For"])
		c.network = overload.Network(c.IP)
		c.RequestID, c.UserAgent = requestID(r.Header), clip(r.Header.Get("User-Agent"))
		header := w.Header()
		header["X-Request-Id"] = []string{c.RequestID}
		if c.api {
			header["Cache-Control"] = noStore
		}
		ctx := viewer.WithCall(context.WithValue(r.Context(), callKey{}, c), &c.Call)
		if d.Clock != nil {
			ctx = clock.With(ctx, d.Clock)
		}
		defer c.body.Close()
		defer c.release()
		d.handle(c, r.WithContext(ctx), next)
		if answer.Status() >= http.StatusBadRequest && !answer.Begun() {
			c.body.Discard(&d.slow, c.network)
		}
		answer.Send()
		if c.leave != nil {
			c.leave()
		}
	})
}

// handle prepares a request by its form, and has it served. It holds no slot when it returns.
func (d *Door) handle(c *call, r *http.Request, next http.Handler) {
	form := d.formOf(r, c.api)
	switch form {
	case direct:
		c.answer.Through()
		d.serve(c, r, next)
		return
	case whole, stream:
		if err := c.body.Hold(r, &d.slow, c.network, d.MaxMessage+headerRoom); err != nil {
			d.refuse(c, r, fault.TooSlow())
			return
		}
	}
	if !d.admit(c, r) {
		d.refuseBusy(c, r)
		return
	}
	switch form {
	case whole:
		c.answer.Overflow = func() error { return d.overflow(c) }
	case file:
		c.answer.Most, c.answer.Paced = problemAtMost, true
	case stream, receives:
		c.answer.Through()
		r = r.WithContext(d.ticket(r.Context(), c))
	}
	d.serve(c, r, next)
	c.release()
	if err := c.answer.Overflowed(); err != nil {
		c.answer.Reset()
		d.refuse(c, r, placeFault(err))
	}
}

// serve serves a call, recovers from a panic and writes the line.
func (d *Door) serve(c *call, r *http.Request, next http.Handler) {
	defer d.finish(c, r)
	next.ServeHTTP(c, r)
}

// finish recovers from a panic and writes the line.
func (d *Door) finish(c *call, r *http.Request) {
	if p := recover(); p != nil {
		if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(p)
		}
		d.Log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.Any("panic", p), slog.String("request_id", c.RequestID), slog.String("stack", string(debug.Stack())))
		if !c.answer.Begun() {
			c.answer.Reset()
			c.status = 0
			d.refuse(c, r, fault.Broken())
		}
	}
	if !c.api || d.exempt[r.URL.Path] {
		return
	}
	if c.method == "" {
		c.method = "(no route)"
	}
	if c.code == "" && c.status == http.StatusOK && d.plans["/"+c.method] != nil {
		c.code = "invalid_argument" // a message that could not be read: gRPC says so in a trailer
	} else if c.code == "" {
		c.code = codeOfStatus(c.status)
	}
	took := time.Since(c.started)
	d.measure.call(r.Context(), c.method, c.code, took)
	if !d.Log.Enabled(r.Context(), slog.LevelInfo) {
		return
	}
	attrs := [8]slog.Attr{
		slog.String("method", c.method), slog.String("code", c.code), slog.Int("status", c.status),
		slog.Int64("us", took.Microseconds()), slog.String("request_id", c.RequestID), slog.String("ip", c.IP),
	}
	n := 6
	if c.who != nil {
		attrs[n], attrs[n+1] = slog.String("tenant", c.who.TenantID.String()), slog.String("person", c.who.PersonID.String())
		n += 2
	}
	d.Log.LogAttrs(r.Context(), slog.LevelInfo, "call", attrs[:n]...)
}

// refuse answers a fault before any protocol handler has taken the request.
func (d *Door) refuse(c *call, r *http.Request, f *fault.Error) {
	c.fault, c.code = f, connect.Code(f.Code()).String()
	if d.plans[r.URL.Path] != nil && d.writer.IsSupported(r) {
		_ = d.writer.Write(c, r, toConnect(f, nil, nil, c.RequestID))
		return
	}
	d.problem(c, r, f)
}
