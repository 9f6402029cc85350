// Command limit is the yardstick that the server is measured against: the same
// work written by hand with net/http over pgxpool or SQLite, a bearer token on
// every route but /hello, and nothing else. The server does more for a request;
// its goals are ratios to this one.
//
//	GET  /hello                   fixed JSON, no database, no token
//	GET  /t/{id}                  one row of 17 columns by tenant and id
//	GET  /t?offset=               25 rows by falling id, and their exact total
//	GET  /k?after=                25 rows by keyset, no total
//	GET  /s?status=&priority=&q=  two equalities and a substring: 25 rows and their exact total
//	POST /t3                      a row, an audit row and an outbox row in one transaction
//
// -seed N fills an empty database with N rows first.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// A ticket is one row.
type ticket struct {
	ID          int64     `json:"id"`
	Tenant      int64     `json:"tenant_id"`
	Number      string    `json:"number"`
	Title       string    `json:"title"`
	Description string    `json:"description"`
	Status      string    `json:"status"`
	Priority    int32     `json:"priority"`
	Impact      int32     `json:"impact"`
	Urgency     int32     `json:"urgency"`
	Category    string    `json:"category"`
	Requester   string    `json:"requester"`
	Assignee    string    `json:"assignee"`
	Team        string    `json:"team"`
	AssetID     int64     `json:"asset_id"`
	Version     int64     `json:"version"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
}

const columns = "id,tenant_id,number,title,description,status,priority,impact,urgency,category,requester,assignee,team,asset_id,version,created_at,updated_at"

const insert = "insert into ticket(tenant_id,number,title,description,status,priority,impact,urgency,category,requester,assignee,team,asset_id,version,created_at,updated_at) values($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16)"

func (t *ticket) targets() []any {
	return []any{
		&t.ID, &t.Tenant, &t.Number, &t.Title, &t.Description, &t.Status, &t.Priority, &t.Impact, &t.Urgency, &t.Category,
		&t.Requester, &t.Assignee, &t.Team, &t.AssetID, &t.Version, &t.CreatedAt, &t.UpdatedAt,
	}
}

func (t *ticket) values() []any {
	return []any{
		t.Tenant, t.Number, t.Title, t.Description, t.Status, t.Priority, t.Impact, t.Urgency, t.Category,
		t.Requester, t.Assignee, t.Team, t.AssetID, t.Version, t.CreatedAt, t.UpdatedAt,
	}
}

type page struct {
	Items []ticket `json:"items"`
	Total int64    `json:"total"`
}

// A choice is a condition, its parameters from $2 on ($1 is the tenant), and
// what follows it.
type choice struct {
	where string
	args  []any
	tail  string
	total bool
}

// A store is PostgreSQL or SQLite.
type store interface {
	get(ctx context.Context, tenant, id int64) (ticket, error)
	list(ctx context.Context, tenant int64, c choice) (page, error)
	create(ctx context.Context, t *ticket) error
	seed(ctx context.Context, n int) error
}

// sample is the i-th row of a filled database.
func sample(i int64) *ticket {
	states := []string{"new", "open", "pending", "resolved", "closed"}
	things := []string{"printer", "laptop", "vpn", "mail", "badge", "server", "disk", "license", "phone", "monitor"}
	at := time.Unix(1767225600+i*60, 0).UTC()
	return &ticket{
		Tenant: 1, Number: fmt.Sprintf("INC%08d", i), Title: fmt.Sprintf("The %s on floor %d does not work %d", things[i%10], i%40, i),
		Description: strings.Repeat("The user reports a fault and has tried to restart. ", 4), Status: states[(i/10)%5], Priority: int32(i/50%4) + 1,
		Impact: int32(i%3) + 1, Urgency: int32(i%3) + 1, Category: "hardware", Requester: fmt.Sprintf("user%d@example.org", i%5000),
		Assignee: fmt.Sprintf("agent%d@example.org", i%50), Team: fmt.Sprintf("team%d", i%10), AssetID: i % 20000, Version: 1, CreatedAt: at, UpdatedAt: at,
	}
}

func main() {
	addr := flag.String("addr", "127.0.0.1:8090", "address to listen on")
	postgres := flag.String("pg", "", "PostgreSQL URL")
	file := flag.String("sqlite", "", "SQLite file")
	n := flag.Int("seed", 0, "fill with this many rows")
	flag.Parse()
	if err := run(context.Background(), *addr, *postgres, *file, *n); err != nil {
		fmt.Fprintln(os.Stderr, "limit:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr, postgres, file string, n int) (err error) {
	var s store
	switch {
	case file != "":
		s, err = openSQLite(file)
	case postgres != "":
		s, err = openPostgres(ctx, postgres)
	default:
		err = errors.New("say -pg or -sqlite")
	}
	if err == nil && n > 0 {
		err = s.seed(ctx, n)
	}
	if err != nil {
		return err
	}
	web := &http.Server{Addr: addr, Handler: routes(s), ReadHeaderTimeout: 10 * time.Second}
	return web.ListenAndServe()
}

func routes(s store) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"hello":"world"}`))
	})
	mux.HandleFunc("GET /t/{id}", signedIn(func(r *http.Request, tenant int64) (any, error) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			return nil, err
		}
		return s.get(r.Context(), tenant, id)
	}))
	mux.HandleFunc("GET /t", signedIn(func(r *http.Request, tenant int64) (any, error) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		return s.list(r.Context(), tenant, choice{tail: fmt.Sprintf(" order by id desc limit 25 offset %d", offset), total: true})
	}))
	mux.HandleFunc("GET /k", signedIn(func(r *http.Request, tenant int64) (any, error) {
		after, _ := strconv.ParseInt(r.URL.Query().Get("after"), 10, 64)
		return s.list(r.Context(), tenant, choice{where: " and id<$2", args: []any{after}, tail: " order by id desc limit 25"})
	}))
	mux.HandleFunc("GET /s", signedIn(func(r *http.Request, tenant int64) (any, error) {
		q := r.URL.Query()
		priority, _ := strconv.Atoi(q.Get("priority"))
		return s.list(r.Context(), tenant, choice{
			where: " and status=$2 and priority=$3 and title like $4", args: []any{q.Get("status"), priority, "%" + q.Get("q") + "%"},
			tail: " order by id desc limit 25", total: true,
		})
	}))
	mux.HandleFunc("POST /t3", signedIn(func(r *http.Request, tenant int64) (any, error) {
		var t ticket
		if err := json.NewDecoder(http.MaxBytesReader(nil, r.Body, 1<<20)).Decode(&t); err != nil {
			return nil, err
		}
		t.Tenant, t.Version = tenant, 1
		t.CreatedAt = time.Now().UTC()
		t.UpdatedAt = t.CreatedAt
		err := s.create(r.Context(), &t)
		return t, err
	}))
	return mux
}

// signedIn looks a token's hash up in memory.
func signedIn(f func(r *http.Request, tenant int64) (any, error)) http.HandlerFunc {
	known := sha256.Sum256([]byte("secret-token"))
	tokens := map[string]int64{hex.EncodeToString(known[:]): 1}
	return func(w http.ResponseWriter, r *http.Request) {
		token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		sum := sha256.Sum256([]byte(token))
		tenant, found := tokens[hex.EncodeToString(sum[:])]
		if !found {
			http.Error(w, `{"status":401}`, http.StatusUnauthorized)
			return
		}
		answer, err := f(r, tenant)
		if err != nil {
			log.Print(err)
			http.Error(w, `{"status":500}`, http.StatusInternalServerError)
			return
		}
		text, err := json.Marshal(answer)
		if err != nil {
			http.Error(w, `{"status":500}`, http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = w.Write(text)
	}
}
