package rules_test

var _ = sample(map[string]string{
	"ReportService.ListExports": `{"id": "{session}"}`,
})
