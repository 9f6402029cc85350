package notifications

import (
	"context"
	"slices"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	"github.com/holdfast-platform/holdfast/gen/ent/watch"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

// together is how long what happens to one record is one notification.
const together = time.Minute

// Consumer makes the notifications, once each, in whichever process comes first. grants says what a group grants.
func Consumer(grants func(*ent.Group) []string) journal.Consumer {
	n := notifier{grants}
	return journal.Consumer{Name: "notifications", Actor: viewer.Notifier, Kinds: kinds(), Wants: concerns, PassesOver: true, Do: n.tell}
}

// kinds are those whose lines may tell something: the comments, and all that somebody may read by a permission.
func kinds() []string {
	all := []string{ent.KindComment}
	for _, k := range ent.Kinds {
		if k.API != ent.KindComment && rule.Word(k.API) != "" {
			all = append(all, k.API)
		}
	}
	return all
}

type notifier struct{ grants func(*ent.Group) []string }

// tell handles lines tenant by tenant.
func (n notifier) tell(ctx context.Context, lines []db.Line) error {
	var tenants []uuid.UUID
	all := map[uuid.UUID][]news{}
	for _, l := range lines {
		if all[l.TenantID] == nil {
			tenants = append(tenants, l.TenantID)
		}
		all[l.TenantID] = append(all[l.TenantID], newsOf(l)...)
	}
	for _, tenant := range tenants {
		if err := n.inTenant(viewer.In(ctx, tenant, viewer.NotifierIn), all[tenant]); err != nil {
			return err
		}
	}
	return nil
}

// inTenant finds out whom each piece of news reaches, and writes.
func (n notifier) inTenant(ctx context.Context, all []news) error {
	records, err := recordsOf(ctx, all)
	if err != nil {
		return err
	}
	// it is gone, and so is what there was to tell
	all = slices.DeleteFunc(all, func(x news) bool { return records[x.record] == nil })
	if len(all) == 0 {
		return nil
	}
	if err := n.reach(ctx, all, records); err != nil {
		return err
	}
	people, err := n.readers(ctx, reached(all))
	if err != nil {
		return err
	}
	box, err := recent(ctx, all)
	if err != nil {
		return err
	}
	for _, x := range all {
		for _, person := range x.people {
			if x.line.PersonID != nil && *x.line.PersonID == person || !people[person].mayRead(x, records[x.record]) || !people[person].reaches(x.cause).any() {
				continue
			}
			if err := box.put(ctx, x, person, records[x.record], people); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordsOf loads the records that the news is about, one batch per kind.
func recordsOf(ctx context.Context, all []news) (map[uuid.UUID]ent.Record, error) {
	wanted := map[string][]any{}
	for _, x := range all {
		wanted[x.kind] = append(wanted[x.kind], x.record)
	}
	out := map[uuid.UUID]ent.Record{}
	for kind, ids := range wanted {
		rows, err := db.From(ctx).Records(ctx, db.ByKind(kind), sql.FieldIn("id", ids...))
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.Key()] = r
		}
	}
	return out, nil
}

// reach adds those who watch a record, and those who work on it: its assignee or else its team.
func (n notifier) reach(ctx context.Context, all []news, records map[uuid.UUID]ent.Record) error {
	var ids []uuid.UUID
	teams := map[uuid.UUID][]uuid.UUID{}
	for _, x := range all {
		if x.watchers {
			ids = append(ids, x.record)
		}
		if team := id(records[x.record].Column("team_id")); x.workers && team != uuid.Nil {
			teams[team] = nil
		}
	}
	watches, err := db.From(ctx).Watch.Query().Where(watch.RecordIDIn(ids...)).All(ctx)
	if err != nil {
		return err
	}
	if err := teamMembers(ctx, teams); err != nil {
		return err
	}
	for i := range all {
		x := &all[i]
		if x.watchers {
			for _, w := range watches {
				if w.RecordID == x.record && w.RecordKind == x.kind {
					x.people = append(x.people, w.UserID)
				}
			}
		}
		if x.workers {
			if assignee := id(records[x.record].Column("assignee_id")); assignee != uuid.Nil {
				x.people = append(x.people, assignee)
			} else {
				x.people = append(x.people, teams[id(records[x.record].Column("team_id"))]...)
			}
		}
		slices.SortFunc(x.people, func(a, b uuid.UUID) int { return strings.Compare(a.String(), b.String()) })
		x.people = slices.Compact(x.people)
	}
	return nil
}

// id is a column's reference, set or not.
func id(column any) uuid.UUID {
	switch c := column.(type) {
	case uuid.UUID:
		return c
	case *uuid.UUID:
		if c != nil {
			return *c
		}
	}
	return uuid.Nil
}

// box holds what the readers have been told lately, and have neither read nor got by mail.
type box struct{ rows []*ent.Notification }

// recent loads what was told of these records since shortly before the first line.
func recent(ctx context.Context, all []news) (*box, error) {
	since := all[0].line.At
	var records, people []uuid.UUID
	for _, x := range all {
		if x.line.At.Before(since) {
			since = x.line.At
		}
		records, people = append(records, x.record), append(people, x.people...)
	}
	rows, err := db.From(ctx).Notification.Query().Where(
		notification.RecordIDIn(records...), notification.UserIDIn(people...), notification.MailedAtIsNil(), notification.CreatedAtGTE(since.Add(-together)),
		notification.ReadAtIsNil(),
	).Order(ent.Asc(notification.FieldID)).All(ctx)
	return &box{rows}, err
}

// put tells one person one thing. What they were told of the record within the last minute takes it up: the same cause
// its detail, any cause a mere change of state; a change of state, in turn, gives way to a weightier cause. What would
// then be missing by a way that they wants it by does not give way.
func (b *box) put(ctx context.Context, x news, person uuid.UUID, record ent.Record, people map[uuid.UUID]*reader) error {
	way := people[person].reaches(x.cause)
	for i, n := range b.rows {
		if n.UserID != person || n.RecordID != x.record || n.RecordKind != x.kind || x.line.At.Sub(n.CreatedAt) >= together {
			continue
		}
		before := ways{app: n.InApp, mail: n.ByMail}
		switch {
		case n.Cause == x.cause:
			row, err := db.From(ctx).Notification.UpdateOneID(n.ID).SetDetail(joined(n.Detail, x.detail)).Save(ctx)
			if err == nil {
				b.rows[i] = row
			}
			return err
		case x.cause == watched && before.covers(way):
			return nil
		case n.Cause == watched && way.covers(before):
			if err := db.From(ctx).Notification.DeleteOneID(n.ID).Exec(ctx); err != nil {
				return err
			}
			b.rows = slices.Delete(b.rows, i, i+1)
			return b.add(ctx, x, person, record, people)
		}
	}
	return b.add(ctx, x, person, record, people)
}

func (b *box) add(ctx context.Context, x news, person uuid.UUID, record ent.Record, people map[uuid.UUID]*reader) error {
	way := people[person].reaches(x.cause)
	c := db.From(ctx).Notification.Create().SetInApp(way.app).SetByMail(way.mail).SetUserID(person).SetEventSeq(x.line.Seq).SetCause(x.cause).SetDetail(x.detail).
		SetRecordKind(x.kind).SetRecordID(x.record).SetNillableClientID(record.Client()).
		SetRecordLabel(record.Label()).SetRecordNumber(db.Short(db.ByKind(x.kind), record.Num()))
	if by := x.line.PersonID; by != nil && people[*by] != nil {
		c.SetBy(*by)
	}
	row, err := c.Save(ctx)
	if err == nil {
		b.rows = append(b.rows, row)
	}
	return err
}

// joined is the way from the first state to the last; other details do not add up.
func joined(was, is string) string {
	from, _, both := strings.Cut(was, arrow)
	_, to, more := strings.Cut(is, arrow)
	switch {
	case both && more:
		return from + arrow + to
	case is == "":
		return was
	}
	return is
}
