package rpc

import (
	"strconv"
	"strings"

	"buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"google.golang.org/protobuf/proto"
)

// fieldPath reads "site.tags[2].name" into the elements of a violation.
func fieldPath(s string) *validate.FieldPath {
	out := &validate.FieldPath{}
	for _, part := range strings.Split(s, ".") {
		name, rest, listed := strings.Cut(part, "[")
		e := &validate.FieldPathElement{FieldName: proto.String(name)}
		if listed {
			if n, err := strconv.ParseUint(strings.TrimSuffix(rest, "]"), 10, 32); err == nil {
				e.Subscript = &validate.FieldPathElement_Index{Index: n}
			}
		}
		out.Elements = append(out.Elements, e)
	}
	return out
}
