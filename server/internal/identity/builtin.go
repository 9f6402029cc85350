package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/group"
	"github.com/holdfast-platform/holdfast/server/internal/builtin"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// Groups are the built-in groups of some roles, for the builtin workshop. What they grant goes by the roles themselves
// (Grants); the rows say it for people.
type Groups []Role

// Table is where groups are.
func (Groups) Table() string { return group.Table }

// Rows are the roles.
func (g Groups) Rows() ([]builtin.Row, error) {
	rows := make([]builtin.Row, len(g))
	for i, r := range g {
		rows[i] = builtin.Row{Key: r.Key, Name: r.Name, Hash: said(r.Name, r.Description, r.Permissions)}
	}
	return rows, nil
}

func said(name, description string, permissions []string) string {
	raw, err := json.Marshal([]any{strings.TrimSuffix(name, builtin.Suffix), description, permissions})
	if err != nil {
		panic(err) // texts always marshal
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Have are the built-in groups of the tenant. Nobody can change them: what they say is what they were brought with.
func (Groups) Have(ctx context.Context) ([]builtin.Had, error) {
	rows, err := db.From(ctx).Group.Query().Where(group.BuiltinKeyNotNil()).All(ctx)
	if err != nil {
		return nil, err
	}
	had := make([]builtin.Had, len(rows))
	for i, r := range rows {
		had[i] = builtin.Had{ID: r.ID, Key: *r.BuiltinKey}
		if r.BuiltinHash != nil {
			had[i].Brought, had[i].Now = *r.BuiltinHash, *r.BuiltinHash
		}
	}
	return had, nil
}

// Taken tells whether the tenant has a group of that name.
func (Groups) Taken(ctx context.Context, name string, but uuid.UUID) (bool, error) {
	return db.From(ctx).Group.Query().Where(group.NameKey(db.Key(name)), group.IDNEQ(but)).Exist(ctx)
}

// Create makes groups.
func (g Groups) Create(ctx context.Context, rows []builtin.Row) error {
	for _, r := range rows {
		c := db.From(ctx).Group.Create().SetIsBuiltin(true).SetBuiltinKey(r.Key)
		g.write(c.Mutation(), r)
		if err := c.Exec(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Update gives a group what the role says.
func (g Groups) Update(ctx context.Context, id uuid.UUID, r builtin.Row) error {
	u := db.From(ctx).Group.UpdateOneID(id)
	g.write(u.Mutation(), r)
	return u.Exec(ctx)
}

// Note is never asked for: see Have.
func (Groups) Note(ctx context.Context, id uuid.UUID, hash string) error {
	return db.From(ctx).Group.UpdateOneID(id).SetBuiltinHash(hash).Exec(ctx)
}

func (g Groups) write(m *ent.GroupMutation, row builtin.Row) {
	for _, r := range g {
		if r.Key == row.Key {
			m.SetName(row.Name)
			m.SetDescription(r.Description)
			m.SetPermissions(r.Permissions)
			m.SetBuiltinHash(row.Hash)
		}
	}
}
