package journal

import (
	"context"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Story says what of a record's history belongs to its timeline.
type Story struct {
	// Actions are lines that are one moment each, such as "incident.sla_breach".
	Actions []string
	// First are the fields that are a moment when the record is made, Fields those that are one when they change.
	First, Fields []string
	// Comments are those that are still there; Links are made and taken away.
	Comments, Links bool
}

// Moment is an entry of a timeline: a line, or one field of it.
type Moment struct {
	db.Line
	Field string
}

// Timeline reads the moments of a record, newest last, and writes the envelope into out. in has page, per_page and
// cursor. The caller has made sure that the record may be read.
func Timeline(ctx context.Context, kind string, id uuid.UUID, story Story, in, out proto.Message) ([]Moment, error) {
	w, err := windowOf(in)
	if err != nil {
		return nil, err
	}
	key := `coalesce(f.key, '')`
	from := `FROM journal j LEFT JOIN json_each(CASE WHEN j.action = '` + kind + `.created' OR j.action = '` + kind + `.updated' THEN j.changes ELSE '{}' END) f ON true`
	if db.Of(ctx).Kind == dialect.Postgres {
		key = `coalesce(f.key, '') COLLATE "C"`
		from = `FROM journal j LEFT JOIN LATERAL jsonb_object_keys(CASE WHEN j.action = '` + kind + `.created' OR j.action = '` + kind +
			`.updated' THEN j.changes ELSE '{}'::jsonb END) f (key) ON true`
	}
	c := told(ctx, kind, id, story)
	total := -1
	if w.count {
		if total, err = count(ctx, from+` WHERE `+c.sql(), w, c.args); err != nil {
			return nil, err
		}
	}
	if w.after != nil {
		c.add("(j.seq > ? OR j.seq = ? AND "+key+" > ?)", w.after.Seq, w.after.Seq, w.after.Key)
	}
	rows, err := db.SQL(ctx).QueryContext(ctx, `SELECT `+prefixed("j.")+`, `+key+` AS field `+from+` WHERE `+c.sql()+
		fmt.Sprintf(` ORDER BY j.seq, field LIMIT %d OFFSET %d`, w.size+1, w.offset()), c.args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var moments []Moment
	more, next := false, ""
	for rows.Next() {
		var m Moment
		if err := scan(rows, &m.Line, &m.Field); err != nil {
			return nil, err
		}
		if more = len(moments) == w.size; more {
			break
		}
		next = w.next(m.Seq, m.Field)
		moments = append(moments, m)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	w.fill(out, total, more, next)
	return moments, rows.Close()
}

// told are the conditions for the moments.
func told(ctx context.Context, kind string, id uuid.UUID, story Story) *conditions {
	v := viewer.From(ctx)
	c := &conditions{}
	c.add("j.tenant_id = ?", v.TenantID)
	c.about(v, kind, id)
	moments := []string{
		"j.action IN (" + quoted(story.Actions) + ")",
		"j.action = '" + kind + ".created' AND f.key IN (" + quoted(story.First) + ")",
		"j.action = '" + kind + ".updated' AND f.key IN (" + quoted(story.Fields) + ")",
	}
	if story.Links {
		moments = append(moments, "j.kind = 'link'")
	}
	if story.Comments {
		moments = append(moments, "j.action = 'comment.created' AND EXISTS (SELECT 1 FROM comments c WHERE c.tenant_id = j.tenant_id AND c.id = j.record_id)")
	}
	c.add("(" + strings.Join(moments, " OR ") + ")")
	if v.Scoped() {
		c.add("j.client_id = ? AND NOT j.internal AND j.kind <> 'link'", v.ClientID)
	}
	return c
}

// quoted are words of the program's own, never a caller's, as SQL texts; ” stands for none.
func quoted(words []string) string {
	return "'" + strings.Join(words, "', '") + "'"
}
