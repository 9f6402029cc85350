// Package search finds records of every kind by their words: names, numbers, addresses, texts.
package search

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	searchv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/search/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/search"
)

// Service searches.
type Service struct{}

// Search answers one page of the records that have all the words and that the caller may read, the newest first.
func (Service) Search(ctx context.Context, in *searchv1.SearchRequest) (*searchv1.SearchResponse, error) {
	words := search.Query(in.GetQ())
	if len(words) == 0 {
		return nil, fault.Invalid("q", "must have a letter or digit")
	}
	kinds, err := readable(viewer.From(ctx), in.GetKinds())
	if err != nil {
		return nil, err
	}
	page, size := 1, api.DefaultPerPage
	if in.Page != nil {
		page = int(in.GetPage())
	}
	if in.PerPage != nil {
		size = int(in.GetPerPage())
	}
	if (page-1)*size > api.MaxOffset {
		return nil, fault.Invalid("page", "pages end after %d rows", api.MaxOffset)
	}
	out := &searchv1.SearchResponse{}
	total := 0
	if len(kinds) > 0 {
		where, args := condition(ctx, kinds, words)
		if total, err = count(ctx, where, args); err != nil {
			return nil, err
		}
		if out.Items, err = hits(ctx, where+fmt.Sprintf(` ORDER BY record_id DESC LIMIT %d OFFSET %d`, size, (page-1)*size), args, words); err != nil {
			return nil, err
		}
	}
	capped := total > api.CountedUpTo
	total = min(total, api.CountedUpTo)
	api.Envelope(out, int64(total), page, size, int64((total+size-1)/size), capped, "")
	return out, nil
}

// readable are the kinds that are searched and that the viewer may read, of those that he asks for.
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

// condition limits the search table to the tenant, the kinds, the viewer's client if he has one, and the words. The words have letters
// and digits only (see search.Query), so they need no quoting inside the expression, which is an argument in any case.
func condition(ctx context.Context, kinds []*ent.Kind, words []string) (where string, args []any) {
	v := viewer.From(ctx)
	find := db.Find{Tenant: v.TenantID, Words: words}
	for _, k := range kinds {
		find.Kinds = append(find.Kinds, k.API)
	}
	before, match, after := find.Match(db.Of(ctx).Kind)
	where, args = `WHERE tenant_id = $1 AND `+before+`$2`+after, []any{v.TenantID, match}
	if v.Scoped() {
		where, args = where+` AND client_id = $3`, append(args, v.ClientID)
	}
	return where, args
}

func count(ctx context.Context, where string, args []any) (n int, err error) {
	err = db.SQL(ctx).QueryRowContext(ctx, fmt.Sprintf(`SELECT count(*) FROM (SELECT 1 FROM search %s LIMIT %d) AS counted`, where, api.CountedUpTo+1), args...).Scan(&n)
	return n, err
}

func hits(ctx context.Context, where string, args []any, words []string) ([]*searchv1.Hit, error) {
	rows, err := db.SQL(ctx).QueryContext(ctx, `SELECT kind, record_id, number, label, body FROM search `+where, args...)
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
		h.Snippet = search.Snippet(body, words)
		out = append(out, h)
	}
	return out, rows.Err()
}
