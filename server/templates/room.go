package templates

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/templates/v1/templatesv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(templatesv1connect.NewTemplateServiceHandler(Service{Detach: h.Dependents()}, h.Options...))}
}
