package holdfast

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"

	attachmentsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/attachments/v1"
)

// File is a file to be sent. It is streamed, however large it is.
type File struct {
	// Name is what it is called; its ending tells what it is when ContentType is empty.
	Name string
	// ContentType is what it is, such as "image/png"; empty lets the server find out.
	ContentType string
	// Content is read to its end. When it is an io.Seeker too, such as an *os.File, the call is repeated while that is
	// safe; else it is repeated only as long as nothing of it has been read.
	Content io.Reader
}

// UploadAttachment attaches a file to a record, such as a "finding" by its id.
//
//	file, err := os.Open("proof.png")
//	made, err := c.UploadAttachment(ctx, "finding", id, holdfast.File{Name: "proof.png", Content: file})
//
// Refusals have a status and a reason: 415 when the content is not what it is said to be, 413 "too_large", 422
// "infected".
func (c *Client) UploadAttachment(ctx context.Context, recordKind, recordID string, file File) (*attachmentsv1.Attachment, error) {
	body, err := bodyOf(file.Content)
	if err != nil {
		return nil, err
	}
	kind := file.ContentType
	if kind == "" {
		kind = "application/octet-stream"
	}
	query := url.Values{"record_kind": {recordKind}, "record_id": {recordID}, "file_name": {file.Name}}
	key := keyOf(ctx)
	out := &attachmentsv1.Attachment{}
	err = attempt(ctx, c.carry.retries, c.carry.tokens, func(bearer string) error {
		content, err := body.again()
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+"/api/v1/attachments?"+query.Encode(), content)
		if err != nil {
			return err
		}
		req.ContentLength = body.size
		req.Header.Set("Content-Type", kind)
		req.Header.Set(keyHeader, key)
		req.Header.Set("Expect", "100-continue") // who is refused need not send it
		res, err := c.do(req, bearer)
		if err != nil {
			return body.final(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		if err != nil {
			return body.final(unreachable(err))
		}
		return protojson.UnmarshalOptions{DiscardUnknown: true}.Unmarshal(text, out)
	})
	if err != nil {
		return nil, plainly(err)
	}
	return out, nil
}

// DownloadAttachment writes a file as it comes in, and makes sure that it is what was uploaded. When the line breaks in
// the middle, it goes on from there. When it fails, part of the file may have been written.
func (c *Client) DownloadAttachment(ctx context.Context, id string, to io.Writer) error {
	d := &download{sum: sha256.New(), to: to}
	err := attempt(ctx, c.carry.retries, c.carry.tokens, func(bearer string) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"/api/v1/attachments/"+url.PathEscape(id)+"/download", http.NoBody)
		if err != nil {
			return err
		}
		if d.etag != "" {
			req.Header.Set("Range", "bytes="+strconv.FormatInt(d.size, 10)+"-")
			req.Header.Set("If-Range", d.etag)
		}
		res, err := c.do(req, bearer)
		if err != nil {
			return err
		}
		defer func() { _ = res.Body.Close() }()
		return d.take(res)
	})
	if err != nil {
		return plainly(err)
	}
	if want := strings.Trim(d.etag, `"`); hex.EncodeToString(d.sum.Sum(nil)) != want {
		return fmt.Errorf("holdfast: the file is not what was uploaded: its SHA-256 is not %s", want)
	}
	return nil
}

// download is a file that has come in as far as size.
type download struct {
	to   io.Writer
	sum  hash.Hash
	size int64
	etag string
}

func (d *download) take(res *http.Response) error {
	etag := res.Header.Get("ETag")
	if d.size > 0 && (res.StatusCode != http.StatusPartialContent || etag != d.etag) {
		return &spent{errors.New("holdfast: the file has changed on the way")}
	}
	d.etag = etag
	buf := make([]byte, 64<<10)
	for {
		n, err := res.Body.Read(buf)
		if n > 0 {
			if _, err := d.to.Write(buf[:n]); err != nil {
				return &spent{err}
			}
			d.sum.Write(buf[:n])
			d.size += int64(n)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return unreachable(err)
		}
	}
}

// do makes a call on the REST side; only a good answer is one.
func (c *Client) do(req *http.Request, bearer string) (*http.Response, error) {
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	req.Header.Set("User-Agent", c.agent)
	res, err := c.http.Do(req)
	if err != nil {
		if req.Context().Err() != nil {
			return nil, err
		}
		return nil, unreachable(err)
	}
	if res.StatusCode < 300 {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, problem(res)
}

func unreachable(err error) error {
	return &Problem{Status: http.StatusServiceUnavailable, Code: "unavailable", Reason: "unreachable", Detail: err.Error(), cause: err}
}

// spent is an error after which a call cannot be made again: what it needs has been used up.
type spent struct{ err error }

// Error is the cause's. It is not unwrapped, so that nobody takes it for one that passes.
func (s *spent) Error() string { return s.err.Error() }

// plainly is what the program gets to see of an error.
func plainly(err error) error {
	var s *spent
	if errors.As(err, &s) {
		return s.err
	}
	return err
}

// body is what a call sends, and perhaps sends again.
type body struct {
	from  io.Reader
	seek  io.Seeker // nil: it can be read once
	start int64
	size  int64 // -1: not known
	read  bool
}

func bodyOf(content io.Reader) (*body, error) {
	b := &body{from: content, size: -1}
	seek, ok := content.(io.Seeker)
	if !ok {
		return b, nil
	}
	start, err := seek.Seek(0, io.SeekCurrent)
	if err != nil {
		return b, nil //nolint:nilerr // a pipe has the method and cannot do it
	}
	end, err := seek.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("holdfast: finding the file's size: %w", err)
	}
	b.seek, b.start, b.size = seek, start, end-start
	return b, nil
}

// again is the content from its beginning.
func (b *body) again() (io.Reader, error) {
	if b.seek != nil {
		if _, err := b.seek.Seek(b.start, io.SeekStart); err != nil {
			return nil, &spent{fmt.Errorf("holdfast: reading the file again: %w", err)}
		}
	}
	if b.size == 0 {
		return http.NoBody, nil
	}
	return io.NopCloser(b), nil
}

// Read reads on.
func (b *body) Read(p []byte) (int, error) {
	b.read = true
	return b.from.Read(p)
}

// final says of an error that the call cannot be made again, where that is so.
func (b *body) final(err error) error {
	if b.read && b.seek == nil {
		return &spent{err}
	}
	return err
}
