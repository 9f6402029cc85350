// Package inprocess passes the answer of a method to a caller in the same process as the message that it is. REST calls
// the Connect handlers by way of HTTP in memory; there, an answer would be written in binary form only to be read
// again.
package inprocess

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"sync/atomic"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

type slotKey struct{}

// Slot is the place for one answer.
type Slot struct {
	id      uint64
	message proto.Message
}

var (
	slots sync.Map // by id
	last  atomic.Uint64
)

// Open makes a place for the answer of the call that is made with the context. It is to be closed when the call is
// over.
func Open(ctx context.Context) (context.Context, *Slot) {
	s := &Slot{id: last.Add(1)}
	slots.Store(s.id, s)
	return context.WithValue(ctx, slotKey{}, s), s
}

// Close gives the place up.
func (s *Slot) Close() { slots.Delete(s.id) }

// Answer puts an answer into the place that the context has, if it has one: then what is sent is only where it is.
func Answer(ctx context.Context, res connect.AnyResponse) connect.AnyResponse {
	s, ok := ctx.Value(slotKey{}).(*Slot)
	if !ok {
		return res
	}
	if s.message, ok = res.Any().(proto.Message); !ok {
		return res
	}
	return handed{res, s}
}

// handed is an answer that is in a place.
type handed struct {
	connect.AnyResponse
	slot *Slot
}

// Any is the place.
func (h handed) Any() any { return h.slot }

// mark begins what is sent for a message: field 0, which no message has.
const mark = 0

// Take fills a message with the answer that was sent as data; false where data is a message itself. What the two have
// in them they then share.
func Take(data []byte, into proto.Message) bool {
	if len(data) != 9 || data[0] != mark {
		return false
	}
	found, ok := slots.Load(binary.BigEndian.Uint64(data[1:]))
	if !ok {
		return false
	}
	to := into.ProtoReflect()
	from := found.(*Slot).message.ProtoReflect() //nolint:forcetypeassert // slots has nothing else
	if from.Descriptor() != to.Descriptor() {
		return false
	}
	from.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		to.Set(fd, v)
		return true
	})
	return true
}

// Codec is the binary codec of handlers that answer so. It reads nothing but messages.
type Codec struct{}

// Name is that of the codec whose place it takes.
func (Codec) Name() string { return "proto" }

// IsBinary tells that it does not write text.
func (Codec) IsBinary() bool { return true }

// Marshal writes a message, or where it is.
func (c Codec) Marshal(m any) ([]byte, error) { return c.MarshalAppend(nil, m) }

// MarshalAppend appends a message, or where it is.
func (Codec) MarshalAppend(b []byte, m any) ([]byte, error) {
	switch m := m.(type) {
	case *Slot:
		return binary.BigEndian.AppendUint64(append(b, mark), m.id), nil
	case proto.Message:
		return proto.MarshalOptions{}.MarshalAppend(b, m)
	}
	return nil, notOne(m)
}

// MarshalStable writes a message the same way each time.
func (Codec) MarshalStable(m any) ([]byte, error) {
	if m, ok := m.(proto.Message); ok {
		return proto.MarshalOptions{Deterministic: true}.Marshal(m)
	}
	return nil, notOne(m)
}

// Unmarshal reads a message.
func (Codec) Unmarshal(data []byte, m any) error {
	if m, ok := m.(proto.Message); ok {
		return proto.Unmarshal(data, m)
	}
	return notOne(m)
}

func notOne(m any) error { return fmt.Errorf("handover: %T is not a protobuf message", m) }

// ValidatedHeader is on the answer of a call that only tried whether it could be made (validate_only).
const ValidatedHeader = "Validated-Only"
