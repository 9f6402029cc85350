package rules_test

var _ = sample(map[string]string{
	"LinkService.ListLinks":     `{"recordKind": "asset", "recordId": "{asset}"}`,
	"LinkService.ListLinkTypes": `{"fromKind": "incident"}`,
	"LinkService.CreateLink":    `{"link": {"fromKind": "asset", "fromId": "{asset}", "toKind": "incident", "toId": "{+incident}", "type": "relates_to"}}`,
	"LinkService.DeleteLink":    `{"id": "{+link}"}`,
})
