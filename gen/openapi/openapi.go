// Package openapi holds what the generator made of the contract's comments and rules.
package openapi

import _ "embed" // for the file below

// Contract is the OpenAPI description of the contract's methods as protoc-gen-connect-openapi writes it. The REST side makes the
// description that callers see of it; openapi.json beside it is that description.
//
//go:embed contract.json
var Contract []byte
