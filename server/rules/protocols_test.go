package rules_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// step is one call of the scenario. {site} in a request is the id in the answer of the step called site.
type step struct {
	name, who, method, request string
	headers                    []string
	// want is the code; reason and fields are those of the error. A body that the protocol itself refuses has none.
	want, reason, fields string
}

var scenario = []step{
	{name: "nobody", who: "nobody", method: "SiteService.ListSites", request: `{}`, want: "unauthenticated", reason: "unauthenticated"},
	{name: "without the permission", who: "member", method: "SiteService.CreateSite", request: `{"site": {"name": "Plant"}}`, want: "permission_denied", reason: "permission_denied"},
	{name: "empty list", method: "SiteService.ListSites", request: `{}`, want: "ok"},
	{name: "no name", method: "SiteService.CreateSite", request: `{"site": {}}`, want: "invalid_argument", reason: "validation", fields: "name"},
	{name: "two rules at once", method: "SiteService.CreateSite", request: `{"site": {"name": "{long}", "status": "burnt"}}`, want: "invalid_argument", reason: "validation", fields: "name status"},
	{name: "NUL", method: "SiteService.CreateSite", request: `{"site": {"name": "a\u0000b"}}`, want: "invalid_argument", reason: "validation", fields: "name"},
	{name: "dry", method: "SiteService.CreateSite", request: `{"site": {"name": "Plant"}, "validateOnly": true}`, want: "ok"},
	{name: "site", method: "SiteService.CreateSite", request: `{"site": {"name": "Plant", "address": "1 High Street"}}`, headers: []string{"Idempotency-Key", "one"}, want: "ok"},
	{name: "the same again", method: "SiteService.CreateSite", request: `{"site": {"name": "Plant", "address": "1 High Street"}}`, headers: []string{"Idempotency-Key", "one"}, want: "ok"},
	{name: "another body", method: "SiteService.CreateSite", request: `{"site": {"name": "Yard"}}`, headers: []string{"Idempotency-Key", "one"}, want: "invalid_argument", reason: "idempotency_key_reused"},
	{name: "taken", method: "SiteService.CreateSite", request: `{"site": {"name": "PLANT"}}`, want: "already_exists", reason: "already_exists", fields: "name"},
	{name: "get", method: "SiteService.GetSite", request: `{"id": "{site}"}`, want: "ok"},
	{name: "no such", method: "SiteService.GetSite", request: `{"id": "01900000-0000-7000-8000-000000000000"}`, want: "not_found", reason: "not_found"},
	{name: "no id at all", method: "SiteService.GetSite", request: `{"id": "what"}`, want: "not_found", reason: "not_found"},
	{name: "the stranger's get", who: "stranger", method: "SiteService.GetSite", request: `{"id": "{site}"}`, want: "not_found", reason: "not_found"},
	{name: "the stranger's update", who: "stranger", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}", "name": "Mine"}, "updateMask": "name"}`, want: "not_found", reason: "not_found"},
	{name: "rename", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}", "name": "Plant two"}, "updateMask": "name"}`, want: "ok"},
	{name: "clear", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}"}, "updateMask": "address"}`, want: "ok"},
	{name: "nothing new", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}", "name": "Plant two"}, "updateMask": "name"}`, want: "ok"},
	{name: "must not be empty", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}"}, "updateMask": "name"}`, want: "invalid_argument", reason: "validation", fields: "name"},
	{name: "stale version", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}", "version": 1, "name": "Three"}, "updateMask": "name"}`, want: "aborted", reason: "stale_version"},
	{name: "stale match", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}", "name": "Three"}, "updateMask": "name"}`, headers: []string{"If-Match", `"1"`}, want: "aborted", reason: "stale_match"},
	{name: "fresh match", method: "SiteService.UpdateSite", request: `{"site": {"id": "{site}", "name": "Three"}, "updateMask": "name"}`, headers: []string{"If-Match", `"3"`}, want: "ok"},
	{name: "asset", method: "AssetService.CreateAsset", request: `{"asset": {"name": "Pump", "assetType": "plc", "siteId": "{site}", "tags": ["hot", "wet"], "metadata": {"a": {"b": [1, null, "x"]}}}}`, want: "ok"},
	{name: "another tenant's reference", who: "stranger", method: "AssetService.CreateAsset", request: `{"asset": {"name": "Pump", "assetType": "plc", "siteId": "{site}"}}`, want: "not_found", reason: "not_found", fields: "site_id"},
	{name: "by number", method: "AssetService.GetAsset", request: `{"id": "AST-1"}`, want: "ok"},
	{name: "list", method: "AssetService.ListAssets", request: `{"siteId": ["{site}"], "perPage": 10, "orderBy": "-name", "q": "pum"}`, want: "ok"},
	{name: "walk", method: "AssetService.ListAssets", request: `{"cursor": "", "perPage": 1, "total": "exact"}`, want: "ok"},
	{name: "a page too small", method: "AssetService.ListAssets", request: `{"perPage": 0}`, want: "invalid_argument", reason: "validation", fields: "per_page"},
	{name: "unsortable", method: "AssetService.ListAssets", request: `{"orderBy": "metadata"}`, want: "invalid_argument", reason: "validation", fields: "order_by"},
	{name: "a broken cursor", method: "AssetService.ListAssets", request: `{"cursor": "what"}`, want: "invalid_argument", reason: "validation", fields: "cursor"},
	{name: "in use", method: "SiteService.DeleteSite", request: `{"id": "{site}"}`, want: "failed_precondition", reason: "in_use"},
	{name: "history", method: "AssetService.ListAssetHistory", request: `{"id": "{asset}"}`, want: "ok"},
	{name: "delete", method: "AssetService.DeleteAsset", request: `{"id": "{asset}"}`, want: "ok"},
	{name: "gone", method: "AssetService.GetAsset", request: `{"id": "{asset}"}`, want: "not_found", reason: "not_found"},
	{name: "delete it too", method: "SiteService.DeleteSite", request: `{"id": "{site}"}`, want: "ok"},
	{name: "an API token", who: "token", method: "SiteService.ListSites", request: `{}`, want: "ok"},
	{name: "only in person", who: "token", method: "ApiTokenService.ListApiTokens", request: `{}`, want: "permission_denied", reason: "session_only"},
	{name: "client", who: "client", method: "SiteService.ListSites", request: `{}`, want: "permission_denied", reason: "permission_denied"},
}

// TestProtocols plays one scenario over all five protocols: the same codes, reasons, fields, answers and headers.
func TestProtocols(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var first []string
			for _, protocol := range housetest.Protocols {
				outcome := play(t, housetest.New(t, kind), protocol)
				if first == nil {
					first = outcome
					continue
				}
				for i := range first {
					if first[i] != outcome[i] {
						t.Errorf("%s: over %s\n%s\nover %s\n%s", scenario[i].name, housetest.Protocols[0], first[i], protocol, outcome[i])
					}
				}
			}
		})
	}
}

var word = regexp.MustCompile(`\{[a-z]+\}`)

// play plays the scenario and tells what came of each step.
func play(t *testing.T, h *housetest.House, protocol string) []string {
	t.Helper()
	ids := map[string]string{"{long}": strings.Repeat("x", 300)}
	who := map[string]*housetest.Caller{"": h.Admin, "nobody": h.Nobody, "member": h.Member, "stranger": h.Stranger, "token": h.Token, "client": h.Client}
	var all []string
	for _, s := range scenario {
		text := word.ReplaceAllStringFunc(s.request, func(p string) string {
			if id := ids[p]; id != "" {
				return id
			}
			return p
		})
		a := who[s.who].Call(protocol, s.method, message(t, s.method, text), s.headers...)
		if a.Code != s.want || a.Reason != s.reason || fieldsOf(a) != s.fields {
			t.Errorf("%s over %s: %s (%s) %q, want %s (%s) %q: %s", s.name, protocol, a.Code, a.Reason, fieldsOf(a), s.want, s.reason, s.fields, a.Text)
		}
		out := fmt.Sprintf("%s %s %v replayed=%q retry=%q", a.Code, a.Reason, a.Fields, a.Header.Get("Idempotent-Replayed"), a.Header.Get("Retry-After"))
		if a.Code == "ok" {
			ids["{"+s.name+"}"] = idIn(a.Message)
			out += fmt.Sprintf(" etag=%q location=%t %s", a.Header.Get("Etag"), a.Header.Get("Location") != "", scrubbed(t, a.Message))
		}
		all = append(all, out)
	}
	return all
}

func message(t *testing.T, method, text string) proto.Message {
	t.Helper()
	kind, err := protoregistry.GlobalTypes.FindMessageByName(housetest.Method(method).Input().FullName())
	if err != nil {
		t.Fatal(err)
	}
	in := kind.New().Interface()
	if err := protojson.Unmarshal([]byte(text), in); err != nil {
		t.Fatalf("%s: %v: %s", method, err, text)
	}
	return in
}

func idIn(m proto.Message) string {
	fd := m.ProtoReflect().Descriptor().Fields().ByName("id")
	if fd == nil {
		return ""
	}
	return m.ProtoReflect().Get(fd).String()
}

func fieldsOf(a *housetest.Answer) string {
	var names []string
	for name := range a.Fields {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

var (
	anID   = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aTime  = regexp.MustCompile(`"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"`)
	cursor = regexp.MustCompile(`"next_cursor":"[^"]+"`)
)

// bare leaves out members that are null: REST says null where the protocols of protobuf say nothing.
func bare(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if inner == nil {
				delete(v, k)
			} else {
				v[k] = bare(inner)
			}
		}
	case []any:
		for i := range v {
			v[i] = bare(v[i])
		}
	}
	return v
}

// scrubbed is a message as JSON, without what differs from run to run.
func scrubbed(t *testing.T, m proto.Message) string {
	t.Helper()
	b, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(bare(v)); err != nil { // in one order, without protojson's deliberate spaces
		t.Fatal(err)
	}
	s := anID.ReplaceAllString(string(b), "ID")
	s = aTime.ReplaceAllString(s, `"TIME"`)
	return cursor.ReplaceAllString(s, `"next_cursor":"CURSOR"`)
}
