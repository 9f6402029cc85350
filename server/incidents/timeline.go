package incidents

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	entcomment "github.com/holdfast-platform/holdfast/gen/ent/comment"
	commentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1"
	incidentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/comment"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// chapters are the kinds of entries and what of the history belongs to each.
var chapters = map[string]journal.Story{
	"status":     {Actions: []string{"incident.merged", "incident.unmerged"}, First: []string{"status"}, Fields: []string{"status"}},
	"priority":   {Fields: []string{"priority"}},
	"assignment": {First: []string{"assignee_id", "team_id"}, Fields: []string{"assignee_id", "team_id"}},
	"major":      {Fields: []string{"is_major"}},
	"comment":    {Comments: true},
	"link":       {Links: true},
	"sla":        {Actions: []string{"incident.sla_warning", "incident.sla_breach"}},
	"part":       {Actions: []string{"incident.part_added", "incident.part_removed", "incident.part_moved"}},
}

// ListIncidentTimeline answers what happened to an incident, newest last.
func (Service) ListIncidentTimeline(ctx context.Context, in *incidentsv1.ListIncidentTimelineRequest) (*incidentsv1.ListIncidentTimelineResponse, error) {
	id, err := db.From(ctx).Incident.Query().Where(api.ByID(kind, in.GetId())).OnlyID(ctx)
	if err != nil {
		return nil, err
	}
	var story journal.Story
	for word, s := range chapters {
		if len(in.GetKind()) > 0 && !slices.Contains(in.GetKind(), word) {
			continue
		}
		story.Actions, story.First, story.Fields = append(story.Actions, s.Actions...), append(story.First, s.First...), append(story.Fields, s.Fields...)
		story.Comments, story.Links = story.Comments || s.Comments, story.Links || s.Links
	}
	out := &incidentsv1.ListIncidentTimelineResponse{}
	moments, err := journal.Timeline(ctx, ent.KindIncident, id, story, in, out)
	if err != nil {
		return nil, err
	}
	said, err := comments(ctx, moments)
	if err != nil {
		return nil, err
	}
	refs := api.RefsOf(ctx)
	for i := range moments {
		m := &moments[i]
		e := &incidentsv1.TimelineEntry{
			Id: strconv.FormatInt(m.Seq, 10) + strings.TrimSuffix("."+m.Field, "."), At: api.At(m.At), Kind: chapter(m), Action: m.Action,
			Actor: m.Actor, Field: m.Field, Reason: m.Reason, Comment: said[m.RecordID],
		}
		refs.Want(&e.By, "User", m.PersonID)
		if m.Field != "" {
			e.Old, e.New = journal.Shown(viewer.From(ctx), &m.Line, m.Field)
		}
		switch e.Kind {
		case "assignment":
			refs.Want(&e.Record, map[string]string{"assignee_id": "User", "team_id": "Group"}[m.Field], identified(m.Changes[m.Field].New))
		case "link":
			kind, other := journal.End(&m.Line, id)
			e.LinkType, e.LinkIncoming = told(m, "type"), *m.OnID != id
			if at, err := uuid.Parse(told(m, other)); err == nil {
				refs.Want(&e.Record, db.ByKind(told(m, kind)), &at)
			}
		case "sla":
			e.Detail = detail(m)
		case "part":
			refs.Want(&e.Record, kind, identified(m.Changes["part"].New))
			if moved, ok := m.Changes["part_status"]; ok {
				e.Field, e.Old, e.New = "status", journal.Value(moved.Old), journal.Value(moved.New)
			}
		}
		out.Items = append(out.Items, e)
	}
	return out, refs.Load()
}

// chapter is the kind of an entry.
func chapter(m *journal.Moment) string {
	if m.Kind == "comment" || m.Kind == "link" {
		return m.Kind
	}
	for word, s := range chapters {
		if slices.Contains(s.Actions, m.Action) || m.Field != "" && slices.Contains(s.Fields, m.Field) {
			return word
		}
	}
	return "status"
}

// comments are the comments of a page, as the caller may see them.
func comments(ctx context.Context, moments []journal.Moment) (map[uuid.UUID]*commentsv1.Comment, error) {
	var ids []uuid.UUID
	for _, m := range moments {
		if m.Kind == "comment" {
			ids = append(ids, m.RecordID)
		}
	}
	out := map[uuid.UUID]*commentsv1.Comment{}
	if len(ids) == 0 {
		return out, nil
	}
	rows, err := db.From(ctx).Comment.Query().Where(entcomment.IDIn(ids...)).All(ctx)
	if err != nil {
		return nil, err
	}
	messages, err := comment.Messages(ctx, rows...)
	if err != nil {
		return nil, err
	}
	for i, m := range messages {
		out[rows[i].ID] = m
	}
	return out, nil
}

// told is a text of a line that is there before or after.
func told(m *journal.Moment, field string) string {
	for _, raw := range []json.RawMessage{m.Changes[field].New, m.Changes[field].Old} {
		var text string
		if json.Unmarshal(raw, &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

func identified(raw json.RawMessage) *uuid.UUID {
	var id *uuid.UUID
	if json.Unmarshal(raw, &id) != nil {
		return nil
	}
	return id
}

// detail is what a service level's event says.
func detail(m *journal.Moment) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for field, v := range m.Changes {
		if value := journal.Value(v.New); value != nil {
			out.Fields[field] = value
		}
	}
	return out
}
