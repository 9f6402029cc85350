package rule

import (
	"errors"
	"time"

	"github.com/google/uuid"
)

// NewID is the default of every id: ordered by time, so that the newest rows lie together.
func NewID() uuid.UUID { return uuid.Must(uuid.NewV7()) }

// Epoch is the default of every time that must be set: the guards set the true one by the request's clock.
func Epoch() time.Time { return time.Unix(0, 0).UTC() }

// NotEmpty is what ent's NotEmpty checks.
func NotEmpty(text string) error {
	if text == "" {
		return errors.New("value is less than the required length")
	}
	return nil
}
