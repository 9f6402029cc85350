package server

import (
	"context"
	"net/http"
	"strings"

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
	"github.com/holdfast-platform/holdfast/server/apitokens"
	"github.com/holdfast-platform/holdfast/server/assets"
	"github.com/holdfast-platform/holdfast/server/audit"
	"github.com/holdfast-platform/holdfast/server/auth"
	"github.com/holdfast-platform/holdfast/server/clients"
	"github.com/holdfast-platform/holdfast/server/comments"
	"github.com/holdfast-platform/holdfast/server/feed"
	"github.com/holdfast-platform/holdfast/server/findings"
	"github.com/holdfast-platform/holdfast/server/groups"
	"github.com/holdfast-platform/holdfast/server/health"
	"github.com/holdfast-platform/holdfast/server/incidents"
	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/reviewer"
	"github.com/holdfast-platform/holdfast/server/internal/servicepolicy"
	live "github.com/holdfast-platform/holdfast/server/internal/stream"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
	"github.com/holdfast-platform/holdfast/server/links"
	"github.com/holdfast-platform/holdfast/server/me"
	"github.com/holdfast-platform/holdfast/server/notifications"
	"github.com/holdfast-platform/holdfast/server/reports"
	"github.com/holdfast-platform/holdfast/server/search"
	"github.com/holdfast-platform/holdfast/server/sessions"
	"github.com/holdfast-platform/holdfast/server/settings"
	"github.com/holdfast-platform/holdfast/server/sites"
	"github.com/holdfast-platform/holdfast/server/stats"
	"github.com/holdfast-platform/holdfast/server/taxonomy"
	"github.com/holdfast-platform/holdfast/server/templates"
	"github.com/holdfast-platform/holdfast/server/tenants"
	"github.com/holdfast-platform/holdfast/server/users"
	"github.com/holdfast-platform/holdfast/server/views"
)

// house is what rooms are built from, and what has been built.
type house struct {
	cfg      Config
	server   *Server
	db       *db.DB
	files    *blob.Store
	identity *identity.Service
	mailer   *mail.Mailer

	options  []connect.HandlerOption // to every handler
	services []rest.Service
	plain    []rest.Route
	live     rest.Live
	work     []work
}

// work is what goes on without a request.
type work struct {
	name string
	run  func(context.Context) error
}

// rooms opens every room: one line each, alphabetical.
func (h *house) rooms() error {
	tail := journal.NewReader(h.db, h.cfg.Log)
	h.always("journal", tail.Run)
	h.identity.Attach(tail)
	vocabulary.Attach(h.db, tail)
	servicepolicy.Attach(h.db, tail)
	reviewer.Attach(h.db, h.identity.Grants)
	h.consume(tail, journal.Sealer())
	hub := live.New(tail)
	h.live = hub
	h.open(apitokensv1connect.NewApiTokenServiceHandler(apitokens.New(h.identity), h.options...))
	inventory := assets.Service{Log: h.cfg.Log, Detach: h.detacher()}
	h.open(assetsv1connect.NewAssetServiceHandler(inventory, h.options...))
	h.routes(inventory.Routes()...)
	evidence, err := h.attachments()
	if err != nil {
		return err
	}
	h.open(attachmentsv1connect.NewAttachmentServiceHandler(evidence, h.options...))
	h.routes(evidence.Routes()...)
	h.open(auditv1connect.NewAuditServiceHandler(audit.Service{}, h.options...))
	door := auth.New(h.identity)
	h.open(authv1connect.NewAuthServiceHandler(door, h.options...))
	h.routes(door.Routes()...)
	h.open(clientsv1connect.NewClientServiceHandler(clients.Service{}, h.options...))
	h.open(commentsv1connect.NewCommentServiceHandler(comments.Service{}, h.options...))
	h.open(feedv1connect.NewFeedServiceHandler(feed.New(hub), h.options...))
	weaknesses := findings.Service{Log: h.cfg.Log, Limit: h.cfg.ImportLimit, Folder: h.cfg.DataDir}
	h.open(findingsv1connect.NewFindingServiceHandler(weaknesses, h.options...))
	h.routes(weaknesses.Routes()...)
	h.open(groupsv1connect.NewGroupServiceHandler(groups.New(h.identity), h.options...))
	probes := health.New(h.db, h.files, h.server.Ready, h.cfg.Version, h.cfg.Clock)
	h.open(healthv1connect.NewHealthServiceHandler(probes, h.options...))
	h.routes(probes.Routes()...)
	h.open(incidentsv1connect.NewIncidentServiceHandler(incidents.Service{Detach: h.detacher()}, h.options...))
	h.open(linksv1connect.NewLinkServiceHandler(links.Service{}, h.options...))
	h.open(mev1connect.NewMeServiceHandler(me.New(h.identity), h.options...))
	h.open(notificationsv1connect.NewNotificationServiceHandler(notifications.Service{}, h.options...))
	h.consume(tail, notifications.Consumer(h.identity.Grants))
	publishing := reports.New(h.files, h.detacher(), h.cfg.Log)
	h.open(reportsv1connect.NewReportServiceHandler(publishing, h.options...))
	h.routes(publishing.Routes()...)
	h.open(searchv1connect.NewSearchServiceHandler(search.Service{}, h.options...))
	h.open(sessionsv1connect.NewSessionServiceHandler(sessions.Service{}, h.options...))
	h.open(settingsv1connect.NewSettingsServiceHandler(settings.Service{}, h.options...))
	h.open(sitesv1connect.NewSiteServiceHandler(sites.Service{Detach: h.detacher()}, h.options...))
	h.open(statsv1connect.NewStatsServiceHandler(stats.Service{}, h.options...))
	h.open(taxonomyv1connect.NewTaxonomyServiceHandler(taxonomy.Service{}, h.options...))
	h.open(templatesv1connect.NewTemplateServiceHandler(templates.Service{Detach: h.detacher()}, h.options...))
	tenancy := tenants.New(h.identity)
	h.open(tenantsv1connect.NewTenantServiceHandler(tenancy, h.options...))
	h.routes(tenancy.Routes()...)
	h.open(usersv1connect.NewUserServiceHandler(users.New(h.identity), h.options...))
	h.open(viewsv1connect.NewViewServiceHandler(views.Service{}, h.options...))
	h.jobs(findings.Works(), evidence.Works(), incidents.Works(), notifications.Works(h.mailer, h.cfg.PublicURL, h.identity.Grants), publishing.Works(), settings.Works(), taxonomy.Works())
	return nil
}

// open mounts a room's service: h.open(sitesv1connect.NewSiteServiceHandler(sites.Service{}, h.options...)).
func (h *house) open(path string, handler http.Handler) {
	h.services = append(h.services, rest.Service{Path: path, Handler: h.server.door.Service(handler)})
}

// routes adds a room's plain HTTP routes.
func (h *house) routes(routes ...rest.Route) { h.plain = append(h.plain, routes...) }

// always has work done in the background while the server runs; run returns when the context ends.
func (h *house) always(name string, run func(context.Context) error) {
	h.work = append(h.work, work{name, run})
}

// consume has lines of the journal worked off once each, whichever process comes first.
func (h *house) consume(tail *journal.Reader, c journal.Consumer) {
	h.always(c.Name, func(ctx context.Context) error {
		if h.cfg.Clock != nil {
			ctx = clock.With(ctx, h.cfg.Clock)
		}
		return tail.Consume(ctx, c)
	})
}

// names are the services' full names.
func (h *house) names() []string {
	names := make([]string, 0, len(h.services)+1)
	for _, s := range h.services {
		if s.Private {
			continue
		}
		names = append(names, strings.Trim(s.Path, "/"))
	}
	return names
}
