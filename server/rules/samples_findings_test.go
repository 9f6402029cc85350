package rules_test

var _ = sample(map[string]string{
	"FindingService.ListFindings":       `{}`,
	"FindingService.CreateFinding":      `{"finding": {"sessionId": "{session}", "title": "Finding {n}", "description": "What is wrong", "riskLevel": "high"}}`,
	"FindingService.GetFinding":         `{"id": "{finding}"}`,
	"FindingService.BulkUpdateFindings": `{"ids": ["{finding}"], "set": {"location": "bulk {n}"}, "reason": "Bulk {n}"}`,
	"FindingService.UpdateFinding":      `{"finding": {"id": "{finding}", "title": "Finding {n}"}, "updateMask": "title"}`,
	"FindingService.AddRetest":          `{"id": "{finding}", "retest": {"result": "partly", "note": "Re-test {n}"}}`,
	"FindingService.ListRetests":        `{"id": "{finding}"}`,
	"FindingService.ListFindingHistory": `{"id": "{finding}"}`,
})
