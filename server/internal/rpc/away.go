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
)

// away is what those hear who are sent away before anything is done for them. It costs as little as an answer can: the more calls there
// are beyond what the server can do, the more of its time goes there. So they leave no line in the log each, but one for all of a second.
type away struct {
	problem [][]byte // REST's body, around the request's id
	kind    []string // its type
	rpc     []byte   // Connect's
	count   atomic.Int64
	after   atomic.Pointer[[]string] // Retry-After
}

const (
	soonest, latest = 1, 10   // seconds after which to come again
	smallBody       = 4 << 10 // bytes that have probably come with the header
)

func busy(after time.Duration) *fault.Error {
	return fault.Unavailable(after, "the server is busy, try again")
}

// newAway has the bodies written once, by those who write such answers else.
func (d *Door) newAway() (*away, error) {
	a := &away{}
	a.come(soonest)
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	d.Problem(w, r.WithContext(viewer.WithCall(r.Context(), &viewer.Call{RequestID: uuid.Nil.String()})), busy(time.Second))
	a.problem, a.kind = bytes.Split(w.Body.Bytes(), []byte(uuid.Nil.String())), w.Header()["Content-Type"]
	var err error
	a.rpc, err = d.written(busy(time.Second))
	return a, err
}

// answer is the body of the answer to a request, over Connect or on REST, and its type.
func (a *away) answer(connect bool, id string) (kind []string, body []byte) {
	if connect {
		return jsonType, a.rpc
	}
	return a.kind, bytes.Join(a.problem, []byte(id))
}

// come says after how many seconds to come again.
func (a *away) come(seconds int) { a.after.Store(&[]string{strconv.Itoa(seconds)}) }

// sendAway answers 503 before anything is read.
func (d *Door) sendAway(w http.ResponseWriter, r *http.Request) {
	d.away.count.Add(1)
	id, header := requestID(r.Header), w.Header()
	header["X-Request-Id"], header["Cache-Control"], header["Retry-After"] = []string{id}, noStore, *d.away.after.Load()
	if r.ProtoMajor == 1 && (r.ContentLength < 0 || r.ContentLength > smallBody) {
		header["Connection"] = closing // else the body would be read first, to its end
	}
	p := d.plans[r.URL.Path]
	overConnect := p != nil && unary(r.Header["Content-Type"])
	if p != nil && !overConnect && d.writer.IsSupported(r) {
		seconds, _ := strconv.Atoi(header["Retry-After"][0])
		delete(header, "Retry-After") // it is the error's, which knows whether it is a header here or a trailer
		_ = d.writer.Write(w, r, toConnect(busy(time.Duration(seconds)*time.Second), nil, nil, id))
		return
	}
	kind, body := d.away.answer(overConnect, id)
	header["Content-Type"] = kind
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write(body) //nolint:gosec // written at the start, but for the id, which is a UUID
}

var closing = []string{"close"}

// tell says once a second how many were sent away, and lets the next come the later, the more these are among all.
func (d *Door) tell(ctx context.Context) {
	refused, served := int(d.away.count.Swap(0)), d.slots.since()
	d.away.come(min(latest, soonest+16*refused/max(1, served)))
	if refused == 0 {
		return
	}
	d.measure.refuse(ctx, int64(refused))
	d.Log.LogAttrs(ctx, slog.LevelWarn, "the server is busy", slog.Int("sent_away", refused), slog.Int("served", served))
}
