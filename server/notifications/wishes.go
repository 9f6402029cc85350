package notifications

import (
	"context"
	"slices"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent/notification"
	"github.com/holdfast-platform/holdfast/gen/ent/preference"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// wishes are what a person has chosen of how he is told, as his preferences keep it. What he never chose reaches him in the app only.
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
	if cause == slaWarning || cause == slaBreach {
		return "sla"
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

// What reaches a person by mail only counts as read from the moment it is made, and the app never shows it; outside are such
// notifications, inside all others.
func outside(s *sql.Selector) {
	s.Where(sql.ColumnsEQ(s.C(notification.FieldReadAt), s.C(notification.FieldCreatedAt)))
}

func inside(s *sql.Selector) {
	s.Where(sql.Or(sql.IsNull(s.C(notification.FieldReadAt)), sql.ColumnsNEQ(s.C(notification.FieldReadAt), s.C(notification.FieldCreatedAt))))
}
