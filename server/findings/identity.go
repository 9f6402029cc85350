package findings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/finding"
	"github.com/holdfast-platform/holdfast/gen/ent/predicate"
	"github.com/holdfast-platform/holdfast/gen/ent/session"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/scan"
)

// identify keeps the hash by which the same weakness is known again, and refuses a change that would give a session the
// same one twice. Without a tool there is no hash: what people write is what they say it is.
func identify(ctx context.Context, m *ent.FindingMutation) error {
	touched := false
	for _, f := range append(m.Fields(), m.ClearedFields()...) {
		switch f {
		case finding.FieldSourceTool, finding.FieldSourceRule, finding.FieldLocation, finding.FieldSourceFingerprint:
			touched = true
		}
	}
	if !touched {
		return nil
	}
	review, set := m.SessionID()
	if !set {
		var err error
		if review, err = m.OldSessionID(ctx); err != nil {
			return err
		}
	}
	form := int32(formPlace)
	if !m.Op().Is(ent.OpCreate) {
		var err error
		if form, err = m.OldDedupForm(ctx); err != nil {
			return err
		}
	}
	parts := [4]string{}
	for i, p := range []struct {
		field string
		now   func() (string, bool)
		old   func(context.Context) (*string, error)
	}{
		{finding.FieldSourceTool, m.SourceTool, m.OldSourceTool},
		{finding.FieldSourceRule, m.SourceRule, m.OldSourceRule},
		{finding.FieldLocation, m.Location, m.OldLocation},
		{finding.FieldSourceFingerprint, m.SourceFingerprint, m.OldSourceFingerprint},
	} {
		var err error
		if parts[i], err = current(ctx, m, p.field, p.now, p.old); err != nil {
			return err
		}
	}
	if parts[0] == "" {
		m.ClearDedupHash()
		return nil
	}
	if form == formMark { // several may have it: a change of the location does not matter
		m.SetDedupHash(markHash(review, parts[0], parts[1], parts[3]))
		return nil
	}
	sum := hash(review, parts[:]...)
	m.SetDedupHash(sum)
	id, _ := m.ID() // none on create
	return once(ctx, review, sum, finding.And(finding.DedupHash(markHash(review, parts[0], parts[1], parts[3])), finding.Location(parts[2])), id)
}

// The two forms of the hash: of what people write, the place is a part; of what scanners report, the mark stands for
// it, which does not move with the lines. Findings of before have the first until they are seen again.
const (
	formPlace = 1
	formMark  = 2
)

// markHash is the second form.
func markHash(session uuid.UUID, tool, rule, mark string) string {
	return hash(session, "2", tool, rule, mark)
}

func hexOf(sum [sha256.Size]byte) string { return hex.EncodeToString(sum[:]) }

// hash is SHA-256 over session, tool, rule, location and fingerprint, each ended by a NUL, which no text has.
func hash(session uuid.UUID, parts ...string) string {
	h := sha256.New()
	for _, p := range append([]string{session.String()}, parts...) {
		h.Write(append([]byte(p), 0))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// digest is the hash of a scanner's entry, as bytes.
func digest(session uuid.UUID, e *scan.Entry) [sha256.Size]byte {
	return unhex(markHash(session, e.Tool, e.Rule, e.Fingerprint))
}

// unhex reads a hash; what is none, is as nothing.
func unhex(text string) (out [sha256.Size]byte) {
	if b, err := hex.DecodeString(text); err == nil {
		copy(out[:], b)
	}
	return out
}

// once refuses a hash that another finding of the session has.
func once(ctx context.Context, review uuid.UUID, sum string, same predicate.Finding, except uuid.UUID) error {
	if err := lock(ctx, review); err != nil {
		return err
	}
	other, err := db.From(ctx).Finding.Query().Where(finding.SessionID(review), finding.Or(finding.DedupHash(sum), same), finding.IDNEQ(except)).Order(finding.ByID()).First(ctx)
	if ent.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return err
	}
	number := db.Short(kind, other.Number)
	return fault.Exists(finding.FieldSourceTool, "%s of this session has the same tool, rule, location and fingerprint", number).
		With("finding_id", other.ID.String()).With("finding_number", number)
}

// lock keeps two changes from giving a session the same weakness at the same time.
func lock(ctx context.Context, review uuid.UUID) error {
	_, err := db.From(ctx).Session.Query().Where(session.ID(review), db.Locked).OnlyID(ctx)
	return err
}

// current is what a text will be after the change: newly set, cleared, or as it was.
func current(ctx context.Context, m *ent.FindingMutation, field string, now func() (string, bool), old func(context.Context) (*string, error)) (string, error) {
	if value, ok := now(); ok {
		return value, nil
	}
	if m.FieldCleared(field) || m.Op().Is(ent.OpCreate) {
		return "", nil
	}
	value, err := old(ctx)
	if err != nil || value == nil {
		return "", err
	}
	return *value, nil
}
