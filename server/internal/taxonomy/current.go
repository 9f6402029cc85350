package taxonomy

import (
	"context"
	"sync"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/taxonomyversion"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

type key struct{}

// With makes a version the one that this context's work goes by: for the transaction that has just made it the current one.
func With(ctx context.Context, v *Version) context.Context { return context.WithValue(ctx, key{}, v) }

// Current is the version that is in force for the viewer's tenant: the context's, else the stored one, else the defaults. What this
// process has seen costs no statement.
func Current(ctx context.Context) (*Version, error) {
	if v, ok := ctx.Value(key{}).(*Version); ok {
		return v, nil
	}
	who := viewer.From(ctx)
	if who == nil || who.TenantID == uuid.Nil {
		return Defaults, nil
	}
	c, _ := db.Of(ctx).Kept(key{}).(*cache)
	if c == nil {
		return read(ctx)
	}
	v, changes := c.get(who.TenantID)
	if v != nil {
		return v, nil
	}
	follows := c.journal.At() >= 0
	v, err := read(ctx)
	if err == nil && follows {
		c.put(who.TenantID, v, changes)
	}
	return v, err
}

// read asks the database, outside of the request's transaction: what that has changed may yet be undone, and With tells of it.
func read(ctx context.Context) (*Version, error) {
	ctx = db.Of(ctx).In(viewer.As(ctx, viewer.Vocabulary))
	row, err := db.From(ctx).TaxonomyVersion.Query().Where(taxonomyversion.IsCurrent(true)).Only(ctx)
	if ent.IsNotFound(err) {
		return Defaults, nil
	}
	if err != nil {
		return nil, err
	}
	return Of(row)
}

// Journal tells of every line, also of those that other servers write.
type Journal interface {
	// Follow has a function called with the lines that are new, in order.
	Follow(func([]db.Line))
	// At is the place up to which that was done; -1 before the first look.
	At() int64
}

// Attach makes each tenant's current version be remembered: at once the process that changes it forgets it, within a second all others
// do. It is called once, before the first request.
func Attach(d *db.DB, j Journal) {
	c := &cache{journal: j, versions: map[uuid.UUID]*Version{}}
	d.Keep(key{}, c)
	d.OnCommit(func(lines []*db.Line) {
		for _, l := range lines {
			c.hear(l)
		}
	})
	j.Follow(func(lines []db.Line) {
		for i := range lines {
			c.hear(&lines[i])
		}
	})
}

// cacheSize bounds the versions that a process remembers.
const cacheSize = 10000

// cache remembers the current versions of tenants until one changes.
type cache struct {
	journal Journal

	mu       sync.RWMutex
	versions map[uuid.UUID]*Version
	changes  uint64 // counts what was forgotten
}

func (c *cache) get(tenant uuid.UUID) (v *Version, changes uint64) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.versions[tenant], c.changes
}

// put remembers a version that was read when so many changes had been heard of; with another count it may be an old one.
func (c *cache) put(tenant uuid.UUID, v *Version, changes uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes != changes {
		return
	}
	if len(c.versions) >= cacheSize {
		clear(c.versions)
	}
	c.versions[tenant] = v
}

func (c *cache) hear(l *db.Line) {
	if l.Kind != "taxonomy_version" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	delete(c.versions, l.TenantID)
}

// Check refuses a word that is not active in the tenant's current version.
func Check(ctx context.Context, d Domain, field, value string) error {
	if value == "" {
		return nil
	}
	v, err := Current(ctx)
	if err != nil {
		return err
	}
	return v.Check(d, field, value)
}

// Set is Check for a field that is being set: a record may keep a word that was dropped since. old reads the word that the record has
// now, as ent's mutations do; its error means that there is none.
func Set(ctx context.Context, d Domain, field, value string, old func(context.Context) (string, error)) error {
	refused := Check(ctx, d, field, value)
	if refused == nil {
		return nil
	}
	if now, err := old(ctx); err == nil && now == value {
		return nil
	}
	return refused
}
