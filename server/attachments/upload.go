package attachments

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	attachmentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/attachments/v1"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/link"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
	"github.com/holdfast-platform/holdfast/server/internal/upload"
)

// Routes are the plain HTTP routes of the room: files on their way in and out.
func (s Service) Routes() []rest.Route {
	takes := []rest.Option{rest.Takes("multipart/form-data", s.Limit+upload.Aside)}
	for _, t := range append(taken(), "application/octet-stream") {
		takes = append(takes, rest.Takes(t, s.Limit))
	}
	takes = append(takes, rest.Carries(), rest.Gives(http.StatusCreated, "application/json"), rest.Answers(&attachmentsv1.Attachment{}),
		rest.Param("file_name", "string", "What the file is called. Without it the name comes from the form, or from a Content-Disposition header beside a body."),
		rest.Tagged("attachments"))
	const how = "The file is the part \"file\" of a form, or the body itself with its Content-Type. Taken are PNG, JPEG, GIF, WebP, PDF, ZIP, plain text, Markdown, CSV and JSON; " +
		"the content must be what the type says, texts must be UTF-8 (415). With application/octet-stream the name's ending or the content decides. " +
		"Names lose folders, control characters and what misleads or cannot be a file's name, and end as fits the content. An empty file is 400, " +
		"one above the installation's limit 413, one in which the installation's scanner finds malware 422; 503 while the scanner does not answer. " +
		"An Idempotency-Key tells repetitions by the record, the name, the type and the content, whatever form they come in. Needs the permission to change the record."
	return []rest.Route{
		rest.Plain(http.MethodPost, "/api/v1/findings/{id}/attachments",
			&accessv1.Access{Rule: &accessv1.Access_Permission{Permission: "findings:update"}, OwnTx: true}, s.uploadToFinding,
			append([]rest.Option{rest.Summary("Attach a file to a finding", how)}, takes...)...),
		rest.Plain(http.MethodPost, "/api/v1/attachments",
			&accessv1.Access{Rule: &accessv1.Access_Record{Record: &accessv1.Record{KindField: "record_kind", IdField: "record_id", Action: "update"}}, OwnTx: true}, s.uploadToRecord,
			append([]rest.Option{
				rest.Summary("Attach a file to a record", how),
				rest.Param("record_kind", "string", "The kind of the record, such as \"finding\". Required."),
				rest.Param("record_id", "string", "The record's UUID. Required."),
			}, takes...)...),
		rest.Plain(http.MethodGet, "/api/v1/attachments/{id}/download",
			&accessv1.Access{Rule: &accessv1.Access_Record{Record: &accessv1.Record{IdField: "id", Action: "read"}}}, s.download,
			[]rest.Option{
				rest.Reads(), rest.Carries(), rest.Tagged("attachments"), rest.Gives(http.StatusOK, append(taken(), "multipart/byteranges")...),
				rest.Also(http.StatusPartialContent, "The parts that Range asks for"), rest.Also(http.StatusNotModified, "The caller has it already (If-None-Match)"),
				rest.Header("Range", "The parts that are wanted, such as bytes=0-1023; at most 16."),
				rest.Header("If-Range", "The ETag of the parts that the caller has: when the file is another, it is sent whole."),
				rest.Header("If-None-Match", "The ETag of what the caller has: 304 when it is still the same."),
				rest.Summary("Download a file", "Streams the file, to be saved and not shown. Its ETag is its SHA-256. 502 with the reason artifact_missing when the storage has lost it. "+
					"Needs the permission to read the record."),
			}...),
	}
}

// target is the record that a file is for.
type target struct {
	kind string
	id   uuid.UUID
}

func (s Service) uploadToFinding(w http.ResponseWriter, r *http.Request) error {
	id, err := db.ID(r.Context(), "Finding", r.PathValue("id"))
	if err != nil {
		return err
	}
	return s.upload(w, r, target{finding, id})
}

func (s Service) uploadToRecord(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	if q.Get("record_kind") == "" {
		return fault.Invalid("record_kind", "must not be empty")
	}
	id, err := uuid.Parse(q.Get("record_id"))
	if err != nil {
		return fault.Invalid("record_id", "must be a UUID")
	}
	return s.upload(w, r, target{q.Get("record_kind"), id})
}

// upload takes a file: it is checked and stored while it streams in, then its row is committed.
func (s Service) upload(w http.ResponseWriter, r *http.Request, to target) error {
	ctx := r.Context()
	if _, err := link.Record(ctx, "record_kind", to.kind, to.id, "update"); err != nil {
		return err
	}
	in, err := upload.Of(r)
	if err != nil {
		return err
	}
	head, err := in.Content.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	k, err := judge(in.Declared, clean(in.Name), head)
	if err != nil {
		return err
	}
	name := named(in.Name, k)
	key := blob.NewKey(ctx, "attachment")
	written, err := s.store(ctx, key, k, in.Content)
	if err != nil {
		return err
	}
	print := sha256.Sum256([]byte(to.kind + "\n" + to.id.String() + "\n" + name + "\n" + k.mediaType + "\n" + written.SHA256))
	stored, err := rpc.Commit(ctx, w, print[:], func(ctx context.Context, w http.ResponseWriter) error {
		a, err := record(ctx, to, name, k, key, written)
		if err != nil {
			return err
		}
		out, err := messages(ctx, a)
		if err != nil {
			return err
		}
		text, err := rest.AppendJSON(nil, out[0])
		if err != nil {
			return err
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		_, err = w.Write(append(text, '\n'))
		return err
	})
	if !stored {
		s.keeper().Forget(ctx, key)
	}
	return err
}

// store puts a file into storage, if it is right to its end.
func (s Service) store(ctx context.Context, key string, k *kind, from io.Reader) (blob.Written, error) {
	content, end, err := s.scanned(ctx, &checked{from: from, kind: k})
	if err != nil {
		return blob.Written{}, err
	}
	defer end()
	written, err := s.keeper().Put(ctx, key, content, s.Limit)
	if errors.Is(err, blob.ErrTooLarge) {
		err = fault.TooLarge("the file is larger than %s", fault.Size(s.Limit))
	}
	return written, err
}

// record makes the row of a file that is in storage.
func record(ctx context.Context, to target, name string, k *kind, key string, written blob.Written) (*ent.Attachment, error) {
	on, err := link.Record(ctx, "record_kind", to.kind, to.id, "update") // it may have gone meanwhile
	if err != nil {
		return nil, err
	}
	c := db.From(ctx).Attachment.Create().SetRecordKind(to.kind).SetRecordID(to.id).SetNillableClientID(on.Client()).
		SetFileName(name).SetContentType(k.mediaType).SetSizeBytes(written.Size).SetSha256(written.SHA256).SetStorageKey(key)
	if v := viewer.From(ctx); v.PersonID != uuid.Nil {
		c.SetUploadedBy(v.PersonID)
	}
	return c.Save(ctx)
}
