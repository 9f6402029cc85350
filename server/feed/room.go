package feed

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(feedv1connect.NewFeedServiceHandler(Service{h.Stream}, h.Options...))}
}
