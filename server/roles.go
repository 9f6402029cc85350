package server

import "github.com/holdfast-platform/holdfast/server/internal/identity"

// Roles are the groups that every tenant begins with. They live here, not in the database: a release that adds a
// permission adds it for everybody. The first one is the Administrators, the one named by ForClients is for people who
// see one client only, the one named by ForNewcomers for those whom single sign-on brings.
func Roles() []identity.Role {
	return []identity.Role{
		{
			Key: "administrators", Name: "Administrators", Description: "May do everything in this tenant.",
			Permissions: []string{"*"},
		},
		{
			Key: "service_desk", Name: "Service desk", Description: "Works on assets, sites and tickets.",
			Permissions: []string{
				"assets:read", "assets:create", "assets:update",
				"clients:read",
				"findings:read",
				"incidents:read", "incidents:create", "incidents:update",
				"reports:read",
				"sessions:read",
				"sites:read", "sites:create", "sites:update",
				"templates:read",
			},
		},
		{
			Key: "reviewers", Name: "Reviewers", Description: "Lead security reviews: clients, assets, sessions, findings, templates and reports.",
			Permissions: []string{"clients:*", "assets:*", "sessions:*", "findings:*", "templates:*", "reports:*"},
		},
		{
			Key: "client_users", Name: "Client users", Description: "See what concerns their own organisation.", ForClients: true,
			Permissions: []string{"clients:read", "assets:read", "sessions:read", "findings:read", "templates:read", "reports:read"},
		},
		{
			Key: "read_only", Name: "Read only", Description: "See everything but settings, people, groups and the audit log.", ForNewcomers: true,
			Permissions: []string{"assets:read", "clients:read", "findings:read", "incidents:read", "reports:read", "sessions:read", "sites:read", "templates:read"},
		},
	}
}
