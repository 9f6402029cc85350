// Package tenantcache keeps in each process what a tenant has one of and seldom changes, until the journal tells of a
// change: one that this process makes is known at once, that of another within a second.
package tenantcache

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Journal tells of every line, also of those that other servers write.
type Journal interface {
	// Follow has a function called with the lines that are new, in order.
	Follow(func([]db.Line))
	// At is the place up to which that was done; -1 before the first look.
	At() int64
}

// size bounds the tenants whose value a process remembers.
const size = 10000

// Values are what is remembered, by tenant. Nil remembers nothing.
type Values[V any] struct {
	journal Journal

	mu      sync.RWMutex
	known   map[uuid.UUID]*V
	changes uint64 // counts what was forgotten
}

// Follow makes values that end with a line about a record of a kind. It is called once, before the first request.
func Follow[V any](d *db.DB, j Journal, kind string) *Values[V] {
	r := &Values[V]{journal: j, known: map[uuid.UUID]*V{}}
	hear := func(l *db.Line) {
		if l.Kind == kind {
			r.forget(l.TenantID)
		}
	}
	d.OnCommit(func(lines []*db.Line) {
		for _, l := range lines {
			hear(l)
		}
	})
	j.Follow(func(lines []db.Line) {
		for i := range lines {
			hear(&lines[i])
		}
	})
	return r
}

// Get is a tenant's value. Where it is not known it is read, which must be done outside of the request's transaction:
// what that has changed may yet be undone.
func (r *Values[V]) Get(ctx context.Context, tenant uuid.UUID, read func(context.Context) (*V, error)) (*V, error) {
	if r == nil {
		return read(ctx)
	}
	r.mu.RLock()
	v, changes := r.known[tenant], r.changes
	r.mu.RUnlock()
	if v != nil {
		return v, nil
	}
	follows := r.journal.At() >= 0
	v, err := read(ctx)
	if err == nil && follows {
		r.put(tenant, v, changes)
	}
	return v, err
}

// put remembers a value that was read when so many changes had been heard of; with another count it may be an old one.
func (r *Values[V]) put(tenant uuid.UUID, v *V, changes uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changes != changes {
		return
	}
	if len(r.known) >= size {
		clear(r.known)
	}
	r.known[tenant] = v
}

func (r *Values[V]) forget(tenant uuid.UUID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.changes++
	delete(r.known, tenant)
}
