package assets

import (
	"net/http"
	"net/url"
	"strings"

	"buf.build/go/protovalidate"
	"entgo.io/ent/dialect/sql"
	"google.golang.org/protobuf/reflect/protoreflect"

	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/export"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// filters of the list that the export has too.
var filters = []string{"q", "asset_type", "site_id", "client_id", "owner_id", "criticality", "lifecycle", "environment", "tags"}

// export streams the assets as a table, the oldest first. The names of sites, clients and owners that the caller may not read are left
// out with their columns, so that importing the table does not clear them.
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
	size, begin := int32(100), ""
	in := &assetsv1.ListAssetsRequest{PerPage: &size, Cursor: &begin, OrderBy: "created_at", Total: "none"}
	m := in.ProtoReflect()
	for _, name := range filters {
		values := query[name]
		if len(values) == 0 {
			continue
		}
		f := m.Descriptor().Fields().ByName(protoreflect.Name(name))
		if !f.IsList() {
			m.Set(f, protoreflect.ValueOfString(strings.Join(values, " ")))
			continue
		}
		list := m.Mutable(f).List()
		for _, v := range values {
			list.Append(protoreflect.ValueOfString(v))
		}
	}
	if wrong := broken(protovalidate.Validate(in)); len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong)
	}
	return in, nil
}

// nobody matches no row: what is left is whether one may ask.
func nobody(s *sql.Selector) { s.Where(sql.False()) }
