package holdfast_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"github.com/holdfast-platform/holdfast"
	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	attachmentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/attachments/v1"
	authv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/auth/v1"
)

func ExampleClient_UploadAttachment() {
	server, stop := run()
	defer stop()
	ctx := context.Background()
	door, err := holdfast.New(server)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := door.Auth.Register(ctx, &authv1.RegisterRequest{TenantName: "Example", FullName: "Ada Admin", Email: "ada@example.com", Password: password}); err != nil {
		log.Fatal(err)
	}
	c, err := holdfast.New(server, holdfast.WithPassword("ada@example.com", password, ""))
	if err != nil {
		log.Fatal(err)
	}
	asset, err := c.Assets.CreateAsset(ctx, &assetsv1.CreateAssetRequest{Asset: &assetsv1.Asset{Name: "Press", AssetType: "plc"}})
	if err != nil {
		log.Fatal(err)
	}
	made, err := c.UploadAttachment(ctx, "asset", asset.GetId(), holdfast.File{Name: "seen.md", Content: strings.NewReader("# Seen on site\n")})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(made.GetFileName(), made.GetContentType(), made.GetSizeBytes())

	var back bytes.Buffer
	if err := c.DownloadAttachment(ctx, made.GetId(), &back); err != nil {
		log.Fatal(err)
	}
	fmt.Print(back.String())

	_, err = c.UploadAttachment(ctx, "asset", asset.GetId(), holdfast.File{Name: "x.png", ContentType: "image/png", Content: strings.NewReader("no picture")})
	fmt.Println(holdfast.Reason(err))
	// Output:
	// seen.md text/markdown 15
	// # Seen on site
	// unsupported_media_type
}

func attached(t *testing.T) (server string, admin *holdfast.Client, asset string) {
	t.Helper()
	server, admin = founded(t)
	made, err := admin.Assets.CreateAsset(t.Context(), &assetsv1.CreateAssetRequest{Asset: &assetsv1.Asset{Name: "Press", AssetType: "plc"}})
	if err != nil {
		t.Fatal(err)
	}
	return server, admin, made.GetId()
}

func TestUploadsAreRepeatedWhereTheyCanBe(t *testing.T) {
	t.Parallel()
	server, admin, asset := attached(t)
	text := strings.Repeat("what was seen\n", 100_000)
	for what, c := range map[string]struct {
		content io.Reader
		ok      bool
	}{
		"a file": {strings.NewReader(text), true}, "a stream": {io.MultiReader(strings.NewReader(text)), false},
	} {
		var calls atomic.Int32
		between := between(t, server, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
			if r.Method == http.MethodPost && calls.Add(1) == 1 { // it is stored, and the answer is lost
				pass.ServeHTTP(httptest.NewRecorder(), r)
				panic(http.ErrAbortHandler)
			}
			pass.ServeHTTP(w, r)
		})
		client, err := holdfast.New(between, holdfast.WithAPIToken(token(t, admin, "*")))
		if err != nil {
			t.Fatal(err)
		}
		made, err := client.UploadAttachment(t.Context(), "asset", asset, holdfast.File{Name: what + ".txt", Content: c.content})
		if (err == nil) != c.ok || c.ok && int(made.GetSizeBytes()) != len(text) {
			t.Errorf("%s: %v", what, err)
		}
		if !c.ok && holdfast.Reason(err) != "unreachable" {
			t.Errorf("%s: %v", what, err)
		}
	}
	n := 0
	for _, err := range holdfast.All(t.Context(), admin.Attachments.ListRecordAttachments, &attachmentsv1.ListRecordAttachmentsRequest{RecordKind: "asset", RecordId: asset}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d attachments, want one of each", n)
	}
	broken := errors.New("the disk is broken")
	if _, err := admin.UploadAttachment(t.Context(), "asset", asset, holdfast.File{Name: "x", Content: io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))}); !errors.Is(err, broken) {
		t.Errorf("a file that cannot be read: %v", err)
	}
}

func TestDownloadsGoOn(t *testing.T) {
	t.Parallel()
	server, admin, asset := attached(t)
	text := strings.Repeat("what was seen\n", 100_000)
	made, err := admin.UploadAttachment(t.Context(), "asset", asset, holdfast.File{Name: "a.txt", Content: strings.NewReader(text)})
	if err != nil {
		t.Fatal(err)
	}
	var calls atomic.Int32
	between := between(t, server, func(w http.ResponseWriter, r *http.Request, pass http.Handler) {
		if calls.Add(1) < 3 {
			pass.ServeHTTP(&cutOff{w, 300_000}, r)
			panic(http.ErrAbortHandler)
		}
		pass.ServeHTTP(w, r)
	})
	client, err := holdfast.New(between, holdfast.WithAPIToken(token(t, admin, "*")))
	if err != nil {
		t.Fatal(err)
	}
	var back bytes.Buffer
	if err := client.DownloadAttachment(t.Context(), made.GetId(), &back); err != nil || back.String() != text {
		t.Errorf("%d bytes of %d came: %v", back.Len(), len(text), err)
	}
	if n := calls.Load(); n != 3 {
		t.Errorf("%d calls, want 3", n)
	}
	if err := client.DownloadAttachment(t.Context(), asset, io.Discard); holdfast.Reason(err) != "not_found" {
		t.Errorf("none of this id: %v", err)
	}
	full := errors.New("the disk is full")
	if err := client.DownloadAttachment(t.Context(), made.GetId(), fullDisk{full}); !errors.Is(err, full) {
		t.Errorf("nowhere to write: %v", err)
	}
}

type fullDisk struct{ err error }

func (f fullDisk) Write([]byte) (int, error) { return 0, f.err }

// cutOff lets only so many bytes of an answer through.
type cutOff struct {
	http.ResponseWriter
	left int
}

func (c *cutOff) Write(b []byte) (int, error) {
	if len(b) > c.left {
		_, _ = c.ResponseWriter.Write(b[:c.left])
		_ = http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(b)
	return c.ResponseWriter.Write(b)
}
