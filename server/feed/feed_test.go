package feed_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect"
	"github.com/coder/websocket"

	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// watcher reads a stream.
type watcher struct {
	events chan *feedv1.Event
	end    chan error
	stop   context.CancelFunc
	token  string // of the last message
}

// watch begins a stream and waits until it stands.
func watch(t *testing.T, h *housetest.House, who *housetest.Caller, in *feedv1.WatchRequest, options ...connect.ClientOption) *watcher {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	w := &watcher{events: make(chan *feedv1.Event, 1000), end: make(chan error, 1), stop: stop}
	web := who.HTTP
	if len(options) > 0 {
		web = who.H2
	}
	stream, err := feedv1connect.NewFeedServiceClient(web, h.URL, options...).Watch(ctx, in)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for stream.Receive() {
			w.events <- stream.Msg()
		}
		w.end <- stream.Err()
		close(w.events)
	}()
	first := w.next(t)
	if first == nil || first.GetAction() != "" || first.GetToken() == "" {
		t.Fatalf("the stream begins with %v", first)
	}
	return w
}

// next is the next message, nil at the end.
func (w *watcher) next(t *testing.T) *feedv1.Event {
	t.Helper()
	select {
	case e := <-w.events:
		if e != nil {
			w.token = e.GetToken()
		}
		return e
	case <-time.After(3 * time.Second):
		t.Fatal("no event came")
		return nil
	}
}

// texts are what came, until one is labelled "last".
func (w *watcher) texts(t *testing.T) string {
	t.Helper()
	var out []string
	for {
		e := w.next(t)
		if e == nil {
			t.Fatal("the stream has ended")
		}
		if e.GetLabel() == "last" {
			return strings.Join(out, " ")
		}
		if e.GetAction() != "" {
			out = append(out, e.GetAction()+":"+e.GetLabel())
		}
	}
}

// ended waits for the end within a second and tells its code.
func (w *watcher) ended(t *testing.T) connect.Code {
	t.Helper()
	select {
	case err := <-w.end:
		return connect.CodeOf(err)
	case <-time.After(time.Second):
		t.Fatal("the stream goes on")
		return 0
	}
}

func asset(t *testing.T, who *housetest.Caller, name string, more map[string]any) string {
	t.Helper()
	body := map[string]any{"name": name, "asset_type": "server"}
	for k, v := range more {
		body[k] = v
	}
	var made struct{ ID string }
	who.JSON("POST", "/api/v1/assets", body, 201, &made)
	return made.ID
}

func TestWatchersSeeWhatTheyMay(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		all := watch(t, h, h.Admin, &feedv1.WatchRequest{})
		sites := watch(t, h, h.Admin, &feedv1.WatchRequest{Kinds: []string{"site"}}, connect.WithGRPC())
		created := watch(t, h, h.Admin, &feedv1.WatchRequest{Kinds: []string{"asset"}, Filter: &feedv1.Filter{Actions: []string{"asset.created"}}})
		client := watch(t, h, h.Client, &feedv1.WatchRequest{})
		stranger := watch(t, h, h.Stranger, &feedv1.WatchRequest{})

		mine := asset(t, h.Admin, "mine", nil)
		theirs := asset(t, h.Admin, "theirs", map[string]any{"client_id": h.ClientID})
		only := watch(t, h, h.Admin, &feedv1.WatchRequest{Filter: &feedv1.Filter{RecordIds: []string{mine}}})
		h.Admin.JSON("PATCH", "/api/v1/assets/"+mine, map[string]any{"name": "renamed"}, 200, nil)
		for _, internal := range []bool{true, false} {
			h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": theirs, "body": fmt.Sprint(internal), "internal": internal}, 201, nil)
		}
		h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": mine, "body": "x"}, 201, nil)
		h.Admin.JSON("POST", "/api/v1/links", map[string]any{"from_kind": "asset", "from_id": theirs, "type": "relates_to", "to_kind": "asset", "to_id": mine}, 201, nil)
		h.Admin.JSON("POST", "/api/v1/groups", map[string]any{"name": "not for the feed", "permissions": []string{}}, 201, nil)
		h.Admin.JSON("PATCH", "/api/v1/assets/"+mine, map[string]any{"name": "last"}, 200, nil)
		h.Admin.JSON("POST", "/api/v1/sites", map[string]any{"name": "last"}, 201, nil)
		asset(t, h.Admin, "last", map[string]any{"client_id": h.ClientID})
		asset(t, h.Stranger, "last", nil)

		for _, c := range []struct {
			name string
			w    *watcher
			want string
		}{
			{"everything", all, "asset.created:mine asset.created:theirs asset.updated:renamed comment.created: comment.created: comment.created: link.created:"},
			{"sites", sites, ""},
			{"creations", created, "asset.created:mine asset.created:theirs"},
			{"a client's", client, "asset.created:theirs comment.created:"},
			{"one record", only, "asset.updated:renamed comment.created:"},
			{"a stranger's", stranger, ""},
		} {
			if got := c.w.texts(t); got != c.want {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
			}
		}
	})
}

func TestAnEventSaysWhatChanged(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		id := asset(t, h.Admin, "before", nil)
		w := watch(t, h, h.Viewer, &feedv1.WatchRequest{Kinds: []string{"asset"}})
		h.Editor.JSON("PATCH", "/api/v1/assets/"+id, map[string]any{"name": "after"}, 200, nil)
		e := w.next(t)
		if e.GetAction() != "asset.updated" || e.GetRecordId() != id || e.GetNumber() != "AST-1" || e.GetBy().GetLabel() != "Eve Editor" || e.GetAt() == nil {
			t.Errorf("the event is %v", e)
		}
		if c := e.GetChanges(); len(c) != 1 || c[0].GetField() != "name" || c[0].GetOld().GetStringValue() != "before" || c[0].GetNew().GetStringValue() != "after" {
			t.Errorf("the changes are %v", c)
		}
	})
}

// A watcher who is cut off again and again, while others write, gets everything once, in order.
func TestResumingLosesNothing(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := watch(t, h, h.Viewer, &feedv1.WatchRequest{Kinds: []string{"asset"}})
		const events = 60
		var writing sync.WaitGroup
		for half := range 2 {
			writing.Go(func() {
				for i := range events / 2 {
					asset(t, h.Admin, fmt.Sprint(half, "-", i), nil)
				}
			})
		}
		seen := map[string]bool{}
		last := [2]int{-1, -1}
		for len(seen) < events {
			e := w.next(t)
			if e.GetAction() == "" {
				continue
			}
			if seen[e.GetLabel()] {
				t.Fatalf("%s came twice", e.GetLabel())
			}
			seen[e.GetLabel()] = true
			var half, i int
			if _, err := fmt.Sscanf(e.GetLabel(), "%d-%d", &half, &i); err != nil || i != last[half]+1 {
				t.Fatalf("%s came after %d-%d", e.GetLabel(), half, last[half])
			}
			last[half] = i
			if len(seen)%7 == 0 {
				token := w.token
				w.stop()
				w = watch(t, h, h.Viewer, &feedv1.WatchRequest{Kinds: []string{"asset"}, ResumeToken: token})
			}
		}
		writing.Wait()
	})
}

func TestWhatIsNoRequest(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		theirs := watch(t, h, h.Stranger, &feedv1.WatchRequest{}).token
		for name, c := range map[string]struct {
			who  *housetest.Caller
			in   *feedv1.WatchRequest
			want connect.Code
		}{
			"nobody":                 {h.Nobody, &feedv1.WatchRequest{}, connect.CodeUnauthenticated},
			"an unknown kind":        {h.Admin, &feedv1.WatchRequest{Kinds: []string{"spoon"}}, connect.CodeInvalidArgument},
			"no token":               {h.Admin, &feedv1.WatchRequest{ResumeToken: "x"}, connect.CodeInvalidArgument},
			"another tenant's token": {h.Admin, &feedv1.WatchRequest{ResumeToken: theirs}, connect.CodeInvalidArgument},
			"no record id":           {h.Admin, &feedv1.WatchRequest{Filter: &feedv1.Filter{RecordIds: []string{"x"}}}, connect.CodeInvalidArgument},
		} {
			stream, err := feedv1connect.NewFeedServiceClient(c.who.HTTP, h.URL).Watch(t.Context(), c.in)
			if err == nil {
				for stream.Receive() {
					t.Errorf("%s: %v came", name, stream.Msg())
				}
				err = stream.Err()
			}
			if connect.CodeOf(err) != c.want {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A stream ends within a second of the session, or of a right that it goes by.
func TestStreamsEndWithTheirSession(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := watch(t, h, h.Viewer, &feedv1.WatchRequest{})
		h.Viewer.JSON("POST", "/api/v1/me/sessions/revoke-all", map[string]any{}, 200, nil)
		if code := w.ended(t); code != connect.CodeUnauthenticated {
			t.Errorf("after the session: %v", code)
		}
		var groups struct {
			Items []struct{ ID, Name string }
		}
		h.Admin.JSON("GET", "/api/v1/groups?per_page=100", nil, 200, &groups)
		for _, g := range groups.Items {
			if g.Name != "No rights" {
				continue
			}
			w = watch(t, h, h.Editor, &feedv1.WatchRequest{})
			h.Admin.JSON("PATCH", "/api/v1/users/"+h.Editor.Person.String(), map[string]any{"group_ids": []string{g.ID}}, 200, nil)
			if code := w.ended(t); code != connect.CodeUnauthenticated {
				t.Errorf("after the permission: %v", code)
			}
			return
		}
		t.Error("there is no group to move the editor to")
	})
}

func TestStreamsEndWhenTheServerStops(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := watch(t, h, h.Viewer, &feedv1.WatchRequest{})
		h.Server.Drain()
		if code := w.ended(t); code != connect.CodeUnavailable {
			t.Errorf("at the end: %v", code)
		}
	})
}

// The WebSockets carry the same events, and end with the session.
func TestWebSockets(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		for _, channel := range []string{"security", "vpn"} {
			conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(h.URL, "http")+"/api/ws/"+channel+"?token="+h.Viewer.Credential(), nil) //nolint:bodyclose // the library closes it
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(200 * time.Millisecond) // it begins with what happens from now on
			id := asset(t, h.Admin, "live", nil)
			_, text, err := conn.Read(t.Context())
			var frame struct {
				Type string
				Data struct {
					RecordID string `json:"record_id"`
					Label    string
				}
			}
			if err != nil || json.Unmarshal(text, &frame) != nil || frame.Type != "asset.created" || frame.Data.RecordID != id || frame.Data.Label != "live" {
				t.Errorf("%s sends %s (%v)", channel, text, err)
			}
			if channel == "security" {
				_ = conn.CloseNow()
				continue
			}
			h.Viewer.JSON("POST", "/api/v1/me/sessions/revoke-all", map[string]any{}, 200, nil)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			_, _, err = conn.Read(ctx)
			cancel()
			if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("after the session: %v", err)
			}
		}
	})
}
