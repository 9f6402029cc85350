package rules_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// guest calls by REST with a token of their own.
type guest struct {
	t     *testing.T
	h     *housetest.House
	token string
}

func (g guest) rest(method, path string, body any, headers ...string) (int, http.Header, []byte) {
	g.t.Helper()
	if g.token != "" {
		headers = append(headers, "Authorization", "Bearer "+g.token)
	}
	return g.h.Nobody.REST(method, path, body, headers...)
}

// json makes a call and wants a status; the answer is read into out, unless that is nil.
func (g guest) json(method, path string, body any, want int, out any, headers ...string) {
	g.t.Helper()
	status, _, answer := g.rest(method, path, body, headers...)
	if status != want {
		g.t.Fatalf("%s %s: %d, want %d: %.2000s", method, path, status, want, answer)
	}
	if out != nil {
		if err := json.Unmarshal(answer, out); err != nil {
			g.t.Fatalf("%s %s: %v: %.500s", method, path, err, answer)
		}
	}
}

// one is a record, as far as it is looked at here.
type one struct {
	ID, Number, Title, Label, Name string
	RiskLevel                      string `json:"risk_level"`
	RemediationStatus              string `json:"remediation_status"`
}

// many is a list.
type many struct {
	Items []one
	Total int
}

// TestReview goes a reviewer's whole way by the API alone: an empty tenant, a client, its asset, a session, a scanner's
// file, an edit, evidence, a re-test, the report; and the client's own user sees exactly that client's records, and
// fetches the report.
func TestReview(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		const password = "violet anchors drift 42 miles"
		var in struct {
			AccessToken string `json:"access_token"`
		}
		nobody := guest{t, h, ""}
		nobody.json("POST", "/api/v1/auth/register", map[string]any{
			"tenant_name": "Second Look", "full_name": "Rita Reviewer", "email": "rita@secondlook.test", "password": password,
		}, http.StatusCreated, &in)
		rita := guest{t, h, in.AccessToken}
		for _, word := range []string{"clients", "assets", "sessions", "findings"} {
			var list many
			if rita.json("GET", "/api/v1/"+word, nil, http.StatusOK, &list); list.Total != 0 {
				t.Fatalf("a new tenant has %d %s", list.Total, word)
			}
		}
		var me struct{ User struct{ ID string } }
		rita.json("GET", "/api/v1/me", nil, http.StatusOK, &me)
		reviewed := func(name string) (client, asset, session string) {
			var c, a, s one
			rita.json("POST", "/api/v1/clients", map[string]any{"name": name, "primary_contact_name": "Cora Contact"}, http.StatusCreated, &c)
			rita.json("POST", "/api/v1/assets", map[string]any{"name": name + " shop", "asset_type": "web_application", "client_id": c.ID}, http.StatusCreated, &a)
			rita.json("POST", "/api/v1/sessions", map[string]any{
				"asset_id": a.ID, "name": name + " review", "review_date": "2026-11-22", "reviewer_id": me.User.ID, "scope": "The *shop* and its API.",
			}, http.StatusCreated, &s)
			return c.ID, a.ID, s.ID
		}
		client, asset, session := reviewed("Bluepeak")
		_, _, elsewhere := reviewed("Rival")
		rita.json("POST", "/api/v1/findings", map[string]any{"session_id": elsewhere, "title": "A rival's secret", "description": "Not for others.", "risk_level": "high"}, http.StatusCreated, nil)

		// The scanner's file: tried, taken, taken again.
		file, err := os.ReadFile("../internal/scan/testdata/codeql.sarif")
		if err != nil {
			t.Fatal(err)
		}
		type outcome struct {
			Summary struct{ Create, Duplicate, Error int }
			Rows    []struct {
				Action, Title string
				ID            *string
			}
		}
		count := func() int {
			var list many
			rita.json("GET", "/api/v1/findings?session_id="+session, nil, http.StatusOK, &list)
			return list.Total
		}
		send := func(query string) (out outcome) {
			rita.json("POST", "/api/v1/sessions/"+session+"/import?format=sarif"+query, string(file), http.StatusOK, &out, "Content-Type", "application/sarif+json")
			return out
		}
		if tried := send(""); tried.Summary.Create != 5 || tried.Summary.Error != 1 || count() != 0 {
			t.Fatalf("tried: %+v, %d findings", tried, count())
		}
		taken := send("&dry_run=false")
		if taken.Summary.Create != 5 || taken.Rows[0].ID == nil || count() != 5 {
			t.Fatalf("taken: %+v, %d findings", taken, count())
		}
		if again := send("&dry_run=false"); again.Summary.Create != 0 || again.Summary.Duplicate != 0 || count() != 5 {
			t.Fatalf("taken again: %+v, %d findings", again, count())
		}
		finding := "/api/v1/findings/" + *taken.Rows[0].ID

		// The reviewer's own words, evidence, and a re-test.
		var edited one
		rita.json("PATCH", finding, map[string]any{
			"title": "Script in the search of the shop", "risk_level": "critical", "impact": "A visitor's session is taken over: Zürich, 東京.",
			"cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:N", "remediation_status": "ready_for_retest",
		}, http.StatusOK, &edited)
		if edited.Title != "Script in the search of the shop" || edited.RiskLevel != "critical" {
			t.Fatalf("edited: %+v", edited)
		}
		form, kind := evidence(t)
		var attached struct {
			ID     string
			SHA256 string `json:"sha256"`
		}
		rita.json("POST", finding+"/attachments", form, http.StatusCreated, &attached, "Content-Type", kind)
		rita.json("POST", finding+"/retests", map[string]any{"result": "partly", "note": "Only the first example is refused."}, http.StatusCreated, nil)
		rita.json("GET", finding, nil, http.StatusOK, &edited)
		if edited.RemediationStatus != "in_progress" {
			t.Errorf("after the re-test: %+v", edited)
		}

		// The report, and the copy that is kept of it.
		status, header, report := rita.rest("GET", "/api/v1/reports/sessions/"+session+"/pdf", nil)
		if status != http.StatusOK || header.Get("Content-Type") != "application/pdf" || !bytes.HasPrefix(report, []byte("%PDF-")) || !bytes.Contains(report[len(report)-32:], []byte("%%EOF")) {
			t.Fatalf("the report: %d %v, %d bytes", status, header, len(report))
		}
		status, _, text := rita.rest("GET", "/api/v1/reports/sessions/"+session+"/json", nil)
		if status != http.StatusOK || !strings.Contains(string(text), "Script in the search of the shop") || strings.Contains(string(text), "rival") {
			t.Errorf("the report as JSON: %d %.500s", status, text)
		}

		// The client's own user.
		var groups many
		rita.json("GET", "/api/v1/groups?per_page=100", nil, http.StatusOK, &groups)
		group := ""
		for _, g := range groups.Items {
			if g.Name == "Client users" {
				group = g.ID
			}
		}
		rita.json("POST", "/api/v1/users", map[string]any{
			"email": "cora@bluepeak.test", "full_name": "Cora Contact", "password": password, "group_ids": []string{group}, "client_id": client,
		}, http.StatusCreated, nil)
		nobody.json("POST", "/api/v1/auth/login", map[string]any{"email": "cora@bluepeak.test", "password": password}, http.StatusOK, &in)
		cora := guest{t, h, in.AccessToken}
		for word, want := range map[string]int{"clients": 1, "assets": 1, "sessions": 1, "findings": 5} {
			var list many
			if cora.json("GET", "/api/v1/"+word, nil, http.StatusOK, &list); list.Total != want || len(list.Items) != want {
				t.Errorf("the client's user sees %d %s, want %d", list.Total, word, want)
			}
			if text, _ := json.Marshal(list); bytes.Contains(text, []byte("ival")) {
				t.Errorf("the client's user sees another client's: %s", text)
			}
		}
		var got one
		cora.json("GET", "/api/v1/clients/"+client, nil, http.StatusOK, &got)
		cora.json("GET", "/api/v1/assets/"+asset, nil, http.StatusOK, &got)
		var tries, files, exports many
		if cora.json("GET", finding+"/retests", nil, http.StatusOK, &tries); tries.Total != 1 {
			t.Errorf("%d re-tests", tries.Total)
		}
		if cora.json("GET", finding+"/attachments", nil, http.StatusOK, &files); len(files.Items) != 1 {
			t.Errorf("%d attachments", len(files.Items))
		}
		status, _, picture := cora.rest("GET", "/api/v1/attachments/"+attached.ID+"/download", nil)
		if sum := sha256.Sum256(picture); status != http.StatusOK || hex.EncodeToString(sum[:]) != attached.SHA256 {
			t.Errorf("the evidence: %d, %d bytes", status, len(picture))
		}
		cora.json("GET", "/api/v1/reports/sessions/"+session+"/exports", nil, http.StatusOK, &exports)
		same := false
		for _, e := range exports.Items {
			status, _, copied := cora.rest("GET", "/api/v1/reports/exports/"+e.ID+"/download", nil)
			if status != http.StatusOK {
				t.Errorf("the kept report: %d %.500s", status, copied)
			}
			same = same || bytes.Equal(copied, report)
		}
		if !same {
			t.Errorf("none of %d kept reports is the one that was made", len(exports.Items))
		}
		if status, _, made := cora.rest("GET", "/api/v1/reports/sessions/"+session+"/pdf", nil); status != http.StatusOK || !bytes.HasPrefix(made, []byte("%PDF-")) {
			t.Errorf("a report of the client's own: %d %.200s", status, made)
		}

		// What is not hers does not exist, and nothing is hers to change.
		for _, path := range []string{
			"/api/v1/sessions/" + elsewhere, "/api/v1/reports/sessions/" + elsewhere + "/pdf", "/api/v1/reports/sessions/" + elsewhere + "/exports",
			"/api/v1/findings?session_id=" + elsewhere, "/api/v1/findings/" + uuid.NewString() + "/retests",
		} {
			status, _, body := cora.rest("GET", path, nil)
			if empty := strings.Contains(path, "?") && status == http.StatusOK && strings.Contains(string(body), `"items":[]`); !empty && status != http.StatusNotFound {
				t.Errorf("the client's user, %s: %d %.500s", path, status, body)
			}
		}
		for _, c := range [][2]string{{"PATCH", finding}, {"POST", finding + "/retests"}, {"POST", "/api/v1/sessions/" + session + "/import?format=sarif"}} {
			if status, _, body := cora.rest(c[0], c[1], `{}`); status != http.StatusForbidden {
				t.Errorf("the client's user, %s %s: %d %.500s", c[0], c[1], status, body)
			}
		}
	})
}

// evidence is a form with a picture.
func evidence(t *testing.T) (body, kind string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="file"; filename="search page.png"`}, "Content-Type": {"image/png"},
	})
	if err != nil {
		t.Fatal(err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, 320, 180))
	for x := range 320 {
		for y := range 180 {
			picture.Set(x, y, color.RGBA{uint8(x), uint8(y), 120, 255})
		}
	}
	if err := png.Encode(part, picture); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), form.FormDataContentType()
}
