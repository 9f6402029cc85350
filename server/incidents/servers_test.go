package incidents_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/holdfast-platform/holdfast/server/incidents"
	"github.com/holdfast-platform/holdfast/server/internal/clock"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// Many incidents fall due at once, and several look after them at the same time: each is told of once.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		const many = 30
		made := make([]incident, many)
		for n := range made {
			made[n] = create(t, h.Editor, object{"impact": 1, "urgency": 1})
		}
		pass(h, 20*time.Minute)
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := incidents.Sweep(clock.With(h.DB.In(t.Context()), h.Clock)); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for _, i := range made {
			if n := timeline(t, h, i, "&kind=sla"); n["incident.sla_breach response"] != 1 || n["sla"] != 1 {
				t.Errorf("%s: %v", i.Number, n)
			}
		}
		var list page
		h.Viewer.JSON("GET", "/api/v1/incidents?breached=true&per_page=1", nil, http.StatusOK, &list)
		if list.Total != many {
			t.Errorf("%d of %d are breached", list.Total, many)
		}
	})
}
