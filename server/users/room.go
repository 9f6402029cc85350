package users

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1/usersv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(usersv1connect.NewUserServiceHandler(Service{h.Identity}, h.Options...))}
}
