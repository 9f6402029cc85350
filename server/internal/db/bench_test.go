package db_test

import (
	"testing"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
)

// BenchmarkGet tells what the guards and ent cost above the statement itself.
func BenchmarkGet(b *testing.B) {
	for _, url := range []string{dbtest.SQLite(b), dbtest.Postgres(b)} {
		d, err := db.Open(b.Context(), db.Config{URL: url})
		must(b, err)
		ctx := person(b, d)
		a := newAsset(b, ctx, d, "x")
		b.Run(d.Kind+"/guarded", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := db.From(ctx).Asset.Query().Where(api.ByID("Asset", a.ID.String())).Only(ctx)
				must(b, err)
			}
		})
		b.Run(d.Kind+"/plain", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rows, err := db.SQL(ctx).QueryContext(ctx, "SELECT * FROM assets WHERE tenant_id = $1 AND id = $2", a.TenantID, a.ID)
				must(b, err)
				into := make([]any, len(ent.Kinds["Asset"].Columns))
				for i := range into {
					into[i] = new(any)
				}
				for rows.Next() {
					must(b, rows.Scan(into...))
				}
				must(b, rows.Close())
			}
		})
		must(b, d.Close())
	}
}
