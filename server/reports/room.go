package reports

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/reports/v1/reportsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	s := New(h.Files, h.Dependents(), h.Log)
	return room.Room{
		Services: room.Serve(reportsv1connect.NewReportServiceHandler(s, h.Options...)),
		Routes:   s.Routes(),
		Works:    s.Works(),
	}
}
