package search_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
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
	{"asset", "edge-1", "10.0.0.1, MAC 00:1B:44:11:3A:B7, firmware v2.9.1"},
	{"asset", "edge-2", "10.0.0.2 behind 10.0.0.12/24, C++ and C#, 2001:db8::1"},
	{"asset", "edge-32", "10.0.0.32, 001b.4411.3ab8, setup.exe, 10.0.0.1:8080, 2001:db8::10"},
	{"asset", "edge", "東京都庁の機器 กรุงเทพมหานคร"},
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
	"東京":                     "edge|東京 サーバー",
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
	"12":                     "edge-2|Gateway does not answer|Plant Zürich|db-01.example.com|Düsseldorf Gateway",
	"and or not":             "Gateway does not answer",
	"quoted x y":             "Gateway does not answer",
	"'; DROP TABLE":          "",
	"needle":                 "Mail is slow",
	"INC-2":                  "Mail is slow",
	"ast-3":                  "東京 サーバー",
	"edge":                   "edge|edge-32|edge-2|edge-1",
	"10.0.0.1":               "edge-1|edge-32", // as it is first, then with a port
	"10.0.0.1/32":            "edge-1|edge-32",
	"10.0.0.12/24":           "edge-2",
	"10.0.0":                 "edge-32|edge-2|edge-1",
	"001B44113AB7":           "edge-1",
	"00-1b-44-11-3a-b7":      "edge-1",
	"001b.4411.3ab7":         "edge-1",
	"00:1b:44":               "edge-32|edge-1",
	"2001:0db8:0:0:0:0:0:1":  "edge-2",
	"2001:db8:0":             "edge-32|edge-2",
	"2.9.1":                  "edge-1",
	"V2.9":                   "edge-1",
	"C++":                    "edge-2",
	"c#":                     "edge-2",
	"setup.exe":              "edge-32",
	"setup":                  "edge-32",
	"都庁":                     "edge",
	"มหานคร":                 "edge",
	"edge-2":                 "edge-2",
	"edge-3":                 "edge-32",
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
		if a := find(h.Viewer, "12", kinds+"&per_page=3&page=2"); len(a.Items) != 2 || a.Total != 5 || a.Pages != 2 {
			t.Errorf("the second page: %+v", a)
		}
		// Lists find the same, with other filters beside, and put what is exact first; who names an order gets that.
		for place, want := range map[string]string{
			"assets?q=edge": "edge|edge-1|edge-2|edge-32", "assets?q=edge&asset_type=server&criticality=medium": "edge|edge-1|edge-2|edge-32",
			"assets?q=edge&updated_since=2000-01-01T00:00:00Z": "edge|edge-1|edge-2|edge-32", "assets?q=edge&order_by=-name": "edge-32|edge-2|edge-1|edge",
			"assets?q=10.0.0.1": "edge-1|edge-32", "assets?q=10.0.0.1&updated_since=2000-01-01T00:00:00Z": "edge-1|edge-32", "assets?q=AST-1": "Düsseldorf Gateway",
			"assets?q=edge&order_by=-created_at": "edge|edge-32|edge-2|edge-1", "assets?q=edge-2&order_by=-name": "edge-2",
			"assets?q=10.0.0.1&asset_type=server&asset_type=plc": "edge-1|edge-32",
		} {
			var list struct {
				Items []struct{ Name string }
				Total int
			}
			h.Viewer.JSON("GET", "/api/v1/"+place, nil, 200, &list)
			var got []string
			for _, item := range list.Items {
				got = append(got, item.Name)
			}
			if text := strings.Join(got, "|"); text != want || list.Total != len(got) {
				t.Errorf("%s: %q, want %q (total %d)", place, text, want, list.Total)
			}
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

// Rows of the form before, which knew no identifiers, are found by their words, and by identifiers once they are made
// anew. They then have the tokens that the program writes.
func TestRowsOfTheFormBefore(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		ctx := t.Context()
		for _, who := range []*housetest.Caller{h.Admin, h.Stranger} {
			for i := range 3 {
				body := map[string]any{"name": fmt.Sprintf("gate %d", i), "asset_type": "server", "description": fmt.Sprintf("10.0.0.1%d 都庁", i)}
				who.JSON("POST", "/api/v1/assets", body, 201, nil)
			}
		}
		exec := func(query string, args ...any) {
			t.Helper()
			if _, err := h.DB.Writer().ExecContext(ctx, query, args...); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
		read, write := `tokens`, `$1`
		if h.DB.Kind == dialect.Postgres {
			read, write = `array_to_string(tsvector_to_array(tokens), ' ')`, `array_to_tsvector(string_to_array($1, ' '))`
		}
		all := func() map[string]string {
			t.Helper()
			rows, err := h.DB.Writer().QueryContext(ctx, `SELECT record_id, `+read+` FROM search`)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			out := map[string]string{}
			for rows.Next() {
				var id, tokens string
				if err := rows.Scan(&id, &tokens); err != nil {
					t.Fatal(err)
				}
				words := strings.Fields(tokens)
				slices.Sort(words)
				out[id] = strings.Join(slices.Compact(words), " ")
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			return out
		}
		finds := func(q string, want int) {
			t.Helper()
			var list, found struct{ Total int }
			h.Viewer.JSON("GET", "/api/v1/assets?q="+url.QueryEscape(q), nil, 200, &list)
			h.Viewer.JSON("GET", "/api/v1/search?kinds=asset&q="+url.QueryEscape(q), nil, 200, &found)
			if list.Total != want || found.Total != want {
				t.Errorf("%q: %d in the list and %d in all, want %d", q, list.Total, found.Total, want)
			}
		}
		want := all()
		for id, tokens := range want { // as the build before wrote them: no identifier, no piece of a word
			before := slices.DeleteFunc(strings.Fields(tokens), func(s string) bool {
				return strings.LastIndex(s, searchindex.Joint) > 13 && !strings.Contains(s[:15], searchindex.Joint) || strings.HasSuffix(s, "a庁")
			})
			exec(`UPDATE search SET form = 1, tokens = `+write+` WHERE record_id = $2`, strings.Join(before, " "), id)
		}
		if h.DB.Kind == dialect.SQLite {
			exec(`INSERT INTO search_index (search_index) VALUES ('delete-all')`)
			exec(`INSERT INTO search_index (rowid, tokens) SELECT id, tokens FROM search`)
		}
		h.Admin.JSON("POST", "/api/v1/assets", map[string]any{"name": "new", "asset_type": "server", "description": "10.0.0.10"}, 201, nil)
		h.DB.ExpectEarlierTexts()
		finds("gate", 3)
		finds("10.0.0.10", 4) // the form before knew no order
		finds("10.0.0", 4)
		finds("庁", 0)
		n, err := h.DB.RetokenizeNow(ctx)
		if err != nil || n != len(want) {
			t.Fatalf("%d of %d rows are made anew: %v", n, len(want), err)
		}
		got := all()
		for id, tokens := range want {
			if got[id] != tokens {
				t.Errorf("made anew\n%q, want\n%q", got[id], tokens)
			}
		}
		finds("gate", 3)
		finds("10.0.0.10", 2)
		finds("10.0.0.1", 0)
		finds("庁", 3)
		if n, err := h.DB.RetokenizeNow(ctx); err != nil || n != 0 {
			t.Errorf("%d rows are made anew again: %v", n, err)
		}
	})
}
