package holdfast

import (
	"connectrpc.com/connect"

	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/apitokens/v1/apitokensv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1/assetsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/attachments/v1/attachmentsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/audit/v1/auditv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1/authv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/clients/v1/clientsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1/commentsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1/findingsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/groups/v1/groupsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/health/v1/healthv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1/incidentsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/links/v1/linksv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/me/v1/mev1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/notifications/v1/notificationsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/reports/v1/reportsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/search/v1/searchv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1/sessionsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/settings/v1/settingsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/stats/v1/statsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/taxonomy/v1/taxonomyv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/templates/v1/templatesv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/tenants/v1/tenantsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1/usersv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/views/v1/viewsv1connect"
)

// Services are the typed clients, one per word of the API.
type Services struct {
	// APITokens: the caller's tokens for programs.
	APITokens apitokensv1connect.ApiTokenServiceClient
	// Assets: what there is, and what depends on what.
	Assets assetsv1connect.AssetServiceClient
	// Attachments: files on records; see Client.UploadAttachment and Client.DownloadAttachment.
	Attachments attachmentsv1connect.AttachmentServiceClient
	// Audit: the journal of all changes.
	Audit auditv1connect.AuditServiceClient
	// Auth: signing in by hand; the client does it by itself.
	Auth authv1connect.AuthServiceClient
	// Clients: the organisations that reviews are made for.
	Clients clientsv1connect.ClientServiceClient
	// Comments: what people say about records.
	Comments commentsv1connect.CommentServiceClient
	// Feed: live events; see Client.Watch.
	Feed feedv1connect.FeedServiceClient
	// Findings: what reviews found.
	Findings findingsv1connect.FindingServiceClient
	// Groups: permissions.
	Groups groupsv1connect.GroupServiceClient
	// Health: how the server is.
	Health healthv1connect.HealthServiceClient
	// Incidents: tickets.
	Incidents incidentsv1connect.IncidentServiceClient
	// Links: relations between records.
	Links linksv1connect.LinkServiceClient
	// Me: the caller.
	Me mev1connect.MeServiceClient
	// Notifications: what the caller should know of.
	Notifications notificationsv1connect.NotificationServiceClient
	// Reports: those that were made of sessions; a new one is made by REST.
	Reports reportsv1connect.ReportServiceClient
	// Search: everything by words.
	Search searchv1connect.SearchServiceClient
	// Sessions: security reviews.
	Sessions sessionsv1connect.SessionServiceClient
	// Settings: the tenant's settings.
	Settings settingsv1connect.SettingsServiceClient
	// Sites: places.
	Sites sitesv1connect.SiteServiceClient
	// Stats: the numbers of a dashboard.
	Stats statsv1connect.StatsServiceClient
	// Taxonomy: the tenant's words for risks and states.
	Taxonomy taxonomyv1connect.TaxonomyServiceClient
	// Templates: texts to begin findings with.
	Templates templatesv1connect.TemplateServiceClient
	// Tenants: tenants.
	Tenants tenantsv1connect.TenantServiceClient
	// Users: people.
	Users usersv1connect.UserServiceClient
	// Views: saved lists.
	Views viewsv1connect.ViewServiceClient
}

// connect makes the clients: all but Auth carry the caller's credential.
func (c *Client) connect(how ...connect.ClientOption) {
	c.APITokens = apitokensv1connect.NewApiTokenServiceClient(c.http, c.url, how...)
	c.Assets = assetsv1connect.NewAssetServiceClient(c.http, c.url, how...)
	c.Attachments = attachmentsv1connect.NewAttachmentServiceClient(c.http, c.url, how...)
	c.Audit = auditv1connect.NewAuditServiceClient(c.http, c.url, how...)
	c.Clients = clientsv1connect.NewClientServiceClient(c.http, c.url, how...)
	c.Comments = commentsv1connect.NewCommentServiceClient(c.http, c.url, how...)
	c.Feed = feedv1connect.NewFeedServiceClient(c.http, c.url, how...)
	c.Findings = findingsv1connect.NewFindingServiceClient(c.http, c.url, how...)
	c.Groups = groupsv1connect.NewGroupServiceClient(c.http, c.url, how...)
	c.Health = healthv1connect.NewHealthServiceClient(c.http, c.url, how...)
	c.Incidents = incidentsv1connect.NewIncidentServiceClient(c.http, c.url, how...)
	c.Links = linksv1connect.NewLinkServiceClient(c.http, c.url, how...)
	c.Me = mev1connect.NewMeServiceClient(c.http, c.url, how...)
	c.Notifications = notificationsv1connect.NewNotificationServiceClient(c.http, c.url, how...)
	c.Reports = reportsv1connect.NewReportServiceClient(c.http, c.url, how...)
	c.Search = searchv1connect.NewSearchServiceClient(c.http, c.url, how...)
	c.Sessions = sessionsv1connect.NewSessionServiceClient(c.http, c.url, how...)
	c.Settings = settingsv1connect.NewSettingsServiceClient(c.http, c.url, how...)
	c.Sites = sitesv1connect.NewSiteServiceClient(c.http, c.url, how...)
	c.Stats = statsv1connect.NewStatsServiceClient(c.http, c.url, how...)
	c.Taxonomy = taxonomyv1connect.NewTaxonomyServiceClient(c.http, c.url, how...)
	c.Templates = templatesv1connect.NewTemplateServiceClient(c.http, c.url, how...)
	c.Tenants = tenantsv1connect.NewTenantServiceClient(c.http, c.url, how...)
	c.Users = usersv1connect.NewUserServiceClient(c.http, c.url, how...)
	c.Views = viewsv1connect.NewViewServiceClient(c.http, c.url, how...)
}
