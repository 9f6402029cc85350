package comments

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/comments/v1/commentsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{Services: room.Serve(commentsv1connect.NewCommentServiceHandler(Service{}, h.Options...))}
}
