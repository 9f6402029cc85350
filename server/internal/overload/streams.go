package overload

import "sync"

const (
	// StreamsPerPerson is how many streams and sockets one person may have at once on one server.
	StreamsPerPerson = 20
	// StreamsPerTenant is how many all of a tenant's people may have together.
	StreamsPerTenant = 200
)

// Streams counts open streams and sockets by whoever has them. The zero value is ready.
type Streams struct {
	mu   sync.Mutex
	open map[string]int
}

// Take counts one for a person and a tenant, until leave is called. It is false where either has too many.
func (s *Streams) Take(person, tenant string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string]int{}
	}
	person, tenant = "person "+person, "tenant "+tenant
	if s.open[person] >= StreamsPerPerson || s.open[tenant] >= StreamsPerTenant {
		return nil, false
	}
	s.open[person]++
	s.open[tenant]++
	return sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, key := range []string{person, tenant} {
			if s.open[key]--; s.open[key] == 0 {
				delete(s.open, key)
			}
		}
	}), true
}
