package stats

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/stats/v1/statsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(statsv1connect.NewStatsServiceHandler(Service{}, h.Options...))}
}
