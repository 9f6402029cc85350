package rpc

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// patience is how long a call waits for a slot before it is sent away: long enough for a burst, well under the promised 50 ms.
const patience = 25 * time.Millisecond

// admit takes a slot, or tells that there is none.
func (d *Door) admit(ctx context.Context) bool {
	select {
	case d.slots <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case d.slots <- struct{}{}:
		return true
	case <-wait.C:
	case <-ctx.Done():
	}
	return false
}

// release gives a call's place back, once.
func (d *Door) release(c *call) {
	if c.slot {
		c.slot = false
		<-d.slots
	}
}

// free tells whether a request needs no slot: streams and WebSockets live long and mostly wait, and a probe must see a busy server
// as one that lives.
func (d *Door) free(r *http.Request) bool {
	if p := d.plans[r.URL.Path]; p != nil {
		return p.streams
	}
	return d.exempt[r.URL.Path] || strings.HasPrefix(r.URL.Path, "/api/ws/")
}
