package rules_test

var _ = sample(map[string]string{
	"GraphService.GetImpact": `{"roots": [{"kind": "asset", "id": "{asset}"}]}`,
})
