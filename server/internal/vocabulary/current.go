package vocabulary

import (
	"context"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/taxonomyversion"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journalcache"
)

type key struct{}

// With makes a version the one that this context's work goes by: for the transaction that has just made it the current
// one.
func With(ctx context.Context, v *Version) context.Context { return context.WithValue(ctx, key{}, v) }

// Current is the version that is in force for the viewer's tenant: the context's, else the stored one, else the
// defaults. What this process has seen costs no statement.
func Current(ctx context.Context) (*Version, error) {
	if v, ok := ctx.Value(key{}).(*Version); ok {
		return v, nil
	}
	who := viewer.From(ctx)
	if who == nil || who.TenantID == uuid.Nil {
		return Defaults, nil
	}
	known, _ := db.Of(ctx).Kept(key{}).(*journalcache.Cache[uuid.UUID, Version])
	return known.Read(ctx, who.TenantID, nil, read)
}

// read asks the database, outside of the request's transaction: what that has changed may yet be undone, and With tells
// of it.
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

// Attach makes each tenant's current version be remembered: at once the process that changes it forgets it, within a
// second all others do. It is called once, before the first request.
func Attach(d *db.DB, j journalcache.Journal) {
	d.Keep(key{}, journalcache.Tenant[Version](d, j, ent.KindTaxonomyVersion))
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

// Set is Check for a field that is being set: a record may keep a word that was dropped since. old reads the word that
// the record has now, as ent's mutations do; its error means that there is none.
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
