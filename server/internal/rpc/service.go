package rpc

import (
	"net/http"
	"net/http/httptest"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Service puts a service's handler behind the door. Unary Connect calls are authorized before the protocol library
// prepares for them, and the answers of 401 and 429 are ready: who is not let in must cost little. The library has
// other protocols, and streams, authorized.
func (d *Door) Service(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := d.plans[r.URL.Path]
		if p == nil || p.streams || r.Method != http.MethodPost || !unary(r.Header["Content-Type"]) || authorized(r.Context(), p) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, err := d.Authorize(r.Context(), p.procedure, r.Header)
		if err == nil {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		f := fault.Of(err)
		if body := d.ready[f.Reason]; body != nil && len(f.Meta) == 0 {
			w.Header()["Content-Type"] = jsonType
			if f.RetryAfter > 0 {
				w.Header()["Retry-After"] = []string{seconds(f.RetryAfter)}
			}
			w.WriteHeader(f.Status())
			_, _ = w.Write(body)
			return
		}
		_ = d.writer.Write(w, r, toConnect(f, nil, nil, RequestID(r.Context())))
	})
}

var jsonType = []string{"application/json"}

// unary tells whether a request has the form of a unary Connect call.
func unary(kind []string) bool {
	return len(kind) == 1 && (kind[0] == "application/proto" || kind[0] == "application/json")
}

// prepare writes down the answers that are always the same.
func (d *Door) prepare() (err error) {
	d.ready = map[string][]byte{}
	for _, f := range []*fault.Error{fault.Unauthenticated(), fault.Limited(0)} {
		if d.ready[f.Reason], err = d.written(f); err != nil {
			return err
		}
	}
	d.refusals, err = d.newRefusals()
	return err
}

// written is the body of a fault as the protocol library writes it over Connect.
func (d *Door) written(f *fault.Error) ([]byte, error) {
	r, w := httptest.NewRequest(http.MethodPost, "/", nil), httptest.NewRecorder()
	r.Header.Set("Content-Type", "application/proto")
	err := d.writer.Write(w, r, toConnect(f, nil, nil, ""))
	return w.Body.Bytes(), err
}
