// Package reports makes the reports of security reviews, as PDF, CSV or JSON, and keeps each as it was handed out: a
// later download is the same to the byte, or says that the file is gone. Whoever may read reports, the session and what
// belongs to it may have one made, the client's own people too; of what is internal nothing is in it.
package reports

import (
	"context"
	"log/slog"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/reportexport"
	reportsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/reports/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/filedownload"
)

const kind = "ReportExport"

// atOnce is how many reports a process makes at the same time: each takes a processor and some memory.
const atOnce = 2

// Service makes and keeps reports.
type Service struct {
	keeper filedownload.Keeper
	detach dependents.Detacher
	slots  chan struct{}
}

// New makes the service over the store of files.
func New(files *blob.Store, d dependents.Detacher, log *slog.Logger) Service {
	return Service{keeper: filedownload.Keeper{Files: files, Log: log}, detach: d, slots: make(chan struct{}, atOnce)}
}

var listTable = api.Declare(api.Table{
	Kind: kind, Request: (*reportsv1.ListExportsRequest)(nil),
	Filters: api.Columns("format"),
	Sorts:   api.Sorts{"": "-created_at", "file_name": "file_name", "size_bytes": "size_bytes"},
})

// ListExports answers one page of a session's reports.
func (Service) ListExports(ctx context.Context, in *reportsv1.ListExportsRequest) (*reportsv1.ListExportsResponse, error) {
	id, err := db.From(ctx).Session.Query().Where(api.ByID("Session", in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	l, err := api.List(ctx, in, listTable)
	if err != nil {
		return nil, err
	}
	l.Where(reportexport.SessionID(id))
	rows, err := api.All(ctx, l, db.From(ctx).ReportExport.Query().Where(l.Page()).All)
	if err != nil {
		return nil, err
	}
	out := &reportsv1.ListExportsResponse{}
	if out.Items, err = messages(ctx, rows...); err != nil {
		return nil, err
	}
	return out, l.Fill(ctx, out)
}

// messages is what callers see of reports.
func messages(ctx context.Context, rows ...*ent.ReportExport) ([]*reportsv1.ReportExport, error) {
	out, refs := make([]*reportsv1.ReportExport, len(rows)), api.RefsOf(ctx)
	for i, r := range rows {
		out[i] = &reportsv1.ReportExport{
			Id: r.ID.String(), Version: r.Version, CreatedAt: api.At(r.CreatedAt), UpdatedAt: api.At(r.UpdatedAt),
			SessionId: r.SessionID.String(), ClientId: api.IDOpt(r.ClientID), Format: r.Format, FileName: r.FileName, ContentType: r.ContentType,
			SizeBytes: int32(r.SizeBytes), Sha256: r.Sha256, TaxonomyVersion: r.TaxonomyRevision, CreatedBy: api.IDOpt(r.CreatedBy),
			RetentionExpiresAt: api.AtOpt(r.RetentionExpiresAt),
		}
		refs.Want(&out[i].Session, "Session", &r.SessionID)
		refs.Want(&out[i].Client, "Customer", r.ClientID)
		refs.Want(&out[i].Creator, "User", r.CreatedBy)
	}
	return out, refs.Load()
}
