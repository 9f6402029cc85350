package rules_test

var _ = sample(map[string]string{
	"SiteService.ListSites":       `{}`,
	"SiteService.CreateSite":      `{"site": {"name": "Site {n}"}}`,
	"SiteService.GetSite":         `{"id": "{site}"}`,
	"SiteService.UpdateSite":      `{"site": {"id": "{site}", "name": "Site {n}"}, "updateMask": "name"}`,
	"SiteService.DeleteSite":      `{"id": "{+site}"}`,
	"SiteService.ListSiteHistory": `{"id": "{site}"}`,
	"SiteService.GetSiteImpact":   `{"id": "{site}"}`,
})
