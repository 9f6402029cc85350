package rules_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	usersv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/users/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// showing are the methods whose answer shows a secret: their replay names what was made, and shows it no more.
var showing = map[string]bool{
	"ApiTokenService.CreateApiToken": true, "UserService.CreateInvite": true, "MeService.EnrollMfa": true, "TenantService.SwitchTenant": true,
}

// TestOnceEverywhere sends every writing method's sample twice under one idempotency key: the second answer is the
// first one's, it changes nothing, and another body under the key is refused.
func TestOnceEverywhere(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		h.Admin.Credential()
		for _, m := range contract.Methods() {
			name := contract.Short(m)
			if contract.Reads(m) || contract.Access(m).GetPublic() || elsewhere[name] != "" {
				continue
			}
			in, key := w.request(name), []string{"Idempotency-Key", "key of " + strings.ReplaceAll(name, ".", "/")}
			key[1] = strings.ReplaceAll(key[1], " ", "-")
			first := h.Admin.Call("connect", name, in, key...)
			if first.Code != "ok" {
				t.Errorf("%s: %s %s", name, first.Code, first.Text)
				continue
			}
			before := snapshot(t, h)
			again := h.Admin.Call("connect", name, in, key...)
			switch {
			case showing[name]:
				if again.Code != "failed_precondition" || again.Reason != "already_done" {
					t.Errorf("%s again: %s (%s) %s, want already_done", name, again.Code, again.Reason, again.Text)
				}
			case again.Code != "ok" || again.Header.Get("Idempotent-Replayed") != "true" || !proto.Equal(first.Message, again.Message):
				t.Errorf("%s again: %s %s\n%v\n%v", name, again.Code, again.Text, first.Message, again.Message)
			}
			if diff := before.differs(snapshot(t, h)); diff != "" {
				t.Errorf("%s again has changed %s", name, diff)
			}
			if other := otherBody(in); other != nil {
				if a := h.Admin.Call("connect", name, other, key...); a.Reason != "idempotency_key_reused" {
					t.Errorf("%s with another body: %s (%s) %s", name, a.Code, a.Reason, a.Text)
				}
			}
		}
		var kept int
		if err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT count(*) FROM idempotency WHERE status = 'working'`).Scan(&kept); err != nil || kept != 0 {
			t.Errorf("%d calls are thought to go on (%v)", kept, err)
		}
		secretsKept(t, h)
	})
}

// otherBody is the request with its first text changed; nil when it has none.
func otherBody(in proto.Message) proto.Message {
	out := proto.Clone(in)
	if !change(out.ProtoReflect()) {
		return nil
	}
	return out
}

func change(m protoreflect.Message) bool {
	changed := false
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case fd.Kind() == protoreflect.StringKind && !fd.IsList() && (fd.Name() == "name" || fd.Name() == "title" || fd.Name() == "body"):
			m.Set(fd, protoreflect.ValueOfString(v.String()+"x"))
			changed = true
		case fd.Message() != nil && !fd.IsList() && !fd.IsMap() && !strings.HasPrefix(string(fd.Message().FullName()), "google."):
			changed = change(m.Mutable(fd).Message())
		}
		return !changed
	})
	return changed
}

// secretsKept looks for secrets in the answers that are kept.
func secretsKept(t *testing.T, h *housetest.House) {
	t.Helper()
	found, err := h.DB.Reader().QueryContext(t.Context(), `SELECT method, answer FROM idempotency`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = found.Close() }()
	n := 0
	for found.Next() {
		var method string
		var answer []byte
		if err := found.Scan(&method, &answer); err != nil {
			t.Fatal(err)
		}
		if s := secrets.Find(answer); s != nil {
			t.Errorf("%s keeps a secret (%s)", method, s)
		}
		n++
	}
	if n < 20 {
		t.Errorf("only %d answers are kept", n)
	}
}

// TestOnceWithoutAnAnswer: a method with its own transactions has committed, and what it would answer is lost. It is
// not done again.
func TestOnceWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		lose, find := []string{`CREATE TRIGGER lost BEFORE UPDATE ON idempotency WHEN new.status = 'answered' BEGIN SELECT RAISE(ABORT, 'lost'); END`}, `DROP TRIGGER lost`
		if h.DB.Kind == "postgres" {
			lose = []string{
				`CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'lost'; END $$`,
				`CREATE TRIGGER lost BEFORE UPDATE ON idempotency FOR EACH ROW WHEN (new.status = 'answered') EXECUTE FUNCTION lost()`,
			}
			find += ` ON idempotency`
		}
		do := func(statement string) {
			if _, err := h.DB.Writer().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		for _, statement := range lose {
			do(statement)
		}
		create := func(email string) *housetest.Answer {
			return h.Admin.Call("connect", "UserService.CreateUser", &usersv1.CreateUserRequest{User: &usersv1.User{FullName: "Eve Example", Email: &email}}, "Idempotency-Key", "lost")
		}
		if a := create("eve@example.org"); a.Code != "internal" {
			t.Fatalf("the answer was kept: %s %s", a.Code, a.Text)
		}
		do(find)
		if a := create("eve@example.org"); a.Code != "failed_precondition" || a.Reason != "already_done" {
			t.Errorf("again: %s (%s) %s, want already_done", a.Code, a.Reason, a.Text)
		}
		if a := create("other@example.org"); a.Reason != "idempotency_key_reused" {
			t.Errorf("with another body: %s (%s) %s", a.Code, a.Reason, a.Text)
		}
		var users, invites int
		// without a password somebody is invited
		if err := h.DB.Reader().QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM users WHERE full_name = 'Eve Example'), (SELECT count(*) FROM invites)`).Scan(&users, &invites); err != nil || users != 0 || invites != 1 {
			t.Errorf("%d users and %d invites (%v)", users, invites, err)
		}
	})
}

// TestOncePlain: a plain route keeps its answer too.
func TestOncePlain(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		table := "name,asset_type\nPump,plc\nValve,plc\n"
		send := func(body, key string) (int, http.Header, map[string]any) {
			status, header, answer := h.Admin.REST("POST", "/api/v1/assets/import?dry_run=false", body, "Content-Type", "text/csv", "Idempotency-Key", key)
			var out map[string]any
			if err := json.Unmarshal(answer, &out); err != nil {
				t.Errorf("import: %d %s", status, answer)
			}
			return status, header, out
		}
		status, _, first := send(table, "one")
		if status != http.StatusOK {
			t.Fatalf("import: %d %v", status, first)
		}
		lines := h.Lines()
		status, header, again := send(table, "one")
		if status != http.StatusOK || header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("again: %d %v", status, again)
		}
		for k := range first {
			if a, b := text(first[k]), text(again[k]); a != b {
				t.Errorf("again: %s was %s and is %s", k, a, b)
			}
		}
		if status, _, other := send(table+"Third,plc\n", "one"); status != http.StatusUnprocessableEntity {
			t.Errorf("another body: %d %v", status, other)
		}
		if n := h.Lines() - lines; n != 0 {
			t.Errorf("repeating left %d lines", n)
		}
	})
}

func text(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
