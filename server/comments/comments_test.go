package comments_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

type comment struct {
	ID        string
	Version   int
	Body      string
	Internal  bool
	Mentions  []string
	Mentioned []struct{ ID, Label string }
	Author    *struct{ ID, Label string }
}

type list struct {
	Items      []comment
	Total      int
	NextCursor string `json:"next_cursor"`
}

// asset makes an asset, of the client's if they are meant to see it.
func asset(t *testing.T, h *housetest.House, client bool) string {
	t.Helper()
	body := map[string]any{"name": "gateway", "asset_type": "server"}
	if client {
		body["client_id"] = h.ClientID
	}
	var made struct{ ID string }
	h.Admin.JSON("POST", "/api/v1/assets", body, http.StatusCreated, &made)
	return made.ID
}

func on(id string) string { return "/api/v1/comments?record_kind=asset&record_id=" + id }

func TestComments(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id := asset(t, h, false)
		say := func(who *housetest.Caller, want int, body map[string]any) (c comment) {
			t.Helper()
			body["record_kind"], body["record_id"] = "asset", id
			out := any(&c)
			if want != http.StatusCreated {
				out = nil
			}
			who.JSON("POST", "/api/v1/comments", body, want, out)
			return c
		}
		first := say(h.Editor, 201, map[string]any{"body": "see @viewer@home.test and @ADMIN, not @nobody or `@member`"})
		if first.Author == nil || first.Author.Label != "Eve Editor" || first.Version != 1 {
			t.Errorf("the author is not shown: %+v", first)
		}
		names := func(c comment) string {
			var out []string
			for _, m := range c.Mentioned {
				out = append(out, m.Label)
			}
			return strings.Join(out, ", ")
		}
		if got := names(first); got != "Vic Viewer, Ada Admin" {
			t.Errorf("mentioned are %q", got)
		}
		given := say(h.Admin, 201, map[string]any{"body": "hello @viewer", "mentions": []string{h.Member.Person.String(), h.Viewer.Person.String()}})
		if got := names(given); got != "Mia Member, Vic Viewer" {
			t.Errorf("mentioned are %q", got)
		}
		say(h.Admin, 400, map[string]any{"body": "x", "mentions": []string{h.Stranger.Person.String()}})
		say(h.Admin, 400, map[string]any{"body": ""})
		say(h.Admin, 400, map[string]any{"body": strings.Repeat("x", 20001)})
		say(h.Viewer, 403, map[string]any{"body": "may only read"})
		say(h.Member, 403, map[string]any{"body": "may nothing"})
		say(h.Stranger, 404, map[string]any{"body": "not his"})
		say(h.Nobody, 401, map[string]any{"body": "who"})
		h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "spoon", "record_id": id, "body": "x"}, 400, nil)
		h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "site", "record_id": id, "body": "x"}, 404, nil)

		var all list
		h.Viewer.JSON("GET", on(id), nil, 200, &all)
		if len(all.Items) != 2 || all.Total != 2 || all.Items[0].ID != first.ID {
			t.Errorf("the list is %+v", all)
		}
		var page list
		h.Viewer.JSON("GET", on(id)+"&cursor=&per_page=1", nil, 200, &page)
		h.Viewer.JSON("GET", on(id)+"&cursor="+page.NextCursor+"&per_page=1", nil, 200, &page)
		if len(page.Items) != 1 || page.Items[0].ID != given.ID || page.NextCursor != "" {
			t.Errorf("the walk ends with %+v", page)
		}
		h.Stranger.JSON("GET", on(id), nil, 404, nil)
		h.Member.JSON("GET", on(id), nil, 403, nil)
		h.Viewer.JSON("GET", "/api/v1/comments?record_kind=asset", nil, 400, nil)

		path := "/api/v1/comments/" + first.ID
		h.Admin.JSON("PATCH", path, map[string]any{"body": "not mine"}, 403, nil)
		h.Stranger.JSON("PATCH", path, map[string]any{"body": "not mine"}, 404, nil)
		var changed comment
		h.Editor.JSON("PATCH", path, map[string]any{"body": "better ask @member"}, 200, &changed)
		if changed.Version != 2 || names(changed) != "Mia Member" {
			t.Errorf("the change gives %+v", changed)
		}
		var read struct{ Items []map[string]any }
		h.Editor.JSON("GET", on(id), nil, 200, &read)
		h.Editor.JSON("PATCH", path, read.Items[0], 200, &changed) // what was read can be sent back
		if changed.Version != 2 {
			t.Errorf("nothing changed, and it is version %d", changed.Version)
		}
		h.Editor.JSON("PATCH", path, map[string]any{"body": "stale", "version": 1}, 409, nil)
		h.Editor.JSON("PATCH", path, map[string]any{"body": ""}, 400, nil)
		h.Editor.JSON("PATCH", path, map[string]any{"record_kind": "site"}, 400, nil)
		var history struct {
			Items []struct {
				Action, Field string
				Old, New      any
			}
		}
		h.Viewer.JSON("GET", "/api/v1/assets/"+id+"/history", nil, 200, &history)
		if text := fmt.Sprint(history.Items); !strings.Contains(text, "see @viewer@home.test") || !strings.Contains(text, "better ask") {
			t.Errorf("the old text is lost: %s", text)
		}

		h.Viewer.JSON("DELETE", path, nil, 403, nil)
		h.Stranger.JSON("DELETE", path, nil, 404, nil)
		h.Admin.JSON("DELETE", path, nil, 204, nil) // may delete the record
		h.Editor.JSON("DELETE", path, nil, 404, nil)
		h.Viewer.JSON("GET", on(id), nil, 200, &all)
		if len(all.Items) != 1 {
			t.Errorf("%d comments are left", len(all.Items))
		}
	})
}

// Who may change a record, but not delete it, takes back what they have said themselves, and nothing else.
func TestCommentsOfOthers(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		var group struct{ ID string }
		h.Admin.JSON("POST", "/api/v1/groups", map[string]any{"name": "Writers", "permissions": []string{"assets:read", "assets:update"}}, 201, &group)
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Member.Person.String(), map[string]any{"group_ids": []string{group.ID}}, 200, nil)
		id := asset(t, h, false)
		say := func(who *housetest.Caller) string {
			t.Helper()
			var c comment
			who.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": id, "body": "said"}, 201, &c)
			return "/api/v1/comments/" + c.ID
		}
		theirs, mine := say(h.Admin), say(h.Member)
		for verb, want := range map[string]string{"PATCH": "not_author", "DELETE": "assets:delete"} {
			var in any
			if verb == "PATCH" {
				in = map[string]any{"body": "better"}
			}
			if status, _, body := h.Member.REST(verb, theirs, in); status != 403 || !strings.Contains(string(body), want) {
				t.Errorf("%s: %d %s", verb, status, body)
			}
			if status, _, body := h.Viewer.REST(verb, mine, in); status != 403 || !strings.Contains(string(body), `assets:`) {
				t.Errorf("%s by a viewer: %d %s", verb, status, body)
			}
		}
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Member.Person.String(), map[string]any{"group_ids": []string{}}, 200, nil)
		h.Member.JSON("DELETE", mine, nil, 404, nil) // they cannot read it any more
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Member.Person.String(), map[string]any{"group_ids": []string{group.ID}}, 200, nil)
		h.Member.JSON("DELETE", mine, nil, 204, nil)
	})
}

// Members with a client see the public comments on their client's records, and nothing of the internal ones.
func TestInternalCommentsAreNotForClients(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		theirs, other := asset(t, h, true), asset(t, h, false)
		for _, internal := range []bool{true, false} {
			for _, id := range []string{theirs, other} {
				h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": id, "body": fmt.Sprint("internal ", internal), "internal": internal}, 201, nil)
			}
		}
		var got list
		h.Client.JSON("GET", on(theirs), nil, 200, &got)
		if len(got.Items) != 1 || got.Items[0].Internal || got.Total != 1 {
			t.Errorf("the client's member sees %+v", got)
		}
		h.Client.JSON("GET", on(other), nil, 404, nil)
		_, _, body := h.Client.REST("GET", "/api/v1/assets/"+theirs+"/history", nil)
		if strings.Contains(string(body), "internal true") || !strings.Contains(string(body), "internal false") {
			t.Errorf("the client's member reads in the history: %s", body)
		}
		h.Client.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": theirs, "body": "x"}, 403, nil)
	})
}

func TestWatching(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id := asset(t, h, false)
		record := map[string]any{"record_kind": "asset", "record_id": id}
		query := "/api/v1/watches?record_kind=asset&record_id=" + id
		h.Viewer.JSON("PUT", "/api/v1/watches", record, 204, nil)
		h.Viewer.JSON("PUT", "/api/v1/watches", record, 204, nil)
		h.Editor.JSON("PUT", "/api/v1/watches", record, 204, nil)
		answers := make(chan int, 8)
		h.Admin.Credential()
		for range cap(answers) {
			go func() {
				status, _, _ := h.Admin.REST("PUT", "/api/v1/watches", record)
				answers <- status
			}()
		}
		for range cap(answers) {
			if status := <-answers; status != 204 {
				t.Errorf("one of many at once: %d", status)
			}
		}
		h.Admin.JSON("DELETE", query, nil, 204, nil)
		h.Member.JSON("PUT", "/api/v1/watches", record, 403, nil)
		h.Stranger.JSON("PUT", "/api/v1/watches", record, 404, nil)
		h.Nobody.JSON("PUT", "/api/v1/watches", record, 401, nil)
		count := func() (n int) {
			t.Helper()
			if err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM watches`).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if n := count(); n != 2 {
			t.Errorf("%d watches, want 2", n)
		}
		h.Viewer.JSON("DELETE", query, nil, 204, nil)
		h.Viewer.JSON("DELETE", query, nil, 204, nil)
		if n := count(); n != 1 {
			t.Errorf("%d watches, want the editor's", n)
		}
		h.Viewer.JSON("DELETE", "/api/v1/watches?record_kind=asset", nil, 400, nil)
	})
}

// What hangs on a record goes with it, each with its line.
func TestCommentsGoWithTheirRecord(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id, other := asset(t, h, false), asset(t, h, false)
		h.Editor.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": id, "body": "x @viewer"}, 201, nil)
		h.Viewer.JSON("PUT", "/api/v1/watches", map[string]any{"record_kind": "asset", "record_id": id}, 204, nil)
		h.Editor.JSON("POST", "/api/v1/links", map[string]any{"from_kind": "asset", "from_id": other, "to_kind": "asset", "to_id": id, "type": "relates_to"}, 201, nil)
		h.Admin.JSON("DELETE", "/api/v1/assets/"+id, nil, 204, nil)
		for _, table := range []string{"comments", "watches", "links"} {
			var n int
			if err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil || n != 0 {
				t.Errorf("%d %s are left (%v)", n, table, err)
			}
		}
		_, _, body := h.Admin.REST("GET", "/api/v1/settings/audit?action=comment.deleted&action=watch.deleted&action=link.deleted&action=asset.deleted", nil)
		if n := strings.Count(string(body), `.deleted"`); n != 4 {
			t.Errorf("%d lines tell of it: %s", n, body)
		}
	})
}

// A page costs the same statements whatever is on it: the record, the page, the count, the people.
func TestStatements(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id := asset(t, h, false)
		smallest := func(path string) int {
			t.Helper()
			best := 1000
			for range 8 {
				best = min(best, h.Statements(func() { h.Viewer.JSON("GET", path, nil, 200, nil) }))
			}
			return best
		}
		for _, n := range []int{1, 20} {
			for range n {
				h.Editor.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": id, "body": "see @viewer and @admin"}, 201, nil)
			}
			for path, want := range map[string]int{
				on(id): 4, "/api/v1/assets/" + id + "/history": 4, "/api/v1/search?q=gateway": 2, "/api/v1/links?record_kind=asset&record_id=" + id: 3,
			} {
				if got := smallest(path); got > want {
					t.Errorf("%s takes %d statements with %d comments more, want at most %d", path, got, n, want)
				}
			}
		}
	})
}

// Colleagues are chosen by name, and named in the text: a first name that is somebody else's address does not mention
// that person.
func TestMentionsByName(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id := asset(t, h, false)
		h.Admin.JSON("PATCH", "/api/v1/users/"+h.Member.Person.String(), map[string]any{"full_name": "Viewer Vane"}, 200, nil)
		var colleagues struct{ Items []struct{ ID string } }
		h.Editor.JSON("GET", "/api/v1/users/colleagues?q=vane", nil, 200, &colleagues)
		if len(colleagues.Items) != 1 {
			t.Fatalf("colleagues are %v", colleagues.Items)
		}
		var c comment
		h.Editor.JSON("POST", "/api/v1/comments", map[string]any{
			"record_kind": "asset", "record_id": id, "body": "ask @Viewer Vane, @admin", "mentions": []string{colleagues.Items[0].ID},
		}, 201, &c)
		if len(c.Mentioned) != 2 || c.Mentioned[0].Label != "Viewer Vane" || c.Mentioned[1].Label != "Ada Admin" {
			t.Errorf("mentioned are %+v", c.Mentioned)
		}
	})
}
