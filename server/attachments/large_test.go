package attachments_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// lines is a text without an end.
type lines struct{ at int }

var line = []byte("192.0.2.7 - - [22/Nov/2026:12:00:00 +0000] \"GET /login HTTP/1.1\" 200 — größer\n")

// Read reads on.
func (l *lines) Read(b []byte) (n int, err error) {
	for n < len(b) {
		c := copy(b[n:], line[l.at:])
		n, l.at = n+c, (l.at+c)%len(line)
	}
	return n, nil
}

// allocated is how many bytes the process has asked for so far.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestLargeFilesAreStreamed sends 200 MiB there and back. Client and server are one process here, and together they ask
// for less than a tenth of that from the memory, all in all: nothing holds the file, and nothing copies it piece by
// piece.
func TestLargeFilesAreStreamed(t *testing.T) {
	size := int64(200<<20) / int64(len(line)) * int64(len(line)) // whole characters
	for _, kind := range []string{"sqlite", "postgres"} {        // one at a time: the memory is counted
		p := at(t, kind, func(c *server.Config) { c.AttachmentLimit = 1 << 30 })
		id, token := p.asset(false), p.Editor.Credential()
		send := func(body io.Reader, contentType string) (a attachment) {
			t.Helper()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+on(id), body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("Idempotency-Key", uuid.NewString())
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			answer, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != http.StatusCreated || json.Unmarshal(answer, &a) != nil {
				t.Fatalf("%d %s %v", res.StatusCode, answer, err)
			}
			return a
		}
		content := func() io.Reader { return io.LimitReader(&lines{}, size) }
		sum := sha256.New()
		if _, err := io.Copy(sum, content()); err != nil {
			t.Fatal(err)
		}
		want := hex.EncodeToString(sum.Sum(nil))
		check := func(what string, before uint64, got string) {
			t.Helper()
			if got != want {
				t.Errorf("%s: another content", what)
			}
			if grown := (allocated() - before) >> 20; grown > 20 {
				t.Errorf("%s asks for %d MiB of memory", what, grown)
			}
		}
		before := allocated()
		a := send(content(), "text/plain")
		check("a body", before, a.Sha256)

		before = allocated()
		in, out := io.Pipe()
		form := multipart.NewWriter(out)
		go func() {
			part, err := form.CreatePart(textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="access.log"`}, "Content-Type": {"text/plain"}})
			if err == nil {
				_, err = io.Copy(part, content())
			}
			if err == nil {
				err = form.Close()
			}
			out.CloseWithError(err)
		}()
		a = send(in, form.FormDataContentType())
		check("a form", before, a.Sha256)

		before = allocated()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, p.URL+"/api/v1/attachments/"+a.ID+"/download", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		sum.Reset()
		if _, err := io.CopyBuffer(struct{ io.Writer }{sum}, res.Body, make([]byte, 64<<10)); err != nil {
			t.Error(err)
		}
		check("a download", before, hex.EncodeToString(sum.Sum(nil)))
	}
}

// TestFilesLeaveRoomForCalls: transfers that only wait hold none of the places for calls.
func TestFilesLeaveRoomForCalls(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, p *place) {
		id, token := p.asset(false), p.Editor.Credential()
		var open []*io.PipeWriter
		ended := make(chan int)
		for range 3 {
			in, out := io.Pipe()
			open = append(open, out)
			go func() {
				r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.URL+on(id), in)
				if err != nil {
					t.Error(err)
				}
				r.Header.Set("Authorization", "Bearer "+token)
				r.Header.Set("Content-Type", "text/plain")
				res, err := http.DefaultClient.Do(r)
				if err != nil {
					t.Error(err)
					ended <- 0
					return
				}
				_ = res.Body.Close()
				ended <- res.StatusCode
			}()
			if _, err := out.Write(bytes.Repeat([]byte("x"), 10_000)); err != nil {
				t.Fatal(err)
			}
			for deadline := time.Now().Add(10 * time.Second); p.stored() < len(open) && time.Now().Before(deadline); {
				time.Sleep(5 * time.Millisecond) // until it is on its way into the folder
			}
		}
		p.Viewer.JSON("GET", on(id), nil, 200, nil)
		for _, out := range open {
			_ = out.Close()
		}
		for range open {
			if status := <-ended; status != http.StatusCreated {
				t.Errorf("an upload that took its time: %d", status)
			}
		}
	}, func(c *server.Config) { c.InFlight = 2 })
}

// TestUploadsOfTwoServersAreDoneOnce: the same key at two servers at once is one attachment.
func TestUploadsOfTwoServersAreDoneOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	one, two := housetest.Pair(t, func(c *server.Config) { c.Files = "file://" + dir })
	p := &place{one, t, dir}
	id := p.asset(false)
	var wait sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		who := one.Editor
		if i%2 == 1 {
			who = two.Editor
		}
		_ = who.Credential()
		wait.Go(func() {
			statuses[i], _, _ = who.REST("POST", on(id), "once and only once", "Content-Type", "text/plain", "Idempotency-Key", "pair")
		})
	}
	wait.Wait()
	for _, status := range statuses {
		if status != http.StatusCreated && status != http.StatusConflict {
			t.Errorf("%v", statuses)
			break
		}
	}
	var l list
	p.Viewer.JSON("GET", on(id), nil, 200, &l)
	if len(l.Items) != 1 || p.stored() != 1 || !slices.Contains(statuses, http.StatusCreated) {
		t.Errorf("%d attachments, %d files, %v", len(l.Items), p.stored(), statuses)
	}
}
