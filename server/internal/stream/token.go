package stream

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/google/uuid"
)

// token is a place in the journal, bound to a tenant. It opens nothing: the checksum only tells mistakes apart from
// tokens.
func token(tenant uuid.UUID, seq int64) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(seq))
	return base64.RawURLEncoding.EncodeToString(append(raw, check(tenant, raw)...))
}

// parse reads a token back.
func parse(tenant uuid.UUID, text string) (seq int64, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(raw) != 12 || string(raw[8:]) != string(check(tenant, raw[:8])) {
		return 0, false
	}
	seq = int64(binary.BigEndian.Uint64(raw))
	return seq, seq >= 0
}

func check(tenant uuid.UUID, raw []byte) []byte {
	sum := sha256.Sum256(append(tenant[:], raw...))
	return sum[:4]
}
