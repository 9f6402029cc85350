package servicepolicy

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// Remembered is the policy in force as this process knows it: a change made here is known at once, that of another server within a
// second. For new tickets, which are judged by the revision that they name whatever comes after; whoever changes the policy asks for the
// Current one.
func Remembered(ctx context.Context) (*sla.Policy, error) {
	k, _ := db.Of(ctx).Kept(key{}).(*known)
	if k == nil {
		return Current(ctx)
	}
	tenant := viewer.From(ctx).TenantID
	p, changes := k.get(tenant)
	if p != nil {
		return p, nil
	}
	follows := k.journal.At() >= 0
	p, err := Current(db.Of(ctx).In(ctx)) // outside of the request's transaction: what that has changed may yet be undone
	if err == nil && follows {
		k.put(tenant, p, changes)
	}
	return p, err
}

// Journal tells of every line, also of those that other servers write.
type Journal interface {
	// Follow has a function called with the lines that are new, in order.
	Follow(func([]db.Line))
	// At is the place up to which that was done; -1 before the first look.
	At() int64
}

// Attach makes each tenant's policy be remembered until the journal tells of another. It is called once, before the first request.
func Attach(d *db.DB, j Journal) {
	k := &known{journal: j, policies: map[uuid.UUID]*sla.Policy{}}
	d.Keep(key{}, k)
	d.OnCommit(func(lines []*db.Line) {
		for _, l := range lines {
			k.hear(l)
		}
	})
	j.Follow(func(lines []db.Line) {
		for i := range lines {
			k.hear(&lines[i])
		}
	})
}

type key struct{}

// size bounds the policies that a process remembers.
const size = 10000

type known struct {
	journal Journal

	mu       sync.RWMutex
	policies map[uuid.UUID]*sla.Policy
	changes  uint64 // counts what was forgotten
}

func (k *known) get(tenant uuid.UUID) (p *sla.Policy, changes uint64) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.policies[tenant], k.changes
}

// put remembers a policy that was read when so many changes had been heard of; with another count it may be an old one.
func (k *known) put(tenant uuid.UUID, p *sla.Policy, changes uint64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.changes != changes {
		return
	}
	if len(k.policies) >= size {
		clear(k.policies)
	}
	k.policies[tenant] = p
}

func (k *known) hear(l *db.Line) {
	if l.Kind != "service_policy" {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.changes++
	delete(k.policies, l.TenantID)
}
