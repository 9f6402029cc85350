package attachments

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
	"github.com/holdfast-platform/holdfast/server/internal/malware"
	"github.com/holdfast-platform/holdfast/server/internal/rpc"
)

// scanned has a scanner see all that is read; the end is only reached by what it finds clean. end must be called.
func (s Service) scanned(ctx context.Context, from io.Reader) (content io.Reader, end func(), err error) {
	if s.Scanner == nil {
		return from, func() {}, nil
	}
	scan, err := s.Scanner.Begin(ctx)
	if err != nil {
		return nil, nil, s.unscanned(ctx, err)
	}
	return &watched{ctx, s, from, scan}, func() { _ = scan.Close() }, nil
}

type watched struct {
	ctx  context.Context
	s    Service
	from io.Reader
	scan *malware.Scan
}

// Read reads on.
func (w *watched) Read(b []byte) (int, error) {
	n, err := w.from.Read(b)
	if _, failed := w.scan.Write(b[:n]); failed != nil {
		return 0, w.s.unscanned(w.ctx, failed)
	}
	if err == io.EOF {
		if failed := w.scan.Verdict(); failed != nil {
			return n, w.s.unscanned(w.ctx, failed)
		}
	}
	return n, err
}

// unscanned is the answer to a file that the scanner has not found clean.
func (s Service) unscanned(ctx context.Context, err error) error {
	var found *malware.Infected
	if errors.As(err, &found) {
		s.Log.LogAttrs(ctx, slog.LevelWarn, "malware was sent as an attachment", slog.String("signature", found.Signature), slog.String("request_id", rpc.RequestID(ctx)))
		return fault.Refused("infected", "the scanner finds malware in the file: %s", found.Signature).With("signature", found.Signature)
	}
	if ctx.Err() == nil {
		s.Log.LogAttrs(ctx, slog.LevelError, "the scanner does not judge files", slog.Any("error", err), slog.String("request_id", rpc.RequestID(ctx)))
	}
	return fault.Unavailable(10*time.Second, "the file could not be scanned, try again later")
}
