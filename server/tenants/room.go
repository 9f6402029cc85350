package tenants

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/tenants/v1/tenantsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	s := Service{h.Identity}
	return room.Room{
		Services: room.Serve(tenantsv1connect.NewTenantServiceHandler(s, h.Options...)),
		Routes:   s.Routes(),
	}
}
