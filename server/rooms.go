package server

import (
	"context"
	"net/http"
	"strings"

	"connectrpc.com/connect"

	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1/assetsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/clients/v1/clientsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1/findingsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/health/v1/healthv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1/sessionsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/stats/v1/statsv1connect"
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/views/v1/viewsv1connect"
	"github.com/holdfast-platform/holdfast/server/assets"
	"github.com/holdfast-platform/holdfast/server/clients"
	"github.com/holdfast-platform/holdfast/server/findings"
	"github.com/holdfast-platform/holdfast/server/health"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/sessions"
	"github.com/holdfast-platform/holdfast/server/sites"
	"github.com/holdfast-platform/holdfast/server/stats"
	"github.com/holdfast-platform/holdfast/server/views"
)

// house is what rooms are built from, and what has been built.
type house struct {
	cfg      Config
	server   *Server
	db       *db.DB
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
func (h *house) rooms() {
	h.open(assetsv1connect.NewAssetServiceHandler(assets.Service{}, h.options...))
	h.open(clientsv1connect.NewClientServiceHandler(clients.Service{}, h.options...))
	h.open(findingsv1connect.NewFindingServiceHandler(findings.Service{}, h.options...))
	probes := health.New(h.db, h.server.Ready, h.cfg.Version, h.cfg.Clock)
	h.open(healthv1connect.NewHealthServiceHandler(probes, h.options...))
	h.routes(probes.Routes()...)
	h.open(sessionsv1connect.NewSessionServiceHandler(sessions.Service{}, h.options...))
	h.open(sitesv1connect.NewSiteServiceHandler(sites.Service{}, h.options...))
	h.open(statsv1connect.NewStatsServiceHandler(stats.Service{}, h.options...))
	h.open(viewsv1connect.NewViewServiceHandler(views.Service{}, h.options...))
}

// open mounts a room's service: h.open(sitesv1connect.NewSiteServiceHandler(sites.Service{}, h.options...)).
func (h *house) open(path string, handler http.Handler) {
	h.services = append(h.services, rest.Service{Path: path, Handler: handler})
}

// routes adds a room's plain HTTP routes.
func (h *house) routes(routes ...rest.Route) { h.plain = append(h.plain, routes...) }

// always has work done in the background while the server runs; run returns when the context ends.
func (h *house) always(name string, run func(context.Context) error) {
	h.work = append(h.work, work{name, run})
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
