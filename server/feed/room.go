package feed

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1/feedv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
	"github.com/holdfast-platform/holdfast/server/internal/stream"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	path, handler := feedv1connect.NewFeedServiceHandler(Service{h.Stream}, h.Options...)
	return room.Room{Services: room.Serve(path, stream.Deadline(handler, stream.Patience))}
}
