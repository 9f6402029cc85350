package rules_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"connectrpc.com/connect"
	"connectrpc.com/grpcreflect"

	"github.com/holdfast-platform/holdfast/server/internal/contract"
	"github.com/holdfast-platform/holdfast/server/internal/housetest"
)

// TestReflection: a client without the contract learns it from the server, as `buf curl` and grpcurl do.
func TestReflection(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	stream := grpcreflect.NewClient(h.Nobody.H2, h.URL, connect.WithGRPC()).NewStream(t.Context())
	defer func() { _, _ = stream.Close() }()
	names, err := stream.ListServices()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range contract.Methods() {
		if !slices.Contains(names, m.Parent().FullName()) {
			t.Fatalf("%s is not told of: %v", m.Parent().FullName(), names)
		}
	}
	files, err := stream.FileContainingSymbol("holdfast.sites.v1.SiteService")
	if err != nil || len(files) == 0 {
		t.Errorf("the file of a service: %d, %v", len(files), err)
	}
}

// TestHealthService: the gRPC health service tells of each service, and of a server that stops.
func TestHealthService(t *testing.T) {
	t.Parallel()
	h := housetest.New(t, "sqlite")
	check := func(service string) (int, string) {
		status, _, body := h.Nobody.REST("POST", "/grpc.health.v1.Health/Check", map[string]string{"service": service})
		return status, string(body)
	}
	for _, service := range []string{"", "holdfast.sites.v1.SiteService"} {
		if status, body := check(service); status != http.StatusOK || !strings.Contains(body, `"SERVING"`) && !strings.Contains(body, "SERVING_STATUS_SERVING") {
			t.Errorf("%q: %d %s", service, status, body)
		}
	}
	if status, body := check("holdfast.none.v1.NoService"); status != http.StatusNotFound {
		t.Errorf("a service that is none: %d %s", status, body)
	}
	h.Server.Drain()
	if _, body := check(""); !strings.Contains(body, "NOT_SERVING") {
		t.Errorf("a stopping server: %s", body)
	}
}
