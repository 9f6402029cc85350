package blob

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/s3blob"    // s3://
)

// clouds are the schemes beside file. Google's is not among them: its client would add more than 20 MB to the program,
// as against 9 for Amazon's and 3 for Microsoft's.
var clouds = []string{"s3", "azblob"}

// partSize bounds what is held of a file that goes to a cloud: 10,000 parts of this size are 50 GB, more than any
// limit. Amazon takes no smaller ones.
const partSize = 5 << 20

// takeBackFor is how long it may take to take back what has been sent of a file that fails, also when its caller has
// gone.
const takeBackFor = 20 * time.Second

// pieces are buffers of partSize that no file needs just now.
var pieces = sync.Pool{New: func() any { return new([partSize]byte) }}

// contentType is what clouds are told of all files: what they are is nobody else's concern.
const contentType = "application/octet-stream"

// send stores a file in a cloud.
func (s *Store) send(ctx context.Context, key string, from *source) error {
	var to *parts
	err := s.bucket.Upload(ctx, key, from, &blob.WriterOptions{
		ContentType: contentType, BufferSize: partSize, MaxConcurrency: 1,
		BeforeWrite: func(as func(any) bool) error {
			p := &parts{}
			if !s.bucket.As(&p.client) || !as(&p.in) {
				return nil
			}
			to = p
			return errors.ErrUnsupported // it is sent by our own means
		},
	})
	if to != nil {
		return to.send(ctx, from)
	}
	return err
}

// quiet has Amazon's client say nothing, past our log, of what is read without a checksum of theirs: a piece of a file
// never has one.
func quiet(as func(any) bool) error {
	var options *[]func(*s3.Options)
	if as(&options) {
		*options = append(*options, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
	}
	return nil
}

// parts sends a file to Amazon's S3 with one part of it in memory. Their own manager of uploads, which gocloud.dev
// uses, holds three and makes five times as much garbage.
type parts struct {
	client *s3.Client
	in     *transfermanager.UploadObjectInput
	upload *string // none for a file that fits in one part
	sent   []types.CompletedPart
}

// send stores the file, whole or not at all.
func (p *parts) send(ctx context.Context, from *source) error {
	piece, _ := pieces.Get().(*[partSize]byte)
	err := p.read(ctx, from, piece[:])
	if err == nil {
		pieces.Put(piece) // a request that failed may still be reading it
	}
	if err == nil || p.upload == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), takeBackFor)
	defer cancel()
	_, failed := p.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: p.in.Bucket, Key: p.in.Key, UploadId: p.upload})
	return errors.Join(err, failed)
}

// read reads the file piece by piece and sends the pieces.
func (p *parts) read(ctx context.Context, from *source, piece []byte) error {
	for {
		n, err := io.ReadFull(from, piece)
		switch {
		case from.err != nil:
			return from.err
		case err != nil && p.upload == nil:
			return p.whole(ctx, piece[:n])
		case n > 0:
			if err := p.part(ctx, piece[:n]); err != nil {
				return err
			}
		}
		if err != nil { // the end
			return p.complete(ctx)
		}
	}
}

// whole sends a file that fits in one part.
func (p *parts) whole(ctx context.Context, content []byte) error {
	_, err := p.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: p.in.Bucket, Key: p.in.Key, ContentType: p.in.ContentType, Body: bytes.NewReader(content),
		ServerSideEncryption: types.ServerSideEncryption(p.in.ServerSideEncryption), SSEKMSKeyId: p.in.SSEKMSKeyID,
	})
	return err
}

// part sends a part; the first begins the upload.
func (p *parts) part(ctx context.Context, content []byte) error {
	if p.upload == nil {
		out, err := p.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
			Bucket: p.in.Bucket, Key: p.in.Key, ContentType: p.in.ContentType,
			ServerSideEncryption: types.ServerSideEncryption(p.in.ServerSideEncryption), SSEKMSKeyId: p.in.SSEKMSKeyID,
		})
		if err != nil {
			return err
		}
		p.upload = out.UploadId
	}
	number := aws.Int32(int32(len(p.sent) + 1))
	out, err := p.client.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: p.in.Bucket, Key: p.in.Key, UploadId: p.upload, PartNumber: number, Body: bytes.NewReader(content),
	})
	if err != nil {
		return err
	}
	p.sent = append(p.sent, types.CompletedPart{PartNumber: number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32})
	return nil
}

// complete makes one file of the parts.
func (p *parts) complete(ctx context.Context) error {
	_, err := p.client.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: p.in.Bucket, Key: p.in.Key, UploadId: p.upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: p.sent},
	})
	return err
}
