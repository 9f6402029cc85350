package blob_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
)

func setup(t *testing.T) (*blob.Store, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "a b", "files")
	where, err := blob.Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := blob.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, dir
}

// left are the files under a folder.
func left(t *testing.T, dir string) []string {
	t.Helper()
	all := []string{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			inside, _ := filepath.Rel(dir, name)
			all = append(all, filepath.ToSlash(inside))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestFolderKeepsFilesForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	s, dir := setup(t)
	text := strings.Repeat("evidence ", 50_000)
	got, err := s.Put(t.Context(), "t/attachment/1", strings.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(text))
	if want := (blob.Written{Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:])}); got != want {
		t.Errorf("written %+v, want %+v", got, want)
	}
	if all := left(t, dir); !slices.Equal(all, []string{"t/attachment/1"}) {
		t.Errorf("the folder holds %v", all)
	}
	for name, mode := range map[string]fs.FileMode{"": 0o700, "t": 0o700, "t/attachment": 0o700, "t/attachment/1": 0o600} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q: mode %v, want %v (%v)", name, info.Mode().Perm(), mode, err)
		}
	}
	if s.Dir() != dir {
		t.Errorf("the folder is %q, want %q", s.Dir(), dir)
	}
}

func TestFileIsReadFromAnyPlace(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	content := make([]byte, 300_000)
	for i := range content {
		content[i] = byte(i * 7 >> 3)
	}
	if _, err := s.Put(t.Context(), "t/a/1", bytes.NewReader(content), 0); err != nil {
		t.Fatal(err)
	}
	f, err := s.Get(t.Context(), "t/a/1")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Size() != int64(len(content)) {
		t.Errorf("size %d", f.Size())
	}
	if err := iotest.TestReader(f, content); err != nil {
		t.Error(err)
	}
}

func TestFailedPutLeavesNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is cut")
	for name, c := range map[string]struct {
		from  io.Reader
		limit int64
		want  error
	}{
		"reader fails":  {io.MultiReader(strings.NewReader("half"), iotest.ErrReader(broken)), 0, broken},
		"over limit":    {strings.NewReader("12345678901"), 10, blob.ErrTooLarge},
		"fails at once": {iotest.ErrReader(broken), 10, broken},
	} {
		s, dir := setup(t)
		_, err := s.Put(t.Context(), "t/a/1", c.from, c.limit)
		var storage *blob.Error
		if !errors.Is(err, c.want) || errors.As(err, &storage) {
			t.Errorf("%s: %v, want %v as it is", name, err, c.want)
		}
		if all := left(t, dir); len(all) > 0 {
			t.Errorf("%s: there is %v", name, all)
		}
	}
	s, dir := setup(t)
	if _, err := s.Put(t.Context(), "t/a/1", strings.NewReader("1234567890"), 10); err != nil {
		t.Errorf("as large as the limit: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := s.Put(ctx, "t/a/2", io.MultiReader(strings.NewReader("half"), readerFunc(func([]byte) (int, error) { cancel(); return 0, io.EOF })), 0)
	if err == nil {
		t.Error("a call that was given up has stored a file")
	}
	if all := left(t, dir); !slices.Equal(all, []string{"t/a/1"}) {
		t.Errorf("there is %v", all)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestStorageFailuresAreToldApart(t *testing.T) {
	t.Parallel()
	s, dir := setup(t)
	for _, key := range []string{"", ".", "/a", "../a", "a//b", "a/../../b", "a/"} {
		var storage *blob.Error
		if _, err := s.Put(t.Context(), key, strings.NewReader("x"), 0); !errors.As(err, &storage) {
			t.Errorf("key %q: %v", key, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "t"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var storage *blob.Error
	if _, err := s.Put(t.Context(), "t/a/1", strings.NewReader("x"), 0); !errors.As(err, &storage) {
		t.Errorf("a file in a folder's place: %v", err)
	}
}

func TestGoneFilesAreKnown(t *testing.T) {
	t.Parallel()
	s, dir := setup(t)
	if _, err := s.Get(t.Context(), "t/a/none"); !blob.Gone(err) {
		t.Errorf("get: %v", err)
	}
	if err := s.Delete(t.Context(), "t/a/none"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := s.Put(t.Context(), "t/a/1", strings.NewReader("x"), 0); err != nil {
		t.Fatal(err)
	}
	f, err := s.Get(t.Context(), "t/a/1")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Delete(t.Context(), "t/a/1"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(make([]byte, 1)); !blob.Gone(err) {
		t.Errorf("read after it went: %v", err)
	}
	if blob.Gone(nil) || blob.Gone(io.EOF) {
		t.Error("what is not gone is called gone")
	}
	if err := s.Reach(t.Context()); err != nil {
		t.Errorf("reach: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Reach(t.Context()); !blob.Gone(err) {
		t.Errorf("reach without a folder: %v", err)
	}
}

func TestKeysAreListedByPrefix(t *testing.T) {
	t.Parallel()
	s, _ := setup(t)
	for _, key := range []string{"a/x/1", "a/x/2", "a/y/1", "b/x/1"} {
		if _, err := s.Put(t.Context(), key, strings.NewReader(key), 0); err != nil {
			t.Fatal(err)
		}
	}
	for prefix, want := range map[string][]string{"": {"a/x/1", "a/x/2", "a/y/1", "b/x/1"}, "a/x/": {"a/x/1", "a/x/2"}, "c/": {}} {
		got := []string{}
		err := s.Keys(t.Context(), prefix, func(key string, at time.Time) error {
			if since := time.Since(at); since > time.Minute || since < -time.Minute {
				t.Errorf("%s is of %v", key, at)
			}
			got = append(got, key)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v (%v)", prefix, got, want, err)
		}
	}
	stop := errors.New("enough")
	if err := s.Keys(t.Context(), "", func(string, time.Time) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("the listing went on: %v", err)
	}
}

func TestTryLeavesNothing(t *testing.T) {
	t.Parallel()
	s, dir := setup(t)
	if err := s.Try(t.Context(), "try/1"); err != nil {
		t.Error(err)
	}
	if all := left(t, dir); len(all) > 0 {
		t.Errorf("there is %v", all)
	}
}

func TestWrongPlacesAreRefused(t *testing.T) {
	t.Parallel()
	for _, where := range []string{
		"", "files", "./files", "file://host/files", "file:///", "file:///a?create_dir=1", "s3://", "azblob:", "gs://bucket", "http://host/files", "mem://", ":", "file:files",
	} {
		if err := blob.Check(where); err == nil {
			t.Errorf("%q is taken", where)
		}
		if _, err := blob.Open(t.Context(), where); err == nil {
			t.Errorf("%q is opened", where)
		}
	}
	for _, where := range []string{"file:///srv/files", "s3://bucket?region=eu-central-1", "azblob://container?prefix=a/"} {
		if err := blob.Check(where); err != nil {
			t.Errorf("%q: %v", where, err)
		}
	}
}
