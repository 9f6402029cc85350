package rules_test

var _ = sample(map[string]string{
	"IncidentService.ListIncidents":        `{}`,
	"IncidentService.CreateIncident":       `{"incident": {"title": "Incident {n}", "impact": 2, "urgency": 2, "assetIds": ["{asset}"]}}`,
	"IncidentService.GetIncident":          `{"id": "{incident}"}`,
	"IncidentService.BulkUpdateIncidents":  `{"ids": ["{incident}"], "set": {"production_impact": "bulk {n}"}, "reason": "Bulk {n}"}`,
	"IncidentService.UpdateIncident":       `{"incident": {"id": "{incident}", "title": "Incident {n}"}, "updateMask": "title"}`,
	"IncidentService.DeleteIncident":       `{"id": "{+incident}"}`,
	"IncidentService.AddIncidentComment":   `{"id": "{incident}", "body": "Comment {n}"}`,
	"IncidentService.ListIncidentTimeline": `{"id": "{incident}"}`,
	"IncidentService.MergeIncident":        `{"id": "{+incident}", "intoId": "{incident}", "reason": "The same"}`,
	"IncidentService.UnmergeIncident":      `{"id": "{+merged}", "reason": "Another fault"}`,
	"IncidentService.PromoteIncident":      `{"id": "{+incident}", "reason": "Everybody is hit"}`,
	"IncidentService.GetIncidentSla":       `{"id": "{incident}"}`,
	"IncidentService.ListIncidentHistory":  `{"id": "{incident}"}`,
	"IncidentService.GetIncidentImpact":    `{"id": "{incident}"}`,
})
