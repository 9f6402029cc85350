package rules_test

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	commentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1"
	templatesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/templates/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// longTexts are fields of a message, and of those in it, that may have more than 2,000 characters.
func longTexts(d protoreflect.MessageDescriptor, seen map[protoreflect.FullName]bool) (out []string) {
	if seen[d.FullName()] {
		return nil
	}
	seen[d.FullName()] = true
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		rules := proto.GetExtension(f.Options(), validate.E_Field).(*validate.FieldRules)
		switch {
		case f.Message() != nil && f.Message().FullName() == "google.protobuf.Value", max(rules.GetString().GetMaxLen(), rules.GetRepeated().GetItems().GetString().GetMaxLen()) > 2000:
			out = append(out, string(f.Name()))
		case f.Message() != nil && api.Ours(f.Message()):
			for _, name := range longTexts(f.Message(), seen) {
				out = append(out, string(f.Name())+"."+name)
			}
		}
	}
	return out
}

// TestListsCutLongTexts: a row that may have a long text says which of them were cut, by the same number everywhere,
// and whoever walks its list can ask for all.
func TestListsCutLongTexts(t *testing.T) {
	t.Parallel()
	lists := 0
	for _, m := range contract.Methods() {
		in, items := m.Input().Fields(), m.Output().Fields().ByName("items")
		if items == nil || items.Message() == nil || in.ByName("per_page") == nil {
			continue
		}
		long := longTexts(items.Message(), map[protoreflect.FullName]bool{})
		if len(long) == 0 {
			continue
		}
		lists++
		if f := items.Message().Fields().ByName(api.TruncatedFields); f == nil || f.Number() != 92 || !f.IsList() {
			t.Errorf("%s may have long texts (%v), but no truncated_fields = 92", items.Message().FullName(), long)
		}
		if f := in.ByName("full"); f == nil || f.Number() != 8 || f.Kind() != protoreflect.BoolKind {
			t.Errorf("%s has no full = 8", m.Input().FullName())
		}
	}
	if lists < 15 {
		t.Errorf("only %d lists", lists)
	}
}

// TestPagesAreBoundedByBytes: over every protocol an answer with rows stays within 3 MiB, so that gRPC's usual limit of
// 4 MiB takes it. Long texts are cut unless all are asked for; then a walk has fewer rows an answer and misses none,
// and a page by number says how many fit.
func TestPagesAreBoundedByBytes(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	const rows = 60
	site := newSite(h)
	long := strings.Repeat("😀", 20_000) // 80 KB
	for i := range rows {
		h.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "site", "record_id": site, "body": strconv.Itoa(i) + " " + long[:len(long)-40]}, http.StatusCreated, nil)
	}
	references := make([]string, 45)
	for i := range references {
		references[i] = strconv.Itoa(i) + strings.Repeat("😀", 2040)
	}
	const templates = 15 // of 360 KB each, cut or not
	for i := range templates {
		h.Admin.JSON("POST", "/api/v1/templates", map[string]any{"name": "Long " + strconv.Itoa(i), "category": "web", "title": "Long", "description": "x", "risk_level": "low", "references": references}, http.StatusCreated, nil)
	}
	hundred, begin := int32(100), ""
	bounded := func(t *testing.T, a *housetest.Answer) {
		t.Helper()
		if a.Code != "ok" {
			t.Fatalf("%s %s %s", a.Code, a.Reason, a.Text)
		}
		text, err := json.Marshal(a.Message)
		if err != nil {
			t.Fatal(err)
		}
		if n := max(proto.Size(a.Message), len(text)); n > 3<<20+4096 {
			t.Errorf("an answer has %d bytes", n)
		}
	}
	for _, protocol := range housetest.Protocols {
		t.Run(protocol, func(t *testing.T) {
			cut := h.Admin.Call(protocol, "CommentService.ListComments", &commentsv1.ListCommentsRequest{RecordKind: "site", RecordId: site, PerPage: &hundred})
			bounded(t, cut)
			items := cut.Message.(*commentsv1.ListCommentsResponse).GetItems()
			if len(items) != rows {
				t.Fatalf("%d comments", len(items))
			}
			if text := items[0].GetBody(); utf8.RuneCountInString(text) != 2000 || !strings.HasPrefix(text, "0 😀") || !strings.HasSuffix(text, "😀…") ||
				strings.Join(items[0].GetTruncatedFields(), " ") != "body" {
				t.Errorf("cut to %d characters, %v", utf8.RuneCountInString(text), items[0].GetTruncatedFields())
			}
			answers, got := 0, 0
			for cursor := begin; ; answers++ {
				walk := h.Admin.Call(protocol, "CommentService.ListComments", &commentsv1.ListCommentsRequest{RecordKind: "site", RecordId: site, PerPage: &hundred, Cursor: &cursor, Full: true})
				bounded(t, walk)
				out := walk.Message.(*commentsv1.ListCommentsResponse)
				for _, c := range out.GetItems() {
					if !strings.HasPrefix(c.GetBody(), strconv.Itoa(got)+" ") || utf8.RuneCountInString(c.GetBody()) < 19_900 || len(c.GetTruncatedFields()) > 0 {
						t.Fatalf("row %d is %.20s", got, c.GetBody())
					}
					got++
				}
				if out.GetPerPage() != 100 {
					t.Errorf("per_page is %d", out.GetPerPage())
				}
				if cursor = out.GetNextCursor(); cursor == "" {
					break
				}
			}
			if got != rows || answers == 0 {
				t.Errorf("%d rows in %d answers", got, answers+1)
			}
			if a := h.Admin.Call(protocol, "CommentService.ListComments", &commentsv1.ListCommentsRequest{RecordKind: "site", RecordId: site, Full: true}); a.Fields["full"] == "" {
				t.Errorf("full by page: %s %v", a.Code, a.Fields)
			}
			if a := h.Admin.Call(protocol, "TemplateService.ListTemplates", &templatesv1.ListTemplatesRequest{Q: "long", PerPage: &hundred}); a.Reason != "page_too_large" || a.Code != "invalid_argument" {
				t.Errorf("a page that is too large: %s %s %s", a.Code, a.Reason, a.Text)
			}
		})
	}
	// what the refusal says fits
	status, _, body := h.Admin.REST("GET", "/api/v1/templates?q=long&per_page=100", nil)
	var problem struct {
		Reason string
		Meta   map[string]string
	}
	if err := json.Unmarshal(body, &problem); err != nil || status != http.StatusBadRequest || problem.Reason != "page_too_large" {
		t.Fatalf("%d %s", status, body)
	}
	fits := problem.Meta["per_page"]
	n, err := strconv.Atoi(fits)
	if err != nil || n < 2 || n >= templates {
		t.Fatalf("the refusal names %q", fits)
	}
	for page := 1; (page-1)*n < templates; page++ {
		status, _, body := h.Admin.REST("GET", "/api/v1/templates?q=long&per_page="+fits+"&page="+strconv.Itoa(page), nil)
		if status != http.StatusOK || len(body) > 3<<20+4096 {
			t.Errorf("page %d of %s rows: %d with %d bytes", page, fits, status, len(body))
		}
	}
	if status, _, _ := h.Admin.REST("GET", "/api/v1/templates?q=long&page=1&per_page="+strconv.Itoa(n+1), nil); status != http.StatusBadRequest {
		t.Errorf("%d rows fit, too: %d", n+1, status)
	}
	// a table has everything
	if status, _, body := h.Admin.REST("GET", "/api/v1/comments?record_kind=site&record_id="+site, nil, "Accept", "text/csv"); status != http.StatusOK ||
		strings.Count(string(body), "😀") < rows*19_000 || strings.Contains(string(body), "truncated_fields") {
		t.Errorf("the table: %d with %d bytes", status, len(body))
	}
}

// TestACutTextIsNotKept: a row of a list that is sent back does not replace the text with its beginning.
func TestACutTextIsNotKept(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	site := newSite(h)
	h.Admin.JSON("PATCH", "/api/v1/sites/"+site, map[string]any{"description": strings.Repeat("long ", 1000)}, http.StatusOK, nil)
	var list struct{ Items []map[string]any }
	h.Admin.JSON("GET", "/api/v1/sites?status=active", nil, http.StatusOK, &list)
	for _, row := range list.Items {
		if row["id"] != site {
			continue
		}
		row["version"] = 0
		status, _, body := h.Admin.REST("PATCH", "/api/v1/sites/"+site, row)
		if status != http.StatusBadRequest || !strings.Contains(string(body), `"description"`) {
			t.Errorf("the row is taken back: %d %s", status, body)
		}
		row["description"] = "short"
		h.Admin.JSON("PATCH", "/api/v1/sites/"+site, row, http.StatusOK, nil)
		return
	}
	t.Error("the site is not in the list")
}

func newSite(h *housetest.House) string {
	var site struct{ ID string }
	h.Admin.JSON("POST", "/api/v1/sites", map[string]any{"name": "Long texts"}, http.StatusCreated, &site)
	return site.ID
}
