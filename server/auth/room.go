package auth

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1/authv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	s := Service{h.Identity}
	return room.Room{
		Services: room.Serve(authv1connect.NewAuthServiceHandler(s, h.Options...)),
		Routes:   s.Routes(),
	}
}
