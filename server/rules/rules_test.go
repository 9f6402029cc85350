package rules_test

import (
	"maps"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/dynamicpb"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// Each message about a field comes with the rule that it stands for and with what the rule asks for, so that clients
// can say it in another language: rules of the contract, of the rooms and of the database.
func TestMessagesComeWithTheirRules(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	for _, c := range []struct {
		method, request string
		want            map[string]string
	}{
		{"SiteService.CreateSite", `{"site": {"name": "{long}", "description": "{long}{long}"}}`, map[string]string{"name": "string.max_len 255", "description": "string.max_len 10000"}},
		{"SiteService.CreateSite", `{"site": {}}`, map[string]string{"name": "must_not_be_empty"}},
		{"SiteService.CreateSite", `{"site": {"name": " "}}`, map[string]string{"name": "string.visible"}},
		{"SiteService.CreateSite", `{}`, map[string]string{"site": "required"}},
		{"SiteService.ListSites", `{"perPage": 101}`, map[string]string{"per_page": "int32.gte_lte 1 100"}},
		{"SiteService.ListSites", `{"total": "some"}`, map[string]string{"total": "string.in exact none"}},
		{"SiteService.ListSites", `{"orderBy": "color"}`, map[string]string{"order_by": "cannot_be_sorted_by color"}},
		{"MeService.UpdatePreferences", `{"preferences": {"eventsApp": ["tea"]}}`, map[string]string{
			"events_app[0]": "string.in assigned mentioned approval watched sla acceptance"}},
		{"UserService.CreateUser", `{"user": {"email": "new@home.test", "fullName": "New", "password": "short"}}`, map[string]string{"password": "must_have_at_least_characters 12"}},
		{"CommentService.CreateComment", `{"comment": {"recordKind": "site", "recordId": "x", "body": "x"}}`, map[string]string{"record_id": "string.uuid"}},
		{"GroupService.CreateGroup", `{"group": {"name": "Administrators"}}`, map[string]string{"name": "is_taken_already"}},
	} {
		in := dynamicpb.NewMessage(housetest.Method(c.method).Input())
		if err := protojson.Unmarshal([]byte(strings.ReplaceAll(c.request, "{long}", strings.Repeat("x", 6000))), in); err != nil {
			t.Fatal(err)
		}
		for _, protocol := range []string{"connect", "grpc"} {
			if a := h.Admin.Call(protocol, c.method, in); !maps.Equal(a.Rules, c.want) {
				t.Errorf("%s %s over %s: %v (%s), want %v", c.method, c.request, protocol, a.Rules, a.Text, c.want)
			}
		}
	}
}
