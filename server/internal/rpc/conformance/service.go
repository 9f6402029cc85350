package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"connectrpc.com/connect"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"

	conformancev1 "github.com/holdfast-platform/holdfast/server/internal/rpc/conformance/pb/connectrpc/conformance/v1"
	"github.com/holdfast-platform/holdfast/server/internal/rpc/conformance/pb/connectrpc/conformance/v1/conformancev1connect"
)

// service answers as a request tells it to. service.proto says what is expected.
type service struct {
	conformancev1connect.UnimplementedConformanceServiceHandler
}

// Unary answers one message by one.
func (service) Unary(ctx context.Context, in *conformancev1.UnaryRequest) (*conformancev1.UnaryResponse, error) {
	p, err := single(ctx, in.GetResponseDefinition(), in)
	return &conformancev1.UnaryResponse{Payload: p}, err
}

// IdempotentUnary is the same by GET.
func (service) IdempotentUnary(ctx context.Context, in *conformancev1.IdempotentUnaryRequest) (*conformancev1.IdempotentUnaryResponse, error) {
	p, err := single(ctx, in.GetResponseDefinition(), in)
	return &conformancev1.IdempotentUnaryResponse{Payload: p}, err
}

// ClientStream answers many messages by one.
func (service) ClientStream(ctx context.Context, in *connect.ClientStream[conformancev1.ClientStreamRequest]) (*conformancev1.ClientStreamResponse, error) {
	var all []proto.Message
	var def *conformancev1.UnaryResponseDefinition
	for in.Receive() {
		if len(all) == 0 {
			def = in.Msg().GetResponseDefinition()
		}
		all = append(all, proto.Clone(in.Msg()))
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	p, err := single(ctx, def, all...)
	return &conformancev1.ClientStreamResponse{Payload: p}, err
}

// ServerStream answers one message by many.
func (service) ServerStream(ctx context.Context, in *conformancev1.ServerStreamRequest, out *connect.ServerStream[conformancev1.ServerStreamResponse]) error {
	def := in.GetResponseDefinition()
	headers(def.GetResponseHeaders(), out.ResponseHeader())
	headers(def.GetResponseTrailers(), out.ResponseTrailer())
	if len(def.GetResponseData()) > 0 {
		if err := out.Send(nil); err != nil { // the headers at once
			return err
		}
	}
	for i, data := range def.GetResponseData() {
		p := &conformancev1.ConformancePayload{Data: data}
		if i == 0 {
			p.RequestInfo = about(ctx, in)
		}
		pause(def.GetResponseDelayMs())
		if err := out.Send(&conformancev1.ServerStreamResponse{Payload: p}); err != nil {
			return err
		}
	}
	return failure(ctx, def.GetError(), len(def.GetResponseData()) == 0, in)
}

// BidiStream answers each message by one (full duplex), or all by many.
func (service) BidiStream(ctx context.Context, s *connect.BidiStream[conformancev1.BidiStreamRequest, conformancev1.BidiStreamResponse]) error {
	var def *conformancev1.StreamResponseDefinition
	var got []proto.Message
	full, sent, began := false, 0, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		in, err := s.Receive()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("receive: %w", err)
		}
		got = append(got, in)
		if !began {
			began, def, full = true, in.GetResponseDefinition(), in.GetFullDuplex()
			headers(def.GetResponseHeaders(), s.ResponseHeader())
			headers(def.GetResponseTrailers(), s.ResponseTrailer())
			if full && len(def.GetResponseData()) > 0 {
				if err := s.Send(nil); err != nil {
					return err
				}
			}
		}
		if !full {
			continue
		}
		if sent >= len(def.GetResponseData()) {
			break
		}
		p := &conformancev1.ConformancePayload{Data: def.GetResponseData()[sent], RequestInfo: &conformancev1.ConformancePayload_RequestInfo{Requests: wrapped(got)}}
		if sent == 0 {
			p.RequestInfo = about(ctx, got...)
		}
		pause(def.GetResponseDelayMs())
		if err := s.Send(&conformancev1.BidiStreamResponse{Payload: p}); err != nil {
			return err
		}
		sent, got = sent+1, nil
	}
	if !full && len(def.GetResponseData()) > 0 {
		if err := s.Send(nil); err != nil {
			return err
		}
	}
	for ; sent < len(def.GetResponseData()); sent++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		p := &conformancev1.ConformancePayload{Data: def.GetResponseData()[sent]}
		if sent == 0 {
			p.RequestInfo = about(ctx, got...)
		}
		pause(def.GetResponseDelayMs())
		if err := s.Send(&conformancev1.BidiStreamResponse{Payload: p}); err != nil {
			return err
		}
	}
	return failure(ctx, def.GetError(), sent == 0, got...)
}

// single is the answer to a call with one answer.
func single(ctx context.Context, def *conformancev1.UnaryResponseDefinition, in ...proto.Message) (*conformancev1.ConformancePayload, error) {
	info, _ := connect.CallInfoForHandlerContext(ctx)
	headers(def.GetResponseHeaders(), info.ResponseHeader())
	headers(def.GetResponseTrailers(), info.ResponseTrailer())
	if e := def.GetError(); e != nil {
		return nil, failure(ctx, e, true, in...)
	}
	pause(def.GetResponseDelayMs())
	return &conformancev1.ConformancePayload{RequestInfo: about(ctx, in...), Data: def.GetResponseData()}, nil
}

func pause(ms uint32) { time.Sleep(time.Duration(ms) * time.Millisecond) }

func headers(from []*conformancev1.Header, to http.Header) {
	for _, h := range from {
		for _, v := range h.GetValue() {
			to.Add(h.GetName(), v)
		}
	}
}

func listed(from map[string][]string) []*conformancev1.Header {
	var out []*conformancev1.Header
	for name, values := range from {
		out = append(out, &conformancev1.Header{Name: name, Value: values})
	}
	return out
}

// about tells what a request was like.
func about(ctx context.Context, in ...proto.Message) *conformancev1.ConformancePayload_RequestInfo {
	info, _ := connect.CallInfoForHandlerContext(ctx)
	out := &conformancev1.ConformancePayload_RequestInfo{RequestHeaders: listed(info.RequestHeader()), Requests: wrapped(in)}
	if deadline, ok := ctx.Deadline(); ok {
		out.TimeoutMs = proto.Int64(time.Until(deadline).Milliseconds())
	}
	if q, ok := ctx.Value(queryKey{}).(url.Values); ok {
		out.ConnectGetInfo = &conformancev1.ConformancePayload_ConnectGetInfo{QueryParams: listed(q)}
	}
	return out
}

func wrapped(in []proto.Message) []*anypb.Any {
	var out []*anypb.Any
	for _, m := range in {
		if a, err := anypb.New(m); err == nil {
			out = append(out, a)
		}
	}
	return out
}

// failure is the error that a request demands, or nil.
func failure(ctx context.Context, e *conformancev1.Error, first bool, in ...proto.Message) error {
	if e == nil {
		return nil
	}
	out := connect.NewError(connect.Code(e.GetCode()), errors.New(e.GetMessage()))
	details := e.GetDetails()
	if first {
		if a, err := anypb.New(about(ctx, in...)); err == nil {
			details = append(details, a)
		}
	}
	for _, d := range details {
		if m, err := d.UnmarshalNew(); err == nil {
			if detail, err := connect.NewErrorDetail(m); err == nil {
				out.AddDetail(detail)
			}
		}
	}
	return out
}
