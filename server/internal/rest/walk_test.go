package rest

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/etag"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// TestMask: messages merge by leaf, lists and free JSON are replaced.
func TestMask(t *testing.T) {
	t.Parallel()
	md := (&typev1.Change{}).ProtoReflect().Descriptor() // it has nested messages and free JSON
	for body, want := range map[string]string{
		`{"by":{"label":"x","number":null},"reason":"r"}`: "by.label,by.number,reason",
		`{"by":null}`: "by",
		`{"by":{}}`:   "",
		`{"old":{"a":{"b":null}},"new":null,"at":"2026-01-01T00:00:00+02:00"}`: "old,new,at",
		`{ "actor" : "" , "field":"\u00e9" }`:                                  "actor,field",
	} {
		paths, err := maskOf([]byte(body), md)
		if got := strings.Join(paths, ","); err != nil || got != want {
			t.Errorf("%s: %q %v, want %q", body, got, err, want)
		}
	}
}

// TestRefused: what is wrong is said of the field that it is wrong with.
func TestRefused(t *testing.T) {
	t.Parallel()
	md := (&typev1.Change{}).ProtoReflect().Descriptor()
	deep := strings.Repeat("[", 70) + strings.Repeat("]", 70)
	for body, want := range map[string]string{
		`{"by":{"label":7}}`:    "by.label: must be a text",
		`{"by":{"lable":"x"}}`:  "by.lable: is not a field that is known here",
		`{"by":[]}`:             "by: must be an object",
		`{"at":"yesterday"}`:    "at: must be a time such as 2026-01-31T12:00:00Z",
		`{"at":7}`:              "at: must be a time such as 2026-01-31T12:00:00Z",
		`{"old":{"a":1,"a":2}}`: "old.a: is given twice",
		`{"old":"\u0000"}`:      "old: must not contain the NUL character",
		`{"old":{"\u0000":1}}`:  "old: has a key with the NUL character",
		`{"old":` + deep + `}`:  "old: is nested deeper than 64 levels",
		`{"old":1e999}`:         "the body is not valid JSON: line 1, column 13: the number is too large",
		`{"old":01}`:            "the body is not valid JSON: line 1, column 10: a value is expected",
		`{"old":nul}`:           "the body is not valid JSON: line 1, column 8: a value is expected",
		`{"reason":"\ud800"}`:   "the body is not valid JSON: line 1, column 12: half of a surrogate pair stands alone",
		`{"reason":"\x"}`:       "the body is not valid JSON: line 1, column 12: an escape is not known",
		"{\"reason\":\"a\nb\"}": "the body is not valid JSON: line 1, column 13: a control character stands in a text",
		`{"reason":"a"} {}`:     "the body is not valid JSON: line 1, column 16: something follows after the end",
		`{"reason":"a"`:         "the body is not valid JSON: line 1, column 14: it ends too early",
		"{\n\"reason\" \"a\"}":  "the body is not valid JSON: line 2, column 10: ':' is expected",
		"{\"reason\":\"\xff\"}": "the body is not UTF-8 text",
		`7`:                     "body: must be an object",
		``:                      "the body is not valid JSON: line 1, column 1: it ends too early",
	} {
		err := walkBody([]byte(body), md)
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", body, err, want)
		}
		if f := fault.Of(err); f == nil || f.Status() != 400 {
			t.Errorf("%s: %v is no 400", body, err)
		}
	}
}

// FuzzWalk: what the walk lets through, protojson reads; what protojson reads and the walk refuses has one of the
// reasons that are the walk's own.
func FuzzWalk(f *testing.F) {
	for _, s := range []string{
		`{"name":"Hall","address":null}`, `{"name":"\ud834\udd1e"}`, `{"version":1e2}`, `{"version":3.0}`, `{"created_at":"2026-01-01T00:00:00.123456789+01:00"}`,
		`{"status":"x","status":"y"}`, `{"attributes":{"a":[1,{"b":null}]}}`, `{"tags":["a",null]}`, `[`, `{"a":{}}`, "{\"name\":\"\x00\"}", `{"cvss":-0.0}`, `{"version":-2147483649}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range []proto.Message{&sitesv1.Site{}, &assetsv1.Asset{}, &typev1.Change{}} {
			md := m.ProtoReflect().Descriptor()
			err := walkBody(body, md)
			paths, again := maskOf(body, md)
			if (err == nil) != (again == nil) {
				t.Fatalf("%q: %v with a mask, %v without", body, again, err)
			}
			for _, p := range paths {
				if p == "" || p == "id" || p == "version" || strings.HasPrefix(p, ".") {
					t.Fatalf("%q: the mask has %q", body, p)
				}
			}
			read := protojson.Unmarshal(body, m)
			if err == nil && read != nil {
				t.Fatalf("%q is let through, but %v", body, read)
			}
			var f *fault.Error
			if err != nil && !errors.As(err, &f) {
				t.Fatalf("%q: %v is no answer for a caller", body, err)
			}
			if err == nil {
				out, err := AppendJSON(nil, m)
				if err != nil {
					t.Fatalf("%q is read, but not written: %v", body, err)
				}
				if err := walkBody(out, md); err != nil {
					t.Fatalf("%q becomes %s, which is refused: %v", body, out, err)
				}
			}
		}
	})
}

// FuzzParams: no query string breaks the check, and what it lets through has the names of the route.
func FuzzParams(f *testing.F) {
	r, err := routeOf(sitesv1.File_holdfast_sites_v1_sites_proto.Services().Get(0).Methods().ByName("ListSites"),
		contract.Rules(sitesv1.File_holdfast_sites_v1_sites_proto.Services().Get(0).Methods().ByName("ListSites"))[0])
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"page=1", "page=01", "q=%00", "status=a&status=b", "updated_since=2026-01-01T00:00:00Z", "q=a;b", "%zz", "page=+1", "total=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		values, err := r.checkParams(query)
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		for name := range values {
			if r.params[name] == nil {
				t.Fatalf("%q: %s is let through", query, name)
			}
		}
	})
}

// FuzzTags: no If-None-Match breaks the comparison, and the version itself always matches.
func FuzzTags(f *testing.F) {
	f.Add(`"1", W/"2"`)
	f.Add(`*`)
	f.Fuzz(func(t *testing.T, known string) {
		if sameTag([]string{known}, `"77"`) && !strings.Contains(known, `"77"`) && !strings.Contains(known, "*") {
			t.Fatalf("%q matches", known)
		}
		if _, ok := etag.Read([]string{known, `"77"`}); ok && !sameTag([]string{known, `"77"`}, `"77"`) {
			t.Fatalf("%q hides the version", known)
		}
	})
}

// FuzzProblem: whatever an error's details hold, the body is JSON of the promised shape with a status that is an error.
func FuzzProblem(f *testing.F) {
	for _, err := range []error{fault.NotFound("site"), fault.Invalid("name", "must not be empty"), fault.StaleMatch(), fault.Gone("spent", "it is spent")} {
		var ce *connect.Error
		if !errors.As(spoken(err), &ce) {
			f.Fatal(err)
		}
		s := &status.Status{Code: int32(ce.Code()), Message: ce.Message()}
		for _, d := range ce.Details() {
			s.Details = append(s.Details, &anypb.Any{TypeUrl: "type.googleapis.com/" + d.Type(), Value: d.Bytes()})
		}
		b, marshal := proto.Marshal(s)
		if marshal != nil {
			f.Fatal(marshal)
		}
		f.Add(b)
	}
	md := sitesv1.File_holdfast_sites_v1_sites_proto.Services().Get(0).Methods().ByName("CreateSite")
	r, err := routeOf(md, contract.Rules(md)[0])
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s status.Status
		if proto.Unmarshal(b, &s) != nil {
			return
		}
		p := problemOfStatus(&s, r, nil)
		var body struct {
			Title, Code, Reason, Error, Detail string
			Status                             int
			Fields                             map[string]string
		}
		if err := json.Unmarshal(p.append(nil, "id"), &body); err != nil {
			t.Fatalf("%v: %s", err, p.append(nil, "id"))
		}
		if body.Status < 400 || body.Status > 599 || body.Reason == "" || body.Code == "" || body.Title == "" {
			t.Fatalf("%+v", body)
		}
	})
}
