package openapicheck

import (
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
)

// canned answers the same to every request.
type canned struct {
	status int
	body   string
}

func (c canned) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(c.body))}, nil
}

const site = `{"id":"x","version":1,"created_at":"2026-01-01T00:00:00Z","updated_at":null,"name":"Hall","status":"active","address":null,"description":null}`

// TestTransport: the published description loads, and what is not as it says fails.
func TestTransport(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../../gen/openapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	api, err := Load(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path, sent string
		answer             canned
		wrong              string
	}{
		{"GET", "/api/v1/sites/7", "", canned{200, site}, ""},
		{"POST", "/api/v1/sites", `{"name":"Hall"}`, canned{201, site}, ""},
		{"PATCH", "/api/v1/sites/7", `{"address":null}`, canned{200, site}, ""},
		{"GET", "/api/v1/sites/7", "", canned{200, `{"id":7}`}, "the answer"},
		{"GET", "/api/v1/sites/7", "", canned{200, strings.Replace(site, `"active"`, `"lost"`, 1)}, "the answer"},
		{"GET", "/api/v1/sites/7", "", canned{202, site}, "the answer"},
		{"GET", "/api/v1/sites?colour=red", "", canned{200, `{"items":[]}`}, ""},
		{"GET", "/api/v1/sites?page=x", "", canned{200, `{"items":[]}`}, "the request"},
		{"POST", "/api/v1/sites", `{"name":"Hall","colour":"red"}`, canned{201, site}, "the request"},
		{"GET", "/api/v1/nowhere", "", canned{200, `{}`}, "no such path"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, "http://localhost"+c.path, strings.NewReader(c.sent))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		res, err := api.Transport(c.answer).RoundTrip(r)
		if err == nil {
			_ = res.Body.Close()
		}
		if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s %s: %v, want %q", c.method, c.path, err, c.wrong)
		}
	}
}

// TestTransportReadsForms: forms are held against the description whatever their file is, and so is the type of what is
// no JSON.
func TestTransportReadsForms(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../../gen/openapi/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	api, err := Load(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	const imported = `{"summary":{"create":1,"update":0,"reopen":0,"duplicate":0,"suppressed":0,"error":0},"rows":[{"row":1,"action":"create","id":null,"title":"x","duplicate_of":null,"error":null}]}`
	form := func(name, kind string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"x\"\r\nContent-Type: " + kind + "\r\n\r\n<a/>\r\n--b--\r\n"
	}
	for _, c := range []struct{ kind, sent, answer, wrong string }{
		{"multipart/form-data; boundary=b", form("file", "text/xml"), imported, ""},
		{"multipart/form-data; boundary=b", form("file", "application/json"), imported, ""},
		{"multipart/form-data; boundary=b", form("other", "text/xml"), imported, "the request"},
		{"multipart/form-data; boundary=c", form("file", "text/xml"), imported, "the request"},
		{"text/xml", "<a/>", imported, ""},
		{"text/csv", "a,\"b", imported, ""},
		{"image/png", "<a/>", imported, "the request"},
		{"text/xml", "<a/>", strings.Replace(imported, `"create",`, `"made",`, 1), "the answer"},
		{"text/xml", "<a/>", strings.Replace(imported, `"error":0`, `"wrong":0`, 1), "the answer"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/api/v1/sessions/7/import?format=zap", strings.NewReader(c.sent))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", c.kind)
		res, err := api.Transport(canned{200, c.answer}).RoundTrip(r)
		if err == nil {
			_ = res.Body.Close()
		}
		if (err != nil) != (c.wrong != "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%s %q: %v, want %q", c.kind, c.sent, err, c.wrong)
		}
	}
	if err := typed(api.doc.Paths.Value("/api/v1/reports/sessions/{id}/pdf").Get.Responses.Status(200), "text/html"); err == nil {
		t.Error("a report of another type is as described")
	}
}
