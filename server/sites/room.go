package sites

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1/sitesv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(sitesv1connect.NewSiteServiceHandler(Service{Detach: h.Dependents()}, h.Options...))}
}
