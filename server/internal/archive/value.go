package archive

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// write turns what a driver gave into what stands in the archive.
func (s shape) write(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	switch s {
	case textual, document, unique, words:
		switch v := v.(type) {
		case string:
			return v, nil
		case []byte:
			if s == unique && len(v) == 16 {
				return fmt.Sprintf("%x-%x-%x-%x-%x", v[0:4], v[4:6], v[6:8], v[8:10], v[10:16]), nil
			}
			return string(v), nil
		case time.Time: // a date
			return v.Format(time.DateOnly), nil
		}
	case boolean:
		switch v := v.(type) {
		case bool:
			return v, nil
		case int64:
			return v != 0, nil
		}
	case integer:
		if v, ok := v.(int64); ok {
			return v, nil
		}
	case decimal:
		switch v := v.(type) {
		case float64, int64:
			return v, nil
		}
	case instant:
		switch v := v.(type) {
		case time.Time:
			return v.UTC().Format(time.RFC3339Nano), nil
		case string:
			at, err := parseTime(v)
			return at.Format(time.RFC3339Nano), err
		}
	case binary:
		switch v := v.(type) {
		case []byte:
			return base64.StdEncoding.EncodeToString(v), nil
		case string:
			return base64.StdEncoding.EncodeToString([]byte(v)), nil
		}
	}
	return nil, fmt.Errorf("cannot keep a %T", v)
}

// errShape says that the archive has another kind of value than the column.
var errShape = errors.New("the value is of another kind than the column")

// read turns what stands in the archive into what a driver takes. Both drivers
// take a text for an id and for a document.
func (s shape) read(raw json.RawMessage) (any, error) {
	if string(raw) == "null" {
		return nil, nil
	}
	var text string
	switch s {
	case boolean:
		switch string(raw) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errShape
	case integer:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			return nil, errShape
		}
		return n, nil
	case decimal:
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return nil, errShape
		}
		return f, nil
	}
	if err := json.Unmarshal(raw, &text); err != nil {
		return nil, errShape
	}
	switch s {
	case instant:
		return parseTime(text)
	case binary:
		return base64.StdEncoding.DecodeString(text)
	}
	return text, nil
}

// parseTime reads a time as the archive and as SQLite write it.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999-07:00", "2006-01-02 15:04:05.999999999"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time", text)
}
