// Package feed streams what happens, as it happens, to whoever may see it.
package feed

import (
	"context"

	"connectrpc.com/connect"
	"github.com/google/uuid"

	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/stream"
)

// Service streams events.
type Service struct{ hub *stream.Hub }

// Watch streams the events that the caller may see.
func (s Service) Watch(ctx context.Context, in *feedv1.WatchRequest, out *connect.ServerStream[feedv1.Event]) error {
	f := stream.Filter{Kinds: in.GetKinds(), Actions: in.GetFilter().GetActions()}
	for _, text := range in.GetFilter().GetRecordIds() {
		id, err := uuid.Parse(text)
		if err != nil {
			return fault.Invalid("filter.record_ids", "must be UUIDs")
		}
		f.Records = append(f.Records, id)
	}
	return s.hub.Watch(ctx, f, in.GetResumeToken(), out.Send)
}
