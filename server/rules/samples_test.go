package rules_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// sample adds the requests of a room, which are in samples_<word>_test.go: var _ = sample(map[string]string{…}).
func sample(requests map[string]string) bool {
	for method, text := range requests {
		if _, twice := samples[method]; twice {
			panic("two samples of " + method)
		}
		samples[method] = text
	}
	return true
}

// samples has a request for every method that an Administrator may make with success. {asset} is the id of an asset of
// the home tenant, {+asset} that of a fresh one, {n} a number that nobody has used. A method without a sample fails
// TestEveryMethod.
var samples = map[string]string{}

// elsewhere are the methods that a request alone does not suffice for, and the tests that try them.
var elsewhere = map[string]string{
	"AuthService.VerifyMfa":            "needs a code of the moment: the room's tests",
	"AuthService.ConfirmPasswordReset": "needs a token from a mail: the room's tests",
	"MeService.ChangePassword":         "ends the caller's other sessions: the room's tests",
	"MeService.ActivateMfa":            "needs a code of the moment: the room's tests",
	"MeService.DisableMfa":             "needs a code of the moment: the room's tests",
	"FeedService.Watch":                "a stream: TestStreamEnds and the room's tests",
}

// made says which method makes what a placeholder means, and where its id is in the answer, where that is not the
// method CreateX of {x} and its id.
var made = map[string]struct{ method, field string }{
	"invitation": {"UserService.CreateInvite", "token"},
	"revision":   {"TaxonomyService.CreateTaxonomyVersion", "id"},
	"merged":     {"IncidentService.MergeIncident", "id"},
	"token":      {"ApiTokenService.CreateApiToken", "id"},
}

// maker is the method that makes what a placeholder means, and the field of its answer that names it.
func maker(name string) (method, field string) {
	if how, ok := made[name]; ok {
		return how.method, how.field
	}
	for _, m := range contract.Methods() {
		if kind, ok := strings.CutPrefix(string(m.Name()), "Create"); ok && strings.EqualFold(kind, name) {
			return string(m.Parent().Name()) + "." + string(m.Name()), "id"
		}
	}
	return "", ""
}

// world fills the placeholders of samples, on the Administrator's account.
type world struct {
	t     *testing.T
	h     *housetest.House
	known map[string]string
	n     atomic.Int64
}

func newWorld(t *testing.T, h *housetest.House) *world {
	return &world{t: t, h: h, known: map[string]string{
		"tenant": h.Tenant.String(), "viewer": h.Viewer.Person.String(), "editor": h.Editor.Person.String(), "password": housetest.Password,
	}}
}

var placeholder = regexp.MustCompile(`\{\+?[a-z]+\}`)

// request is the sample of a method.
func (w *world) request(method string) proto.Message {
	w.t.Helper()
	return w.requestOf(method, samples[method])
}

// requestOf reads a request of a method in which placeholders stand.
func (w *world) requestOf(method, text string) proto.Message {
	w.t.Helper()
	text = placeholder.ReplaceAllStringFunc(text, func(p string) string {
		return w.value(strings.Trim(p, "{}"))
	})
	m := housetest.Method(method)
	kind, err := protoregistry.GlobalTypes.FindMessageByName(m.Input().FullName())
	if err != nil {
		w.t.Fatal(err)
	}
	in := kind.New().Interface()
	if err := protojson.Unmarshal([]byte(text), in); err != nil {
		w.t.Fatalf("a request of %s: %v: %s", method, err, text)
	}
	return in
}

func (w *world) value(name string) string {
	w.t.Helper()
	switch name {
	case "n":
		return fmt.Sprint(w.n.Add(1))
	case "domains": // all but the colours is as by default
		return `{"riskLevel": [` + entry("critical", 1) + `,` + entry("high", 2) + `,` + entry("low", 3) + `], "remediationStatus": [` + entry("open", 1) + `,` + entry("resolved", 2) + `,` +
			entry("in_progress", 3) + `], "sessionStatus": [` + entry("planned", 1) + `], "assetType": [` + entry("server", 1) + `,` + entry("api", 2) + `]}`
	case "days":
		return fmt.Sprint(w.n.Add(1)%20 + 1)
	}
	fresh := strings.HasPrefix(name, "+")
	name = strings.TrimPrefix(name, "+")
	if !fresh && w.known[name] != "" {
		return w.known[name]
	}
	id := w.make(name)
	if w.known[name] == "" {
		w.known[name] = id
		if fresh {
			return w.make(name)
		}
	}
	return id
}

func entry(value string, order int) string {
	return fmt.Sprintf(`{"value": %q, "label": %q, "sortOrder": %d, "color": "#123456", "isActive": true}`, value, strings.ToUpper(value), order)
}

// make makes a record for a placeholder.
func (w *world) make(name string) string {
	w.t.Helper()
	switch name {
	case "relation":
		from := w.value("asset")
		in := w.request("AssetService.CreateAssetRelation")
		set(in, "id", from)
		set(in, "relation.to_id", w.value("+asset"))
		return w.do("AssetService.CreateAssetRelation", in, "id")
	case "attachment":
		var made struct{ ID string }
		w.h.Admin.JSON("POST", "/api/v1/attachments?record_kind=asset&record_id="+w.value("asset"), "Seen on site.\n", http.StatusCreated, &made, "Content-Type", "text/plain")
		return made.ID
	case "report": // its address
		_, header, body := w.h.Admin.REST("GET", "/api/v1/reports/sessions/"+w.value("session")+"/json", nil)
		if header.Get("Content-Location") == "" {
			w.t.Fatalf("no report was made: %s", body)
		}
		return header.Get("Content-Location")
	case "older":
		id := w.make("revision")
		w.make("revision") // is the current one from here
		return id
	case "watched":
		id := w.value("+asset")
		in := w.request("CommentService.Watch")
		set(in, "record_id", id)
		w.do("CommentService.Watch", in, "")
		return id
	case "login", "refresh":
		g, err := w.h.Server.Identity().OpenSession(w.t.Context(), w.h.Admin.Person, w.h.Tenant)
		if err != nil {
			w.t.Fatalf("open a session: %v", err)
		}
		if name == "refresh" {
			return g.Refresh
		}
		return w.sessionOf(g.Access)
	}
	method, field := maker(name)
	if method == "" {
		w.t.Fatalf("nobody makes {%s}", name)
	}
	return w.do(method, w.request(method), field)
}

// sessionOf is the id of the login session that was opened last.
func (w *world) sessionOf(access string) string {
	w.t.Helper()
	in := w.request("MeService.ListLoginSessions")
	a := w.h.Admin.Call("connect", "MeService.ListLoginSessions", in, "Authorization", "Bearer "+access)
	if a.Code != "ok" {
		w.t.Fatalf("list the sessions: %s %s", a.Code, a.Text)
	}
	items := a.Message.ProtoReflect().Get(a.Message.ProtoReflect().Descriptor().Fields().ByName("items")).List()
	for i := range items.Len() {
		item := items.Get(i).Message()
		if item.Get(item.Descriptor().Fields().ByName("current")).Bool() {
			return item.Get(item.Descriptor().Fields().ByName("id")).String()
		}
	}
	w.t.Fatal("no session is the current one")
	return ""
}

func (w *world) do(method string, in proto.Message, field string) string {
	w.t.Helper()
	a := w.h.Admin.Call("connect", method, in)
	if a.Code != "ok" {
		w.t.Fatalf("%s: %s %s", method, a.Code, a.Text)
	}
	if field == "" {
		return ""
	}
	m := a.Message.ProtoReflect()
	return m.Get(m.Descriptor().Fields().ByName(protoreflect.Name(field))).String()
}

// set puts a text at a path such as "relation.to_id".
func set(in proto.Message, path, value string) {
	m := in.ProtoReflect()
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		m = m.Mutable(m.Descriptor().Fields().ByName(protoreflect.Name(p))).Message()
	}
	m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(parts[len(parts)-1])), protoreflect.ValueOfString(value))
}
