package stream

import (
	"context"
	"net/http"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// Patience is how long a stream usually waits for a caller who does not read.
const Patience = 30 * time.Second

type deadlineKey struct{}

type deadline struct {
	response *http.ResponseController
	patience time.Duration
}

// Deadline lets streams behind a handler cut off callers who do not read for so long: see Hurry.
func Deadline(next http.Handler, patience time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d := &deadline{http.NewResponseController(w), patience}
		defer func() { _ = d.response.SetWriteDeadline(time.Time{}) }() // the connection may serve other calls
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), deadlineKey{}, d)))
	})
}

// Hurry lets the next message fail unless the caller takes it in time. Without Deadline around the handler it does nothing.
func Hurry(ctx context.Context) {
	if d, ok := ctx.Value(deadlineKey{}).(*deadline); ok {
		_ = d.response.SetWriteDeadline(clock.System.Now().Add(d.patience)) // what knows no deadline is no connection
	}
}
