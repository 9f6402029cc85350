package health

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/health/v1/healthv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	s := New(h.DB, h.Files, h.Ready, h.Version, h.Clock)
	return room.Room{
		Services: room.Serve(healthv1connect.NewHealthServiceHandler(s, h.Options...)),
		Routes:   s.Routes(),
	}
}
