package taxonomy

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/taxonomy/v1/taxonomyv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{
		Services: room.Serve(taxonomyv1connect.NewTaxonomyServiceHandler(Service{}, h.Options...)),
		Works:    Works(),
	}
}
