package rpc

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/overload"
)

func TestTheMoreAreRefusedTheLaterTheyComeAgain(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	d := &Door{Config: Config{Log: slog.New(slog.NewTextHandler(&said, nil))}, slots: overload.NewSlots(4), refusals: &refusals{}}
	for _, second := range []struct {
		served, refused int
		after           string
	}{{40, 10, "5"}, {1, 10_000, "10"}, {0, 1, "10"}, {1000, 1, "1"}, {5, 0, "1"}, {0, 0, "1"}} {
		for range second.served {
			d.slots.Take(t.Context(), 1, time.Hour).Release()
		}
		d.refusals.count.Store(int64(second.refused))
		said.Reset()
		d.tellRefusals(t.Context())
		if got := d.refusals.after.Load().header[0]; got != second.after {
			t.Errorf("%d served and %d refused: Retry-After %s, want %s", second.served, second.refused, got, second.after)
		}
		if told := strings.Contains(said.String(), fmt.Sprintf("refused=%d served=%d", second.refused, second.served)); told != (second.refused > 0) {
			t.Errorf("%d served and %d refused: %q", second.served, second.refused, &said)
		}
	}
}
