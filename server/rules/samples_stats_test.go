package rules_test

var _ = sample(map[string]string{
	"StatsService.GetOverview": `{}`,
	"StatsService.GetActivity": `{}`,
})
