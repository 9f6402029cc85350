package holdfast_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/holdfast-platform/holdfast"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
	"github.com/holdfast-platform/holdfast/server"
)

// run starts a server on a database of its own. A real one is started by the program holdfast.
func run() (url string, stop func()) {
	dir, err := os.MkdirTemp("", "holdfast-example-")
	if err != nil {
		log.Fatal(err)
	}
	s, err := server.New(context.Background(), server.Config{
		DatabaseURL: "sqlite:" + dir + "/holdfast.db", DataDir: dir,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		log.Fatal(err)
	}
	s.Start(context.Background())
	web := httptest.NewUnstartedServer(s.Handler())
	web.Config.Protocols = new(http.Protocols)
	web.Config.Protocols.SetHTTP1(true)
	web.Config.Protocols.SetUnencryptedHTTP2(true)
	web.Start()
	return web.URL, func() {
		s.Drain()
		web.Close()
		_ = s.Close()
		_ = os.RemoveAll(dir)
	}
}

const password = "correct horse battery staple 9"

func Example() {
	url, stop := run()
	defer stop()
	ctx := context.Background()

	// Found a tenant: its first member is its Administrator.
	door, err := holdfast.New(url)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := door.Auth.Register(ctx, &authv1.RegisterRequest{
		TenantName: "Example", FullName: "Ada Admin", Email: "ada@example.com", Password: password, ReturnRefreshToken: true,
	}); err != nil {
		log.Fatal(err)
	}

	// Sign in. Scripts better use an API token: holdfast.WithAPIToken("hf_pat_…").
	c, err := holdfast.New(url, holdfast.WithPassword("ada@example.com", password, ""))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := c.Sites.CreateSite(ctx, &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: "Plant 1"}}); err != nil {
		log.Fatal(err)
	}

	// What is wrong with a refused call is said field by field.
	_, err = c.Sites.CreateSite(ctx, &sitesv1.CreateSiteRequest{Site: &sitesv1.Site{Name: "plant 1"}})
	fmt.Println(holdfast.Reason(err), holdfast.FieldErrors(err))

	// Take assets from a file: first see what it would do, then do exactly that.
	const file = "name,asset_type,site\nPress,plc,Plant 1\nPump,sensor,Plant 1\n"
	plan, err := c.ImportAssets(ctx, strings.NewReader(file), holdfast.ImportOptions{MatchOn: "name"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("would make", plan.Summary.Create)
	done, err := c.ImportAssets(ctx, strings.NewReader(file), holdfast.ImportOptions{MatchOn: "name", Apply: true, Plan: plan.Plan})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("made", done.Summary.Create)

	// Walk a list, however long it is.
	for asset, err := range holdfast.All(ctx, c.Assets.ListAssets, &assetsv1.ListAssetsRequest{OrderBy: "name"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(asset.GetNumber(), asset.GetName())
	}
	// Output:
	// already_exists map[name:is taken already]
	// would make 2
	// made 2
	// AST-1 Press
	// AST-2 Pump
}
