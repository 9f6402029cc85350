package findings_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// BenchmarkListFindings reads a page of 25 findings among 1,000, and in turn one of 25 assets among as many: the figure
// to look at is how much more the first costs.
func BenchmarkListFindings(b *testing.B) {
	for _, database := range []string{"sqlite", "postgres"} {
		b.Run(database, func(b *testing.B) {
			h := housetest.New(b, database)
			err := h.DB.Tx(viewer.In(b.Context(), h.Tenant, viewer.Guard), func(ctx context.Context) error {
				a, err := db.From(ctx).Asset.Create().SetName("Portal").SetAssetType("server").Save(ctx)
				if err != nil {
					return err
				}
				s, err := db.From(ctx).Session.Create().SetName("Review").SetAssetID(a.ID).SetReviewDate("2026-02-28").SetReviewerID(h.Editor.Person).Save(ctx)
				if err != nil {
					return err
				}
				var assets []*ent.AssetCreate
				var found []*ent.FindingCreate
				for i := range 1000 {
					assets = append(assets, db.From(ctx).Asset.Create().SetName(fmt.Sprintf("Asset %d", i)).SetAssetType("server"))
					found = append(found, db.From(ctx).Finding.Create().SetTitle(fmt.Sprintf("Finding %d", i)).SetSessionID(s.ID).SetAssetID(a.ID).
						SetDescription("What is wrong, in a sentence or two.").SetRiskLevel("high").SetRiskRank(1))
				}
				if _, err := db.From(ctx).Asset.CreateBulk(assets...).Save(ctx); err != nil {
					return err
				}
				_, err = db.From(ctx).Finding.CreateBulk(found...).Save(ctx)
				return err
			})
			if err != nil {
				b.Fatal(err)
			}
			read := func(path string) time.Duration {
				req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, h.URL+path, nil)
				if err != nil {
					b.Fatal(err)
				}
				began := time.Now()
				res, err := h.Admin.H2.Do(req)
				if err != nil {
					b.Fatal(err)
				}
				_, err = io.Copy(io.Discard, res.Body)
				if _ = res.Body.Close(); err != nil || res.StatusCode != http.StatusOK {
					b.Fatal(res.Status, err)
				}
				return time.Since(began)
			}
			var findings, inventory time.Duration
			for b.Loop() {
				findings += read("/api/v1/findings")
				inventory += read("/api/v1/assets")
			}
			b.ReportMetric(float64(findings)/float64(inventory), "of-assets")
		})
	}
}
