package assets

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"buf.build/go/protovalidate"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/holdfast-platform/holdfast/gen/ent"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// What becomes of a row.
const (
	actionCreate = "create"
	actionUpdate = "update"
	actionSkip   = "skip"
	actionError  = "error"
)

// table is what a caller wants imported: its columns and its rows, read but not yet looked at.
type table struct {
	columns []*column
	rows    []*row
	matchOn string
	// applying holds the assets that are to change until the transaction ends.
	applying bool
	// plan is the hash of what was decided.
	plan string
	// fits knows who may own the assets of which client.
	fits map[[2]uuid.UUID]bool
}

// row is one row and what becomes of it.
type row struct {
	number int
	cells  []string
	asset  *assetsv1.Asset
	// errors has a message per column; flaws are those of them that the row has by itself.
	errors, flaws map[string]string
	// before is the asset that the row is about, found by the column by; nil makes a new one. fields are those that the
	// row changes.
	before *ent.Asset
	by     string
	fields []string
	action string
	id     uuid.UUID
}

// wrong notes what is wrong with a column; the first message stays.
func (r *row) wrong(column, format string, args ...any) {
	if r.errors == nil {
		r.errors = map[string]string{}
	}
	if r.errors[column] == "" {
		r.errors[column] = fmt.Sprintf(format, args...)
	}
}

// decide works out what becomes of each row, without changing anything. Its reads are those of the caller; a row that
// is wrong remains a row. It may be run again.
func (t *table) decide(ctx context.Context) error {
	for _, r := range t.rows {
		r.errors, r.before, r.by, r.fields, r.id = maps.Clone(r.flaws), nil, "", nil, uuid.Nil
	}
	if err := t.resolve(ctx); err != nil {
		return err
	}
	if err := t.match(ctx); err != nil {
		return err
	}
	for _, r := range t.rows {
		r.action = actionError
		if r.asset == nil {
			continue
		}
		if err := t.compare(ctx, r); err != nil {
			return err
		}
	}
	if err := t.fixed(ctx); err != nil {
		return err
	}
	for _, r := range t.rows {
		switch {
		case len(r.errors) > 0:
		case r.before == nil:
			r.action = actionCreate
		case len(r.fields) > 0:
			r.action, r.id = actionUpdate, r.before.ID
		default:
			r.action, r.id = actionSkip, r.before.ID
		}
	}
	t.plan = t.hash()
	return nil
}

// parse reads the cells of a row into an asset, but for what they name.
func (t *table) parse(r *row) {
	r.asset = &assetsv1.Asset{}
	for i, c := range t.columns {
		if cell := r.cells[i]; cell != "" && c.read != nil {
			if err := c.read(r.asset, cell); err != nil {
				r.wrong(c.name, "%v", err)
			}
		}
	}
	for field, message := range broken(protovalidate.Validate(r.asset)) {
		r.wrong(columnOf(field), "%s", message)
	}
	if id := t.cell(r, "id"); id != "" && uuid.Validate(id) != nil {
		r.wrong("id", "must be a UUID")
	}
	r.flaws = r.errors
}

// broken are the fields that break a rule of the contract, with a message each.
func broken(err error) map[string]string {
	var invalid *protovalidate.ValidationError
	if !errors.As(err, &invalid) {
		return nil
	}
	out := map[string]string{}
	for _, v := range invalid.Violations {
		field, _, _ := strings.Cut(protovalidate.FieldPathString(v.Proto.GetField()), "[")
		if out[field] == "" {
			out[field] = v.Proto.GetMessage()
		}
	}
	return out
}

// resolve finds the sites, clients and owners that the rows name.
func (t *table) resolve(ctx context.Context) error {
	wanted := map[string]map[string]bool{"Site": {}, "Customer": {}, "User": {}}
	each := func(visit func(r *row, c *column, key string)) {
		for _, r := range t.rows {
			for i, c := range t.columns {
				if c.kind != "" && r.asset != nil && r.cells[i] != "" {
					visit(r, c, db.Key(r.cells[i]))
				}
			}
		}
	}
	each(func(_ *row, c *column, key string) { wanted[c.kind][key] = true })
	found, err := named(ctx, wanted)
	if err != nil {
		return err
	}
	each(func(r *row, c *column, key string) {
		id, ok := found[c.kind][key]
		if !ok {
			r.wrong(c.name, "there is none of that name")
			*c.ref(r.asset) = nil
			return
		}
		*c.ref(r.asset) = &id
	})
	return nil
}

// compare holds a row against its asset, or against the rules for a new one.
func (t *table) compare(ctx context.Context, r *row) error {
	var before *assetsv1.Asset
	in := &assetsv1.UpdateAssetRequest{Asset: r.asset, UpdateMask: &fieldmaskpb.FieldMask{}}
	if r.before != nil {
		before = message(r.before)
		for i, c := range t.columns {
			if c.field != "" && t.changes(c, r, r.cells[i], before) {
				r.fields = append(r.fields, c.field)
			}
		}
		in.UpdateMask.Paths = r.fields
	}
	c, k := db.From(ctx).Asset.Create(), api.MaskOf(in) // never saved: fill says what is wrong with the values
	if r.before == nil {
		k = api.MaskOf(&assetsv1.CreateAssetRequest{})
		required(k, r.asset)
	}
	err := fillAsset(ctx, c.Mutation(), r.asset, k)
	if err == nil && r.before != nil {
		err = lives(c.Mutation(), r.before, r.asset.GetReason())
	}
	if err == nil {
		err = t.ownerFits(ctx, c.Mutation(), r)
	}
	return r.blame(err)
}

// blame turns a refusal into the row's errors; other errors come back.
func (r *row) blame(err error) error {
	f := fault.Of(err)
	if f == nil {
		return err
	}
	for field, message := range f.Fields {
		r.wrong(columnOf(field), "%s", message)
	}
	if len(f.Fields) == 0 {
		column, message, _ := strings.Cut(f.Message, ": ")
		r.wrong(columnOf(column), "%s", message)
	}
	return nil
}

// changes tells whether a cell says something else than the asset. An empty cell clears what may be empty and leaves
// the rest.
func (t *table) changes(c *column, r *row, cell string, before *assetsv1.Asset) bool {
	if c.kind != "" {
		now, after := *c.ref(before), *c.ref(r.asset)
		if now == nil || after == nil {
			return (now == nil) != (after == nil)
		}
		return *now != *after
	}
	after := c.write(r.asset)
	if after == "" && cell == "" && (c.name == "criticality" || c.name == "lifecycle") {
		return false
	}
	return after != c.write(before)
}

// fixed refuses another client for assets that sessions exist for.
func (t *table) fixed(ctx context.Context) error {
	moved := map[uuid.UUID][]*row{}
	for _, r := range t.rows {
		if r.before != nil && slices.Contains(r.fields, "client_id") {
			moved[r.before.ID] = append(moved[r.before.ID], r)
		}
	}
	reviewed, err := withSessions(ctx, moved)
	for _, id := range reviewed {
		for _, r := range moved[id] {
			if err := r.blame(belongs(true)); err != nil {
				return err
			}
		}
	}
	return err
}

// hash stands for exactly what would be done: it differs when any row would become something else.
func (t *table) hash() string {
	sum := sha256.New()
	for _, r := range t.rows {
		_, _ = fmt.Fprintf(sum, "%d %s %s\n", r.number, r.action, r.id)
		if r.action != actionCreate && r.action != actionUpdate {
			continue
		}
		for _, c := range t.columns {
			if c.field == "" || r.action == actionUpdate && !slices.Contains(r.fields, c.field) {
				continue
			}
			after := value(c, r.asset)
			if r.before != nil {
				_, _ = fmt.Fprintf(sum, "%s %q → %q\n", c.field, value(c, message(r.before)), after)
			} else {
				_, _ = fmt.Fprintf(sum, "%s %q\n", c.field, after)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// value is a column's value as text; a reference is its id.
func value(c *column, a *assetsv1.Asset) string {
	if c.kind == "" {
		return c.write(a)
	}
	if id := *c.ref(a); id != nil {
		return *id
	}
	return ""
}
