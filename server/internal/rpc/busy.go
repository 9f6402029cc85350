package rpc

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

// refusals are what those hear for whom there is no slot. They cost as little as an answer can: the more calls there
// are beyond what the server can do, the more of its time goes there. So they leave no line in the log each, but one
// for all of a second.
type refusals struct {
	problem [][]byte // REST's body, around the request's id
	kind    []string // its type
	connect []byte   // Connect's
	count   atomic.Int64
	after   atomic.Pointer[retryAfter]
}

// retryAfter says when to come again, as a number and as the header has it.
type retryAfter struct {
	seconds int
	header  []string
}

const soonest, latest = 1, 10 // seconds after which to come again

func busy(after time.Duration) *fault.Error {
	return fault.Unavailable(after, "the server is busy, try again")
}

// newRefusals has the bodies written once, by those who write such answers else.
func (d *Door) newRefusals() (*refusals, error) {
	a := &refusals{}
	a.comeAgainAfter(soonest)
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	d.Problem(w, r.WithContext(viewer.WithCall(r.Context(), &viewer.Call{RequestID: uuid.Nil.String()})), busy(time.Second))
	a.problem, a.kind = bytes.Split(w.Body.Bytes(), []byte(uuid.Nil.String())), w.Header()["Content-Type"]
	var err error
	a.connect, err = d.written(busy(time.Second))
	return a, err
}

// comeAgainAfter says after how many seconds to come again.
func (a *refusals) comeAgainAfter(seconds int) {
	a.after.Store(&retryAfter{seconds, []string{strconv.Itoa(seconds)}})
}

// refuseBusy answers 503 to a call that found no slot. Its body has been read.
func (d *Door) refuseBusy(c *call, r *http.Request) {
	d.refusals.count.Add(1)
	after := d.refusals.after.Load()
	overload.ConnectionOf(r.Context()).Refuse(c.line, time.Duration(after.seconds)*time.Second)
	header := c.Header()
	header["X-Request-Id"], header["Cache-Control"], header["Retry-After"] = []string{c.RequestID}, noStore, after.header
	p := d.plans[r.URL.Path]
	overConnect := p != nil && unary(r.Header["Content-Type"])
	if p != nil && !overConnect && d.writer.IsSupported(r) {
		delete(header, "Retry-After") // it is the error's, which knows whether it is a header here or a trailer
		_ = d.writer.Write(c.answer, r, toConnect(busy(time.Duration(after.seconds)*time.Second), nil, nil, c.RequestID))
		return
	}
	kind, body := jsonType, d.refusals.connect
	if !overConnect {
		kind, body = d.refusals.kind, bytes.Join(d.refusals.problem, []byte(c.RequestID))
	}
	header["Content-Type"] = kind
	c.answer.WriteHeader(http.StatusServiceUnavailable)
	_, _ = c.answer.Write(body)
}

// tellRefusals says once a second how many were refused, and lets the next come the later, the more these are among
// all.
func (d *Door) tellRefusals(ctx context.Context) {
	refused, served := int(d.refusals.count.Swap(0)), d.slots.Served()
	d.refusals.comeAgainAfter(min(latest, soonest+16*refused/max(1, served)))
	if refused == 0 {
		return
	}
	d.measure.refuse(ctx, int64(refused))
	d.Log.LogAttrs(ctx, slog.LevelWarn, "the server is busy", slog.Int("refused", refused), slog.Int("served", served))
}
