// Package audit shows the journal: who did what, when, from where. It only reads; the guards write, and nobody changes.
package audit

import (
	"context"
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	auditv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/audit/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/journal"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Service shows the journal.
type Service struct{}

// ListAuditEvents answers one page of the tenant's journal.
func (Service) ListAuditEvents(ctx context.Context, in *auditv1.ListAuditEventsRequest) (*auditv1.ListAuditEventsResponse, error) {
	f := journal.Filter{
		Actors: in.GetActor(), Actions: in.GetAction(), Kinds: in.GetKind(), Records: in.GetRecordId(), Q: in.GetQ(), Order: in.GetOrderBy(),
	}
	for name, at := range map[string]*timestamppb.Timestamp{"since": in.GetSince(), "until": in.GetUntil(), "updated_since": in.GetUpdatedSince()} {
		switch {
		case at == nil:
		case !at.IsValid():
			return nil, fault.Invalid(name, "must be a time")
		case name == "until":
			f.Until = at.AsTime()
		case at.AsTime().After(f.Since): // the later of since and updated_since
			f.Since = at.AsTime()
		}
	}
	out := &auditv1.ListAuditEventsResponse{}
	entries, err := journal.Find(ctx, f, in, out)
	if err != nil {
		return nil, err
	}
	refs := api.RefsOf(ctx)
	for i := range entries {
		e := message(viewer.From(ctx), &entries[i])
		refs.Want(&e.By, "User", entries[i].PersonID)
		out.Items = append(out.Items, e)
	}
	return out, refs.Load()
}

// message is a line as the caller sees it.
func message(v *viewer.Viewer, e *journal.Entry) *auditv1.AuditEvent {
	m := &auditv1.AuditEvent{
		Id: journal.ID(e.Seq), At: api.At(e.At), Action: e.Action, ById: api.IDOpt(e.PersonID), Actor: e.Actor, Kind: e.Kind,
		Number: db.Short(db.ByKind(e.Kind), e.Number), Label: e.Label, Reason: e.Reason, RequestId: e.RequestID, Ip: e.IP,
		ClientId: api.IDOpt(e.ClientID), Internal: e.Internal, Hash: hex.EncodeToString(e.Hash),
	}
	if e.RecordID != uuid.Nil {
		m.RecordId = api.IDOpt(&e.RecordID)
	}
	for _, field := range journal.Fields(&e.Line) {
		c := &auditv1.FieldChange{Field: field}
		c.Old, c.New = journal.Shown(v, &e.Line, field)
		m.Changes = append(m.Changes, c)
	}
	return m
}
