package me

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/me/v1/mev1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(mev1connect.NewMeServiceHandler(Service{h.Identity}, h.Options...))}
}
