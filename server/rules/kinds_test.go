package rules_test

import (
	"slices"
	"strings"
	"testing"

	"entgo.io/ent/dialect/sql"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/holdfast-platform/holdfast/ent/rule"
	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	searchv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/search/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// placeholderOf is what samples call a record of a kind.
func placeholderOf(k *ent.Kind) string {
	if k.API == "report_export" {
		return "report"
	}
	return strings.ReplaceAll(k.API, "_", "")
}

// listOf is the method that lists the records that a method makes, by words.
func listOf(maker string) protoreflect.MethodDescriptor {
	row := housetest.Method(maker).Output()
	for _, m := range contract.Methods() {
		items := m.Output().Fields().ByName("items")
		if strings.HasPrefix(string(m.Name()), "List") && items != nil && items.Message() == row && m.Input().Fields().ByName("q") != nil {
			return m
		}
	}
	return nil
}

// listed tells whether an answer with items has a record.
func listed(answer proto.Message, id string) bool {
	m := answer.ProtoReflect()
	items := m.Get(m.Descriptor().Fields().ByName("items")).List()
	for i := range items.Len() {
		row := items.Get(i).Message()
		if row.Get(row.Descriptor().Fields().ByName("id")).String() == id {
			return true
		}
	}
	return false
}

// TestEverySearchedKindIsFound: what a schema calls searched is found by what it is called, in its list and, where
// people look after it, in the search over all.
func TestEverySearchedKindIsFound(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w, tried := newWorld(t, h), 0
		ctx := h.DB.In(viewer.In(t.Context(), h.Tenant, viewer.Guard))
		for _, k := range ent.Kinds {
			if k.Record && !k.Searched {
				t.Errorf("people look after a %s, and nothing finds it", k.API)
			}
			if !k.Searched {
				continue
			}
			tried++
			maker, _ := maker(placeholderOf(k))
			id := w.value("+" + placeholderOf(k))
			rows, err := db.From(ctx).Records(ctx, k.Name, sql.FieldEQ("id", uuid.MustParse(id)))
			if err != nil || len(rows) != 1 {
				t.Fatalf("%s %s: %v", k.API, id, err)
			}
			label, hundred := rows[0].Label(), int32(100)
			list := listOf(maker)
			if list == nil {
				t.Errorf("nothing lists a %s by words", k.API)
				continue
			}
			in := w.request(contract.Short(list)).ProtoReflect()
			in.Set(in.Descriptor().Fields().ByName("q"), protoreflect.ValueOfString(label))
			in.Set(in.Descriptor().Fields().ByName("per_page"), protoreflect.ValueOfInt32(100))
			if a := h.Admin.Call("connect", contract.Short(list), in.Interface()); a.Code != "ok" || !listed(a.Message, id) {
				t.Errorf("%s does not find %q: %s %s", contract.Short(list), label, a.Code, a.Text)
			}
			if rule.Word(k.API) == "" {
				continue
			}
			a := h.Admin.Call("connect", "SearchService.Search", &searchv1.SearchRequest{Q: label, Kinds: []string{k.API}, PerPage: &hundred})
			if a.Code != "ok" || !listed(a.Message, id) {
				t.Errorf("the search does not find the %s %q: %s %s", k.API, label, a.Code, a.Text)
			}
		}
		if tried < 8 {
			t.Errorf("only %d kinds", tried)
		}
	})
}

// nameless are columns with an id that the generator knows no record for, with the reason.
var nameless = map[string]string{
	"record_id": "of any kind, which stands beside it", "from_id": "of any kind, or a part's whole", "to_id": "of any kind, or a part's whole",
	"client_id":        "of the record that the row hangs on, and follows it",
	"active_tenant_id": "where somebody is signed in", "home_tenant_id": "where somebody was made", "last_tenant_id": "where somebody was last",
	"stable_id": "a name that outlives versions", "tenant_id": "the owner of all rows",
}

// gone are the kinds whose records nobody deletes: there is nothing that a user of them would stand in the way of.
var gone = map[string]string{
	"Customer": "clients are archived", "Session": "sessions end", "Membership": "goes with its groups", "User": "people are deactivated",
}

// userWord is what the refusal calls a user of a record where it is not the user's own name.
var userWord = map[string]string{"MembershipGroup": "member"}

// TestEveryReferenceNamesItsUser: whatever refers to a record keeps it from being deleted, and is named, for every
// reference that there is; and no column that refers to a record is hidden from the generator.
func TestEveryReferenceNamesItsUser(t *testing.T) {
	t.Parallel()
	for _, k := range ent.Kinds {
		for column, is := range k.Columns {
			_, known := k.Refs[column]
			if is == "uuid.UUID" && strings.HasSuffix(column, "_id") && !known && !slices.Contains(k.People, column) && nameless[column] == "" {
				t.Errorf("%s.%s: nobody knows what it refers to", k.Name, column)
			}
		}
	}
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w, tried := newWorld(t, h), 0
		for _, k := range ent.Kinds {
			if len(k.Uses) == 0 || gone[k.Name] != "" {
				continue
			}
			remove := ""
			for _, m := range contract.Methods() {
				if string(m.Name()) == "Delete"+k.Name {
					remove = contract.Short(m)
				}
			}
			if remove == "" {
				t.Errorf("nothing deletes a %s, which is used", k.Name)
				continue
			}
			for _, use := range k.Uses {
				tried++
				user := ent.Kinds[use.Kind]
				target := w.value("+" + placeholderOf(k))
				var id uuid.UUID
				if method, _ := maker(placeholderOf(user)); method != "" {
					id = uuid.MustParse(w.value("+" + placeholderOf(user)))
				} else if user.API == "setting" {
					w.do("SettingsService.UpdateSettings", w.request("SettingsService.UpdateSettings"), "")
				}
				if id == uuid.Nil {
					if err := h.DB.Writer().QueryRowContext(t.Context(), `SELECT id FROM `+user.Table+` WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 1`, h.Tenant).Scan(&id); err != nil {
						t.Fatalf("no %s: %v", use.Kind, err)
					}
				}
				var before *uuid.UUID
				if err := h.DB.Writer().QueryRowContext(t.Context(), `SELECT `+use.Column+` FROM `+user.Table+` WHERE id = $1`, id).Scan(&before); err != nil {
					t.Fatal(err)
				}
				point := func(to any) {
					t.Helper()
					if _, err := h.DB.Writer().ExecContext(t.Context(), `UPDATE `+user.Table+` SET `+use.Column+` = $1 WHERE id = $2`, to, id); err != nil {
						t.Fatalf("%s.%s: %v", use.Kind, use.Column, err)
					}
				}
				point(uuid.MustParse(target))
				in := w.requestOf(remove, `{"id": "`+target+`"}`)
				a := h.Admin.Call("connect", remove, in)
				name := user.API
				if userWord[use.Kind] != "" {
					name = userWord[use.Kind]
				}
				if a.Code != "failed_precondition" || a.Reason != "in_use" || !strings.Contains(a.Text, "1 "+name) {
					t.Errorf("%s with a %s by %s: %s %s %q", remove, use.Kind, use.Column, a.Code, a.Reason, a.Text)
				}
				point(before)
				if a.Code == "ok" {
					continue
				}
				if a := h.Admin.Call("connect", remove, in); a.Code != "ok" {
					t.Errorf("%s when nothing refers to it: %s %s", remove, a.Code, a.Text)
				}
			}
		}
		if tried < 8 {
			t.Errorf("only %d references", tried)
		}
	})
}
