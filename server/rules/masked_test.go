package rules_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestAMaskedFieldIsShownNowhere: what somebody may not see of a record is in no answer, list, table, history, audit
// line or event of the feed; others see it in all of them.
func TestAMaskedFieldIsShownNowhere(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	api.MaskField(ent.KindSite, (*sitesv1.Site)(nil), "address", func(v *viewer.Viewer) bool { return v == nil || v.PersonID != h.Viewer.Person })
	const secret = "Basement 7"
	events := map[string]chan string{}
	for name, who := range map[string]*housetest.Caller{"all": h.Admin, "masked": h.Viewer} {
		events[name] = make(chan string, 1000)
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		t.Cleanup(stop)
		stream, err := feedv1connect.NewFeedServiceClient(who.HTTP, h.URL).Watch(ctx, &feedv1.WatchRequest{Kinds: []string{"site"}})
		if err != nil {
			t.Fatal(err)
		}
		if !stream.Receive() { // it stands
			t.Fatal(stream.Err())
		}
		go func() {
			for stream.Receive() {
				events[name] <- stream.Msg().String()
			}
		}()
	}
	var site struct{ ID string }
	h.Admin.JSON("POST", "/api/v1/sites", map[string]any{"name": "Masked " + uuid.NewString(), "address": secret}, http.StatusCreated, &site)
	h.Admin.JSON("PATCH", "/api/v1/sites/"+site.ID, map[string]any{"address": secret + "b"}, http.StatusOK, nil)
	for name, said := range events {
		select {
		case event := <-said:
			if strings.Contains(event, secret) != (name == "all") {
				t.Errorf("the feed for %s: %s", name, event)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("no event for %s", name)
		}
	}
	for _, ask := range []struct{ path, accept string }{
		{"/api/v1/sites/" + site.ID, ""}, {"/api/v1/sites", ""}, {"/api/v1/sites", "text/csv"}, {"/api/v1/sites/" + site.ID + "/history", ""},
		{"/api/v1/sites/" + site.ID + "/history", "text/csv"}, {"/api/v1/settings/audit?record_id=" + site.ID, ""},
	} {
		for name, who := range map[string]*housetest.Caller{"all": h.Admin, "masked": h.Viewer} {
			var header []string
			if ask.accept != "" {
				header = []string{"Accept", ask.accept}
			}
			status, _, body := who.REST("GET", ask.path, nil, header...)
			if status != http.StatusOK && (name != "masked" || status != http.StatusForbidden) {
				t.Errorf("%s for %s: %d %s", ask.path, name, status, body)
			}
			if strings.Contains(string(body), secret) != (name == "all") {
				t.Errorf("%s (%s) for %s: %s", ask.path, ask.accept, name, body)
			}
		}
	}
}
