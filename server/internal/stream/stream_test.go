package stream

import (
	"testing"

	"github.com/google/uuid"
)

func TestTokens(t *testing.T) {
	t.Parallel()
	ann, bob := uuid.New(), uuid.New()
	for _, seq := range []int64{0, 1, 1 << 40, 1<<63 - 1} {
		if got, ok := parse(ann, token(ann, seq)); !ok || got != seq {
			t.Errorf("%d comes back as %d (%v)", seq, got, ok)
		}
		if _, ok := parse(bob, token(ann, seq)); ok {
			t.Errorf("%d is good for another tenant", seq)
		}
	}
}

func FuzzToken(f *testing.F) {
	tenant := uuid.MustParse("0199a000-0000-7000-8000-000000000001")
	f.Add(token(tenant, 7))
	f.Add("")
	f.Add("AAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, text string) {
		if seq, ok := parse(tenant, text); ok && (seq < 0 || token(tenant, seq) != text) {
			t.Errorf("%q is read as %d, which is written %q", text, seq, token(tenant, seq))
		}
	})
}
