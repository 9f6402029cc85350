package notifications

import (
	"github.com/holdfast-platform/holdfast/gen/pb/holdfast/notifications/v1/notificationsv1connect"
	"github.com/holdfast-platform/holdfast/server/internal/journal"
	"github.com/holdfast-platform/holdfast/server/internal/room"
)

// Open says what the room has.
func Open(h *room.House) room.Room {
	return room.Room{
		Services:  room.Serve(notificationsv1connect.NewNotificationServiceHandler(Service{}, h.Options...)),
		Works:     Works(h.Mailer, h.PublicURL, h.Identity.Grants),
		Consumers: []journal.Consumer{Consumer(h.Identity.Grants)},
	}
}
