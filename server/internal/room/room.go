// Package room is what the house and its rooms know of each other: what a room is built from, and what it has.
package room

import (
	"context"
	"log/slog"
	"net/http"

	"connectrpc.com/connect"

	"github.com/holdfast-platform/holdfast/server/internal/blob"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dependents"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/mail"
	"github.com/holdfast-platform/holdfast/server/internal/malware"
	"github.com/holdfast-platform/holdfast/server/internal/rest"
	"github.com/holdfast-platform/holdfast/server/internal/stream"
)

// House is what rooms are built from.
type House struct {
	DB       *db.DB
	Files    *blob.Store
	Identity *identity.Service
	Mailer   *mail.Mailer
	Stream   *stream.Hub
	// Scanner judges files; nil lets all pass.
	Scanner *malware.Scanner
	Log     *slog.Logger
	// Clock is never nil.
	Clock clock.Clock
	// Ready tells whether the server takes calls.
	Ready func(context.Context) error
	// Version is the program's, PublicURL how people reach it, DataDir where large files may lie while they are read.
	Version, PublicURL, DataDir string
	// AttachmentLimit and ImportLimit are the sizes of the largest files in bytes; ImportLimit may be 0 for the room's
	// own.
	AttachmentLimit, ImportLimit int64
	// Options are those of every handler.
	Options []connect.HandlerOption
}

// Dependents takes away what hangs on records that are deleted.
func (h *House) Dependents() dependents.Detacher {
	return dependents.Detacher{Store: h.Files, Log: h.Log}
}

// Room is what a room has. Each exports one constructor, Open(*House) Room, which the generated wiring calls.
type Room struct {
	// Services are its services of the contract, most rooms have one.
	Services []rest.Service
	// Routes are its plain HTTP routes.
	Routes []rest.Route
	// Works is what is done by the clock.
	Works []job.Work
	// Consumers work off the lines of the journal.
	Consumers []journal.Consumer
}

// Serve is a room's service, from what the generated code makes of it:
// room.Serve(sitesv1connect.NewSiteServiceHandler(s, h.Options...)).
func Serve(path string, handler http.Handler) []rest.Service {
	return []rest.Service{{Path: path, Handler: handler}}
}
