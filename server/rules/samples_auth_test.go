package rules_test

var _ = sample(map[string]string{
	"AuthService.Login":                `{"email": "viewer@home.test", "password": "{password}"}`,
	"AuthService.Register":             `{"tenantName": "Tenant {n}", "fullName": "Nora New", "email": "nora{n}@new.test", "password": "{password}"}`,
	"AuthService.Logout":               `{}`,
	"AuthService.Refresh":              `{"refreshToken": "{+refresh}"}`,
	"AuthService.CheckMethod":          `{"email": "viewer@home.test"}`,
	"AuthService.VerifyMfa":            ``,
	"AuthService.GetInvite":            `{"token": "{+invitation}"}`,
	"AuthService.AcceptInvite":         `{"token": "{+invitation}", "fullName": "Ida Invited", "password": "{password}"}`,
	"AuthService.RequestPasswordReset": `{"email": "viewer@home.test"}`,
	"AuthService.ConfirmPasswordReset": ``,
	"AuthService.ListMethods":          `{}`,
})
