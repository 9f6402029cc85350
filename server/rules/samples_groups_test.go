package rules_test

var _ = sample(map[string]string{
	"GroupService.ListGroups":      `{}`,
	"GroupService.ListTeams":       `{}`,
	"GroupService.CreateGroup":     `{"group": {"name": "Group {n}", "permissions": ["assets:read"]}}`,
	"GroupService.GetGroup":        `{"id": "{group}"}`,
	"GroupService.UpdateGroup":     `{"group": {"id": "{group}", "description": "For {n}"}, "updateMask": "description"}`,
	"GroupService.DeleteGroup":     `{"id": "{+group}"}`,
	"GroupService.ListPermissions": `{}`,
})
