// Package blob keeps files: in a folder, or in a bucket of a cloud. Files are streamed in and out and never held whole
// in memory. A file is written once under its key and never changes; what Put has returned for survives a loss of
// power.
package blob

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"
	"gocloud.dev/gcerrors"

	"github.com/holdfast-platform/holdfast/ent/viewer"
)

// A Store keeps files under keys such as "<tenant>/<kind>/<uuid>". Make one by Open.
type Store struct {
	bucket *blob.Bucket
	folder string // empty in a cloud
	name   string
}

// Written says what Put has stored.
type Written struct {
	Size   int64
	SHA256 string // in hexadecimal
}

// NewKey is a key for a file of the viewer's tenant that nothing lies under yet. The kind is that of the record that
// will name it.
func NewKey(ctx context.Context, kind string) string {
	return viewer.From(ctx).TenantID.String() + "/" + kind + "/" + uuid.NewString()
}

// ErrTooLarge says that a file is larger than the limit it was given.
var ErrTooLarge = errors.New("blob: the file is larger than allowed")

// Error is a failure of the storage, as against one of who reads or sends the file.
type Error struct {
	Doing, Key string
	Err        error
}

// Error names the file and what was done with it.
func (e *Error) Error() string { return "blob: " + e.Doing + " " + e.Key + ": " + e.Err.Error() }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

func failed(doing, key string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{doing, key, err}
}

// Folder is the URL of a folder of this machine.
func Folder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	p := filepath.ToSlash(dir)
	if runtime.GOOS == "windows" {
		p = "/" + p
	}
	return (&url.URL{Scheme: fileblob.Scheme, Path: p}).String(), nil
}

// Check tells what is wrong with a URL, without opening what it names.
func Check(where string) error {
	_, err := parse(where)
	return err
}

func parse(where string) (*url.URL, error) {
	u, err := url.Parse(where)
	if err != nil {
		return nil, errors.New("must be a URL such as file:///srv/holdfast/files or s3://bucket?region=eu-central-1")
	}
	switch {
	case u.Scheme == fileblob.Scheme:
		if u.Host != "" && u.Host != "localhost" || len(u.Path) < 2 || u.RawQuery != "" {
			return nil, errors.New("must be file:///ABSOLUTE/PATH, without parameters")
		}
	case !slices.Contains(clouds, u.Scheme):
		return nil, fmt.Errorf("must begin with file://, %s://", strings.Join(clouds, ":// or "))
	case u.Host == "":
		return nil, fmt.Errorf("must name a bucket: %s://BUCKET", u.Scheme)
	}
	return u, nil
}

// Dir is the folder that a URL names; empty for a cloud.
func Dir(where string) string {
	u, err := parse(where)
	if err != nil || u.Scheme != fileblob.Scheme {
		return ""
	}
	dir := filepath.FromSlash(u.Path)
	if runtime.GOOS == "windows" {
		dir = strings.TrimPrefix(dir, `\`)
	}
	return dir
}

// Open opens a store: file:///folder, which is made when it is not there, s3://bucket?region=… or azblob://container.
// The parameters of the clouds are those of gocloud.dev, prefix=a/folder/ among them; credentials come from the
// environment, as their own tools take them. A cloud is not spoken to yet: Reach does that.
func Open(ctx context.Context, where string) (*Store, error) {
	u, err := parse(where)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	s := &Store{name: u.Scheme + "://" + u.Host + u.Path}
	if u.Scheme != fileblob.Scheme {
		if s.bucket, err = blob.OpenBucket(ctx, where); err != nil {
			return nil, failed("open", s.name, err)
		}
		return s, nil
	}
	s.folder = Dir(where)
	s.bucket, err = fileblob.OpenBucket(s.folder, &fileblob.Options{
		CreateDir: true, DirFileMode: 0o700, NoTempDir: true, Metadata: fileblob.MetadataDontWrite,
	})
	if err != nil {
		return nil, failed("open", s.name, err)
	}
	return s, nil
}

// Kind is "folder", or the cloud's scheme.
func (s *Store) Kind() string {
	if s.folder != "" {
		return "folder"
	}
	kind, _, _ := strings.Cut(s.name, ":")
	return kind
}

// Name says where the files are, without credentials.
func (s *Store) Name() string { return s.name }

// Dir is the folder of the files, and empty where they are in a cloud.
func (s *Store) Dir() string { return s.folder }

// Close lets go of the store.
func (s *Store) Close() error { return s.bucket.Close() }

// Put stores what it reads under a key, up to limit bytes (0: no limit), and returns when it is safely there. When it
// fails, nothing is there. An error of the reader comes back as it is; the storage's own are of the type Error.
func (s *Store) Put(ctx context.Context, key string, r io.Reader, limit int64) (Written, error) {
	if !fs.ValidPath(key) || key == "." {
		return Written{}, failed("store", key, errors.New("this is no key"))
	}
	from := &source{from: r, limit: limit, sum: sha256.New()}
	var err error
	if s.folder != "" {
		err = s.keep(ctx, key, from)
	} else {
		err = s.send(ctx, key, from)
	}
	switch {
	case from.err != nil:
		return Written{}, from.err
	case err != nil:
		return Written{}, failed("store", key, err)
	}
	return Written{Size: from.at, SHA256: hex.EncodeToString(from.sum.Sum(nil))}, nil
}

// source is a file that is being stored.
type source struct {
	from      io.Reader
	limit, at int64
	sum       hash.Hash
	err       error // why it could not be read to its end
}

// Read reads on.
func (f *source) Read(b []byte) (int, error) {
	n, err := f.from.Read(b)
	if f.at += int64(n); f.limit > 0 && f.at > f.limit {
		err = ErrTooLarge
	}
	_, _ = f.sum.Write(b[:n]) // a hash never fails
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// chunk is how much of a file on its way into a folder is in hand at a time.
const chunk = 128 << 10

// keep stores a file in a folder.
func (s *Store) keep(ctx context.Context, key string, from *source) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var file *os.File
	w, err := s.bucket.NewWriter(ctx, key, &blob.WriterOptions{ContentType: contentType, BeforeWrite: func(as func(any) bool) error {
		if !as(&file) {
			return errors.ErrUnsupported
		}
		return file.Chmod(0o600)
	}})
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{w}, from, make([]byte, chunk))
	if err == nil {
		err = file.Sync()
	}
	if err != nil {
		cancel() // before Close, it takes back what has been written
	}
	if closed := w.Close(); err != nil || closed != nil {
		return cmp.Or(err, closed)
	}
	return s.settle(filepath.Dir(file.Name()))
}

// settle makes the names of a file, and of the folders it is in, as durable as its content.
func (s *Store) settle(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // folders cannot be synchronised there, and need not be
	}
	for {
		f, err := os.Open(dir)
		if err != nil {
			return err
		}
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
		if dir == s.folder || len(dir) <= len(s.folder) {
			return nil
		}
		dir = filepath.Dir(dir)
	}
}

// Delete removes a file; that it is gone already is no error.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := s.bucket.Delete(ctx, key); err != nil && !Gone(err) {
		return failed("delete", key, err)
	}
	return nil
}

// page is how many keys one question to the storage asks for; clouds answer fewer.
const page = 5000

// Keys calls fn for every file whose key begins with the prefix, with the time at which it was stored. In a folder that
// is also what an interrupted Put has left, under names of its own.
func (s *Store) Keys(ctx context.Context, prefix string, fn func(key string, at time.Time) error) error {
	place := Beginning()
	for {
		files, next, err := s.page(ctx, prefix, place)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := fn(f.Key, f.At); err != nil {
				return err
			}
		}
		if next == nil {
			return nil
		}
		place = next
	}
}

// Stored is a file in a listing.
type Stored struct {
	Key string
	At  time.Time
}

// Place is how far a walk through all files has come.
type Place []byte

// Beginning is where a walk begins.
func Beginning() Place { return Place(blob.FirstPageToken) }

// Walk gives the next files of a walk and where it goes on; nil is the end.
func (s *Store) Walk(ctx context.Context, from Place) ([]Stored, Place, error) {
	return s.page(ctx, "", from)
}

func (s *Store) page(ctx context.Context, prefix string, from Place) ([]Stored, Place, error) {
	files, next, err := s.bucket.ListPage(ctx, from, page, &blob.ListOptions{Prefix: prefix})
	if err != nil {
		return nil, nil, failed("list", prefix, err)
	}
	out := make([]Stored, len(files))
	for i, f := range files {
		out[i] = Stored{f.Key, f.ModTime}
	}
	if len(next) == 0 {
		return out, nil, nil
	}
	return out, next, nil
}

// Reach tells whether the storage answers.
func (s *Store) Reach(ctx context.Context) error {
	if s.folder != "" {
		info, err := os.Stat(s.folder)
		if err == nil && !info.IsDir() {
			err = errors.New("is no folder")
		}
		return failed("reach", s.name, err)
	}
	ok, err := s.bucket.IsAccessible(ctx)
	if err == nil && !ok {
		err = errors.New("there is no such bucket")
	}
	return failed("reach", s.name, err)
}

// Try stores a small file, reads it and removes it again.
func (s *Store) Try(ctx context.Context, key string) error {
	const text = "Holdfast tries whether files can be kept here.\n"
	if _, err := s.Put(ctx, key, strings.NewReader(text), 0); err != nil {
		return err
	}
	f, err := s.Get(ctx, key)
	if err == nil {
		var back []byte
		if back, err = io.ReadAll(f); err == nil && string(back) != text {
			err = failed("read", key, errors.New("it is not what was stored"))
		}
		err = errors.Join(err, f.Close())
	}
	return errors.Join(err, s.Delete(ctx, key))
}

// Gone tells whether an error says that there is no file under a key.
func Gone(err error) bool {
	return err != nil && (errors.Is(err, fs.ErrNotExist) || gcerrors.Code(err) == gcerrors.NotFound)
}
