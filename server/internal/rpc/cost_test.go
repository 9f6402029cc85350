package rpc_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

func BenchmarkDoor(b *testing.B) {
	body, err := proto.Marshal(&sitesv1.GetSiteRequest{Id: uuid.NewString()})
	if err != nil {
		b.Fatal(err)
	}
	for _, who := range []string{"", "eve", "bob", "ann"} {
		b.Run("as "+who, func(b *testing.B) {
			p := build(b, dbtest.SQLite(b), func(c *rpc.Config) { c.Rate = "100000000/minute" })
			h := p.door.Handler(p.mux)
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(http.MethodPost, sitesv1connect.SiteServiceGetSiteProcedure, bytes.NewReader(body))
				r.Header.Set("Content-Type", "application/proto")
				if who != "" {
					r.Header.Set("Authorization", "Bearer "+who)
				}
				h.ServeHTTP(httptest.NewRecorder(), r)
			}
		})
	}
}
