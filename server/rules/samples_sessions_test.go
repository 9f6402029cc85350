package rules_test

var _ = sample(map[string]string{
	"SessionService.ListSessions":       `{}`,
	"SessionService.CreateSession":      `{"session": {"assetId": "{asset}", "name": "Session {n}", "reviewDate": "2026-11-22", "reviewerId": "{editor}"}}`,
	"SessionService.GetSession":         `{"id": "{session}"}`,
	"SessionService.BulkUpdateSessions": `{"ids": ["{session}"], "set": {"notes": "bulk {n}"}, "reason": "Bulk {n}"}`,
	"SessionService.UpdateSession":      `{"session": {"id": "{session}", "notes": "Notes {n}"}, "updateMask": "notes"}`,
	"SessionService.ListSessionHistory": `{"id": "{session}"}`,
})
