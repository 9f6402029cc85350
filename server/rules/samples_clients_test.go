package rules_test

var _ = sample(map[string]string{
	"ClientService.ListClients":       `{}`,
	"ClientService.CreateClient":      `{"client": {"name": "Client {n}"}}`,
	"ClientService.GetClient":         `{"id": "{client}"}`,
	"ClientService.UpdateClient":      `{"client": {"id": "{client}", "primaryContactName": "Contact {n}"}, "updateMask": "primaryContactName"}`,
	"ClientService.ListClientHistory": `{"id": "{client}"}`,
})
