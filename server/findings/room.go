package findings

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/findings/v1/findingsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	s := Service{Log: h.Log, Limit: h.ImportLimit, Folder: h.DataDir}
	return room.Room{
		Services: room.Serve(findingsv1connect.NewFindingServiceHandler(s, h.Options...)),
		Routes:   s.Routes(),
		Works:    Works(),
	}
}
