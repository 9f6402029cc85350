package rules_test

var _ = sample(map[string]string{
	"TaxonomyService.GetCurrentTaxonomy":      `{}`,
	"TaxonomyService.ListTaxonomyVersions":    `{}`,
	"TaxonomyService.CreateTaxonomyVersion":   `{"taxonomyVersion": {"description": "Version {n}", "domains": {domains}}}`,
	"TaxonomyService.ActivateTaxonomyVersion": `{"id": "{+older}"}`,
})
