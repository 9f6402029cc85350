package search_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type answer struct {
	Items []struct{ Kind, ID, Number, Label, Snippet string }
	Total int
	Pages int
}

// corpus is what both databases search; label → the other texts.
var corpus = []struct{ kind, label, text string }{
	{"asset", "Düsseldorf Gateway", "Straße 12, Łódź; serial ÅB-77"},
	{"asset", "db-01.example.com", "10.0.12.7 primary of 10.0.12.8"},
	{"asset", "東京 サーバー", "Сервер, ΣΊΣΥΦΟΣ"},
	{"asset", "plc_7", "don't touch; CVE-2024-31497 open"},
	{"asset", "Mtavruli Ა", "newer letters: Ა ꭰꭱ 𞤀𞤁"},
	{"site", "Plant Zürich", "near the lake, gate 12"},
	{"client", "Ærø Shipping", ""},
	{"incident", "Gateway does not answer", "since 12:00, \"quoted\" * AND (OR) NOT -x:y"},
	{"incident", "Mail is slow", strings.Repeat("filler words ", 60) + "needle in the haystack " + strings.Repeat("more words ", 60)},
}

// queries → the labels they find, newest first; both databases must agree.
var queries = map[string]string{
	"gateway":                "Gateway does not answer|Düsseldorf Gateway",
	"GATE":                   "Gateway does not answer|Plant Zürich|Düsseldorf Gateway",
	"gateway dusseldorf":     "Düsseldorf Gateway",
	"strasse":                "Düsseldorf Gateway",
	"STRAẞE lodz":            "Düsseldorf Gateway",
	"ab-77":                  "Düsseldorf Gateway",
	"db-01":                  "db-01.example.com",
	"10.0.12":                "db-01.example.com",
	"10.0.12.8":              "db-01.example.com",
	"10.0.12.9":              "",
	"example.com":            "db-01.example.com",
	"東京":                     "東京 サーバー",
	"сер":                    "東京 サーバー",
	"σίσυφος":                "東京 サーバー",
	"2024-31497":             "plc_7",
	"cve":                    "plc_7",
	"don't":                  "plc_7",
	"dont":                   "",
	"plc 7":                  "plc_7",
	"ა":                      "Mtavruli Ა",
	"ꭰꭱ":                     "Mtavruli Ა",
	"𞤢𞤣":                     "Mtavruli Ა",
	"aero":                   "Ærø Shipping",
	"zurich":                 "Plant Zürich",
	"12":                     "Gateway does not answer|Plant Zürich|db-01.example.com|Düsseldorf Gateway",
	"and or not":             "Gateway does not answer",
	"quoted x y":             "Gateway does not answer",
	"'; DROP TABLE":          "",
	"needle":                 "Mail is slow",
	"INC-2":                  "Mail is slow",
	"ast-3":                  "plc_7|東京 サーバー", // each word by its beginning: AST-4 has 31497
	"nothing of this at all": "",
}

func TestTheSameHitsOnBothDatabases(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, c := range corpus {
			body := map[string]any{"name": c.label, "description": c.text}
			switch c.kind {
			case "asset":
				body["asset_type"] = "server"
			case "incident":
				body["title"] = c.label
				delete(body, "name")
			case "client":
				delete(body, "description")
			}
			h.Admin.JSON("POST", "/api/v1/"+c.kind+"s", body, 201, nil)
			h.Stranger.JSON("POST", "/api/v1/"+c.kind+"s", body, 201, nil)
		}
		find := func(who *housetest.Caller, q, more string) (a answer) {
			t.Helper()
			who.JSON("GET", "/api/v1/search?q="+url.QueryEscape(q)+more, nil, 200, &a)
			return a
		}
		const kinds = "&kinds=asset&kinds=client&kinds=incident&kinds=site" // every tenant has templates besides
		for q, want := range queries {
			a := find(h.Viewer, q, kinds)
			var got []string
			for _, hit := range a.Items {
				got = append(got, hit.Label)
			}
			if text := strings.Join(got, "|"); text != want || a.Total != len(got) {
				t.Errorf("%q finds %q, want %q (total %d)", q, text, want, a.Total)
			}
		}
		if a := find(h.Viewer, "gateway", "&kinds=incident"); len(a.Items) != 1 || a.Items[0].Kind != "incident" || a.Items[0].Number != "INC-1" {
			t.Errorf("incidents only: %+v", a)
		}
		if a := find(h.Viewer, "needle", ""); len(a.Items) != 1 || !strings.Contains(a.Items[0].Snippet, "needle in the haystack") || len(a.Items[0].Snippet) > 170 {
			t.Errorf("the snippet does not show the hit: %+v", a)
		}
		if a := find(h.Viewer, "12", kinds+"&per_page=3&page=2"); len(a.Items) != 1 || a.Total != 4 || a.Pages != 2 {
			t.Errorf("the second page: %+v", a)
		}
		if a := find(h.Member, "gateway", ""); len(a.Items) != 0 {
			t.Errorf("whoever may read nothing finds %+v", a)
		}
		h.Viewer.JSON("GET", "/api/v1/search?q=%2A-", nil, 400, nil)
		h.Viewer.JSON("GET", "/api/v1/search", nil, 400, nil)
		h.Viewer.JSON("GET", "/api/v1/search?q=x&kinds=spoon", nil, 400, nil)
		h.Nobody.JSON("GET", "/api/v1/search?q=x", nil, 401, nil)
	})
}

// The index follows its records: what is changed is found by its new words only, what is deleted not at all.
func TestTheIndexFollows(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var mine, theirs struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "alpha", "asset_type": "server"}, 201, &mine)
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "alpha two", "asset_type": "server", "client_id": h.ClientID}, 201, &theirs)
		labels := func(who *housetest.Caller, q string) string {
			t.Helper()
			var a answer
			who.JSON("GET", "/api/v1/search?q="+q, nil, 200, &a)
			var out []string
			for _, hit := range a.Items {
				out = append(out, hit.Label)
			}
			slices.Sort(out)
			return fmt.Sprint(out)
		}
		if got := labels(h.Client, "alpha"); got != "[alpha two]" {
			t.Errorf("a client's member finds %s", got)
		}
		h.Admin.JSON("PATCH", "/api/v1/assets/"+mine.ID, map[string]any{"name": "beta"}, 200, nil)
		if got := labels(h.Admin, "alpha"); got != "[alpha two]" {
			t.Errorf("the old word finds %s", got)
		}
		if got := labels(h.Admin, "beta"); got != "[beta]" {
			t.Errorf("the new word finds %s", got)
		}
		h.Admin.JSON("DELETE", "/api/v1/assets/"+mine.ID, nil, 204, nil)
		if got := labels(h.Admin, "beta"); got != "[]" {
			t.Errorf("what is deleted is found: %s", got)
		}
	})
}
