// Package search finds records of every kind by their words: names, numbers, addresses, texts.
package search

import (
	"context"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	searchv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/search/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/searchindex"
)

// Service searches.
type Service struct{}

// Search answers one page of the records that have all the words and that the caller may read: exact matches first,
// then the newest.
func (Service) Search(ctx context.Context, in *searchv1.SearchRequest) (*searchv1.SearchResponse, error) {
	terms := searchindex.Query(in.GetQ())
	if len(terms) == 0 {
		return nil, fault.Invalid("q", "must have a letter or digit")
	}
	kinds, err := readable(viewer.From(ctx), in.GetKinds())
	if err != nil {
		return nil, err
	}
	page, err := api.PageOf(in.Page, in.PerPage)
	if err != nil {
		return nil, err
	}
	out := &searchv1.SearchResponse{}
	var total int64
	if len(kinds) > 0 {
		find := db.Find{Tenant: viewer.From(ctx).TenantID, Terms: terms, Q: in.GetQ()}
		for _, k := range kinds {
			find.Kinds = append(find.Kinds, k.API)
		}
		if total, err = find.Count(ctx, api.CountedUpTo+1); err != nil {
			return nil, err
		}
		if out.Items, err = hits(ctx, find, page); err != nil {
			return nil, err
		}
	}
	capped := total > api.CountedUpTo
	page.Fill(out, min(total, api.CountedUpTo), capped)
	return out, nil
}

// readable are the kinds that are searched and that the viewer may read, of those that they ask for.
func readable(v *viewer.Viewer, asked []string) ([]*ent.Kind, error) {
	var kinds []*ent.Kind
	known := map[string]bool{}
	for _, k := range ent.Kinds {
		if !k.Searched || rule.Word(k.API) == "" {
			continue
		}
		known[k.API] = true
		if v.Has(k.Word+":read") && (len(asked) == 0 || slices.Contains(asked, k.API)) {
			kinds = append(kinds, k)
		}
	}
	for _, kind := range asked {
		if !known[kind] {
			return nil, fault.Invalid("kinds", "there is no kind %q to search", kind)
		}
	}
	slices.SortFunc(kinds, func(a, b *ent.Kind) int { return strings.Compare(a.API, b.API) })
	return kinds, nil
}

// hits reads one page of what was found: exact matches first, then the newest records.
func hits(ctx context.Context, find db.Find, p api.Page) ([]*searchv1.Hit, error) {
	page := find.Rows(ctx, "record_id").AppendSelectExprAs(find.Rank(ctx), db.Exact).OrderBy(db.Exact, sql.Desc("record_id")).
		Limit(p.Size).Offset(p.Offset()).As("page")
	t := sql.Table("search")
	query, args := sql.Dialect(db.Of(ctx).Kind).Select(t.C("kind"), t.C("record_id"), t.C("number"), t.C("label"), t.C("body")).From(t).
		Join(page).On(t.C("record_id"), page.C("record_id")).OrderBy(page.C(db.Exact), sql.Desc(t.C("record_id"))).Query()
	rows, err := db.SQL(ctx).QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []*searchv1.Hit
	for rows.Next() {
		h := &searchv1.Hit{}
		var number int64
		var body string
		if err := rows.Scan(&h.Kind, &h.Id, &number, &h.Label, &body); err != nil {
			return nil, err
		}
		h.Number = db.Short(db.ByKind(h.Kind), number)
		h.Snippet = searchindex.Snippet(body, find.Terms)
		out = append(out, h)
	}
	return out, rows.Err()
}
