package rules_test

var _ = sample(map[string]string{
	"TenantService.ListTenants":  `{}`,
	"TenantService.GetTenant":    `{"id": "{tenant}"}`,
	"TenantService.UpdateTenant": `{"tenant": {"id": "{tenant}", "name": "Home {n}"}, "updateMask": "name"}`,
	"TenantService.SwitchTenant": `{"id": "{tenant}"}`,
})
