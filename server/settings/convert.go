package settings

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/holdfast-platform/holdfast/gen/ent"
	settingsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/settings/v1"
	"github.com/holdfast-platform/holdfast/server/internal/api"
	"github.com/holdfast-platform/holdfast/server/internal/calendar"
	"github.com/holdfast-platform/holdfast/server/internal/sla"
)

// defaults are the settings of a tenant that has decided nothing; the schema gives the same to its first row.
var defaults = ent.Setting{
	Locale: "en", TimeZone: "UTC", ReopenWindowDays: 7, AutoCloseDays: 7, RetentionNotificationDays: 90, RetentionLoginSessionDays: 90, RetentionReportDays: 365, PasswordMinLength: 12,
}

// fillSettings takes the fields that the mask names; what service levels are judged by goes into the policy too.
func fillSettings(m *ent.SettingMutation, in *settingsv1.Settings, k *api.Mask, p *sla.Policy) {
	b := in.GetBranding()
	if b == nil {
		b = &settingsv1.Branding{}
	}
	api.Opt(k, "branding.name", b.Name, m.SetBrandName, m.ClearBrandName)
	api.Opt(k, "branding.logo", b.Logo, m.SetBrandLogo, m.ClearBrandLogo)
	api.Opt(k, "branding.color", b.Color, m.SetBrandColor, m.ClearBrandColor)
	api.Opt(k, "locale", &in.Locale, m.SetLocale, func() { m.SetLocale(defaults.Locale) })
	api.Opt(k, "time_zone", &in.TimeZone, func(zone string) {
		if _, err := calendar.Zone(zone); err != nil {
			k.Fault("time_zone", err.Error())
		}
		m.SetTimeZone(zone)
	}, func() { m.SetTimeZone(defaults.TimeZone) })
	days := func(name string, value *int32, set func(int32), none int32) {
		api.Opt(k, name, value, set, func() { set(none) })
	}
	days("reopen_window_days", in.ReopenWindowDays, m.SetReopenWindowDays, defaults.ReopenWindowDays)
	days("auto_close_days", in.AutoCloseDays, m.SetAutoCloseDays, defaults.AutoCloseDays)
	r := in.GetRetention()
	if r == nil {
		r = &settingsv1.Retention{}
	}
	days("retention.notification_days", r.NotificationDays, m.SetRetentionNotificationDays, defaults.RetentionNotificationDays)
	days("retention.login_days", r.LoginDays, m.SetRetentionLoginSessionDays, defaults.RetentionLoginSessionDays)
	days("retention.report_days", r.ReportDays, m.SetRetentionReportDays, defaults.RetentionReportDays)
	w := in.GetPasswordPolicy()
	if w == nil {
		w = &settingsv1.PasswordPolicy{}
	}
	days("password_policy.min_length", w.MinLength, m.SetPasswordMinLength, defaults.PasswordMinLength)
	api.Set(k, "mfa_policy.required", in.GetMfaPolicy().GetRequired(), m.SetMfaRequired)
	api.UUID(k, "default_group_id", in.DefaultGroupId, m.SetDefaultGroupID, m.ClearDefaultGroupID)
	list(k, "priority_matrix", in.GetPriorityMatrix(), sla.DefaultMatrix, m.SetPriorityMatrix, m.ClearPriorityMatrix, func(cells []*settingsv1.PriorityCell) any {
		p.Matrix = matrix(k, cells)
		return p.Matrix
	})
	list(k, "calendars", in.GetCalendars(), []sla.Calendar{}, m.SetCalendars, m.ClearCalendars, func(cs []*settingsv1.Calendar) any {
		p.Calendars = calendars(cs)
		return p.Calendars
	})
	list(k, "sla_targets", in.GetSlaTargets(), sla.DefaultTargets(), m.SetSLATargets, m.ClearSLATargets, func(ts []*settingsv1.SlaTarget) any {
		p.Targets = targets(ts)
		return p.Targets
	})
}

// list takes a list that is replaced as a whole. take puts it into the policy and answers what it means; what is the
// same as the default is not kept, so that a document that was read can be sent back.
func list[T any](k *api.Mask, name string, values []T, none any, set func(json.RawMessage), unset func(), take func([]T) any) {
	if k.All() && len(values) == 0 || !k.Has(name) {
		k.Names(name)
		return
	}
	meant := take(values)
	raw, err := json.Marshal(meant)
	switch {
	case reflect.DeepEqual(meant, none):
		unset()
	case err != nil:
		k.Fault(name, "is not valid")
	default:
		set(raw)
	}
}

func matrix(k *api.Mask, cells []*settingsv1.PriorityCell) sla.Matrix {
	if len(cells) == 0 {
		return sla.DefaultMatrix
	}
	var out sla.Matrix
	for _, c := range cells {
		at := &out[c.GetImpact()-1][c.GetUrgency()-1]
		if *at != 0 {
			k.Fault("priority_matrix", fmt.Sprintf("impact %d, urgency %d is there twice", c.GetImpact(), c.GetUrgency()))
		}
		*at = c.GetPriority()
	}
	if len(cells) != 9 {
		k.Fault("priority_matrix", "needs nine cells, one for each impact and urgency")
		return sla.DefaultMatrix
	}
	return out
}

func targets(ts []*settingsv1.SlaTarget) []sla.Target {
	if len(ts) == 0 {
		return sla.DefaultTargets()
	}
	out := make([]sla.Target, len(ts))
	for i, t := range ts {
		out[i] = sla.Target{Priority: t.GetPriority(), ResponseMinutes: t.GetResponseMinutes(), ResolveMinutes: t.GetResolveMinutes(), Calendar: t.GetCalendar()}
	}
	return out
}

func calendars(cs []*settingsv1.Calendar) []sla.Calendar {
	out := make([]sla.Calendar, len(cs))
	for i, c := range cs {
		out[i] = sla.Calendar{Name: c.GetName(), TimeZone: c.GetTimeZone(), Holidays: c.GetHolidays()}
		for _, h := range c.GetWeekly() {
			out[i].Weekly = append(out[i].Weekly, sla.Hours{Day: h.GetDay(), From: h.GetFrom(), To: h.GetTo()})
		}
	}
	return out
}

// same tells whether two policies judge alike.
func same(a, b *sla.Policy) bool {
	return a.Matrix == b.Matrix && reflect.DeepEqual(a.Targets, b.Targets) && (len(a.Calendars)+len(b.Calendars) == 0 || reflect.DeepEqual(a.Calendars, b.Calendars))
}

// message is what callers see; row is nil for a tenant that has decided nothing.
func message(ctx context.Context, row *ent.Setting, p *sla.Policy) (*settingsv1.Settings, error) {
	out := &settingsv1.Settings{}
	s := &defaults
	if row != nil {
		s = row
		out.Id, out.Version, out.CreatedAt, out.UpdatedAt = s.ID.String(), s.Version, api.At(s.CreatedAt), api.At(s.UpdatedAt)
	}
	out.Branding = &settingsv1.Branding{Name: s.BrandName, Logo: s.BrandLogo, Color: s.BrandColor}
	out.Locale, out.TimeZone = s.Locale, s.TimeZone
	out.ReopenWindowDays, out.AutoCloseDays = &s.ReopenWindowDays, &s.AutoCloseDays
	out.Retention = &settingsv1.Retention{NotificationDays: &s.RetentionNotificationDays, LoginDays: &s.RetentionLoginSessionDays, ReportDays: &s.RetentionReportDays}
	out.PasswordPolicy = &settingsv1.PasswordPolicy{MinLength: &s.PasswordMinLength}
	out.MfaPolicy = &settingsv1.MfaPolicy{Required: s.MfaRequired}
	out.DefaultGroupId, out.PolicyRevision = api.IDOpt(s.DefaultGroupID), p.Revision
	for i, line := range p.Matrix {
		for j, priority := range line {
			out.PriorityMatrix = append(out.PriorityMatrix, &settingsv1.PriorityCell{Impact: int32(i + 1), Urgency: int32(j + 1), Priority: priority})
		}
	}
	for _, t := range p.Targets {
		out.SlaTargets = append(out.SlaTargets, &settingsv1.SlaTarget{Priority: t.Priority, ResponseMinutes: t.ResponseMinutes, ResolveMinutes: t.ResolveMinutes, Calendar: t.Calendar})
	}
	for _, c := range p.Calendars {
		m := &settingsv1.Calendar{Name: c.Name, TimeZone: c.TimeZone, Holidays: c.Holidays}
		for _, h := range c.Weekly {
			m.Weekly = append(m.Weekly, &settingsv1.WeeklyHours{Day: h.Day, From: h.From, To: h.To})
		}
		out.Calendars = append(out.Calendars, m)
	}
	refs := api.RefsOf(ctx)
	refs.Want(&out.DefaultGroup, "Group", s.DefaultGroupID)
	return out, refs.Load()
}
