package assets

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1/assetsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	s := Service{Log: h.Log, Detach: h.Dependents()}
	return room.Room{
		Services: room.Serve(assetsv1connect.NewAssetServiceHandler(s, h.Options...)),
		Routes:   s.Routes(),
	}
}
