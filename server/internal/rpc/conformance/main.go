// Command conformance is the server that the Connect conformance suite tests: the suite's service behind our real front
// door. The suite starts it, says by standard input what to serve, and reads from standard output where.
package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/ent/viewer"
	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/db"
	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
	conformancev1 "github.com/holdfast-platform/holdfast/server/internal/rpc/conformance/pb/connectrpc/conformance/v1"
	"github.com/holdfast-platform/holdfast/server/internal/rpc/conformance/pb/connectrpc/conformance/v1/conformancev1connect"
)

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		slog.Error("conformance", slog.String("error", err.Error()))
		os.Exit(1)
	}
}

// nobody lets nobody in: all methods of the suite are public.
type nobody struct{}

// Authenticate refuses.
func (nobody) Authenticate(context.Context, http.Header, *accessv1.Access) (*viewer.Viewer, error) {
	return nil, fault.Unauthenticated()
}

func serve(in io.Reader, out io.Writer) error {
	var ask conformancev1.ServerCompatRequest
	if err := read(in, &ask); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "conformance-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx := context.Background()
	d, err := db.Open(ctx, db.Config{URL: "sqlite:" + filepath.Join(dir, "holdfast.db")})
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	limit := int(ask.GetMessageReceiveLimit())
	if limit == 0 {
		limit = 64 << 20
	}
	door, err := rpc.New(rpc.Config{DB: d, Auth: nobody{}, MaxMessage: limit, InFlight: 1024, Timeout: -1, Frank: true})
	if err != nil {
		return err
	}
	path, handler := conformancev1connect.NewConformanceServiceHandler(service{}, door.Options()...)
	if err := door.OpenAs(path, &accessv1.Access{Rule: &accessv1.Access_Public{Public: true}, OwnTx: true}); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle(path, withQuery(door.Service(handler)))
	web := &http.Server{Handler: door.Handler(mux), Protocols: new(http.Protocols)} //nolint:gosec // it lives as long as the suite
	web.Protocols.SetHTTP1(ask.GetHttpVersion() == conformancev1.HTTPVersion_HTTP_VERSION_1)
	web.Protocols.SetHTTP2(ask.GetHttpVersion() == conformancev1.HTTPVersion_HTTP_VERSION_2)
	web.Protocols.SetUnencryptedHTTP2(ask.GetHttpVersion() == conformancev1.HTTPVersion_HTTP_VERSION_2)
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	answer := &conformancev1.ServerCompatResponse{Host: "127.0.0.1", Port: uint32(l.Addr().(*net.TCPAddr).Port)}
	if ask.GetUseTls() {
		pair, err := tls.X509KeyPair(ask.GetServerCreds().GetCert(), ask.GetServerCreds().GetKey())
		if err != nil {
			return err
		}
		web.TLSConfig = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		answer.PemCert = ask.GetServerCreds().GetCert()
	}
	if err := write(out, answer); err != nil {
		return err
	}
	if ask.GetUseTls() {
		return web.ServeTLS(l, "", "")
	}
	return web.Serve(l)
}

// read and write are messages with their length in front.
func read(in io.Reader, m proto.Message) error {
	var size uint32
	if err := binary.Read(in, binary.BigEndian, &size); err != nil {
		return err
	}
	if size > 1<<20 {
		return errors.New("the suite's message is too long")
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(in, b); err != nil {
		return err
	}
	return proto.Unmarshal(b, m)
}

func write(out io.Writer, m proto.Message) error {
	b, err := proto.Marshal(m)
	if err != nil {
		return err
	}
	_, err = out.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(b))), b...))
	return err
}

type queryKey struct{}

// withQuery keeps the query of a GET for the answer, and lets a half-duplex stream in over HTTP/1, which connect-go
// would refuse.
func withQuery(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, conformancev1connect.ConformanceServiceBidiStreamProcedure) && r.ProtoMajor == 1 {
			r.ProtoMajor, r.ProtoMinor = 2, 0
		}
		if r.Method == http.MethodGet {
			r = r.WithContext(context.WithValue(r.Context(), queryKey{}, r.URL.Query()))
		}
		next.ServeHTTP(w, r)
	})
}
