package overload

import (
	"container/list"
	"sync"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/clock"
)

const (
	// unfinishedPerNetwork is how many requests of one network may be on their way to the server at once before the
	// oldest is ended.
	unfinishedPerNetwork = 256
	// youngFor is how long an unfinished request is spared: an ordinary one has come by then. Beyond sixteen times the
	// share none is.
	youngFor = time.Second
)

// Slow keeps account of what has begun to arrive and is not whole yet, by network. The zero value is ready.
type Slow struct {
	silence  time.Duration // instead of the usual, for tests
	mu       sync.Mutex
	networks map[string]*list.List // of *Arrival, the oldest first
}

// Arrival is one request that is on its way.
type Arrival struct {
	slow    *Slow
	network string
	began   time.Time
	end     func()
	at      *list.Element // nil when it is over
}

// Begin notes that something begins to arrive. end is called, under a lock, when it has to make room for others of its
// network.
func (s *Slow) Begin(network string, end func()) *Arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.networks[network]
	if all == nil {
		if s.networks == nil {
			s.networks = map[string]*list.List{}
		}
		all = list.New()
		s.networks[network] = all
	}
	a := &Arrival{slow: s, network: network, began: clock.System.Now(), end: end}
	a.at = all.PushBack(a)
	if all.Len() > unfinishedPerNetwork {
		oldest := all.Front().Value.(*Arrival) //nolint:forcetypeassert // it holds nothing else
		if oldest != a && (a.began.Sub(oldest.began) >= youngFor || all.Len() > 16*unfinishedPerNetwork) {
			s.remove(oldest)
			oldest.end()
		}
	}
	return a
}

// Done notes that it has arrived, or will not; once is enough, and nil is done.
func (a *Arrival) Done() {
	if a == nil {
		return
	}
	a.slow.mu.Lock()
	defer a.slow.mu.Unlock()
	a.slow.remove(a)
}

func (s *Slow) remove(a *Arrival) {
	if a.at == nil {
		return
	}
	all := s.networks[a.network]
	all.Remove(a.at)
	a.at = nil
	if all.Len() == 0 {
		delete(s.networks, a.network)
	}
}
