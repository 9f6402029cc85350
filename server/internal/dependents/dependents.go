// Package dependents takes away what hangs on a record before the record goes: its comments, its files, its links in
// both directions, who watches it and what told people about it. Each goes through the guards, so that the journal
// shows it; and it says what else stands in the way.
package dependents

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/comment"
	"github.com/holdfast-platform/holdfast/gen/ent/link"
	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	"github.com/holdfast-platform/holdfast/gen/ent/watch"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// From takes everything off a record, named as in the API ("asset"). Who may delete the record may have this done.
func (d Detacher) From(ctx context.Context, kind string, id uuid.UUID) error {
	ctx = viewer.As(ctx, viewer.Detacher)
	c := db.From(ctx)
	if err := d.attachments(ctx, kind, id); err != nil {
		return err
	}
	for _, remove := range []func(context.Context) (int, error){
		c.Comment.Delete().Where(comment.RecordKind(kind), comment.RecordID(id)).Exec,
		c.Link.Delete().Where(link.FromKind(kind), link.FromID(id)).Exec,
		c.Link.Delete().Where(link.ToKind(kind), link.ToID(id)).Exec,
		c.Watch.Delete().Where(watch.RecordKind(kind), watch.RecordID(id)).Exec,
		c.Notification.Delete().Where(notification.RecordKind(kind), notification.RecordID(id)).Exec,
	} {
		if _, err := remove(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Unused refuses to let a record go while others point at it, and says which and how many, also those that the caller
// cannot see: "the site is used by 12 assets". Who refers to a kind, by ent's name, is known from the entities.
func Unused(ctx context.Context, kind string, id uuid.UUID) error {
	ctx = viewer.As(ctx, viewer.Detacher)
	var by []string
	refused := fault.Conflict("in_use", "")
	for _, u := range ent.Kinds[kind].Uses {
		n, err := db.Count(ctx, u.Kind, 0, sql.FieldEQ(u.Column, id))
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		k := ent.Kinds[u.Kind]
		name := k.Word
		if n == 1 {
			name = k.API
		}
		by = append(by, fmt.Sprintf("%d %s", n, name))
		refused = refused.With(k.Word, strconv.FormatInt(n, 10))
	}
	if len(by) == 0 {
		return nil
	}
	refused.Message = fmt.Sprintf("the %s is in use by %s", ent.Kinds[kind].API, strings.Join(by, " and "))
	return refused
}
