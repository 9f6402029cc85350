// Package openapicheck holds answers, and the requests that were taken, against the API's own description. Tests send
// their requests through it, so that what the description promises is what callers get.
package openapicheck

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// API is the description of an API.
type API struct {
	doc    *openapi3.T
	routes []*place
}

type place struct {
	path     string
	segments []string
	item     *openapi3.PathItem
}

// Load reads a description and checks it.
func Load(ctx context.Context, description []byte) (*API, error) {
	// any text; the library reads a table and refuses a broken one
	for _, kind := range []string{"text/csv", "text/xml", "text/markdown"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.PlainBodyDecoder)
	}
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(ctx); err != nil {
		return nil, err
	}
	for _, s := range doc.Components.Schemas {
		free(s.Value)
	}
	a := &API{doc: doc}
	for path, item := range doc.Paths.Map() {
		a.routes = append(a.routes, &place{path, strings.Split(path, "/"), item})
	}
	return a, nil
}

// free lets a property that says nothing of its type be null too, as JSON Schema has it; the library does so only when
// told.
func free(s *openapi3.Schema) {
	if s == nil {
		return
	}
	for _, p := range s.Properties {
		if v := p.Value; p.Ref == "" && v != nil && v.Type == nil && len(v.AllOf)+len(v.AnyOf)+len(v.OneOf)+len(v.Enum) == 0 {
			v.Type = &openapi3.Types{"null", "boolean", "number", "string", "array", "object"}
		}
	}
}

// find looks for the path of a request; a literal wins over a variable.
func (a *API) find(path, method string) (*place, map[string]string) {
	parts := strings.Split(strings.TrimRight(path, "/"), "/")
	var best *place
	var bestParams map[string]string
	for _, p := range a.routes {
		if len(p.segments) != len(parts) || p.item.GetOperation(method) == nil {
			continue
		}
		params, fits := map[string]string{}, true
		for i, s := range p.segments {
			if strings.HasPrefix(s, "{") {
				params[strings.Trim(s, "{}")] = parts[i]
			} else if s != parts[i] {
				fits = false
				break
			}
		}
		if fits && (best == nil || len(params) < len(bestParams)) {
			best, bestParams = p, params
		}
	}
	return best, bestParams
}

// Transport sends requests on by next, and fails those whose answer is not as described, or which were taken although
// the description does not have them.
func (a *API) Transport(next http.RoundTripper) http.RoundTripper { return transport{a, next} }

type transport struct {
	api  *API
	next http.RoundTripper
}

// RoundTrip sends a request.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasPrefix(r.URL.Path, "/api/v1/") || r.Header.Get("Upgrade") != "" {
		return t.next.RoundTrip(r)
	}
	var sent []byte
	if r.Body != nil && r.Body != http.NoBody {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	var got []byte
	if isJSON(res.Header) { // others are streams, of which only the type is described
		if got, err = io.ReadAll(res.Body); err != nil {
			return nil, err
		}
		if err := res.Body.Close(); err != nil {
			return nil, err
		}
		res.Body = io.NopCloser(bytes.NewReader(got))
	}
	if err := t.api.check(r, sent, res, got); err != nil {
		return nil, fmt.Errorf("%s %s: %d is not as described: %w\n%s\n%s", r.Method, r.URL.Path, res.StatusCode, err, sent, got)
	}
	return res, nil
}

func isJSON(h http.Header) bool {
	kind, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	return kind == "application/json" || kind == "application/problem+json"
}

func (a *API) check(r *http.Request, sent []byte, res *http.Response, got []byte) error {
	method := r.Method
	if method == http.MethodHead {
		return nil
	}
	p, params := a.find(r.URL.Path, method)
	if p == nil {
		if res.StatusCode < 300 {
			return fmt.Errorf("the description has no such path")
		}
		return nil
	}
	if res.StatusCode == http.StatusNotAcceptable || res.StatusCode == http.StatusMethodNotAllowed {
		return nil
	}
	options := &openapi3filter.Options{
		IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, MultiError: true,
		ExcludeReadOnlyValidations: true, ExcludeRequestBody: sent == nil,
		// a piece of JSON is none
		ExcludeResponseBody: !isJSON(res.Header) || res.StatusCode == http.StatusPartialContent,
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(sent))
	in := &openapi3filter.RequestValidationInput{
		Request: again, PathParams: params, Options: options,
		Route: &routers.Route{Spec: a.doc, Path: p.path, PathItem: p.item, Method: method, Operation: p.item.GetOperation(method)},
	}
	if res.StatusCode < 300 {
		if err := openapi3filter.ValidateRequest(r.Context(), in); err != nil {
			return fmt.Errorf("the request: %w", err)
		}
	}
	if err := typed(in.Route.Operation.Responses.Status(res.StatusCode), res.Header.Get("Content-Type")); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: res.StatusCode, Header: res.Header, Options: options}
	out.SetBodyBytes(got)
	if err := openapi3filter.ValidateResponse(r.Context(), out); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	return nil
}

// typed refuses a body of a type that the description of the status does not have, and one where it has none.
func typed(described *openapi3.ResponseRef, contentType string) error {
	if described == nil || contentType == "" {
		return nil // the library says so, or there is no body
	}
	if content := described.Value.Content; content.Get(contentType) == nil {
		return fmt.Errorf("%s is none of %v", contentType, slices.Sorted(maps.Keys(content)))
	}
	return nil
}

var (
	served   *API
	errServe error
	once     sync.Once
)

// Of is the description that the server at a URL answers. It is fetched once: all servers of one build answer the same.
func Of(ctx context.Context, url string) (*API, error) {
	once.Do(func() {
		var r *http.Request
		if r, errServe = http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/openapi.json", nil); errServe != nil {
			return
		}
		var res *http.Response
		if res, errServe = http.DefaultClient.Do(r); errServe != nil {
			return
		}
		var b []byte
		if b, errServe = io.ReadAll(res.Body); errServe == nil {
			served, errServe = Load(context.WithoutCancel(ctx), b)
		}
		errServe = errors.Join(errServe, res.Body.Close())
	})
	return served, errServe
}
