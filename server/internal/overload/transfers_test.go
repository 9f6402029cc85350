package overload

import (
	"errors"
	"testing"
)

func TestTransfersAreShared(t *testing.T) {
	t.Parallel()
	places := NewTransfers(8)
	var leave []func()
	take := func(who string, want error) {
		t.Helper()
		done, err := places.Take(who)
		switch {
		case !errors.Is(err, want):
			t.Errorf("%s: %v, want %v", who, err, want)
		case err == nil:
			leave = append(leave, done)
		}
	}
	take("ann", nil)
	take("ann", nil)
	take("ann", ErrShare)
	for _, who := range []string{"bob", "bob", "cat", "cat", "dan", "dan"} {
		take(who, nil)
	}
	take("eve", ErrNoPlace)
	leave[0]()
	take("eve", nil)
	for _, done := range leave[1:] {
		done()
	}
	if places.busy != 0 || len(places.by) != 0 {
		t.Errorf("%d places are still taken, by %v", places.busy, places.by)
	}
}
