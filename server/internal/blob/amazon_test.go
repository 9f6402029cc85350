package blob_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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

func cloud(t *testing.T) (*blob.Store, *bucket) {
	t.Helper()
	b := &bucket{t: t, objects: map[string][]byte{}, parts: map[string]map[string][]byte{}}
	s := httptest.NewServer(b)
	t.Cleanup(s.Close)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	store, err := blob.Open(t.Context(), "s3://evidence?region=eu-central-1&use_path_style=true&endpoint="+s.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store, b
}

func TestBucket(t *testing.T) {
	store, b := cloud(t)
	if err := store.Reach(t.Context()); err != nil {
		t.Errorf("reach: %v", err)
	}
	if store.Kind() != "s3" || store.Dir() != "" || strings.Contains(store.Name(), "?") {
		t.Errorf("it is %q at %q", store.Kind(), store.Name())
	}
	for _, size := range []int{1, 3_000_000, 12_345_678} { // in one piece, and in parts
		content := bytes.Repeat([]byte("0123456789abcde"), size/15+1)[:size]
		key := fmt.Sprintf("t/attachment/%d", size)
		got, err := store.Put(t.Context(), key, bytes.NewReader(content), int64(size))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if got.Size != int64(size) || got.SHA256 != hex.EncodeToString(sum[:]) || !bytes.Equal(b.objects[key], content) {
			t.Errorf("%d bytes: written %+v, stored %d", size, got, len(b.objects[key]))
		}
		f, err := store.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Seek(int64(size)-1, io.SeekStart); err != nil {
			t.Error(err)
		}
		if last, err := io.ReadAll(f); err != nil || !bytes.Equal(last, content[size-1:]) || f.Size() != int64(size) {
			t.Errorf("the last of %d bytes: %q %v", f.Size(), last, err)
		}
		_ = f.Close()
	}
	var keys []string
	if err := store.Keys(t.Context(), "t/", func(key string, _ time.Time) error { keys = append(keys, key); return nil }); err != nil || len(keys) != 3 {
		t.Errorf("keys: %v %v", keys, err)
	}
	if _, err := store.Get(t.Context(), "t/none"); !blob.Gone(err) {
		t.Errorf("gone: %v", err)
	}
	if err := store.Try(t.Context(), "try/1"); err != nil {
		t.Error(err)
	}
	for what, from := range map[string]io.Reader{
		"too large":  bytes.NewReader(make([]byte, 20<<20)),
		"cut off":    io.MultiReader(bytes.NewReader(make([]byte, 8<<20)), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF })),
		"cut sooner": io.MultiReader(strings.NewReader("x"), readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF })),
	} {
		if _, err := store.Put(t.Context(), "t/bad", from, 10<<20); err == nil || b.objects["t/bad"] != nil {
			t.Errorf("%s: %v, %d bytes are there", what, err, len(b.objects["t/bad"]))
		}
		for range 100 { // what was begun is taken back behind the caller's back
			b.mu.Lock()
			open := len(b.parts)
			b.mu.Unlock()
			if open == 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if len(b.parts) > 0 {
			t.Errorf("%s: parts are left", what)
		}
	}
	if err := store.Delete(t.Context(), "t/attachment/1"); err != nil || b.objects["t/attachment/1"] != nil {
		t.Errorf("delete: %v", err)
	}
}

// zeros is a file without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { return len(b), nil }

// TestBucketHoldsOnePart: a file of 1 GiB on its way into a bucket asks for less than 32 MiB of memory, all in all, the other side's share
// included. So it cannot hold more at any time.
func TestBucketHoldsOnePart(t *testing.T) {
	store, b := cloud(t)
	b.hole = make([]byte, 64<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := store.Put(t.Context(), "t/large", io.LimitReader(zeros{}, 1<<30), 0)
	runtime.ReadMemStats(&after)
	if err != nil || got.Size != 1<<30 || b.taken < 1<<30 {
		t.Fatalf("written %+v, taken %d: %v", got, b.taken, err)
	}
	if asked := (after.TotalAlloc - before.TotalAlloc) >> 20; asked >= 32 {
		t.Errorf("%d MiB were asked for", asked)
	}
}
