package inprocess_test

import (
	"context"
	"testing"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/holdfast-platform/holdfast/server/internal/inprocess"
)

func answer() *connect.Response[structpb.Struct] {
	return connect.NewResponse(&structpb.Struct{Fields: map[string]*structpb.Value{
		"names": structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{structpb.NewStringValue("a"), structpb.NewNullValue()}}),
	}})
}

func send(t *testing.T, res connect.AnyResponse) []byte {
	t.Helper()
	data, err := inprocess.Codec{}.Marshal(res.Any())
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestHandedOver(t *testing.T) {
	t.Parallel()
	ctx, slot := inprocess.Open(t.Context())
	data := send(t, inprocess.Answer(ctx, answer()))
	var got structpb.Struct
	if !inprocess.Take(data, &got) || !proto.Equal(&got, answer().Msg) {
		t.Errorf("got %v", &got)
	}
	if inprocess.Take(data, &wrapperspb.StringValue{}) {
		t.Error("another type takes it")
	}
	if err := (inprocess.Codec{}).Unmarshal(data, &got); err == nil {
		t.Error("who sends the same is understood")
	}
	slot.Close()
	if inprocess.Take(data, &got) {
		t.Error("it is there when the call is over")
	}
}

func TestSentAsItIs(t *testing.T) {
	t.Parallel()
	data := send(t, inprocess.Answer(context.Background(), answer()))
	var got structpb.Struct
	if inprocess.Take(data, &got) {
		t.Error("a message is taken for a place")
	}
	if err := (inprocess.Codec{}).Unmarshal(data, &got); err != nil || !proto.Equal(&got, answer().Msg) {
		t.Errorf("got %v, %v", &got, err)
	}
	for range 5 {
		a, errA := inprocess.Codec{}.MarshalStable(answer().Msg)
		b, errB := inprocess.Codec{}.MarshalStable(answer().Msg)
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Error("not stable")
		}
	}
	if _, err := (inprocess.Codec{}).Marshal("text"); err == nil {
		t.Error("a text is a message")
	}
}
