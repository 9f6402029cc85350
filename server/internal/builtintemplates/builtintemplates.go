// Package builtintemplates brings the templates that come with the program to every tenant: to a new one when it is
// founded, to all others after a start with new or better texts. What a tenant has changed itself stays as it is.
package builtintemplates

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/template"
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

// Bring gives a tenant the templates that it lacks, and brings those up to date that nobody there has changed. It works
// in the transaction of the context, whoever's it is; where there is nothing to do it writes nothing.
func Bring(ctx context.Context, tenant uuid.UUID) error {
	texts, err := Texts()
	if err != nil {
		return err
	}
	return bring(viewer.In(ctx, tenant, viewer.Librarian), texts)
}

func bring(ctx context.Context, texts []*Text) error {
	if err := db.Alone(ctx, "builtin"); err != nil { // another server may be at it
		return err
	}
	rows, err := db.From(ctx).Template.Query().Where(template.IsBuiltin(true)).All(ctx)
	if err != nil {
		return err
	}
	have := map[string]*ent.Template{}
	for _, r := range rows {
		have[r.StableID] = r
	}
	var fresh []*ent.TemplateCreate
	for _, t := range texts {
		row := have[t.stableID()]
		switch {
		case row == nil:
			c := db.From(ctx).Template.Create().SetStableID(t.stableID()).SetIsBuiltin(true)
			t.write(c.Mutation())
			fresh = append(fresh, c)
		case row.BuiltinHash != nil && *row.BuiltinHash == t.hash():
		case row.BuiltinHash != nil && *row.BuiltinHash == of(row).hash():
			u := db.From(ctx).Template.UpdateOneID(row.ID)
			t.write(u.Mutation())
			err = u.Exec(ctx)
		default: // theirs: only note that this text is known
			err = db.From(ctx).Template.UpdateOneID(row.ID).SetBuiltinHash(t.hash()).Exec(ctx)
		}
		if err != nil {
			return fmt.Errorf("builtin: %s: %w", t.ID, err)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return db.From(ctx).Template.CreateBulk(fresh...).Exec(ctx)
}

func (t *Text) stableID() string { return prefix + t.ID }

// pause is how long others may write between two tenants, and how long a database that is away is waited for.
const (
	pause    = 5 * time.Millisecond
	patience = 5 * time.Second
)

// Sync brings every tenant up to date that is not, and tries again until that is done or the context ends. It is for
// the background: one statement finds out which they are, as a rule none.
func Sync(ctx context.Context, d *db.DB, log *slog.Logger) error {
	for {
		n, err := pass(ctx, d)
		if n > 0 {
			log.LogAttrs(ctx, slog.LevelInfo, "built-in templates were brought up to date", slog.Int("tenants", n))
		}
		if err == nil || ctx.Err() != nil {
			return nil
		}
		log.LogAttrs(ctx, slog.LevelWarn, "built-in templates are not up to date everywhere", slog.String("error", err.Error()))
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(patience):
		}
	}
}

// pass works through the tenants once, and tells how many were not up to date.
func pass(ctx context.Context, d *db.DB) (int, error) {
	texts, err := Texts()
	if err != nil {
		return 0, err
	}
	tenants, err := behind(ctx, d, texts)
	if err != nil {
		return 0, err
	}
	var errs []error
	for i, tenant := range tenants {
		if i > 0 {
			select {
			case <-ctx.Done():
				return i, ctx.Err()
			case <-time.After(pause):
			}
		}
		inside := viewer.In(d.In(ctx), tenant, viewer.Librarian)
		errs = append(errs, d.Tx(inside, func(ctx context.Context) error { return bring(ctx, texts) }))
	}
	return len(tenants), errors.Join(errs...)
}

// behind are the tenants that do not have all texts as they are now.
func behind(ctx context.Context, d *db.DB, texts []*Text) ([]uuid.UUID, error) {
	args, marks := make([]any, 0, len(texts)+1), make([]string, len(texts))
	for i, t := range texts {
		args, marks[i] = append(args, t.hash()), fmt.Sprintf("$%d", i+1)
	}
	args = append(args, len(texts))
	rows, err := d.Reader().QueryContext(ctx, fmt.Sprintf(`SELECT t.id FROM tenants t WHERE (SELECT count(*) FROM templates x WHERE x.tenant_id = t.id AND x.is_builtin
		AND x.builtin_hash IN (%s)) < $%d ORDER BY t.id`, strings.Join(marks, ", "), len(args)), args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []uuid.UUID
	for rows.Next() {
		var id uuid.UUID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}
