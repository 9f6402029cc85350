package holdfast_test

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/holdfast-platform/holdfast"
	sitesv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/sites/v1"
)

func TestAllWalksByCursor(t *testing.T) {
	t.Parallel()
	pages := map[string]*sitesv1.ListSitesResponse{
		"":  {Items: []*sitesv1.Site{{Name: "a"}, {Name: "b"}}, NextCursor: "x"},
		"x": {Items: []*sitesv1.Site{}, NextCursor: "y"},
		"y": {Items: []*sitesv1.Site{{Name: "c"}}},
	}
	var asked []*sitesv1.ListSitesRequest
	list := func(_ context.Context, in *sitesv1.ListSitesRequest) (*sitesv1.ListSitesResponse, error) {
		if in.Cursor == nil || in.Page != nil || in.GetTotal() != "none" || !in.GetFull() || in.GetQ() != "pump" {
			t.Errorf("asked %v", in)
		}
		asked = append(asked, in)
		return pages[in.GetCursor()], nil
	}
	page := int32(7)
	in := &sitesv1.ListSitesRequest{Q: "pump", Page: &page}
	var names []string
	for site, err := range holdfast.All(t.Context(), list, in) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, site.GetName())
	}
	if got := strings.Join(names, ""); got != "abc" || len(asked) != 3 {
		t.Errorf("%s in %d calls", got, len(asked))
	}
	if in.GetPage() != 7 || in.Cursor != nil {
		t.Error("the caller's request was changed")
	}
	asked = nil
	for _, err := range holdfast.All(t.Context(), list, in) {
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	if len(asked) != 1 {
		t.Errorf("a loop that was left asked %d times", len(asked))
	}
}

func TestAllEndsWithTheError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	list := func(_ context.Context, in *sitesv1.ListSitesRequest) (*sitesv1.ListSitesResponse, error) {
		if in.GetCursor() == "x" {
			return nil, broken
		}
		return &sitesv1.ListSitesResponse{Items: []*sitesv1.Site{{Name: "a"}}, NextCursor: "x"}, nil
	}
	var names, errs int
	for _, err := range holdfast.All(t.Context(), list, &sitesv1.ListSitesRequest{}) {
		if err == nil {
			names++
		} else if errs++; !errors.Is(err, broken) {
			t.Error(err)
		}
	}
	if names != 1 || errs != 1 {
		t.Errorf("%d rows, %d errors", names, errs)
	}
}

// Every service of the contract has a client, and New makes it.
func TestEveryServiceHasAClient(t *testing.T) {
	t.Parallel()
	c, err := holdfast.New("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	services := reflect.ValueOf(c.Services)
	have := map[string]bool{}
	for i := range services.NumField() {
		name := services.Type().Field(i).Name
		have[strings.ToLower(name)] = true
		if services.Field(i).IsNil() {
			t.Errorf("%s is nil", name)
		}
	}
	words, err := os.ReadDir("gen/pb/holdfast")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range words {
		if word := w.Name(); word != "access" && word != "type" && !have[word] {
			t.Errorf("no client for %s", word)
		}
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	t.Parallel()
	for _, server := range []string{"", "holdfast.example.com", "ftp://x", "http://", "http://a b"} {
		if _, err := holdfast.New(server); err == nil {
			t.Errorf("%q was taken", server)
		}
	}
	if _, err := holdfast.New("http://x", holdfast.WithAPIToken("a"), holdfast.WithPassword("b", "c", "")); err == nil {
		t.Error("two credentials were taken")
	}
}
