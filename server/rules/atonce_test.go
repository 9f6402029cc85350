package rules_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// atOnce is something that makes a record where there is none of its key yet, asked for twice at the same time.
type atOnce struct {
	name   string
	method string
	paths  [2]string
	bodies [2]string
	// want are the two statuses, the lower first.
	want [2]int
	// rows counts what is there of the key afterwards, and is says how many there must be.
	rows string
	is   int
}

// TestCreateByKeyTwiceAtOnce asks twice at once for each record that is made where its key is not there yet: both are
// answered as if one had come after the other, and the key is there once.
func TestCreateByKeyTwiceAtOnce(t *testing.T) {
	t.Parallel()
	housetest.Each(t, func(t *testing.T, h *housetest.House) {
		w := newWorld(t, h)
		a, b := w.value("+asset"), w.value("+asset")
		incident, watched := w.value("+incident"), w.value("+asset")
		h.Admin.Credential()
		// The first settings are made by whichever comes first, and both are kept.
		run := []atOnce{
			{"settings", "PATCH", twice("/api/v1/settings"), [2]string{`{"reopen_window_days": 3}`, `{"auto_close_days": 4}`}, [2]int{200, 200}, `SELECT count(*) FROM settings WHERE reopen_window_days = 3 AND auto_close_days = 4`, 1},
			{"service policies", "PATCH", twice("/api/v1/settings"), [2]string{`{"sla_targets": [{"priority": 1, "response_minutes": 1}]}`, `{"sla_targets": [{"priority": 1, "response_minutes": 2}]}`}, [2]int{200, 200}, `SELECT count(DISTINCT revision) FROM service_policies`, 2},
			{"preferences", "PATCH", twice("/api/v1/me/preferences"), [2]string{`{"theme": "dark"}`, `{"locale": "de"}`}, [2]int{200, 200}, `SELECT count(*) FROM preferences`, 1},
			{"watches", "PUT", twice("/api/v1/watches"), twice(`{"record_kind": "asset", "record_id": "` + watched + `"}`), [2]int{204, 204}, `SELECT count(*) FROM watches WHERE record_id = '` + watched + `'`, 1},
			{"links", "POST", twice("/api/v1/links"), twice(linkBody("incident", incident, "affects", "asset", a)), [2]int{201, 409}, `SELECT count(*) FROM links WHERE type = 'affects' AND from_id = '` + incident + `' AND to_id = '` + a + `'`, 1},
			{"links from both ends", "POST", twice("/api/v1/links"), [2]string{linkBody("asset", a, "relates_to", "asset", b), linkBody("asset", b, "relates_to", "asset", a)}, [2]int{201, 409}, `SELECT count(*) FROM links WHERE type = 'relates_to'`, 1},
			{"relations", "POST", twice("/api/v1/assets/" + a + "/relations"), twice(`{"to_id": "` + b + `", "type": "depends_on"}`), [2]int{201, 409}, `SELECT count(*) FROM asset_relations WHERE type = 'depends_on'`, 1},
			{
				"relations from both ends", "POST", [2]string{"/api/v1/assets/" + a + "/relations", "/api/v1/assets/" + b + "/relations"},
				[2]string{`{"to_id": "` + b + `", "type": "connected_to"}`, `{"to_id": "` + a + `", "type": "connected_to"}`}, [2]int{201, 409},
				`SELECT count(*) FROM asset_relations WHERE type = 'connected_to'`, 1,
			},
			{"sites", "POST", twice("/api/v1/sites"), [2]string{`{"name": "Plant"}`, `{"name": "PLANT"}`}, [2]int{201, 409}, `SELECT count(*) FROM sites WHERE name_key = 'plant'`, 1},
			{"clients", "POST", twice("/api/v1/clients"), twice(`{"name": "Beta"}`), [2]int{201, 409}, `SELECT count(*) FROM clients WHERE name_key = 'beta'`, 1},
			{"groups", "POST", twice("/api/v1/groups"), twice(`{"name": "Night", "permissions": []}`), [2]int{201, 409}, `SELECT count(*) FROM groups WHERE name_key = 'night'`, 1},
			{"users", "POST", twice("/api/v1/users"), twice(`{"email": "twin@home.test", "full_name": "Tia Twin", "group_ids": ["` + w.value("group") + `"], "password": "` + housetest.Password + `"}`), [2]int{201, 409}, `SELECT count(*) FROM users WHERE email_key = 'twin@home.test'`, 1},
		}
		for _, x := range run {
			var got [2]int
			var texts [2]string
			var ready, done sync.WaitGroup
			ready.Add(2)
			for i := range got {
				done.Go(func() {
					ready.Done()
					ready.Wait()
					status, _, raw := h.Admin.REST(x.method, x.paths[i], x.bodies[i])
					got[i], texts[i] = status, string(raw)
				})
			}
			done.Wait()
			sorted := slices.Sorted(slices.Values(got[:]))
			if !slices.Equal(sorted, x.want[:]) {
				t.Errorf("%s: %v, want %v: %s", x.name, got, x.want, fmt.Sprint(texts))
			}
			var n int
			if err := h.DB.Reader().QueryRowContext(t.Context(), x.rows).Scan(&n); err != nil || n != x.is {
				t.Errorf("%s: %d are there, want %d (%v)", x.name, n, x.is, err)
			}
		}
	})
}

func twice(same string) [2]string { return [2]string{same, same} }

func linkBody(fromKind, from, typ, toKind, to string) string {
	return fmt.Sprintf(`{"from_kind": %q, "from_id": %q, "type": %q, "to_kind": %q, "to_id": %q}`, fromKind, from, typ, toKind, to)
}
