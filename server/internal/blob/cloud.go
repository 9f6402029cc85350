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

// clouds are the schemes beside file. Google's is not among them: its client would add more than 20 MB to the program, as against 9 for
// Amazon's and 3 for Microsoft's.
var clouds = []string{"s3", "azblob"}

// partSize bounds what is held of a file that goes to a cloud: 10,000 parts of this size are 50 GB, more than any limit. Amazon takes no
// smaller ones.
const partSize = 5 << 20

// takeBackFor is how long it may take to take back what has been sent of a file that fails, also when its caller has gone.
const takeBackFor = 20 * time.Second

// pieces are buffers of partSize that no file needs just now.
var pieces = sync.Pool{New: func() any { return new([partSize]byte) }}

// parts writes a file to Amazon's S3 with one part of it in memory. Their own manager of uploads, which gocloud.dev uses, holds three and
// makes five times as much garbage.
type parts struct {
	ctx    context.Context // ended before Close, it takes back what has been sent
	client *s3.Client
	in     *transfermanager.UploadObjectInput
	piece  *[partSize]byte
	held   int // bytes of it
	upload *string
	sent   []types.CompletedPart
}

// inParts is a writer for a file that gocloud.dev is about to write, if that goes to S3.
func inParts(ctx context.Context, bucket *blob.Bucket, as func(any) bool) *parts {
	p := &parts{ctx: ctx}
	if !as(&p.in) || !bucket.As(&p.client) {
		return nil
	}
	p.piece, _ = pieces.Get().(*[partSize]byte)
	return p
}

// Write writes on.
func (p *parts) Write(b []byte) (n int, err error) {
	for n < len(b) {
		if p.held == partSize {
			if err := p.send(); err != nil {
				return n, err
			}
		}
		c := copy(p.piece[p.held:], b[n:])
		n, p.held = n+c, p.held+c
	}
	return n, nil
}

// send sends the part that is held.
func (p *parts) send() error {
	if p.upload == nil {
		out, err := p.client.CreateMultipartUpload(p.ctx, &s3.CreateMultipartUploadInput{
			Bucket: p.in.Bucket, Key: p.in.Key, ContentType: p.in.ContentType,
			ServerSideEncryption: types.ServerSideEncryption(p.in.ServerSideEncryption), SSEKMSKeyId: p.in.SSEKMSKeyID,
		})
		if err != nil {
			return err
		}
		p.upload = out.UploadId
	}
	number := aws.Int32(int32(len(p.sent) + 1))
	out, err := p.client.UploadPart(p.ctx, &s3.UploadPartInput{
		Bucket: p.in.Bucket, Key: p.in.Key, UploadId: p.upload, PartNumber: number, Body: p.body(),
	})
	if err != nil {
		return err
	}
	p.sent = append(p.sent, types.CompletedPart{PartNumber: number, ETag: out.ETag, ChecksumCRC32: out.ChecksumCRC32})
	p.held = 0
	return nil
}

func (p *parts) body() io.Reader { return bytes.NewReader(p.piece[:p.held]) }

// Close stores the file, whole or not at all.
func (p *parts) Close() error {
	err := p.finish()
	if err == nil {
		pieces.Put(p.piece) // a request that failed may still be reading it
	}
	if err == nil || p.upload == nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), takeBackFor)
	defer cancel()
	_, failed := p.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: p.in.Bucket, Key: p.in.Key, UploadId: p.upload})
	return errors.Join(err, failed)
}

func (p *parts) finish() error {
	if err := p.ctx.Err(); err != nil {
		return err
	}
	if p.upload == nil { // it fits in one
		_, err := p.client.PutObject(p.ctx, &s3.PutObjectInput{
			Bucket: p.in.Bucket, Key: p.in.Key, ContentType: p.in.ContentType, Body: p.body(),
			ServerSideEncryption: types.ServerSideEncryption(p.in.ServerSideEncryption), SSEKMSKeyId: p.in.SSEKMSKeyID,
		})
		return err
	}
	if err := p.send(); err != nil {
		return err
	}
	_, err := p.client.CompleteMultipartUpload(p.ctx, &s3.CompleteMultipartUploadInput{
		Bucket: p.in.Bucket, Key: p.in.Key, UploadId: p.upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: p.sent},
	})
	return err
}
