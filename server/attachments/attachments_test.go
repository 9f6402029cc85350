package attachments_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/attachments"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"

type attachment struct {
	ID          string
	Version     int
	RecordKind  string `json:"record_kind"`
	RecordID    string `json:"record_id"`
	FileName    string `json:"file_name"`
	ContentType string `json:"content_type"`
	SizeBytes   int    `json:"size_bytes"`
	Sha256      string
	Uploader    *struct{ ID, Label string }
}

type list struct {
	Items []attachment
	Total int
}

// place is a house whose files are in a folder that the test can look into.
type place struct {
	*housetest.House
	t   *testing.T
	dir string
}

// each runs a test on both databases, with attachments of at most a megabyte.
func each(t *testing.T, test func(t *testing.T, p *place), options ...housetest.Option) {
	t.Helper()
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			test(t, at(t, kind, options...))
		})
	}
}

func at(t *testing.T, kind string, options ...housetest.Option) *place {
	t.Helper()
	dir := t.TempDir()
	all := append([]housetest.Option{func(c *server.Config) {
		c.Files, c.AttachmentLimit = "file://"+dir, 1<<20
	}}, options...)
	return &place{housetest.New(t, kind, all...), t, dir}
}

// stored counts the files in the folder.
func (p *place) stored() (n int) {
	p.t.Helper()
	err := filepath.WalkDir(p.dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		p.t.Error(err)
	}
	return n
}

func (p *place) asset(client bool) string {
	p.t.Helper()
	body := map[string]any{"name": "gateway", "asset_type": "server"}
	if client {
		body["client_id"] = p.ClientID
	}
	var made struct{ ID string }
	p.Admin.JSON("POST", "/api/v1/assets", body, http.StatusCreated, &made)
	return made.ID
}

// finding makes a finding of the client's.
func (p *place) finding() (id, number string) {
	p.t.Helper()
	var session, made struct{ ID, Number string }
	p.Admin.JSON("POST", "/api/v1/sessions", map[string]any{
		"asset_id": p.asset(true), "name": "Review", "review_date": "2026-11-22", "reviewer_id": p.Editor.Person,
	}, http.StatusCreated, &session)
	p.Admin.JSON("POST", "/api/v1/findings", map[string]any{
		"session_id": session.ID, "title": "Weak", "description": "What is wrong", "risk_level": "high",
	}, http.StatusCreated, &made)
	return made.ID, made.Number
}

// form is a body with one file, and its type.
func form(name, kind, content string) (body []byte, contentType string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename=%q`, name)}, "Content-Type": {kind},
	})
	if err == nil {
		_, err = io.WriteString(part, content)
	}
	if err != nil || w.Close() != nil {
		panic(err)
	}
	return b.Bytes(), w.FormDataContentType()
}

func on(id string) string { return "/api/v1/attachments?record_kind=asset&record_id=" + id }

func (p *place) send(who *housetest.Caller, path, name, kind, content string, want int, headers ...string) (a attachment) {
	p.t.Helper()
	body, contentType := form(name, kind, content)
	out := any(&a)
	if want != http.StatusCreated {
		out = nil
	}
	who.JSON("POST", path, body, want, out, append([]string{"Content-Type", contentType}, headers...)...)
	return a
}

func TestUploadAndDownload(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		id, number := p.finding()
		a := p.send(p.Editor, "/api/v1/findings/"+number+"/attachments", "Größe \"1\".png", "image/png", png, 201)
		sum := sha256.Sum256([]byte(png))
		if a.FileName != "Größe _1_.png" || a.ContentType != "image/png" || a.SizeBytes != len(png) || a.Sha256 != hex.EncodeToString(sum[:]) ||
			a.RecordKind != "finding" || a.RecordID != id || a.Version != 1 || a.Uploader == nil || a.Uploader.Label != "Eve Editor" {
			t.Errorf("uploaded: %+v", a)
		}
		var l list
		p.Viewer.JSON("GET", "/api/v1/findings/"+number+"/attachments", nil, 200, &l)
		if len(l.Items) != 1 || l.Total != 1 || l.Items[0].ID != a.ID {
			t.Errorf("listed: %+v", l)
		}
		p.Viewer.JSON("GET", "/api/v1/attachments?record_kind=finding&record_id="+id+"&content_type=image/png&order_by=-size_bytes", nil, 200, &l)
		if len(l.Items) != 1 {
			t.Errorf("listed: %+v", l)
		}
		p.Viewer.JSON("GET", "/api/v1/findings/"+number+"/attachments?content_type=text/csv", nil, 200, &l)
		if len(l.Items) != 0 {
			t.Errorf("listed: %+v", l)
		}
		status, header, body := p.Viewer.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil)
		if status != 200 || string(body) != png {
			t.Errorf("downloaded: %d %q", status, body)
		}
		for name, want := range map[string]string{
			"Content-Type": "image/png", "Content-Length": fmt.Sprint(len(png)), "Accept-Ranges": "bytes", "Etag": `"` + a.Sha256 + `"`, "X-Content-Type-Options": "nosniff",
			"Content-Disposition":     `attachment; filename="Gr__e _1_.png"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%20_1_.png`,
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox", "Cache-Control": "no-store",
		} {
			if got := header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		var history struct {
			Items []struct {
				Action, Field string
				New           map[string]any
			}
		}
		p.Viewer.JSON("GET", "/api/v1/findings/"+id+"/history", nil, 200, &history)
		if h := history.Items[0]; h.Action != "attachment.created" || h.Field != "attachment" || h.New["file_name"] != "Größe _1_.png" || h.New["sha256"] != a.Sha256 {
			t.Errorf("history: %+v", h)
		}
		p.Admin.JSON("DELETE", "/api/v1/attachments/"+a.ID, nil, 204, nil)
		if n := p.stored(); n != 0 {
			t.Errorf("%d files are left", n)
		}
		p.Viewer.JSON("GET", "/api/v1/attachments/"+a.ID+"/download", nil, 404, nil)
		p.Viewer.JSON("GET", "/api/v1/findings/"+id+"/history", nil, 200, &history)
		if h := history.Items[0]; h.Action != "attachment.deleted" {
			t.Errorf("history: %+v", h)
		}
	})
}

func TestRawUpload(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		id := p.asset(false)
		for _, c := range []struct {
			query, kind, disposition, content string
			name, stored                      string
		}{
			{"", "text/plain", "", "note", "file.txt", "text/plain"},
			{"&file_name=run.csv", "application/octet-stream", "", "a,b\n", "run.csv", "text/csv"},
			{"", "application/json", `attachment; filename="x.json"; filename*=UTF-8''%C3%BC.json`, `{"a": 1}`, "ü.json", "application/json"},
			{"&file_name=..%2F..%2Fb.exe", "image/png", "", png, "b.exe.png", "image/png"},
			{"", "text/plain; charset=UTF-8", "", "<html><script>alert(1)</script>", "file.txt", "text/plain"},
		} {
			var a attachment
			headers := []string{"Content-Type", c.kind}
			if c.disposition != "" {
				headers = append(headers, "Content-Disposition", c.disposition)
			}
			p.Editor.JSON("POST", on(id)+c.query, c.content, 201, &a, headers...)
			if a.FileName != c.name || a.ContentType != c.stored {
				t.Errorf("%+v: %+v", c, a)
			}
			_, header, body := p.Viewer.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil)
			if string(body) != c.content || !strings.HasPrefix(header.Get("Content-Type"), c.stored) || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment;") {
				t.Errorf("%+v: %q %v", c, body, header)
			}
		}
	})
}

func TestRanges(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		text := strings.Repeat("0123456789", 10_000)
		var a attachment
		p.Editor.JSON("POST", on(p.asset(false)), text, 201, &a, "Content-Type", "text/plain")
		etag := `"` + a.Sha256 + `"`
		for _, c := range []struct {
			headers []string
			status  int
			part    string
			told    string
		}{
			{[]string{"Range", "bytes=5-9"}, 206, "56789", "bytes 5-9/100000"},
			{[]string{"Range", "bytes=99998-"}, 206, "89", "bytes 99998-99999/100000"},
			{[]string{"Range", "bytes=-3"}, 206, "789", "bytes 99997-99999/100000"},
			{[]string{"Range", "bytes=5-9", "If-Range", etag}, 206, "56789", "bytes 5-9/100000"},
			{[]string{"Range", "bytes=5-9", "If-Range", `"other"`}, 200, text, ""},
			{[]string{"Range", "bytes=100000-"}, 416, "", "bytes */100000"},
			{[]string{"Range", "bytes=x"}, 416, "", ""},
			{[]string{"Range", "bytes=0-0" + strings.Repeat(",2-2", 16)}, 200, text, ""},
			{[]string{"If-None-Match", etag}, 304, "", ""},
			{[]string{"Accept-Encoding", "gzip"}, 200, text, ""},
		} {
			status, header, body := p.Viewer.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil, c.headers...)
			if status != c.status || status < 300 && string(body) != c.part || header.Get("Content-Range") != c.told || header.Get("Content-Encoding") != "" || header.Get("No-Gzip-Compression") != "" {
				t.Errorf("%v: %d, %d bytes, %v", c.headers, status, len(body), header)
			}
		}
		if status, header, body := p.Viewer.REST("HEAD", "/api/v1/attachments/"+a.ID+"/download", nil); status != 200 || len(body) != 0 || header.Get("Content-Length") != "100000" {
			t.Errorf("HEAD: %d %v", status, header)
		}
		if status, header, _ := p.Viewer.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil, "Range", "bytes=0-1,5-6"); status != 206 || !strings.HasPrefix(header.Get("Content-Type"), "multipart/byteranges") {
			t.Errorf("two parts: %d %v", status, header)
		}
	})
}

func TestRefusedFilesLeaveNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		id, lines := p.asset(false), 0
		lines = p.Lines()
		big := strings.Repeat("x", 1<<20)
		for what, c := range map[string]struct {
			kind, content string
			want          int
			reason        string
		}{
			"another content":     {"image/png", "GIF89a, no picture", 415, "unsupported_media_type"},
			"a program":           {"application/pdf", "MZ\x90\x00\x03\x00\x00\x00", 415, "unsupported_media_type"},
			"a page":              {"text/html", "<html></html>", 415, "unsupported_media_type"},
			"NUL far into a text": {"text/plain", big[:900_000] + "\x00", 415, "unsupported_media_type"},
			"half a JSON":         {"application/json", `{"a": [1, 2`, 415, "unsupported_media_type"},
			"no JSON far into it": {"application/json", `["` + big[:900_000] + `",]`, 415, "unsupported_media_type"},
			"too large":           {"text/plain", big + "x", 413, "too_large"},
			"empty":               {"text/plain", "", 400, "validation"},
		} {
			body, contentType := form("a.txt", c.kind, c.content)
			for _, how := range [][2]string{{contentType, string(body)}, {c.kind, c.content}} {
				status, _, answer := p.Editor.REST("POST", on(id), how[1], "Content-Type", how[0])
				var problem struct{ Reason string }
				if err := json.Unmarshal(answer, &problem); status != c.want || err != nil || problem.Reason != c.reason {
					t.Errorf("%s as %.20s: %d %s, want %d %s", what, how[0], status, answer, c.want, c.reason)
				}
			}
		}
		body, contentType := form("a.txt", "text/plain", big)
		for what, cut := range map[string][]byte{"in the file": body[:500_000], "in the end": body[:len(body)-4], "at the end": body[:len(body)-len("\r\n--")-60]} {
			if status, _, answer := p.Editor.REST("POST", on(id), cut, "Content-Type", contentType); status != 400 {
				t.Errorf("cut %s: %d %s", what, status, answer)
			}
		}
		p.Editor.JSON("POST", on(id), "x", 415, nil, "Content-Type", "application/x-www-form-urlencoded")
		p.Editor.JSON("POST", on(id), "x", 415, nil, "Content-Type", "text/plain", "Content-Encoding", "gzip")
		p.Editor.JSON("POST", on("nonsense"), "x", 400, nil, "Content-Type", "text/plain")
		p.Editor.JSON("POST", "/api/v1/attachments?record_id="+id, "x", 400, nil, "Content-Type", "text/plain")
		p.Editor.JSON("POST", "/api/v1/attachments?record_kind=nonsense&record_id="+id, "x", 400, nil, "Content-Type", "text/plain")
		p.Editor.JSON("POST", "/api/v1/findings/FND-999/attachments", "x", 404, nil, "Content-Type", "text/plain")
		if n := p.stored(); n != 0 {
			t.Errorf("%d files are left", n)
		}
		if n := p.Lines() - lines; n > 1 { // signing in leaves one
			t.Errorf("%d lines are in the journal", n)
		}
		p.Editor.JSON("POST", on(id), big, 201, nil, "Content-Type", "text/plain") // as large as may be
		p.send(p.Editor, on(id), "a.txt", "text/plain", big, 201)
	})
}

func TestAccess(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		own, other := p.asset(true), p.asset(false)
		a := p.send(p.Editor, on(own), "a.txt", "text/plain", "his", 201)
		b := p.send(p.Editor, on(other), "b.txt", "text/plain", "not his", 201)
		for _, c := range []struct {
			who                          *housetest.Caller
			list, download, upload, drop int
		}{
			{p.Viewer, 200, 200, 403, 403}, {p.Member, 403, 404, 403, 404}, {p.Stranger, 404, 404, 404, 404}, {p.Nobody, 401, 401, 401, 401},
		} {
			c.who.JSON("GET", on(own), nil, c.list, nil)
			if status, _, _ := c.who.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil); status != c.download {
				t.Errorf("%s downloads: %d, want %d", c.who.Name, status, c.download)
			}
			p.send(c.who, on(own), "a.txt", "text/plain", "more", c.upload)
			c.who.JSON("DELETE", "/api/v1/attachments/"+a.ID, nil, c.drop, nil)
		}
		var l list
		p.Client.JSON("GET", on(own), nil, 200, &l)
		if len(l.Items) != 1 {
			t.Errorf("the client sees %+v", l)
		}
		p.Client.JSON("GET", on(other), nil, 404, nil)
		if status, _, body := p.Client.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil); status != 200 || string(body) != "his" {
			t.Errorf("the client's file: %d %s", status, body)
		}
		if status, _, _ := p.Client.REST("GET", "/api/v1/attachments/"+b.ID+"/download", nil); status != 404 {
			t.Errorf("another's file: %d", status)
		}
		if n := p.stored(); n != 2 {
			t.Errorf("%d files, want 2", n)
		}
	})
}

func TestFilesGoToAnotherClientWithTheirAsset(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		id := p.asset(false)
		a := p.send(p.Editor, on(id), "a.txt", "text/plain", "content", 201)
		p.Admin.JSON("POST", "/api/v1/comments", map[string]any{"record_kind": "asset", "record_id": id, "body": "see the file"}, 201, nil)
		sees := func(want int) {
			t.Helper()
			status, _, _ := p.Client.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil)
			if status != want {
				t.Errorf("the client's member downloads: %d, want %d", status, want)
			}
			var said struct{ Items []any }
			if want == 200 {
				p.Client.JSON("GET", "/api/v1/comments?record_kind=asset&record_id="+id, nil, 200, &said)
				if len(said.Items) != 1 {
					t.Errorf("he sees %d comments", len(said.Items))
				}
			}
		}
		sees(404)
		p.Admin.JSON("PATCH", "/api/v1/assets/"+id, map[string]any{"client_id": p.ClientID}, 200, nil)
		sees(200)
		p.Admin.JSON("PATCH", "/api/v1/assets/"+id, map[string]any{"client_id": nil}, 200, nil)
		sees(404)
		status, _, body := p.Admin.REST("POST", "/api/v1/assets/import?dry_run=false", "id,name,client\n"+id+",gateway,"+p.clientName()+"\n", "Content-Type", "text/csv")
		if status != 200 {
			t.Fatalf("import: %d %s", status, body)
		}
		sees(200)
	})
}

// clientName is what the client user's client is called.
func (p *place) clientName() string {
	p.t.Helper()
	var c struct{ Name string }
	p.Admin.JSON("GET", "/api/v1/clients/"+p.ClientID.String(), nil, 200, &c)
	return c.Name
}

func TestRepeatedUploadsAreDoneOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		id := p.asset(false)
		first := p.send(p.Editor, on(id), "a.txt", "text/plain", "once", 201, "Idempotency-Key", "k1")
		// in a form with another boundary
		again := p.send(p.Editor, on(id), "a.txt", "text/plain", "once", 201, "Idempotency-Key", "k1")
		if first.ID != again.ID || again.FileName != "a.txt" {
			t.Errorf("repeated: %+v, then %+v", first, again)
		}
		p.send(p.Editor, on(id), "a.txt", "text/plain", "else", 422, "Idempotency-Key", "k1")
		p.send(p.Editor, on(id), "b.txt", "text/plain", "once", 422, "Idempotency-Key", "k1")
		p.send(p.Editor, on(id), "a.png", "image/png", "no picture", 415, "Idempotency-Key", "k2")
		if second := p.send(p.Editor, on(id), "a.txt", "text/plain", "once", 201, "Idempotency-Key", "k2"); second.ID == first.ID {
			t.Error("another key is another upload")
		}
		if n := p.stored(); n != 2 {
			t.Errorf("%d files, want 2", n)
		}
	})
}

func TestFilesGoWithTheirRecord(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		id := p.asset(false)
		a := p.send(p.Editor, on(id), "a.txt", "text/plain", "one", 201)
		p.send(p.Editor, on(id), "b.txt", "text/plain", "two", 201)
		p.Admin.JSON("DELETE", "/api/v1/assets/"+id+"?validate_only=true", nil, 204, nil)
		if n := p.stored(); n != 2 {
			t.Fatalf("only asking has left %d files", n)
		}
		p.Admin.JSON("DELETE", "/api/v1/assets/"+id, nil, 204, nil)
		if n := p.stored(); n != 0 {
			t.Errorf("%d files are left", n)
		}
		p.Admin.JSON("GET", "/api/v1/attachments/"+a.ID+"/download", nil, 404, nil)
		var n int
		if err := p.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM journal WHERE action = 'attachment.deleted'`).Scan(&n); err != nil || n != 2 {
			t.Errorf("%d lines tell of it, want 2 (%v)", n, err)
		}
	})
}

func TestLostFilesAreTold(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		a := p.send(p.Editor, on(p.asset(false)), "proof.txt", "text/plain", "content", 201)
		var file string
		if err := filepath.WalkDir(p.dir, func(name string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				file = name
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(file, filepath.Join(p.dir, p.Tenant.String(), "attachment")) {
			t.Errorf("it lies at %s", file)
		}
		lost := func(what string) {
			t.Helper()
			status, _, body := p.Viewer.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil)
			if status != 502 || !strings.Contains(string(body), `"artifact_missing"`) || !strings.Contains(string(body), "proof.txt") {
				t.Errorf("%s: %d %s", what, status, body)
			}
			if !strings.Contains(p.Log(), "a file cannot be read") {
				t.Errorf("%s: the log does not tell", what)
			}
		}
		if err := os.WriteFile(file, []byte("cont"), 0o600); err != nil {
			t.Fatal(err)
		}
		lost("cut")
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		lost("gone")
	})
}

func TestSweepRemovesWhatNothingNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		a := p.send(p.Editor, on(p.asset(false)), "a.txt", "text/plain", "named", 201)
		folder := filepath.Join(p.dir, p.Tenant.String(), "attachment")
		for _, name := range []string{"orphan", "half.18f.tmp", "young"} {
			if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		long := time.Now().Add(-25 * time.Hour)
		all, err := os.ReadDir(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			if e.Name() == "young" {
				continue
			}
			if err := os.Chtimes(filepath.Join(folder, e.Name()), long, long); err != nil {
				t.Fatal(err)
			}
		}
		files, err := blob.Open(t.Context(), "file://"+filepath.ToSlash(p.dir))
		if err != nil {
			t.Fatal(err)
		}
		if err := (attachments.Service{Files: files, Log: slog.Default()}).Sweep(p.DB.In(t.Context())); err != nil {
			t.Fatal(err)
		}
		if n := p.stored(); n != 2 {
			t.Errorf("%d files are left, want the named and the young one", n)
		}
		// What lies in a folder that no column is registered for belongs to somebody: the sweep stops and says so.
		foreign := filepath.Join(p.dir, p.Tenant.String(), "elsewhere")
		if err := errors.Join(os.MkdirAll(foreign, 0o700), os.WriteFile(filepath.Join(foreign, "x"), []byte("x"), 0o600),
			os.Chtimes(filepath.Join(foreign, "x"), long, long)); err != nil {
			t.Fatal(err)
		}
		if err := (attachments.Service{Files: files, Log: slog.Default()}).Sweep(p.DB.In(t.Context())); err == nil || !strings.Contains(err.Error(), "not registered") {
			t.Errorf("the sweep of a folder that nobody registered: %v", err)
		}
		if n := p.stored(); n != 3 {
			t.Errorf("%d files are left, want the foreign one too", n)
		}
		if status, _, body := p.Viewer.REST("GET", "/api/v1/attachments/"+a.ID+"/download", nil); status != 200 || string(body) != "named" {
			t.Errorf("the named one: %d %s", status, body)
		}
	})
}
