package handover_test

import (
	"context"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/holdfast-platform/holdfast/server/internal/handover"
)

func answer() *connect.Response[structpb.Struct] {
	return connect.NewResponse(&structpb.Struct{Fields: map[string]*structpb.Value{
		"names": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue("a"), structpb.NewNullValue()}}),
	}})
}

func send(t *testing.T, res connect.AnyResponse) []byte {
	t.Helper()
	data, err := handover.Codec{}.Marshal(res.Any())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestHandedOver(t *testing.T) {
	t.Parallel()
	ctx, slot := handover.Open(t.Context())
	data := send(t, handover.Answer(ctx, answer()))
	var got structpb.Struct
	if !handover.Take(data, &got) || !proto.Equal(&got, answer().Msg) {
		t.Errorf("got %v", &got)
	}
	if handover.Take(data, &wrapperspb.StringValue{}) {
		t.Error("another type takes it")
	}
	if err := (handover.Codec{}).Unmarshal(data, &got); err == nil {
		t.Error("who sends the same is understood")
	}
	slot.Close()
	if handover.Take(data, &got) {
		t.Error("it is there when the call is over")
	}
}

func TestSentAsItIs(t *testing.T) {
	t.Parallel()
	data := send(t, handover.Answer(context.Background(), answer()))
	var got structpb.Struct
	if handover.Take(data, &got) {
		t.Error("a message is taken for a place")
	}
	if err := (handover.Codec{}).Unmarshal(data, &got); err != nil || !proto.Equal(&got, answer().Msg) {
		t.Errorf("got %v, %v", &got, err)
	}
	for range 5 {
		a, errA := handover.Codec{}.MarshalStable(answer().Msg)
		b, errB := handover.Codec{}.MarshalStable(answer().Msg)
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Error("not stable")
		}
	}
	if _, err := (handover.Codec{}).Marshal("text"); err == nil {
		t.Error("a text is a message")
	}
}
