package rules_test

var _ = sample(map[string]string{
	"SettingsService.GetSettings":    `{}`,
	"SettingsService.UpdateSettings": `{"settings": {"reopenWindowDays": {days}, "reason": "Measured"}, "updateMask": "reopenWindowDays"}`,
})
