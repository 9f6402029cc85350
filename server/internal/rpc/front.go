package rpc

import (
	"net/http"
	"net/http/httptest"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Front asks the gate about unary Connect calls before the protocol library prepares for them, and has the one answer of 401 ready: who
// is not let in must cost little. Other protocols, and streams, are asked by the gate itself.
func (d *Door) Front(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := d.plans[r.URL.Path]
		if p == nil || p.streams || r.Method != http.MethodPost || !unary(r.Header["Content-Type"]) || entered(r.Context(), p) {
			next.ServeHTTP(w, r)
			return
		}
		ctx, err := d.Enter(r.Context(), p.procedure, r.Header)
		if err == nil {
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		f := fault.Of(err)
		if f.Status() == http.StatusUnauthorized && f.Reason == plainRefusal.Reason {
			w.Header()["Content-Type"] = jsonType
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(d.unauthenticated)
			return
		}
		_ = d.writer.Write(w, r, toConnect(f, nil, RequestID(r.Context())))
	})
}

// plainRefusal is the one answer to every credential that is not good.
var plainRefusal = fault.Unauthenticated()

var jsonType = []string{"application/json"}

// unary tells whether a request has the form of a unary Connect call.
func unary(kind []string) bool {
	return len(kind) == 1 && (kind[0] == "application/proto" || kind[0] == "application/json")
}

// prepare writes the answer of 401 down, as the protocol library would write it.
func (d *Door) prepare() error {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.Header.Set("Content-Type", "application/proto")
	w := httptest.NewRecorder()
	err := d.writer.Write(w, r, toConnect(plainRefusal, nil, ""))
	d.unauthenticated = w.Body.Bytes()
	return err
}
