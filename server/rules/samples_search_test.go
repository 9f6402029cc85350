package rules_test

var _ = sample(map[string]string{
	"SearchService.Search": `{"q": "asset"}`,
})
