package groups

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/groups/v1/groupsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(groupsv1connect.NewGroupServiceHandler(Service{h.Identity}, h.Options...))}
}
