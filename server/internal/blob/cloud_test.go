package blob_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
)

// blank is a file without an end.
type blank struct{}

func (blank) Read(b []byte) (int, error) { return len(b), nil }

func open(t *testing.T, where string) *blob.Store {
	t.Helper()
	store, err := blob.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// cloud tries an empty store, whose files lie where stored finds them: through the cloud's own client, against a server
// that speaks as much of the cloud's language as a store needs.
func cloud(t *testing.T, store *blob.Store, kind string, stored func(key string) []byte) {
	t.Helper()
	if err := store.Reach(t.Context()); err != nil {
		t.Errorf("reach: %v", err)
	}
	if store.Kind() != kind || store.Dir() != "" || strings.Contains(store.Name(), "?") {
		t.Errorf("it is %q at %q", store.Kind(), store.Name())
	}
	keys := []string{}
	for _, size := range []int{1, 3_000_000, 5 << 20, 10 << 20, 12_345_678} { // in one piece, and in parts
		content := bytes.Repeat([]byte("0123456789abcde"), size/15+1)[:size]
		key := fmt.Sprintf("t/attachment/%08d", size)
		keys = append(keys, key)
		got, err := store.Put(t.Context(), key, bytes.NewReader(content), int64(size))
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(content)
		if got.Size != int64(size) || got.SHA256 != hex.EncodeToString(sum[:]) || !bytes.Equal(stored(key), content) {
			t.Errorf("%d bytes: written %+v, stored %d", size, got, len(stored(key)))
		}
		f, err := store.Get(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []int{size - 1, 0, size / 2} {
			if _, err := f.Seek(int64(from), io.SeekStart); err != nil {
				t.Error(err)
			}
			if rest, err := io.ReadAll(f); err != nil || !bytes.Equal(rest, content[from:]) || f.Size() != int64(size) {
				t.Errorf("from %d of %d bytes on: %d bytes, %v", from, f.Size(), len(rest), err)
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	var listed []string
	err := store.Keys(t.Context(), "t/", func(key string, at time.Time) error {
		if since := time.Since(at); since > time.Minute || since < -time.Minute {
			t.Errorf("%s is of %v", key, at)
		}
		listed = append(listed, key)
		return nil
	})
	if err != nil || !slices.Equal(listed, keys) {
		t.Errorf("keys: %v, want %v (%v)", listed, keys, err)
	}
	if _, err := store.Get(t.Context(), "t/none"); !blob.Gone(err) {
		t.Errorf("gone: %v", err)
	}
	if err := store.Try(t.Context(), "try/1"); err != nil || stored("try/1") != nil {
		t.Error(err)
	}
	cutOff := readerFunc(func([]byte) (int, error) { return 0, io.ErrUnexpectedEOF })
	for what, from := range map[string]io.Reader{
		"too large":  io.LimitReader(blank{}, 20<<20),
		"cut off":    io.MultiReader(io.LimitReader(blank{}, 4<<20), cutOff),
		"cut sooner": io.MultiReader(strings.NewReader("x"), cutOff),
		"at once":    cutOff,
	} {
		if _, err := store.Put(t.Context(), "t/bad", from, 10<<20); err == nil || stored("t/bad") != nil {
			t.Errorf("%s: %v, %d bytes are there", what, err, len(stored("t/bad")))
		}
	}
	if err := store.Delete(t.Context(), keys[0]); err != nil || stored(keys[0]) != nil {
		t.Errorf("delete: %v", err)
	}
	if err := store.Delete(t.Context(), keys[0]); err != nil {
		t.Errorf("delete again: %v", err)
	}
}
