package filedownload

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

// Artifact is what a record says of its file.
type Artifact struct {
	Kind              string // the record's, for people
	ID                uuid.UUID
	Key               string
	Name, ContentType string
	Size              int64
	SHA256            string // in hexadecimal
	At                time.Time
	// Proven has the file read before it is sent, so that nothing is sent of one that is not what was stored.
	Proven bool
}

// maxRanges is how many parts of a file one request may ask for; one that asks for more gets all of it.
const maxRanges = 16

// Send sends a file, or the parts of it that are asked for. Further headers follow in pairs.
func (k Keeper) Send(w http.ResponseWriter, r *http.Request, a *Artifact, headers ...string) error {
	ctx := r.Context()
	f, err := k.Get(ctx, a)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	h := w.Header()
	own := append([]string{"Content-Type", a.ContentType, "Content-Disposition", Disposition(a.Name), "ETag", strconv.Quote(a.SHA256)}, headers...)
	for i := 0; i < len(own); i += 2 {
		h.Set(own[i], own[i+1])
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		r.Header.Del("Range")
	}
	content, out := &reading{File: f}, &answer{ResponseWriter: w}
	http.ServeContent(out, r, "", a.At, content)
	if out.refused {
		for i := 0; i < len(own); i += 2 {
			h.Del(own[i])
		}
		return fault.OutOfRange("the file has %d bytes: the parts that Range asks for are not among them", a.Size)
	}
	if content.err != nil && ctx.Err() == nil {
		_ = k.lost(ctx, a, content.err)
		return content.err // the answer has begun: the connection is cut
	}
	return nil
}

// Get opens the file that a record names, if it is the one that was stored. One that is gone is told by Gone.
func (k Keeper) Get(ctx context.Context, a *Artifact) (*blob.File, error) {
	f, err := k.Files.Get(ctx, a.Key)
	if err != nil {
		return nil, k.lost(ctx, a, err)
	}
	if err = right(f, a); err != nil {
		return nil, k.lost(ctx, a, errors.Join(err, f.Close()))
	}
	return f, nil
}

// right tells what is wrong with a file.
func right(f *blob.File, a *Artifact) error {
	if f.Size() != a.Size {
		return errors.New("its size is not what was stored")
	}
	if !a.Proven {
		return nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return err
	}
	if hex.EncodeToString(sum.Sum(nil)) != a.SHA256 {
		return errors.New("its content is not what was stored")
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// missing is the reason of the answer when a file is gone for good.
const missing = "artifact_missing"

// Gone tells whether an error says that a file is gone for good, as against away for now.
func Gone(err error) bool {
	f := fault.Of(err)
	return f != nil && f.Reason == missing
}

// lost is the answer when a file's record is there and the file is not to be had.
func (k Keeper) lost(ctx context.Context, a *Artifact, err error) error {
	var storage *blob.Error
	away := errors.As(err, &storage) && !blob.Gone(err)
	if ctx.Err() == nil {
		k.Log.LogAttrs(ctx, slog.LevelError, "a file cannot be read", slog.String("kind", a.Kind), slog.String("id", a.ID.String()), slog.String("file_name", a.Name),
			slog.Bool("gone", !away), slog.Any("error", err), slog.String("request_id", rpc.RequestID(ctx)))
	}
	if away {
		return fault.Unavailable(5*time.Second, "the file cannot be read now, try again")
	}
	return fault.Missing(missing, "the file %q of the %s %s is gone from the storage, or is not what was stored", a.Name, a.Kind, a.ID).
		With("id", a.ID.String()).With("file_name", a.Name)
}

// answer keeps back what http.ServeContent says of a Range that leads nowhere: it is said as a problem, like everything
// that is refused.
type answer struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader begins the answer.
func (a *answer) WriteHeader(status int) {
	if a.refused = status == http.StatusRequestedRangeNotSatisfiable; !a.refused {
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write writes on.
func (a *answer) Write(b []byte) (int, error) {
	if a.refused {
		return len(b), nil
	}
	return a.ResponseWriter.Write(b)
}

// Unwrap is there for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// reading notes why a file could not be read on.
type reading struct {
	*blob.File
	err error
}

// Read reads on.
func (f *reading) Read(b []byte) (int, error) {
	n, err := f.File.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}
