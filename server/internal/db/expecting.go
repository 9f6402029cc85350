package db

import "context"

// Expecting is what the caller has seen of the record that the request names, for a method whose version is made of
// several records and which therefore checks it itself; nil where they did not say.
func Expecting(ctx context.Context) *Expected { return expected(ctx) }
