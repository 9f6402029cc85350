package links

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/links/v1/linksv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(linksv1connect.NewLinkServiceHandler(Service{}, h.Options...))}
}
