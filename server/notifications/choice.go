package notifications

import (
	"context"
	"encoding/json"
	"time"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// choice is what a person has chosen, and what it was before: who turns mail on is not told of what happened until then.
type choice struct {
	row  *ent.Preference
	past []past
}

// past is a choice that held until a time.
type past struct {
	until time.Time
	wishes
}

func (c *choice) now() wishes { return wished(c.row.Document) }

// at is what held at a time.
func (c *choice) at(t time.Time) wishes {
	for _, p := range c.past {
		if t.Before(p.until) {
			return p.wishes
		}
	}
	return c.now()
}

// recall reads from the journal what people had chosen since a time.
func recall(ctx context.Context, tenant uuid.UUID, chosen map[uuid.UUID]*choice, since time.Time) error {
	byRow := map[uuid.UUID]*choice{}
	for _, c := range chosen {
		if c.row.UpdatedAt.After(since) {
			byRow[c.row.ID] = c
		}
	}
	for id, c := range byRow {
		if err := c.recall(ctx, tenant, id, since); err != nil {
			return err
		}
	}
	return nil
}

func (c *choice) recall(ctx context.Context, tenant, id uuid.UUID, since time.Time) error {
	rows, err := db.SQL(ctx).QueryContext(ctx, `SELECT at, changes FROM journal
		WHERE tenant_id = $1 AND record_id = $2 AND kind = 'preference' AND at > $3 ORDER BY seq`, tenant, id, since)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var at time.Time
		var text *string
		if err := rows.Scan(&at, &text); err != nil {
			return err
		}
		var changes map[string]db.Values
		if text == nil {
			continue
		}
		if err := json.Unmarshal([]byte(*text), &changes); err != nil {
			return err
		}
		if v, ok := changes["document"]; ok {
			c.past = append(c.past, past{at, wished(v.Old)})
		}
	}
	return rows.Err()
}

// wished reads the document of preferences; the default is what cannot be read.
func wished(document json.RawMessage) (w wishes) {
	if len(document) == 0 || json.Unmarshal(document, &w) != nil {
		return wishes{}
	}
	return w
}
