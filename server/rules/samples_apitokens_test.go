package rules_test

var _ = sample(map[string]string{
	"ApiTokenService.ListApiTokens":  `{}`,
	"ApiTokenService.CreateApiToken": `{"apiToken": {"name": "Script {n}", "scopes": ["assets:read"]}}`,
	"ApiTokenService.RevokeApiToken": `{"id": "{+token}"}`,
})
