package blob_test

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"io"
	"maps"
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

// container speaks as much of Azure's blob storage as a store needs.
type container struct {
	t      *testing.T
	mu     sync.Mutex
	blobs  map[string][]byte
	blocks map[string][]byte // not yet part of a blob, by name of the blob and number
	hole   []byte            // where what is sent goes instead of being kept
	taken  int64
}

func (c *container) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.Header.Get("Authorization"), "SharedKey acme:") {
		c.t.Errorf("%s %s is not signed", r.Method, r.URL)
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/acme/evidence")
	if !ok {
		c.t.Errorf("%s %s is somewhere else", r.Method, r.URL)
	}
	key := strings.TrimPrefix(path, "/")
	body := r.Body
	if r.Method == http.MethodPut && c.hole != nil && r.URL.Query().Get("comp") != "blocklist" {
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r.Body, c.hole)
		if err != nil {
			c.t.Error(err)
		}
		c.taken += n
		body = http.NoBody
	}
	content, err := io.ReadAll(body)
	if err != nil { // the client has given up
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	w.Header().Set("ETag", `"1"`)
	for _, name := range []string{"Last-Modified", "x-ms-creation-time"} {
		w.Header().Set(name, time.Now().UTC().Format(http.TimeFormat))
	}
	switch q := r.URL.Query(); {
	case r.Method == http.MethodPut:
		c.put(r, key, content)
		w.WriteHeader(http.StatusCreated)
	case q.Get("comp") == "list":
		c.list(w, q.Get("prefix"))
	case q.Get("restype") == "container":
	case c.blobs[key] == nil:
		w.Header().Set("x-ms-error-code", "BlobNotFound")
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete:
		delete(c.blobs, key)
		w.WriteHeader(http.StatusAccepted)
	default:
		if part := r.Header.Get("x-ms-range"); part != "" {
			r.Header.Set("Range", part)
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(c.blobs[key]))
	}
}

// put takes a blob, a block of one, or the list of its blocks.
func (c *container) put(r *http.Request, key string, content []byte) {
	switch q := r.URL.Query(); q.Get("comp") {
	case "block":
		c.blocks[key+" "+q.Get("blockid")] = content
	case "blocklist":
		var list struct {
			Latest []string
		}
		if err := xml.Unmarshal(content, &list); err != nil {
			c.t.Error(err)
		}
		whole := []byte{}
		for _, id := range list.Latest {
			block, ok := c.blocks[key+" "+id]
			if !ok {
				c.t.Errorf("%s has no block %s", key, id)
			}
			whole = append(whole, block...)
		}
		maps.DeleteFunc(c.blocks, func(block string, _ []byte) bool { return strings.HasPrefix(block, key+" ") })
		c.blobs[key] = whole
	default:
		if r.Header.Get("x-ms-blob-type") != "BlockBlob" {
			c.t.Errorf("%s is no block blob", key)
		}
		c.blobs[key] = content
	}
}

func (c *container) list(w http.ResponseWriter, prefix string) {
	type properties struct {
		Modified string `xml:"Last-Modified"`
		Size     int    `xml:"Content-Length"`
	}
	type stored struct {
		Name       string
		Properties properties
	}
	out := struct {
		XMLName    xml.Name `xml:"EnumerationResults"`
		Blobs      []stored `xml:"Blobs>Blob"`
		NextMarker string
	}{}
	for key, content := range c.blobs {
		if strings.HasPrefix(key, prefix) {
			out.Blobs = append(out.Blobs, stored{key, properties{time.Now().UTC().Format(http.TimeFormat), len(content)}})
		}
	}
	slices.SortFunc(out.Blobs, func(a, b stored) int { return strings.Compare(a.Name, b.Name) })
	w.Header().Set("Content-Type", "application/xml")
	if err := xml.NewEncoder(w).Encode(out); err != nil {
		c.t.Error(err)
	}
}

// azure is a store in a container of Microsoft's. What the environment says is read once in the life of a process.
func azure(t *testing.T) (*blob.Store, *container) {
	t.Helper()
	c := &container{t: t, blobs: map[string][]byte{}, blocks: map[string][]byte{}}
	s := httptest.NewServer(c)
	t.Cleanup(s.Close)
	t.Setenv("AZURE_STORAGE_ACCOUNT", "acme")
	t.Setenv("AZURE_STORAGE_KEY", base64.StdEncoding.EncodeToString([]byte("test")))
	return open(t, "azblob://evidence?protocol=http&domain="+strings.TrimPrefix(s.URL, "http://")), c
}

func TestAzure(t *testing.T) {
	store, c := azure(t)
	cloud(t, store, "azblob", func(key string) []byte {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.blobs[key]
	})
}

// TestContainerHoldsOnePart is TestBucketHoldsOnePart for Microsoft's cloud.
func TestContainerHoldsOnePart(t *testing.T) {
	store, c := azure(t)
	c.hole = make([]byte, 64<<10)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	got, err := store.Put(t.Context(), "t/large", io.LimitReader(blank{}, 1<<30), 0)
	runtime.ReadMemStats(&after)
	if err != nil || got.Size != 1<<30 || c.taken != 1<<30 {
		t.Fatalf("written %+v, taken %d: %v", got, c.taken, err)
	}
	if asked := (after.TotalAlloc - before.TotalAlloc) >> 20; asked >= 32 {
		t.Errorf("%d MiB were asked for", asked)
	}
}
