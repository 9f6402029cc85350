package rules_test

var _ = sample(map[string]string{
	"UserService.ListUsers":      `{}`,
	"UserService.CreateUser":     `{"user": {"email": "user{n}@home.test", "fullName": "Uma User", "password": "{password}", "groupIds": ["{group}"]}}`,
	"UserService.ListReviewers":  `{}`,
	"UserService.ListColleagues": `{}`,
	"UserService.GetOwnUser":     `{}`,
	"UserService.UpdateOwnUser":  `{"user": {"fullName": "Ada Admin {n}"}, "updateMask": "fullName"}`,
	"UserService.GetUser":        `{"id": "{viewer}"}`,
	"UserService.UpdateUser":     `{"user": {"id": "{viewer}", "fullName": "Vic Viewer {n}"}, "updateMask": "fullName"}`,
	"UserService.DeactivateUser": `{"id": "{+user}"}`,
	"UserService.ResetMfa":       `{"id": "{+user}"}`,
	"UserService.RevokeSessions": `{"id": "{+user}"}`,
	"UserService.ListInvites":    `{}`,
	"UserService.CreateInvite":   `{"invite": {"email": "invite{n}@home.test", "groupIds": ["{group}"]}}`,
	"UserService.RevokeInvite":   `{"id": "{+invite}"}`,
})
