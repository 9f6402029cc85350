package sessions

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/sessions/v1/sessionsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(sessionsv1connect.NewSessionServiceHandler(Service{}, h.Options...))}
}
