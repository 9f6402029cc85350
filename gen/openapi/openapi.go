// Package openapi holds what the generator made of the contract's comments and rules.
package openapi

import (
	"bytes"
	"compress/gzip"
	_ "embed" // for the file below
	"io"
)

// Zipped is contract.json, compressed: the OpenAPI description of the contract's methods as protoc-gen-connect-openapi writes it. The
// REST side makes the description that callers see of it; openapi.json beside it is that description. cmd/openapi writes both.
//
//go:embed contract.json.gz
var Zipped []byte

// Contract is contract.json.
func Contract() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(Zipped))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}
