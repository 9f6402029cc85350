package rules_test

var _ = sample(map[string]string{
	"TemplateService.ListTemplates":       `{}`,
	"TemplateService.CreateTemplate":      `{"template": {"name": "Template {n}", "category": "injection", "riskLevel": "high", "title": "Injection", "references": ["https://cwe.mitre.org/"]}}`,
	"TemplateService.GetTemplate":         `{"id": "{template}"}`,
	"TemplateService.UpdateTemplate":      `{"template": {"id": "{template}", "name": "Template {n}"}, "updateMask": "name"}`,
	"TemplateService.DeleteTemplate":      `{"id": "{+template}"}`,
	"TemplateService.ListTemplateHistory": `{"id": "{template}"}`,
})
