package feed

import (
	"context"
	"net/http"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

// Patience is how long a stream waits for a caller who does not read.
const Patience = 30 * time.Second

type deadlineKey struct{}

// Deadline lets streams behind a handler cut off callers who do not read: see Hurry.
func Deadline(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		defer func() { _ = c.SetWriteDeadline(time.Time{}) }() // the connection may serve other calls
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), deadlineKey{}, c)))
	})
}

// Hurry lets the next message fail unless the caller takes it within Patience. Without Deadline around the handler it does nothing.
func Hurry(ctx context.Context) {
	if c, ok := ctx.Value(deadlineKey{}).(*http.ResponseController); ok {
		_ = c.SetWriteDeadline(clock.System.Now().Add(Patience)) // a connection that knows no deadline is one of a test
	}
}
