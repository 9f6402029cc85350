package blob

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"gocloud.dev/blob"
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/s3blob"    // s3://
)

// clouds are the schemes beside file. Google's is not among them: its client would add more than 20 MB to the program, as against 9 for
// Amazon's and 3 for Microsoft's.
var clouds = []string{"s3", "azblob"}

// partSize and parts bound what a cloud's client holds of a file that it sends: 10,000 parts of this size are 50 GB, more than any limit.
const (
	partSize = 5 << 20
	parts    = 1
)

// takeBackFor is how long Amazon's client may take to take back what it has sent of a file that fails, also when its caller has gone.
const takeBackFor = 20 * time.Second

// slim lets Amazon's client begin a file with a part, too (otherwise it reads 16 MiB of it before it sends anything), and take back the
// parts of one that fails.
func slim(bucket *blob.Bucket, as func(any) bool) {
	var client *s3.Client
	var manager *transfermanager.Client
	if !bucket.As(&client) || !as(&manager) {
		return
	}
	*manager = *transfermanager.New(client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold, o.Concurrency = partSize, partSize, parts
		o.FailTimeout = takeBackFor
		o.RequestChecksumCalculation = client.Options().RequestChecksumCalculation
	})
}
