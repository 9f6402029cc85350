package rpc

import (
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// How many streams and sockets are open at once at most in one server.
const (
	streamsAPerson = 20
	streamsATenant = 200
)

// listeners counts who listens by streams and sockets.
type listeners struct {
	mu   sync.Mutex
	open map[uuid.UUID]int // by person and by tenant
}

// enter counts a stream until it is left; one too many is refused.
func (l *listeners) enter(v *viewer.Viewer) (leave func(), err error) {
	if v == nil {
		return func() {}, nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open[v.PersonID] >= streamsAPerson || l.open[v.TenantID] >= streamsATenant {
		return nil, fault.Limited(10 * time.Second)
	}
	if l.open == nil {
		l.open = map[uuid.UUID]int{}
	}
	for _, id := range [...]uuid.UUID{v.PersonID, v.TenantID} {
		l.open[id]++
	}
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, id := range [...]uuid.UUID{v.PersonID, v.TenantID} {
			if l.open[id]--; l.open[id] <= 0 {
				delete(l.open, id)
			}
		}
	}), nil
}
