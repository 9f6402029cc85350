package holdfast

import (
	"context"
	"errors"
	"iter"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"

	feedv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/feed/v1"
)

// Watch follows what happens, as it happens: every event that the caller may see, once, in the order of the journal.
// Where the stream breaks off (a restart, a broken line, an ended access token) it goes on after the last event. It
// ends with an error that a new try cannot mend, when the context ends, or when the loop is left.
//
// The token of the last event, kept by the program, is where a later Watch can go on: put it into the request's
// resume_token.
//
//	for event, err := range c.Watch(ctx, &feedv1.WatchRequest{Kinds: []string{"incident"}}) {
func (c *Client) Watch(ctx context.Context, in *feedv1.WatchRequest) iter.Seq2[*feedv1.Event, error] {
	return func(yield func(*feedv1.Event, error) bool) {
		ask := proto.CloneOf(in)
		failures, refused := 0, false
		for {
			err := c.follow(ctx, ask, func(e *feedv1.Event) bool {
				failures, refused = 0, false
				ask.ResumeToken = e.GetToken()
				// without an action it only says how far the stream has come
				return e.GetAction() == "" || yield(e, nil)
			})
			switch {
			case err == nil:
				return // the loop was left
			case ctx.Err() != nil:
				yield(nil, ctx.Err())
				return
			case unauthenticated(err) && !refused && c.carry.tokens.renewable():
				refused = true
				c.carry.tokens.drop(ctx)
				continue
			}
			after, again := pause(err)
			if !again && !errors.Is(err, errEnded) {
				yield(nil, err)
				return
			}
			if wait(ctx, max(after, backoff(failures))) != nil {
				yield(nil, err)
				return
			}
			failures++
		}
	}
}

// errEnded is a stream that ended without saying why.
var errEnded = errors.New("holdfast: the stream has ended")

// follow takes one stream until it breaks off; nil means that take has had enough.
func (c *Client) follow(ctx context.Context, ask *feedv1.WatchRequest, take func(*feedv1.Event) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.Feed.Watch(ctx, ask)
	if err != nil {
		return err
	}
	defer func() { _ = stream.Close() }()
	for stream.Receive() {
		if !take(stream.Msg()) {
			return nil
		}
	}
	if err := stream.Err(); err != nil {
		var c *connect.Error
		if errors.As(err, &c) && c.Code() == connect.CodeResourceExhausted {
			return errEnded // read too slowly: nothing is lost, it goes on with the last token
		}
		return err
	}
	return errEnded
}
