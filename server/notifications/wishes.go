package notifications

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent/preference"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// wishes are what a person has chosen of how they are told, as their preferences keep it. What they never chose reaches
// them in the app only.
type wishes struct {
	Locale     string    `json:"locale"`
	EventsApp  *[]string `json:"events_app"`
	EventsMail []string  `json:"events_mail"`
}

// ways are those by which an event reaches a person.
type ways struct{ app, mail bool }

func (w ways) any() bool { return w.app || w.mail }

// covers tells whether something that comes by these ways comes by those as well.
func (w ways) covers(those ways) bool { return (w.app || !those.app) && (w.mail || !those.mail) }

// reaches are the ways by which what has a cause reaches the person.
func (w wishes) reaches(cause string) ways {
	event := event(cause)
	return ways{app: w.EventsApp == nil || slices.Contains(*w.EventsApp, event), mail: slices.Contains(w.EventsMail, event)}
}

// event is what the preferences call a cause.
func event(cause string) string {
	switch cause {
	case slaWarning, slaBreach:
		return "sla"
	case merged:
		return watched
	}
	return cause
}

// wishesOf reads what people have chosen.
func wishesOf(ctx context.Context, people map[uuid.UUID]*reader) error {
	rows, err := db.From(ctx).Preference.Query().Where(preference.UserIDIn(keys(people)...)).All(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		people[row.UserID].wishes = wished(row.Document)
	}
	return nil
}

// wished reads the document of preferences; the default is what cannot be read.
func wished(document json.RawMessage) (w wishes) {
	if len(document) == 0 || json.Unmarshal(document, &w) != nil {
		return wishes{}
	}
	return w
}
