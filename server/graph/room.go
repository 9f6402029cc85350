package graph

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/graph/v1/graphv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(graphv1connect.NewGraphServiceHandler(Service{}, h.Options...))}
}
