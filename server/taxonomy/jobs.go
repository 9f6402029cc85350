package taxonomy

import (
	"context"
	"encoding/json"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/job"
	"github.com/holdfast-platform/holdfast/server/internal/vocabulary"
)

// Works are what the taxonomy has done by the clock.
func Works() []job.Work {
	return []job.Work{{
		Name: "taxonomy.ranks", Every: time.Minute, Due: vocabulary.Unsettled,
		Do: func(ctx context.Context, _ json.RawMessage) error { return vocabulary.Settle(ctx) },
	}}
}
