package housetest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	"github.com/holdfast-platform/holdfast/gen/ent"
	"github.com/holdfast-platform/holdfast/gen/ent/customer"
	"github.com/holdfast-platform/holdfast/gen/ent/tenant"
	"github.com/holdfast-platform/holdfast/gen/ent/user"
	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/dbtest"
	"github.com/holdfast-platform/holdfast/server/internal/identity"
)

// Password is everybody's.
const Password = "correct horse battery staple 9"

// original is the SQLite database that all tests of this process copy.
var original struct {
	sync.Once
	file string
	err  error
}

// database is a fresh copy of a database with two tenants and their people.
func database(t testing.TB, kind string) string {
	t.Helper()
	if kind == "postgres" {
		print, err := fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		return dbtest.Template(t, "housetest "+print, func(url string) error { return furnish(context.WithoutCancel(t.Context()), t.TempDir(), url) })
	}
	original.Do(func() {
		dir, err := os.MkdirTemp("", "holdfast-test-") // it outlives this test; the next process makes its own
		if err != nil {
			original.err = err
			return
		}
		original.file = filepath.Join(dir, "holdfast.db")
		original.err = furnish(context.WithoutCancel(t.Context()), dir, "sqlite:"+original.file)
	})
	if original.err != nil {
		t.Fatalf("prepare the database: %v", original.err)
	}
	file := filepath.Join(t.TempDir(), "holdfast.db")
	if err := copyFile(original.file, file); err != nil {
		t.Fatal(err)
	}
	return "sqlite:" + file
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Close()
}

// moduleRoot is the folder of go.mod above the folder that a test runs in.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("no go.mod above the working directory")
		}
		dir = up
	}
}

// fingerprint changes with the schema, the roles and the people.
func fingerprint() (string, error) {
	h := fnv.New64a()
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	migrations := filepath.Join(root, "ent", "migrate")
	here := filepath.Join(root, "server", "internal", "housetest", "people.go")
	for _, pattern := range []string{filepath.Join(migrations, "postgres", "*.sql"), filepath.Join(migrations, "hand", "postgres", "*.sql"), here, filepath.Join(root, "server", "internal", "db", "walls.go")} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			return "", fmt.Errorf("%s: nothing there (%w)", pattern, err)
		}
		for _, f := range files {
			body, err := os.ReadFile(f)
			if err != nil {
				return "", err
			}
			_, _ = h.Write(body)
		}
	}
	_, _ = fmt.Fprint(h, server.Roles())
	return fmt.Sprint(h.Sum64()), nil
}

// furnish makes the tenants and their people.
func furnish(ctx context.Context, dir, url string) error {
	s, err := server.New(ctx, config(dir, url))
	if err != nil {
		return err
	}
	err = populate(ctx, s)
	if closed := s.Close(); err == nil {
		err = closed
	}
	return err
}

func populate(ctx context.Context, s *server.Server) error {
	who := s.Identity()
	home, _, err := who.Found(ctx, identity.Founding{TenantName: "Home", Slug: "home", FullName: "Ada Admin", Email: "admin@home.test", Password: Password, Verified: true, Active: true})
	if err != nil {
		return err
	}
	if _, _, err := who.Found(ctx, identity.Founding{TenantName: "Other", Slug: "other", FullName: "Stan Stranger", Email: "stranger@other.test", Password: Password, Verified: true, Active: true}); err != nil {
		return err
	}
	var client *ent.Customer
	err = s.DB().Tx(viewer.In(ctx, home.ID, viewer.Guard), func(ctx context.Context) (err error) {
		if client, err = db.From(ctx).Customer.Create().SetName("Acme").Save(ctx); err != nil {
			return err
		}
		return db.From(ctx).Group.Create().SetName("No rights").SetDescription("For tests.").Exec(ctx)
	})
	if err != nil {
		return err
	}
	for _, p := range []identity.NewUser{
		{FullName: "Eve Editor", Email: "editor@home.test", Groups: []string{"Service desk", "Reviewers"}},
		{FullName: "Vic Viewer", Email: "viewer@home.test", Groups: []string{"Read only"}},
		{FullName: "Mia Member", Email: "member@home.test", Groups: []string{"No rights"}},
		{FullName: "Cleo Client", Email: "client@home.test", Groups: []string{"Client users"}, Client: &client.ID},
	} {
		p.Tenant, p.Password = "home", Password
		if _, err := who.CreateUser(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.Email, err)
		}
	}
	return nil
}

// people finds who is there.
func (h *House) people() {
	ctx := db.System(h.DB.In(h.t.Context()), viewer.Founder)
	id := func(slug string) uuid.UUID {
		t, err := db.From(ctx).Tenant.Query().Where(tenant.Slug(slug)).Only(ctx)
		if err != nil {
			h.t.Fatalf("the tenant %s: %v", slug, err)
		}
		return t.ID
	}
	h.Tenant, h.Other = id("home"), id("other")
	person := func(name, email string, in uuid.UUID) *Caller {
		u, err := db.From(ctx).User.Query().Where(user.EmailKey(db.Key(email))).Only(ctx)
		if err != nil {
			h.t.Fatalf("%s: %v", email, err)
		}
		return h.caller(name, in, u.ID)
	}
	h.Admin, h.Editor, h.Viewer = person("admin", "admin@home.test", h.Tenant), person("editor", "editor@home.test", h.Tenant), person("viewer", "viewer@home.test", h.Tenant)
	h.Member, h.Client = person("member", "member@home.test", h.Tenant), person("client", "client@home.test", h.Tenant)
	h.Stranger = person("stranger", "stranger@other.test", h.Other)
	h.Nobody = h.caller("nobody", uuid.Nil, uuid.Nil)
	h.Token = h.caller("token", h.Tenant, h.Admin.Person)
	c, err := db.From(ctx).Customer.Query().Where(customer.Name("Acme")).Only(ctx)
	if err != nil {
		h.t.Fatalf("the client: %v", err)
	}
	h.ClientID = c.ID
}
