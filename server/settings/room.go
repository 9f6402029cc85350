package settings

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/settings/v1/settingsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{
		Services: room.Serve(settingsv1connect.NewSettingsServiceHandler(Service{h.Identity}, h.Options...)),
		Works:    Works(),
	}
}
