package rules_test

var _ = sample(map[string]string{
	"MeService.GetMe":                  `{}`,
	"MeService.GetFeatures":            `{}`,
	"MeService.GetBranding":            `{}`,
	"MeService.ChangePassword":         ``,
	"MeService.Confirm":                `{"password": "{password}"}`,
	"MeService.EnrollMfa":              `{"currentPassword": "{password}"}`,
	"MeService.ActivateMfa":            ``,
	"MeService.DisableMfa":             ``,
	"MeService.ListLoginSessions":      `{}`,
	"MeService.RevokeLoginSession":     `{"id": "{+login}"}`,
	"MeService.RevokeAllLoginSessions": `{"keepCurrent": true}`,
	"MeService.GetPreferences":         `{}`,
	"MeService.UpdatePreferences":      `{"preferences": {"locale": "de"}, "updateMask": "locale"}`,
	"MeService.GetDashboardLayout":     `{}`,
	"MeService.UpdateDashboardLayout":  `{"dashboardLayout": {"layout": {"n": "{n}"}}, "updateMask": "layout"}`,
})
