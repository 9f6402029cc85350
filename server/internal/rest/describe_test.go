package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// TestDescription: the description of the API loads, and says of each route what REST adds to the contract.
func TestDescription(t *testing.T) {
	t.Parallel()
	h := setup(t)
	status, header, body := h.do("GET", "/api/v1/openapi.json", "")
	if status != 200 || header.Get("Content-Type") != "application/json" || header.Get("Etag") == "" {
		t.Fatalf("%d %v %.200s", status, header, body)
	}
	if status, _, _ := h.do("GET", "/api/v1/openapi.json", "", "If-None-Match: "+header.Get("Etag")); status != 304 {
		t.Errorf("the same version again: %d", status)
	}
	var d struct {
		OpenAPI    string                               `json:"openapi"`
		Paths      map[string]map[string]map[string]any `json:"paths"`
		Components struct {
			Schemas map[string]map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal([]byte(body), &d); err != nil {
		t.Fatal(err)
	}
	if d.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", d.OpenAPI)
	}
	create := d.Paths["/api/v1/sites"]["post"]
	if create["x-permission"] != "sites:create" || create["summary"] != "Create site" {
		t.Errorf("create: %v", create)
	}
	responses, _ := create["responses"].(map[string]any)
	if responses["201"] == nil || responses["200"] == nil || responses["default"] == nil {
		t.Errorf("create answers %v", responses) // 200 is that of validate_only
	}
	for _, op := range []struct{ path, method, want string }{
		{"/api/v1/sites/{id}", "patch", `"$ref":"#/components/parameters/IfMatch"`},
		{"/api/v1/sites/{id}", "patch", "application/merge-patch+json"},
		{"/api/v1/sites/{id}", "patch", "SiteChanges"},
		{"/api/v1/sites/{id}", "delete", `"204"`},
		{"/api/v1/sites", "get", "text/csv"},
		{"/api/v1/sites/export", "get", `"dry_run"`},
		{"/internal/license/refresh", "post", `"x-permission":"public"`},
	} {
		b, err := json.Marshal(d.Paths[op.path][op.method])
		if err != nil || !strings.Contains(string(b), op.want) {
			t.Errorf("%s %s does not say %s: %s", op.method, op.path, op.want, b)
		}
	}
	if strings.Contains(body, "update_mask") || strings.Contains(body, "site.id") {
		t.Error("inner names are shown")
	}
	doc, err := openapi3.NewLoader().LoadFromData([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	if len(doc.Paths.Map()) == 0 {
		t.Error("no paths")
	}
}

// TestPages: the pages and their files come from here, and may load from nowhere else.
func TestPages(t *testing.T) {
	t.Parallel()
	h := setup(t)
	for _, page := range []string{"docs", "redoc"} {
		status, header, body := h.do("GET", "/api/v1/"+page, "", "Accept: text/html,*/*;q=0.8")
		if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/html") || !strings.Contains(header.Get("Content-Security-Policy"), "script-src 'self';") {
			t.Fatalf("%s: %d %v", page, status, header)
		}
		if strings.Contains(body, "http:") || strings.Contains(body, "https:") || strings.Contains(body, "<script>") {
			t.Errorf("%s loads from elsewhere: %s", page, body)
		}
		for part := range strings.SplitSeq(body, `"`) {
			if !strings.HasPrefix(part, "/api/v1/docs/assets/") {
				continue
			}
			status, header, file := h.do("GET", part, "", "Accept-Encoding: identity")
			if status != 200 || len(file) < 100 || header.Get("Content-Encoding") != "" {
				t.Errorf("%s: %d %v, %d bytes", part, status, header, len(file))
			}
			status, header, small := h.do("GET", part, "", "Accept-Encoding: gzip")
			if status != 200 || len(file) > 2000 && (header.Get("Content-Encoding") != "gzip" || len(small) > len(file)/2) {
				t.Errorf("%s compressed: %d %v, %d of %d bytes", part, status, header, len(small), len(file))
			}
		}
	}
	for _, path := range []string{"/api/v1/docs/assets/VERSIONS", "/api/v1/docs/assets/none.js", "/api/v1/docs/assets/..%2fdocs.html"} {
		if status, _, _ := h.do("GET", path, ""); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	closed := setup(t, func(c *Config) { c.ClosedDocs = true })
	if status, _, _ := closed.do("GET", "/api/v1/openapi.json", ""); status != 401 {
		t.Errorf("closed: %d", status)
	}
}
