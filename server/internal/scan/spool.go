package scan

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
)

// small is how much of a file stays in memory.
const small = 1 << 20

// Spool is a file that has been received whole, so that it can be read more than once: small ones in memory, larger
// ones in a temporary file that has no name.
type Spool struct {
	io.ReadSeeker
	// SHA256 is of the content, Size is in bytes.
	SHA256 [sha256.Size]byte
	Size   int64

	file *os.File
	name string
}

// Receive reads a file to its end, and keeps what is large in a folder; empty is the system's for temporary files. The
// caller closes it.
func Receive(folder string, from io.Reader) (*Spool, error) {
	sum := sha256.New()
	from = io.TeeReader(from, sum)
	var head bytes.Buffer
	n, err := io.CopyN(&head, from, small)
	s := &Spool{ReadSeeker: bytes.NewReader(head.Bytes()), Size: n}
	if err == nil {
		err = s.spill(folder, &head, from)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, errors.Join(err, s.Close())
	}
	sum.Sum(s.SHA256[:0])
	return s, nil
}

// spill moves what was read, and all that follows, into a file.
func (s *Spool) spill(folder string, head *bytes.Buffer, from io.Reader) error {
	f, err := os.CreateTemp(folder, "holdfast-scan-*")
	if err != nil {
		return fmt.Errorf("scan: a place for the file: %w", err)
	}
	s.file, s.ReadSeeker = f, f
	if os.Remove(f.Name()) != nil { // an open file has a name on some systems
		s.name = f.Name()
	}
	if _, err := f.Write(head.Bytes()); err != nil {
		return fmt.Errorf("scan: keep the file: %w", err)
	}
	n, err := io.Copy(onlyWrites{f}, from)
	s.Size += n
	return err
}

// onlyWrites hides what else a file can do: a copy through it goes in small pieces.
type onlyWrites struct{ io.Writer }

// Close gives the room back.
func (s *Spool) Close() error {
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	if s.name != "" {
		err = errors.Join(err, os.Remove(s.name))
	}
	return err
}
