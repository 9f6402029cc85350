package rules_test

var _ = sample(map[string]string{
	"ViewService.ListViews":  `{}`,
	"ViewService.CreateView": `{"view": {"word": "assets", "name": "View {n}"}}`,
	"ViewService.UpdateView": `{"view": {"id": "{view}", "name": "View {n}"}, "updateMask": "name"}`,
	"ViewService.DeleteView": `{"id": "{+view}"}`,
})
