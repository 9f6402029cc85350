package rpc

import (
	"context"
	"net/http"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Replay sends the first answer again where a transfer came under an idempotency key that was used before; with another
// print it is refused. It is for a transfer that stores in several steps before its Commit.
func Replay(ctx context.Context, w http.ResponseWriter, print []byte) (sent bool, err error) {
	t, _ := ctx.Value(transferKey{}).(*transfer)
	if t == nil {
		return false, fault.Broken()
	}
	if t.key == nil {
		return false, nil
	}
	old, err := t.door.find(ctx, t.key)
	if err != nil || old == nil {
		return false, err
	}
	if err := old.check(func() ([]byte, error) { return print, nil }); err != nil {
		return false, err
	}
	out, err := old.again()
	if err != nil {
		return false, err
	}
	return true, out.send(w)
}
