package me

import (
	"context"
	"encoding/json"
	"slices"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/preference"
	mev1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/me/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/db"
)

// largest bounds a layout in bytes.
const largest = 64 << 10

// everyEvent are the kinds of event that reach a person in the app until they say otherwise.
var everyEvent = []string{"assigned", "mentioned", "approval", "watched", "sla", "acceptance"}

// choices are the preferences as they are kept; what is missing was never chosen. Notifications read the events.
type choices struct {
	Locale      *string         `json:"locale,omitempty"`
	Theme       *string         `json:"theme,omitempty"`
	ListColumns json.RawMessage `json:"list_columns,omitempty"`
	EventsApp   *[]string       `json:"events_app,omitempty"`
	EventsMail  *[]string       `json:"events_mail,omitempty"`
}

// GetPreferences returns the caller's preferences.
func (Service) GetPreferences(ctx context.Context, _ *mev1.GetPreferencesRequest) (*mev1.Preferences, error) {
	row, err := own(ctx)
	if err != nil {
		return nil, err
	}
	return preferences(row)
}

// UpdatePreferences changes the preferences that the mask names.
func (Service) UpdatePreferences(ctx context.Context, in *mev1.UpdatePreferencesRequest) (*mev1.Preferences, error) {
	row, err := held(ctx)
	if err != nil {
		return nil, err
	}
	var c choices
	if row != nil && len(row.Document) > 0 {
		if err := json.Unmarshal(row.Document, &c); err != nil {
			return nil, err
		}
	}
	k := api.MaskOf(in)
	if err := fillPreferences(&c, in.GetPreferences(), k); err != nil {
		return nil, err
	}
	document, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	row, err = save(ctx, row, func(m *ent.PreferenceMutation) { m.SetDocument(document) }, func(m *ent.PreferenceMutation) error {
		return layout(m, k, "dashboard", in.GetPreferences().GetDashboard())
	})
	if err != nil {
		return nil, err
	}
	return preferences(row)
}

// GetDashboardLayout returns the layout of the caller's start page.
func (Service) GetDashboardLayout(ctx context.Context, _ *mev1.GetDashboardLayoutRequest) (*mev1.DashboardLayout, error) {
	row, err := own(ctx)
	return dashboard(row), err
}

// UpdateDashboardLayout replaces the layout of the caller's start page.
func (Service) UpdateDashboardLayout(ctx context.Context, in *mev1.UpdateDashboardLayoutRequest) (*mev1.DashboardLayout, error) {
	row, err := held(ctx)
	if err != nil {
		return nil, err
	}
	k := api.MaskOf(in)
	row, err = save(ctx, row, func(*ent.PreferenceMutation) {}, func(m *ent.PreferenceMutation) error {
		return layout(m, k, "layout", in.GetDashboardLayout().GetLayout())
	})
	return dashboard(row), err
}

// own is the caller's row; nil while nothing was ever set.
func own(ctx context.Context) (*ent.Preference, error) {
	row, err := db.From(ctx).Preference.Query().Where(preference.UserID(viewer.From(ctx).PersonID)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, nil //nolint:nilnil // nothing was set
	}
	return row, err
}

// held is the caller's row, about to change: what they choose at the same time elsewhere waits for it.
func held(ctx context.Context) (*ent.Preference, error) {
	if err := db.Alone(ctx, "preferences "+viewer.From(ctx).PersonID.String()); err != nil {
		return nil, err
	}
	return own(ctx)
}

// save makes the row with the first choice.
func save(ctx context.Context, row *ent.Preference, set func(*ent.PreferenceMutation), check func(*ent.PreferenceMutation) error) (*ent.Preference, error) {
	if row == nil {
		c := db.From(ctx).Preference.Create().SetUserID(viewer.From(ctx).PersonID)
		set(c.Mutation())
		if err := check(c.Mutation()); err != nil {
			return nil, err
		}
		return c.Save(ctx)
	}
	u := db.From(ctx).Preference.UpdateOneID(row.ID)
	set(u.Mutation())
	if err := check(u.Mutation()); err != nil {
		return nil, err
	}
	return u.Save(ctx)
}

// fillPreferences takes what the mask names.
func fillPreferences(c *choices, in *mev1.Preferences, k *api.Mask) error {
	api.Opt(k, "locale", in.Locale, func(v string) { c.Locale = &v }, func() { c.Locale = nil })
	api.Opt(k, "theme", in.Theme, func(v string) { c.Theme = &v }, func() { c.Theme = nil })
	api.JSON(k, "list_columns", in.GetListColumns(), func(raw json.RawMessage) {
		bounded(k, "list_columns", raw)
		c.ListColumns = raw
	}, func() { c.ListColumns = nil })
	events(k, "events_app", in.GetEventsApp(), &c.EventsApp, everyEvent)
	events(k, "events_mail", in.GetEventsMail(), &c.EventsMail, nil)
	k.Has("dashboard") // a column of its own
	return k.Err()
}

// events takes a list; an empty one that is named means none of them. What is the same as by default is no choice.
func events(k *api.Mask, name string, values []string, to **[]string, usual []string) {
	if !k.Names(name) && (!k.All() || len(values) == 0) || *to == nil && slices.Equal(values, usual) {
		return
	}
	list := append([]string{}, values...)
	*to = &list
}

func layout(m *ent.PreferenceMutation, k *api.Mask, name string, in *structpb.Struct) error {
	api.JSON(k, name, in, func(raw json.RawMessage) {
		bounded(k, name, raw)
		m.SetDashboard(raw)
	}, m.ClearDashboard)
	return k.Err()
}

func bounded(k *api.Mask, name string, raw json.RawMessage) {
	if len(raw) > largest {
		k.Fault(name, "must not be larger than 64 KiB")
	}
}

func preferences(row *ent.Preference) (*mev1.Preferences, error) {
	out := &mev1.Preferences{EventsApp: everyEvent}
	if row == nil {
		return out, nil
	}
	out.Id, out.Version, out.CreatedAt, out.UpdatedAt = row.ID.String(), row.Version, api.At(row.CreatedAt), api.At(row.UpdatedAt)
	out.Dashboard = api.FromJSON(row.Dashboard, &structpb.Struct{})
	if len(row.Document) == 0 {
		return out, nil
	}
	var c choices
	if err := json.Unmarshal(row.Document, &c); err != nil {
		return nil, err
	}
	out.Locale, out.Theme = c.Locale, c.Theme
	if len(c.ListColumns) > 0 {
		out.ListColumns = &structpb.Struct{}
		if err := protojson.Unmarshal(c.ListColumns, out.ListColumns); err != nil {
			return nil, err
		}
	}
	if c.EventsApp != nil {
		out.EventsApp = *c.EventsApp
	}
	if c.EventsMail != nil {
		out.EventsMail = *c.EventsMail
	}
	return out, nil
}

func dashboard(row *ent.Preference) *mev1.DashboardLayout {
	if row == nil {
		return &mev1.DashboardLayout{}
	}
	return &mev1.DashboardLayout{Version: row.Version, UpdatedAt: api.At(row.UpdatedAt), Layout: api.FromJSON(row.Dashboard, &structpb.Struct{})}
}
