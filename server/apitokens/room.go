package apitokens

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/apitokens/v1/apitokensv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(apitokensv1connect.NewApiTokenServiceHandler(Service{h.Identity}, h.Options...))}
}
