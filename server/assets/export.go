package assets

import (
	"net/http"
	"net/url"

	"entgo.io/ent/dialect/sql"

	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/export"
)

// export streams the assets as a table, the oldest first. The names of sites, clients and owners that the caller may
// not read are left out with their columns, so that importing the table does not clear them.
func (Service) export(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	in, err := chosen(r.URL.Query())
	if err != nil {
		return err
	}
	known, err := callsOf(ctx)
	if err != nil {
		return err
	}
	var shown []*column
	var cells []string
	for i := range columns {
		if c := &columns[i]; c.write != nil || c.kind != "" && !known.denied[c.kind] {
			shown = append(shown, c)
			cells = append(cells, c.name)
		}
	}
	table := export.NewWriter(w)
	for first := true; ; first = false {
		rows, l, err := list(ctx, in)
		if err != nil {
			return err
		}
		page := &assetsv1.ListAssetsResponse{}
		for _, r := range rows {
			page.Items = append(page.Items, message(r))
		}
		api.Show(ctx, page)
		if err := known.learn(ctx, page.GetItems()); err != nil {
			return err
		}
		if err := l.Fill(ctx, page); err != nil {
			return err
		}
		if first {
			w.Header().Set("Content-Type", export.MediaType+"; header=present")
			w.Header().Set("Content-Disposition", `attachment; filename="assets.csv"`)
			if err := table.Write(cells); err != nil {
				return err
			}
		}
		for _, a := range page.GetItems() {
			for i, c := range shown {
				cells[i] = known.cell(c, a)
			}
			if err := table.Write(cells); err != nil {
				return err
			}
		}
		if page.GetNextCursor() == "" {
			return table.Flush()
		}
		in.Cursor = &page.NextCursor
	}
}

// chosen makes the list's request of the query parameters.
func chosen(query url.Values) (*assetsv1.ListAssetsRequest, error) {
	chosen, err := listTable.Chosen(query, "")
	if err != nil {
		return nil, err
	}
	in, size, begin := chosen.(*assetsv1.ListAssetsRequest), int32(100), ""
	in.PerPage, in.Cursor, in.OrderBy, in.Total = &size, &begin, "created_at", "none"
	return in, nil
}

// nobody matches no row: what is left is whether one may ask.
func nobody(s *sql.Selector) { s.Where(sql.False()) }
