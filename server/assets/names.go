package assets

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/customer"
	"github.com/holdfast-platform/holdfast/gen/ent/site"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// chunk bounds the values of one statement.
const chunk = 5000

// named resolves the sites, clients and owners that a table names: kind → folded name → id. What the caller may not see
// is not there; owners are found among the members whatever the caller may read of people.
func named(ctx context.Context, wanted map[string]map[string]bool) (map[string]map[string]string, error) {
	found := map[string]map[string]string{"Site": {}, "Customer": {}, "User": {}}
	each := func(kind string, find func(keys []string) error) error {
		keys := make([]string, 0, len(wanted[kind]))
		for key := range wanted[kind] {
			keys = append(keys, key)
		}
		for part := range slices.Chunk(keys, chunk) {
			err := find(part)
			var denied rule.Denied
			if err != nil && !errors.As(err, &denied) {
				return err
			}
		}
		return nil
	}
	return found, errors.Join(
		each("Site", func(keys []string) error {
			rows, err := db.From(ctx).Site.Query().Where(site.NameKeyIn(keys...)).All(ctx)
			for _, r := range rows {
				found["Site"][r.NameKey] = r.ID.String()
			}
			return err
		}),
		each("Customer", func(keys []string) error {
			rows, err := db.From(ctx).Customer.Query().Where(customer.NameKeyIn(keys...)).All(ctx)
			for _, r := range rows {
				found["Customer"][r.NameKey] = r.ID.String()
			}
			return err
		}),
		each("User", func(keys []string) error {
			ctx := ctx
			if !viewer.From(ctx).Scoped() {
				ctx = viewer.As(ctx, viewer.Reviewers)
			}
			rows, err := db.From(ctx).User.Query().Where(user.EmailKeyIn(keys...)).All(ctx)
			for _, r := range rows {
				found["User"][r.EmailKey] = r.ID.String()
			}
			return err
		}))
}

// calls knows what the sites, clients and owners of a table are called, and which of these kinds the caller may not
// read.
type calls struct {
	names  map[string]map[string]string // kind → id → name
	denied map[string]bool
}

// callsOf begins a table: it finds out what the caller may read.
func callsOf(ctx context.Context) (*calls, error) {
	c := &calls{map[string]map[string]string{"Site": {}, "Customer": {}, "User": {}}, map[string]bool{}}
	for kind := range c.names {
		var denied rule.Denied
		switch _, err := db.From(ctx).Records(ctx, kind, nobody); {
		case errors.As(err, &denied):
			c.denied[kind] = true
		case err != nil:
			return nil, err
		}
	}
	return c, nil
}

// learn looks up the names that some assets need and that are not known yet.
func (c *calls) learn(ctx context.Context, assets []*assetsv1.Asset) error {
	for _, col := range columns {
		if col.kind == "" || c.denied[col.kind] {
			continue
		}
		var missing []uuid.UUID
		for _, a := range assets {
			id := *col.ref(a)
			if id == nil {
				continue
			}
			if _, known := c.names[col.kind][*id]; known {
				continue
			}
			parsed, err := uuid.Parse(*id)
			if err != nil {
				return err
			}
			c.names[col.kind][*id] = "" // as long as nothing is found
			missing = append(missing, parsed)
		}
		if len(missing) == 0 {
			continue
		}
		records, err := db.Labels(ctx, col.kind, missing)
		if err != nil {
			return err
		}
		for id, r := range records {
			c.names[col.kind][id.String()] = r.Label()
			if person, ok := r.(*ent.User); ok {
				c.names[col.kind][id.String()] = person.Email
			}
		}
	}
	return nil
}

// cell writes a column of an asset.
func (c *calls) cell(col *column, a *assetsv1.Asset) string {
	if col.kind == "" {
		return col.write(a)
	}
	if id := *col.ref(a); id != nil {
		return c.names[col.kind][*id]
	}
	return ""
}

// ownerFits refuses an owner who could not be given the asset by hand either; one who owns it already stays.
func (t *table) ownerFits(ctx context.Context, m *ent.AssetMutation, r *row) error {
	owner, ok := m.OwnerID()
	if !ok || r.before != nil && r.before.OwnerID != nil && *r.before.OwnerID == owner {
		return nil
	}
	client, ok := m.ClientID()
	if !ok && r.before != nil && r.before.ClientID != nil && !m.ClientIDCleared() {
		client = *r.before.ClientID
	}
	who := [2]uuid.UUID{owner, client}
	fits, known := t.fits[who]
	if !known {
		var err error
		if fits, err = db.WorksOn(ctx, owner, client); err != nil {
			return err
		}
		if t.fits == nil {
			t.fits = map[[2]uuid.UUID]bool{}
		}
		t.fits[who] = fits
	}
	if !fits {
		return db.PersonFault("owner_id")
	}
	return nil
}
