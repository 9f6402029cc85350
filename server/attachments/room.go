package attachments

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/attachments/v1/attachmentsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	s := Service{Files: h.Files, Limit: h.AttachmentLimit, Scanner: h.Scanner, Detach: h.Dependents(), Log: h.Log}
	return room.Room{
		Services: room.Serve(attachmentsv1connect.NewAttachmentServiceHandler(s, h.Options...)),
		Routes:   s.Routes(),
		Works:    s.Works(),
	}
}
