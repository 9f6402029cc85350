package blob

import (
	_ "gocloud.dev/blob/azureblob" // azblob://
	_ "gocloud.dev/blob/s3blob"    // s3://
)

// clouds are the schemes beside file. Google's is not among them: its client would add more than 20 MB to the program, as against 9 for
// Amazon's and 3 for Microsoft's.
var clouds = []string{"s3", "azblob"}
