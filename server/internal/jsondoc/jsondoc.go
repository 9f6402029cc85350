// Package jsondoc bounds free JSON documents, such as the metadata of a record.
package jsondoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/holdfast-platform/holdfast/server/internal/api"
)

// Largest and Deepest bound the metadata of a record.
const (
	Largest = 4 << 10
	Deepest = 4
)

// Set takes a field with a document that passes the Check.
func Set(k *api.Mask, name string, in *structpb.Struct, set func(json.RawMessage), unset func()) {
	api.JSON(k, name, in, func(raw json.RawMessage) {
		if err := Check(raw); err != nil {
			k.Fault(name, err.Error())
			return
		}
		set(raw)
	}, unset)
}

// Check refuses a document that is larger or nests deeper than metadata may. An object of plain values is one level
// deep.
func Check(raw json.RawMessage) error {
	if len(raw) > Largest {
		return fmt.Errorf("must not be larger than %d KiB", Largest>>10)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && depth == 0 {
			return nil
		}
		if err != nil {
			return errors.New("must be a JSON object")
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			if depth++; depth > Deepest {
				return fmt.Errorf("must not nest deeper than %d levels", Deepest)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}
