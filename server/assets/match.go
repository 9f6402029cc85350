package assets

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/asset"
	"github.com/holdfast-platform/holdfast/gen/ent/session"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// keys are the columns that a row may be matched by, and how their values compare: host names whatever their case (RFC
// 4343).
var keys = map[string]func(string) string{
	"serial":   strings.TrimSpace,
	"hostname": func(name string) string { return strings.ToLower(strings.TrimSpace(name)) },
	"name":     strings.TrimSpace,
}

// match finds the asset that each row is about. A row with the id of one of the tenant's assets, as export writes it,
// is about that one; else the key column decides; without a key the row makes a new asset.
func (t *table) match(ctx context.Context) error {
	ids := map[uuid.UUID]bool{}
	for _, r := range t.rows {
		if id, err := uuid.Parse(t.cell(r, "id")); err == nil {
			ids[id] = true
		}
	}
	found, err := t.read(ctx, slices.Collect(maps.Keys(ids)))
	if err != nil {
		return err
	}
	byKey := map[string][]uuid.UUID{}
	if t.matchOn != "" {
		if byKey, err = t.existing(ctx); err != nil {
			return err
		}
	}
	for _, r := range t.rows {
		if id, err := uuid.Parse(t.cell(r, "id")); err == nil && found[id] != nil {
			r.before, r.by = found[id], "id"
			continue
		}
		if t.matchOn == "" || r.asset == nil {
			continue
		}
		key := keys[t.matchOn](t.cell(r, t.matchOn))
		switch same := byKey[key]; {
		case key == "":
			r.wrong(t.matchOn, "must not be empty: rows are matched by it")
		case len(same) > 1:
			r.wrong(t.matchOn, "is ambiguous: %d assets have it", len(same))
		case len(same) == 1:
			r.id, r.by = same[0], t.matchOn
		}
	}
	if err := t.load(ctx, found); err != nil {
		return err
	}
	t.doubles()
	return nil
}

// load reads the assets that were matched by key.
func (t *table) load(ctx context.Context, found map[uuid.UUID]*ent.Asset) error {
	missing := map[uuid.UUID]bool{}
	for _, r := range t.rows {
		if r.id != uuid.Nil && found[r.id] == nil {
			missing[r.id] = true
		}
	}
	more, err := t.read(ctx, slices.Collect(maps.Keys(missing)))
	if err != nil {
		return err
	}
	for _, r := range t.rows {
		if r.id == uuid.Nil {
			continue
		}
		if r.before = found[r.id]; r.before == nil {
			r.before = more[r.id]
		}
		r.id = uuid.Nil
	}
	return nil
}

// doubles refuses rows that are about the same asset, or would make the same one twice.
func (t *table) doubles() {
	first := map[string]*row{}
	for _, r := range t.rows {
		if r.asset == nil {
			continue
		}
		key := ""
		switch {
		case r.before != nil:
			key = r.before.ID.String()
		case t.matchOn != "":
			r.by, key = t.matchOn, keys[t.matchOn](t.cell(r, t.matchOn))
		}
		switch other := first[key]; {
		case key == "":
		case other == nil:
			first[key] = r
		default:
			r.wrong(r.by, "is the same as in row %d", other.number)
			other.wrong(other.by, "is the same as in row %d", r.number)
		}
	}
}

// existing knows the key of every asset that the caller may see, where it has one that the table mentions.
func (t *table) existing(ctx context.Context) (map[string][]uuid.UUID, error) {
	wanted := map[string]bool{}
	for _, r := range t.rows {
		wanted[keys[t.matchOn](t.cell(r, t.matchOn))] = true
	}
	column := map[string]string{"serial": asset.FieldSerial, "hostname": asset.FieldHostname, "name": asset.FieldName}[t.matchOn]
	var all []struct {
		ID       uuid.UUID
		Serial   *string
		Hostname *string
		Name     *string
	}
	if err := db.From(ctx).Asset.Query().Select(asset.FieldID, column).Scan(ctx, &all); err != nil {
		return nil, err
	}
	out := map[string][]uuid.UUID{}
	for _, a := range all {
		for _, value := range []*string{a.Serial, a.Hostname, a.Name} {
			if value == nil {
				continue
			}
			if key := keys[t.matchOn](*value); key != "" && wanted[key] {
				out[key] = append(out[key], a.ID)
			}
		}
	}
	return out, nil
}

// cell is what a row says in a column; empty where the table has no such column.
func (t *table) cell(r *row, name string) string {
	if r.cells == nil {
		return ""
	}
	for i, c := range t.columns {
		if c.name == name {
			return r.cells[i]
		}
	}
	return ""
}

// read reads assets; where they are to change, others are kept from changing them until the transaction ends.
func (t *table) read(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*ent.Asset, error) {
	out := make(map[uuid.UUID]*ent.Asset, len(ids))
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	for part := range slices.Chunk(ids, chunk) {
		query := db.From(ctx).Asset.Query().Where(asset.IDIn(part...)).Order(asset.ByID())
		if t.applying {
			query.Where(db.Locked)
		}
		rows, err := query.All(ctx)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			out[r.ID] = r
		}
	}
	return out, nil
}

// withSessions are those of the assets that a session exists for, whoever may see it.
func withSessions(ctx context.Context, assets map[uuid.UUID][]*row) ([]uuid.UUID, error) {
	if len(assets) == 0 {
		return nil, nil
	}
	ctx = viewer.As(ctx, viewer.Detacher)
	var out []uuid.UUID
	for part := range slices.Chunk(slices.Collect(maps.Keys(assets)), chunk) {
		var found []struct {
			AssetID uuid.UUID `sql:"asset_id"`
		}
		if err := db.From(ctx).Session.Query().Where(session.AssetIDIn(part...)).Select(session.FieldAssetID).Scan(ctx, &found); err != nil {
			return nil, err
		}
		for _, f := range found {
			out = append(out, f.AssetID)
		}
	}
	return out, nil
}
