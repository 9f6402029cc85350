package audit

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/audit/v1/auditv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(auditv1connect.NewAuditServiceHandler(Service{}, h.Options...))}
}
