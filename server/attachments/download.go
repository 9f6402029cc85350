package attachments

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

// maxRanges is how many parts of a file one request may ask for; one that asks for more gets all of it.
const maxRanges = 16

// download streams a file.
func (s Service) download(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	a, err := db.From(ctx).Attachment.Query().Where(api.ByID(entity, r.PathValue("id"))).Only(ctx)
	if err != nil {
		return err
	}
	if _, err := link.Record(ctx, "record_kind", a.RecordKind, a.RecordID, "read"); err != nil {
		return err
	}
	f, err := s.Files.Get(ctx, a.StorageKey)
	if err == nil && f.Size() != a.SizeBytes {
		err = errors.Join(f.Close(), errors.New("its size is not what was stored"))
		return s.lost(r, a, err)
	}
	if err != nil {
		return s.lost(r, a, err)
	}
	defer func() { _ = f.Close() }()
	h := w.Header()
	h.Set("Content-Type", a.ContentType)
	if strings.HasPrefix(a.ContentType, "text/") {
		h.Set("Content-Type", a.ContentType+"; charset=utf-8")
	}
	h.Set("Content-Disposition", disposition(a.FileName))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("ETag", `"`+a.Sha256+`"`)
	if strings.Count(r.Header.Get("Range"), ",") >= maxRanges {
		r.Header.Del("Range")
	}
	content, out := &reading{File: f}, &answer{ResponseWriter: w}
	http.ServeContent(out, r, "", a.CreatedAt, content)
	if out.refused {
		h.Del("Content-Disposition")
		return fault.OutOfRange("the file has %d bytes: the parts that Range asks for are not among them", a.SizeBytes)
	}
	if content.err != nil && ctx.Err() == nil {
		_ = s.lost(r, a, content.err)
		return content.err // the answer has begun: the connection is cut
	}
	return nil
}

// answer keeps back what http.ServeContent says of a Range that leads nowhere: it is said as a problem, like everything that is refused.
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

// lost is the answer when a file's row is there and the file is not to be had.
func (s Service) lost(r *http.Request, a *ent.Attachment, err error) error {
	ctx := r.Context()
	var storage *blob.Error
	away := errors.As(err, &storage) && !blob.Gone(err)
	if ctx.Err() == nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "an attachment cannot be read", slog.String("attachment", a.ID.String()), slog.String("file_name", a.FileName),
			slog.Bool("gone", !away), slog.Any("error", err), slog.String("request_id", rpc.RequestID(ctx)))
	}
	if away {
		return fault.Unavailable(5*time.Second, "the file cannot be read now, try again")
	}
	return fault.Missing("artifact_missing", "the file %q of attachment %s is gone from the storage", a.FileName, a.ID).With("id", a.ID.String()).With("file_name", a.FileName)
}
