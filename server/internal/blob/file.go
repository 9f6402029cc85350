package blob

import (
	"context"
	"errors"
	"io"

	"gocloud.dev/blob"
)

// A File is one that is being read. It can be read from any place on: a Read after a Seek asks the storage for the rest
// from there.
type File struct {
	ctx  context.Context
	s    *Store
	key  string
	size int64
	at   int64
	open *blob.Reader
}

// Get opens a file. The content is asked for by the first Read.
func (s *Store) Get(ctx context.Context, key string) (*File, error) {
	a, err := s.bucket.Attributes(ctx, key)
	if err != nil {
		return nil, failed("read", key, err)
	}
	return &File{ctx: ctx, s: s, key: key, size: a.Size}, nil
}

// Size is how many bytes it has.
func (f *File) Size() int64 { return f.size }

// Read reads on.
func (f *File) Read(b []byte) (int, error) {
	if f.at >= f.size {
		return 0, io.EOF
	}
	if f.open == nil {
		var err error
		if f.open, err = f.s.bucket.NewRangeReader(f.ctx, f.key, f.at, -1, &blob.ReaderOptions{BeforeRead: quiet}); err != nil {
			f.open = nil
			return 0, failed("read", f.key, err)
		}
	}
	n, err := f.open.Read(b)
	f.at += int64(n)
	switch {
	case errors.Is(err, io.EOF) && f.at < f.size:
		return n, failed("read", f.key, io.ErrUnexpectedEOF)
	case errors.Is(err, io.EOF):
		return n, io.EOF
	}
	return n, failed("read", f.key, err)
}

// Seek says where to read on.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += f.at
	case io.SeekEnd:
		offset += f.size
	default:
		return 0, errors.New("blob: no such whence")
	}
	if offset < 0 {
		return 0, errors.New("blob: before the beginning")
	}
	if offset == f.at {
		return offset, nil
	}
	err := f.Close()
	f.at = offset
	return offset, err
}

// Close lets go of it.
func (f *File) Close() error {
	if f.open == nil {
		return nil
	}
	err := f.open.Close()
	f.open = nil
	return err
}
