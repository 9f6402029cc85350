package incidents

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/incidents/v1/incidentsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{
		Services: room.Serve(incidentsv1connect.NewIncidentServiceHandler(Service{Detach: h.Dependents()}, h.Options...)),
		Works:    Works(),
	}
}
