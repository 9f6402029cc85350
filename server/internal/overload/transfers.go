package overload

import (
	"errors"
	"runtime"
	"sync"
)

// What transfers may take of the server. They mostly wait for their callers' lines, so they hold no slot, and a place
// of their own.
const (
	transfersPerProcessor = 16
	shareOfOne            = 4 // nobody holds more than a quarter
)

// Transfers are the places for files on their way in or out, and for large answers.
type Transfers struct {
	mu   sync.Mutex
	all  int
	busy int
	by   map[string]int
}

// NewTransfers makes so many; 0 chooses by the number of processors.
func NewTransfers(all int) *Transfers {
	if all <= 0 {
		all = transfersPerProcessor * runtime.GOMAXPROCS(0)
	}
	return &Transfers{all: all, by: map[string]int{}}
}

var (
	// ErrNoPlace is that all places are taken.
	ErrNoPlace = errors.New("all transfer places are taken")
	// ErrShare is that one caller has all that they may have.
	ErrShare = errors.New("the caller has all transfer places that one may have")
)

// Take gives a place, if there is one for this caller.
func (t *Transfers) Take(who string) (leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.busy >= t.all:
		return nil, ErrNoPlace
	case t.by[who] >= max(1, t.all/shareOfOne):
		return nil, ErrShare
	}
	t.busy++
	t.by[who]++
	return sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.busy--
		if t.by[who]--; t.by[who] == 0 {
			delete(t.by, who)
		}
	}), nil
}
