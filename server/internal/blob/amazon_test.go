package blob_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
)

// bucket speaks as much of S3 as a store needs.
type bucket struct {
	t       *testing.T
	mu      sync.Mutex
	objects map[string][]byte
	parts   map[string]map[string][]byte
	ended   int    // uploads that were taken back
	hole    []byte // where what is sent goes instead of being kept
	taken   int64
}

func (b *bucket) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	key := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, "/evidence"), "/")
	q := r.URL.Query()
	answer := func(v any) {
		w.Header().Set("Content-Type", "application/xml")
		if err := xml.NewEncoder(w).Encode(v); err != nil {
			b.t.Error(err)
		}
	}
	if r.Method == http.MethodPut {
		b.put(w, r, key)
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case r.Method == http.MethodPost && q.Has("uploads"):
		b.parts[key] = map[string][]byte{}
		answer(struct {
			XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
			UploadID string   `xml:"UploadId"`
		}{UploadID: key})
	case r.Method == http.MethodPost:
		var whole []byte
		numbers := []string{}
		for n := range b.parts[key] {
			numbers = append(numbers, n)
		}
		slices.SortFunc(numbers, func(a, b string) int { return len(a)*1000 + strings.Compare(a, b) - len(b)*1000 })
		for _, n := range numbers {
			whole = append(whole, b.parts[key][n]...)
		}
		b.objects[key] = whole
		delete(b.parts, key)
		answer(struct {
			XMLName xml.Name `xml:"CompleteMultipartUploadResult"`
			ETag    string
		}{ETag: `"1"`})
	case r.Method == http.MethodDelete && q.Has("uploadId"):
		b.ended++
		delete(b.parts, key)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodDelete:
		delete(b.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case key == "":
		b.list(answer, q.Get("prefix"))
	case b.objects[key] == nil:
		w.WriteHeader(http.StatusNotFound)
		if r.Method == http.MethodGet {
			answer(struct {
				XMLName xml.Name `xml:"Error"`
				Code    string
			}{Code: "NoSuchKey"})
		}
	default:
		http.ServeContent(w, r, "", time.Now(), bytes.NewReader(b.objects[key]))
	}
}

// put takes an object or a part of one. The client signs pieces of the body ("aws-chunked").
func (b *bucket) put(w http.ResponseWriter, r *http.Request, key string) {
	body := io.Reader(r.Body)
	if b.hole != nil {
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, body, b.hole)
		if err != nil {
			b.t.Error(err)
		}
		b.taken += n
		body = http.NoBody
	}
	if strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		body = &unchunked{from: r.Body}
	}
	content, err := io.ReadAll(body)
	if err != nil { // the client has given up
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if n := r.URL.Query().Get("partNumber"); n != "" {
		if b.parts[key] == nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		b.parts[key][n] = content
	} else {
		b.objects[key] = content
	}
	w.Header().Set("ETag", `"1"`)
}

func (b *bucket) list(answer func(any), prefix string) {
	type content struct {
		Key, LastModified string
		Size              int
	}
	out := struct {
		XMLName     xml.Name `xml:"ListBucketResult"`
		IsTruncated bool
		Contents    []content
	}{}
	for key, text := range b.objects {
		if strings.HasPrefix(key, prefix) {
			out.Contents = append(out.Contents, content{key, time.Now().UTC().Format(time.RFC3339), len(text)})
		}
	}
	slices.SortFunc(out.Contents, func(a, b content) int { return strings.Compare(a.Key, b.Key) })
	answer(out)
}

// unchunked reads a body of signed pieces: size in hexadecimal, signature, line break, content, line break.
type unchunked struct {
	from io.Reader
	buf  *bytes.Reader
}

func (u *unchunked) Read(p []byte) (int, error) {
	if u.buf == nil {
		all, err := io.ReadAll(u.from)
		if err != nil {
			return 0, err
		}
		var out []byte
		for len(all) > 0 {
			head, rest, ok := bytes.Cut(all, []byte("\r\n"))
			var n int
			if _, err := fmt.Sscanf(string(head), "%x", &n); !ok || err != nil || n == 0 || n > len(rest) {
				break
			}
			out = append(out, rest[:n]...)
			all = bytes.TrimPrefix(rest[n:], []byte("\r\n"))
		}
		u.buf = bytes.NewReader(out)
	}
	return u.buf.Read(p)
}

// amazon is a store in a bucket of Amazon's.
func amazon(t *testing.T) (*blob.Store, *bucket) {
	t.Helper()
	b := &bucket{t: t, objects: map[string][]byte{}, parts: map[string]map[string][]byte{}}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	return open(t, "s3://evidence?region=eu-central-1&use_path_style=true&endpoint="+s.URL), b
}

func TestAmazon(t *testing.T) {
	store, b := amazon(t)
	cloud(t, store, "s3", func(key string) []byte { return b.objects[key] })
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.parts) > 0 || b.ended != 1 {
		t.Errorf("%d uploads are left open, %d were taken back", len(b.parts), b.ended)
	}
}

// TestBucketHoldsOnePart: a file of 1 GiB on its way into a bucket asks for less than 32 MiB of memory, all in all, the
// other side's share included. So it cannot hold more at any time.
func TestBucketHoldsOnePart(t *testing.T) {
	store, b := amazon(t)
	b.hole = make([]byte, 64<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := store.Put(t.Context(), "t/large", io.LimitReader(blank{}, 1<<30), 0)
	runtime.ReadMemStats(&after)
	if err != nil || got.Size != 1<<30 || b.taken < 1<<30 {
		t.Fatalf("written %+v, taken %d: %v", got, b.taken, err)
	}
	if asked := (after.TotalAlloc - before.TotalAlloc) >> 20; asked >= 32 {
		t.Errorf("%d MiB were asked for", asked)
	}
}
