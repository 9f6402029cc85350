package journal_test

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/ent/migrate"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	auditv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/audit/v1"
	typev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/type/v1"
	"github.com/holdfast-platform/holdfast/server/internal/comment"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
)

func history(t *testing.T, ctx context.Context, id uuid.UUID, in *assetsv1.ListAssetHistoryRequest) *assetsv1.ListAssetHistoryResponse {
	t.Helper()
	out := &assetsv1.ListAssetHistoryResponse{}
	must(t, journal.History(ctx, "asset", id, in, out))
	return out
}

func fieldsOf(items []*typev1.Change) string {
	var out []string
	for _, c := range items {
		out = append(out, strings.TrimPrefix(c.GetAction()+":"+c.GetField(), "asset."))
	}
	return strings.Join(out, " ")
}

func TestHistoryHasAnEntryPerField(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		a, other := newAsset(t, ann, "one"), newAsset(t, ann, "other")
		rename(t, ann, other, "x")
		must(t, d.Tx(viewer.WithCall(ann, &viewer.Call{Reason: "moved"}), func(ctx context.Context) error {
			return db.From(ctx).Asset.UpdateOneID(a.ID).SetName("two").SetHostname("h").SetCriticality("high").Exec(ctx)
		}))
		must(t, d.Tx(ann, func(ctx context.Context) error {
			_, err := comment.Add(ctx, comment.New{Kind: "asset", RecordID: a.ID, Body: "look"})
			return err
		}))
		must(t, d.Tx(ann, func(ctx context.Context) error {
			_, err := comment.Add(ctx, comment.New{Kind: "asset", RecordID: a.ID, Body: "psst", Internal: true})
			return err
		}))
		all := history(t, ann, a.ID, &assetsv1.ListAssetHistoryRequest{})
		is(t, "entries", fieldsOf(all.GetItems()), "comment.created:body comment.created:body updated:criticality updated:hostname updated:name created:")
		is(t, "total", all.GetTotal(), 6)
		is(t, "pages", all.GetPages(), 1)
		name := all.GetItems()[4]
		is(t, "old", name.GetOld().GetStringValue(), "one")
		is(t, "new", name.GetNew().GetStringValue(), "two")
		is(t, "reason", name.GetReason(), "moved")
		is(t, "by", name.GetBy().GetLabel(), "Ann Example")
		is(t, "nothing before", all.GetItems()[3].GetOld(), nil)
		is(t, "said", all.GetItems()[0].GetNew().GetStringValue(), "psst")

		var paged, walked []*typev1.Change
		for page := int32(1); page <= 3; page++ {
			out := history(t, ann, a.ID, &assetsv1.ListAssetHistoryRequest{Page: &page, PerPage: proto.Int32(2)})
			is(t, "pages", out.GetPages(), 3)
			paged = append(paged, out.GetItems()...)
		}
		is(t, "page by page", fieldsOf(paged), fieldsOf(all.GetItems()))
		for cursor := ""; ; {
			out := history(t, ann, a.ID, &assetsv1.ListAssetHistoryRequest{Cursor: &cursor, PerPage: proto.Int32(2)})
			is(t, "a walk counts nothing", out.GetTotal(), -1)
			walked = append(walked, out.GetItems()...)
			if cursor = out.GetNextCursor(); cursor == "" {
				break
			}
		}
		is(t, "by cursor", fieldsOf(walked), fieldsOf(all.GetItems()))
		is(t, "a stranger's", len(history(t, bob, a.ID, &assetsv1.ListAssetHistoryRequest{}).GetItems()), 0)
		err := journal.History(ann, "asset", a.ID, &assetsv1.ListAssetHistoryRequest{Cursor: proto.String("nonsense")}, &assetsv1.ListAssetHistoryResponse{})
		is(t, "a cursor of nothing", fault.Of(err).Fields["cursor"] != "", true)
	})
}

// A member with a client sees their client's lines only, nothing internal, and nobody's name.
func TestHistoryOfAClientsMember(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		var client, asset uuid.UUID
		must(t, d.Tx(ann, func(ctx context.Context) error {
			c, err := db.From(ctx).Customer.Create().SetName("Acme").Save(ctx)
			if err != nil {
				return err
			}
			a, err := db.From(ctx).Asset.Create().SetName("a").SetAssetType("server").SetClientID(c.ID).Save(ctx)
			if err != nil {
				return err
			}
			client, asset = c.ID, a.ID
			for _, internal := range []bool{true, false} {
				if _, err := comment.Add(ctx, comment.New{Kind: "asset", RecordID: a.ID, Body: fmt.Sprint(internal), Internal: internal}); err != nil {
					return err
				}
			}
			return nil
		}))
		who := *viewer.From(ann)
		who.ClientID, who.PersonID = client, uuid.New()
		out := history(t, viewer.With(ann, &who), asset, &assetsv1.ListAssetHistoryRequest{})
		is(t, "entries", fieldsOf(out.GetItems()), "comment.created:body created:")
		is(t, "the public one", out.GetItems()[0].GetNew().GetStringValue(), "false")
		is(t, "no name", out.GetItems()[0].GetBy(), nil)
		who.ClientID = uuid.New()
		is(t, "another client's", len(history(t, viewer.With(ann, &who), asset, &assetsv1.ListAssetHistoryRequest{}).GetItems()), 0)
	})
}

func TestFindNarrows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		var mail string
		must(t, d.Reader().QueryRowContext(t.Context(), `SELECT email FROM users WHERE id = $1`, viewer.From(ann).PersonID).Scan(&mail))
		a := newAsset(t, ann, "Zürich 100%")
		newAsset(t, bob, "bob's")
		time.Sleep(2 * time.Millisecond)
		middle := time.Now()
		time.Sleep(2 * time.Millisecond)
		rename(t, ann, a, "Basel")
		must(t, d.Tx(viewer.As(ann, viewer.Guard), func(ctx context.Context) error {
			return db.From(ctx).Site.Create().SetName("by machine").Exec(viewer.WithCall(ctx, &viewer.Call{Reason: "a good one"}))
		}))
		id := viewer.From(ann).PersonID.String()
		for _, c := range []struct {
			what string
			f    journal.Filter
			want string
		}{
			{"assets", journal.Filter{Kinds: []string{"asset"}}, "asset.updated asset.created"},
			{"assets, oldest first", journal.Filter{Kinds: []string{"asset"}, Order: "at"}, "asset.created asset.updated"},
			{"one action", journal.Filter{Actions: []string{"asset.updated"}}, "asset.updated"},
			{"all actions of a kind", journal.Filter{Actions: []string{"asset.*", "site.created"}}, "site.created asset.updated asset.created"},
			{"a record", journal.Filter{Records: []string{a.ID.String()}}, "asset.updated asset.created"},
			{"since", journal.Filter{Since: middle, Kinds: []string{"asset"}}, "asset.updated"},
			{"until", journal.Filter{Until: middle, Kinds: []string{"asset"}}, "asset.created"},
			{"a machine", journal.Filter{Actors: []string{"guard"}}, "site.created"},
			{"a person", journal.Filter{Actors: []string{id}, Kinds: []string{"asset"}}, "asset.updated asset.created"},
			{"an address", journal.Filter{Actors: []string{strings.ToUpper(mail)}, Kinds: []string{"asset"}}, "asset.updated asset.created"},
			{"nobody's address", journal.Filter{Actors: []string{"x@y.z"}}, ""},
			{"a stranger's id", journal.Filter{Actors: []string{viewer.From(bob).PersonID.String()}}, ""},
			{"words", journal.Filter{Q: "zürich"}, "asset.created"},
			{"words in capitals", journal.Filter{Q: "ZÜRICH"}, "asset.created"},
			{"a sign is no pattern", journal.Filter{Q: "100%"}, "asset.created"},
			{"nor is this", journal.Filter{Q: "_ürich"}, ""},
			{"a reason", journal.Filter{Q: "good"}, "site.created"},
			{"a number", journal.Filter{Q: "ast-1"}, "asset.updated asset.created"},
			{"words of different places", journal.Filter{Q: "updated basel"}, "asset.updated"},
		} {
			out := &auditv1.ListAuditEventsResponse{}
			entries, err := journal.Find(ann, c.f, &auditv1.ListAuditEventsRequest{}, out)
			must(t, err)
			var got []string
			for _, e := range entries {
				got = append(got, e.Action)
			}
			is(t, c.what, strings.Join(got, " "), c.want)
			is(t, c.what+", total", out.GetTotal(), len(entries))
		}
		var walked []int64
		in := &auditv1.ListAuditEventsRequest{Cursor: proto.String(""), PerPage: proto.Int32(2)}
		for {
			out := &auditv1.ListAuditEventsResponse{}
			entries, err := journal.Find(ann, journal.Filter{}, in, out)
			must(t, err)
			for _, e := range entries {
				walked = append(walked, -e.Seq)
			}
			if out.GetNextCursor() == "" {
				break
			}
			in.Cursor = proto.String(out.GetNextCursor())
		}
		out := &auditv1.ListAuditEventsResponse{}
		_, err := journal.Find(ann, journal.Filter{}, &auditv1.ListAuditEventsRequest{}, out)
		must(t, err)
		is(t, "a walk has all", len(walked), out.GetTotal())
		is(t, "newest first", slices.IsSorted(walked), true)
		_, err = journal.Find(ann, journal.Filter{}, &auditv1.ListAuditEventsRequest{Cursor: in.Cursor, Kind: []string{"asset"}}, out)
		is(t, "another filter's cursor", fault.Of(err) != nil && fault.Of(err).Fields["cursor"] != "", true)
		_, err = journal.Find(ann, journal.Filter{Order: "label"}, &auditv1.ListAuditEventsRequest{}, out)
		is(t, "an order that is none", fault.Of(err) != nil && fault.Of(err).Fields["order_by"] != "", true)
	})
}

// TestHistoryNamesRecords: a field that holds a record's id comes with what the record is called, for those who may
// read it.
func TestHistoryNamesRecords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann := person(t, d)
		a := newAsset(t, ann, "pump")
		me := viewer.From(ann).PersonID
		must(t, d.Tx(ann, func(ctx context.Context) error {
			site, err := db.From(ctx).Site.Create().SetName("Graz").Save(ctx)
			if err != nil {
				return err
			}
			return db.From(ctx).Asset.UpdateOneID(a.ID).SetSiteID(site.ID).SetOwnerID(me).Exec(ctx)
		}))
		must(t, d.Tx(ann, func(ctx context.Context) error { return db.From(ctx).Asset.UpdateOneID(a.ID).ClearSiteID().Exec(ctx) }))
		items := history(t, ann, a.ID, &assetsv1.ListAssetHistoryRequest{}).GetItems()
		is(t, "entries", fieldsOf(items), "updated:site_id updated:owner_id updated:site_id created:")
		is(t, "before", items[0].GetOldRef().GetLabel(), "Graz")
		is(t, "nothing after", items[0].GetNewRef(), nil)
		is(t, "a person", items[1].GetNewRef().GetLabel(), "Ann Example")
		is(t, "after", items[2].GetNewRef().GetLabel(), "Graz")
		few := *viewer.From(ann)
		few.Permissions = []string{"assets:read"}
		items = history(t, viewer.With(ann, &few), a.ID, &assetsv1.ListAssetHistoryRequest{}).GetItems()
		is(t, "a site that he may not read", items[2].GetNewRef(), nil)
		is(t, "a person's name", items[1].GetNewRef().GetLabel(), "Ann Example")
	})
}

// TestHistoryOfBothEnds: a link is part of the histories of both of its records, from their sides, also when it is
// gone.
func TestHistoryOfBothEnds(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		ann, bob := person(t, d), person(t, d)
		a := newAsset(t, ann, "pump")
		var site, link uuid.UUID
		must(t, d.Tx(ann, func(ctx context.Context) error {
			s, err := db.From(ctx).Site.Create().SetName("Graz").Save(ctx)
			if err != nil {
				return err
			}
			l, err := db.From(ctx).Link.Create().SetFromKind("site").SetFromID(s.ID).SetToKind("asset").SetToID(a.ID).SetType("relates_to").Save(ctx)
			if err == nil {
				site, link = s.ID, l.ID
			}
			return err
		}))
		must(t, d.Tx(ann, func(ctx context.Context) error { return db.From(ctx).Link.DeleteOneID(link).Exec(ctx) }))

		items := history(t, ann, a.ID, &assetsv1.ListAssetHistoryRequest{}).GetItems()
		is(t, "where it leads", fieldsOf(items), "link.deleted:link link.created:link created:")
		is(t, "the other end before", items[0].GetOldRef().GetLabel(), "Graz")
		is(t, "the other end after", items[1].GetNewRef().GetLabel(), "Graz")
		is(t, "by its id", items[1].GetNew().GetStructValue().GetFields()["from_id"].GetStringValue(), site.String())
		out := &assetsv1.ListAssetHistoryResponse{}
		must(t, journal.History(ann, "site", site, &assetsv1.ListAssetHistoryRequest{}, out))
		is(t, "where it begins", fieldsOf(out.GetItems()), "link.deleted:link link.created:link site.created:")
		is(t, "the other end", out.GetItems()[1].GetNewRef().GetLabel(), "pump")
		is(t, "by its id", out.GetItems()[1].GetNew().GetStructValue().GetFields()["to_id"].GetStringValue(), a.ID.String())

		few := *viewer.From(ann)
		few.Permissions = []string{"assets:read"}
		is(t, "from what he may not read", fieldsOf(history(t, viewer.With(ann, &few), a.ID, &assetsv1.ListAssetHistoryRequest{}).GetItems()), "created:")
		is(t, "a stranger's", len(history(t, bob, a.ID, &assetsv1.ListAssetHistoryRequest{}).GetItems()), 0)
	})
}

// TestLinkedIsRead: nobody changes the journal by way of what histories read, also where the view came to a database
// that was served before.
func TestLinkedIsRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, d *db.DB) {
		for _, s := range []string{`DELETE FROM linked`, `UPDATE linked SET seq = 1`, `INSERT INTO linked (seq) VALUES (1)`} {
			err := d.Tx(person(t, d), func(ctx context.Context) error {
				_, err := db.SQL(ctx).ExecContext(ctx, s)
				return err
			})
			if err == nil {
				t.Errorf("%s is taken", s)
			}
		}
		if d.Kind != "postgres" {
			return
		}
		old, err := sql.Open("pgx", dbtest.Postgres(t))
		must(t, err)
		defer func() { must(t, old.Close()) }()
		_, err = old.ExecContext(t.Context(), `ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO holdfast_app`)
		must(t, err)
		must(t, migrate.Apply(t.Context(), "postgres", old))
		for _, view := range []string{"linked", "found"} {
			var reads, removes bool
			must(t, old.QueryRowContext(t.Context(), `SELECT has_table_privilege('holdfast_app', $1, 'select'), has_table_privilege('holdfast_app', $1, 'delete')`, view).Scan(&reads, &removes))
			is(t, view+" is read", reads, true)
			is(t, view+" is written", removes, false)
		}
	})
}
