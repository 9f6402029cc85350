package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// A Client calls the public API as somebody. It finds the method by the request, instead of the generated clients: the
// program has no other use for those, and they are a tenth of its size.
type Client struct {
	// URL is the server's, Token an access token or an API token; empty for public methods.
	URL, Token string
}

// Do makes the call that takes this request, and reads the answer.
func (c *Client) Do(ctx context.Context, in, out proto.Message) error {
	method := methodOf(in.ProtoReflect().Descriptor())
	if method == nil {
		return fmt.Errorf("no method takes %s", in.ProtoReflect().Descriptor().FullName())
	}
	body, err := proto.Marshal(in)
	if err != nil {
		return err
	}
	answer, err := c.post(ctx, fmt.Sprintf("/%s/%s", method.Parent().FullName(), method.Name()), "application/proto", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("%s: %w", method.Name(), err)
	}
	return proto.Unmarshal(answer, out)
}

// ImportAssets stores the assets of a CSV file and answers their ids, in the order of the rows.
func (c *Client) ImportAssets(ctx context.Context, file io.Reader) (ids []string, err error) {
	answer, err := c.post(ctx, "/api/v1/assets/import?dry_run=false", "text/csv", file)
	if err != nil {
		return nil, err
	}
	var done struct{ Rows []struct{ ID string } }
	if err := json.Unmarshal(answer, &done); err != nil {
		return nil, err
	}
	for _, row := range done.Rows {
		ids = append(ids, row.ID)
	}
	return ids, nil
}

func (c *Client) post(ctx context.Context, path, kind string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", kind)
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= http.StatusMultipleChoices {
		err = fmt.Errorf("%s: %s", res.Status, answer)
	}
	return answer, err
}

// methodOf is the method that takes a message, declared in the same file.
func methodOf(in protoreflect.MessageDescriptor) protoreflect.MethodDescriptor {
	services := in.ParentFile().Services()
	for i := range services.Len() {
		methods := services.Get(i).Methods()
		for j := range methods.Len() {
			if m := methods.Get(j); m.Input().FullName() == in.FullName() {
				return m
			}
		}
	}
	return nil
}
