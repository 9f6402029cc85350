// Package journalcache keeps in each process what was read from the database, until the journal tells that it may have
// changed: a change that this process makes is known before whoever made it has their answer, that of another within a
// second.
package journalcache

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

// Cache is what is remembered, by key. Nil remembers nothing.
type Cache[K comparable, V any] struct {
	journal Journal
	size    int

	mu      sync.RWMutex
	known   map[K]*V
	changes uint64 // counts the lines that dropped something
}

// Follow makes a cache of up to size values. ends says for each line which values it ends: nil is none, else it is
// asked about each. It is called once, before the first request.
func Follow[K comparable, V any](d *db.DB, j Journal, size int, ends func(*db.Line) func(K, *V) bool) *Cache[K, V] {
	c := &Cache[K, V]{journal: j, size: size, known: map[K]*V{}}
	d.OnCommit(func(lines []*db.Line) {
		var drops []func(K, *V) bool
		for _, l := range lines {
			if f := ends(l); f != nil {
				drops = append(drops, f)
			}
		}
		c.drop(drops)
	})
	j.Follow(func(lines []db.Line) {
		var drops []func(K, *V) bool
		for i := range lines {
			if f := ends(&lines[i]); f != nil {
				drops = append(drops, f)
			}
		}
		c.drop(drops)
	})
	return c
}

// Read is what is remembered under a key, where it is still good (nil takes any), or else what read finds, which is
// remembered unless something changed meanwhile. read must be done outside of the request's transaction: what that has
// changed may yet be undone.
func (c *Cache[K, V]) Read(ctx context.Context, key K, good func(*V) bool, read func(context.Context) (*V, error)) (*V, error) {
	if c == nil {
		return read(ctx)
	}
	c.mu.RLock()
	v, changes := c.known[key], c.changes
	c.mu.RUnlock()
	if v != nil && (good == nil || good(v)) {
		return v, nil
	}
	follows := c.journal.At() >= 0 // nothing changes without our knowing
	v, err := read(ctx)
	if err == nil && follows {
		c.put(key, v, changes)
	}
	return v, err
}

// put remembers a value that was read when so many changes had been heard of; with another count it may be an old one.
func (c *Cache[K, V]) put(key K, v *V, changes uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != changes {
		return
	}
	if len(c.known) >= c.size {
		clear(c.known)
	}
	c.known[key] = v
}

func (c *Cache[K, V]) drop(ended []func(K, *V) bool) {
	if len(ended) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for key, v := range c.known {
		for _, hits := range ended {
			if hits(key, v) {
				delete(c.known, key)
				break
			}
		}
	}
}

// tenants bounds the tenants whose value a process remembers.
const tenants = 10000

// Tenant makes a cache of what a tenant has one of and seldom changes: a line about a record of the kind ends it.
func Tenant[V any](d *db.DB, j Journal, kind string) *Cache[uuid.UUID, V] {
	return Follow(d, j, tenants, func(l *db.Line) func(uuid.UUID, *V) bool {
		if l.Kind != kind {
			return nil
		}
		tenant := l.TenantID
		return func(key uuid.UUID, _ *V) bool { return key == tenant }
	})
}
