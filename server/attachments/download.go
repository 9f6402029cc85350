package attachments

import (
	"net/http"
	"strings"

	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/filedownload"
	"github.com/holdfast-platform/holdfast/server/internal/link"
)

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
	contentType := a.ContentType
	if strings.HasPrefix(contentType, "text/") {
		contentType += "; charset=utf-8"
	}
	return s.keeper().Send(w, r, &filedownload.Artifact{
		Kind: "attachment", ID: a.ID, Key: a.StorageKey, Name: a.FileName, ContentType: contentType, Size: a.SizeBytes, SHA256: a.Sha256, At: a.CreatedAt,
	})
}

func (s Service) keeper() filedownload.Keeper { return filedownload.Keeper{Files: s.Files, Log: s.Log} }
