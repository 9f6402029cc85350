package views

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/views/v1/viewsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(viewsv1connect.NewViewServiceHandler(Service{}, h.Options...))}
}
