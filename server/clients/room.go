package clients

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/clients/v1/clientsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(clientsv1connect.NewClientServiceHandler(Service{}, h.Options...))}
}
