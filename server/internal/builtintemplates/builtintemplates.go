// Package builtintemplates has the templates that come with the program. The builtin workshop brings them to tenants.
package builtintemplates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/template"
	"github.com/holdfast-platform/holdfast/server/internal/builtin"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// prefix begins the stable ids of what is built in.
const prefix = "builtin."

// hash tells whether a template's texts are still those that it was given.
func (t *Text) hash() string {
	raw, err := json.Marshal(t)
	if err != nil {
		panic(err) // texts and numbers always marshal
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// of is what a tenant's template says now.
func of(row *ent.Template) *Text {
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	t := &Text{
		Name: row.Name, Category: row.Category, Language: row.Language, Title: text(row.Title), Description: text(row.Description),
		RiskLevel: text(row.RiskLevel), Impact: text(row.Impact), Recommendation: text(row.Recommendation), References: row.References,
		CVSS: text(row.CvssVector),
	}
	if row.Cwe != nil {
		t.CWE = *row.Cwe
	}
	return t
}

// write puts a text into a template that is made or changed.
func (t *Text) write(m *ent.TemplateMutation) {
	m.SetName(t.Name)
	m.SetCategory(t.Category)
	m.SetLanguage(t.Language)
	m.SetTitle(t.Title)
	m.SetDescription(t.Description)
	m.SetRiskLevel(t.RiskLevel)
	m.SetImpact(t.Impact)
	m.SetRecommendation(t.Recommendation)
	m.SetReferences(t.References)
	m.ResetCwe()
	m.SetCwe(t.CWE)
	m.SetCvssVector(t.CVSS)
	m.SetBuiltinHash(t.hash())
}

// Kind are the templates that come with the program, for the builtin workshop.
type Kind struct{ texts []*Text }

// New reads the texts.
func New() (Kind, error) {
	texts, err := Texts()
	return Kind{texts}, err
}

// Table is where templates are.
func (Kind) Table() string { return template.Table }

// Rows are the texts of this program.
func (k Kind) Rows() ([]builtin.Row, error) {
	rows := make([]builtin.Row, len(k.texts))
	for i, t := range k.texts {
		rows[i] = builtin.Row{Key: t.ID, Name: t.Name, Hash: t.hash()}
	}
	return rows, nil
}

// Have are the templates of the tenant that the program brought.
func (Kind) Have(ctx context.Context) ([]builtin.Had, error) {
	rows, err := db.From(ctx).Template.Query().Where(template.IsBuiltin(true)).All(ctx)
	if err != nil {
		return nil, err
	}
	var had []builtin.Had
	for _, r := range rows {
		h := builtin.Had{ID: r.ID, Key: strings.TrimPrefix(r.StableID, prefix), Now: of(r).hash()}
		if r.BuiltinHash != nil {
			h.Brought = *r.BuiltinHash
		}
		had = append(had, h)
	}
	return had, nil
}

// Taken is never so: several templates may have one name.
func (Kind) Taken(context.Context, string, uuid.UUID) (bool, error) { return false, nil }

// Create makes templates.
func (k Kind) Create(ctx context.Context, rows []builtin.Row) error {
	var fresh []*ent.TemplateCreate
	for _, r := range rows {
		c := db.From(ctx).Template.Create().SetStableID(prefix + r.Key).SetIsBuiltin(true).SetBuiltinKey(r.Key)
		k.text(r.Key).write(c.Mutation())
		fresh = append(fresh, c)
	}
	return db.From(ctx).Template.CreateBulk(fresh...).Exec(ctx)
}

// Update gives a template the program's text.
func (k Kind) Update(ctx context.Context, id uuid.UUID, r builtin.Row) error {
	u := db.From(ctx).Template.UpdateOneID(id)
	k.text(r.Key).write(u.Mutation())
	return u.Exec(ctx)
}

// Note notes that this text is known where the tenant has one of its own.
func (Kind) Note(ctx context.Context, id uuid.UUID, hash string) error {
	return db.From(ctx).Template.UpdateOneID(id).SetBuiltinHash(hash).Exec(ctx)
}

func (k Kind) text(key string) *Text {
	return k.texts[slices.IndexFunc(k.texts, func(t *Text) bool { return t.ID == key })]
}
