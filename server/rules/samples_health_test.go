package rules_test

var _ = sample(map[string]string{
	"HealthService.GetHealth": `{}`,
})
