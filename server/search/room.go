package search

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/search/v1/searchv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(searchv1connect.NewSearchServiceHandler(Service{}, h.Options...))}
}
