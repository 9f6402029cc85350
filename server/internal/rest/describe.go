package rest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	accessv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/access/v1"
	"github.com/holdfast-platform/holdfast/server/internal/contract"
)

// object is a JSON object of the description; its keys are written in order.
type object = map[string]any

// describe makes the API's description: what the contract says (comments, rules), with what REST adds to it: success
// codes, problem bodies, headers, credentials, permissions, and the plain routes.
func (s *Server) describe(contract []byte) ([]byte, error) {
	var in struct {
		Paths      map[string]map[string]object `json:"paths"`
		Components struct {
			Schemas map[string]object `json:"schemas"`
		} `json:"components"`
		Tags []struct{ Name, Description string } `json:"tags"`
	}
	if err := json.Unmarshal(contract, &in); err != nil {
		return nil, fmt.Errorf("rest: the contract's description: %w", err)
	}
	d := &description{from: in.Components.Schemas, names: map[string]string{}, schemas: object{}, paths: object{}, tags: map[string]string{}, schemes: object{"bearer": securitySchemes["bearer"]}}
	d.nameSchemas()
	services := map[string]string{}
	for _, t := range in.Tags {
		services[t.Name] = t.Description
	}
	for _, r := range s.routes {
		if r.plain != nil {
			d.plain(r)
			continue
		}
		d.method(r, in.Paths[r.pattern][strings.ToLower(r.method)])
		tag := wordOfPackage(r.rpc)
		service := string(r.rpc.Parent().Name())
		if about := said(service, services[service]); !strings.Contains(d.tags[tag], about) {
			d.tags[tag] = strings.TrimSpace(d.tags[tag] + " " + about)
		}
	}
	for _, name := range channels {
		if s.cfg.Live != nil {
			d.socket(name)
		}
	}
	return json.Marshal(d.whole())
}

type description struct {
	from    map[string]object // the contract's schemas by full name
	names   map[string]string // full name → name in the description
	schemas object
	paths   object
	tags    map[string]string
	schemes object
}

// whole is the description around paths and schemas.
func (d *description) whole() object {
	d.schemas["Problem"] = problemSchema()
	tags := []object{}
	for _, name := range sortedKeys(d.tags) {
		tags = append(tags, object{"name": name, "description": d.tags[name]})
	}
	responses := object{}
	for name, text := range problems {
		responses[name] = object{
			"description": text,
			"headers":     object{"X-Request-Id": object{"$ref": "#/components/headers/RequestId"}},
			"content":     object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}},
		}
	}
	return object{
		"openapi": "3.1.0",
		"info": object{
			"title": "Holdfast API", "version": "v1", "description": introduction,
			"license": object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"servers":  []object{{"url": "/", "description": "This server"}},
		"security": []object{{"bearer": []string{}}},
		"tags":     tags,
		"paths":    d.paths,
		"components": object{
			"schemas": d.schemas, "responses": responses, "securitySchemes": d.schemes,
			"parameters": headerParameters(), "headers": answerHeaders(),
		},
	}
}

// method describes an RPC's route.
func (d *description) method(r *route, op object) {
	name := string(r.rpc.Name())
	out := object{
		"operationId": string(r.rpc.Parent().Name()) + "_" + name,
		"tags":        []string{wordOfPackage(r.rpc)},
		"summary":     spaced(name),
		"description": said(name, str(op["description"])),
		"parameters":  d.parameters(r, op),
		"responses":   d.responses(r),
	}
	d.sayAccess(out, contract.Access(r.rpc))
	if r.hasBody {
		out["requestBody"] = d.body(r)
	}
	d.put(r, out)
}

func (d *description) put(r *route, op object) {
	path := shortPath(r)
	item, ok := d.paths[path].(object)
	if !ok {
		item = object{}
		d.paths[path] = item
	}
	item[strings.ToLower(r.method)] = op
}

// shortPath is the path with the last word of each variable: {id} for {site.id}.
func shortPath(r *route) string {
	var b strings.Builder
	n := 0
	for _, s := range r.segments {
		if s == "*" {
			s = "{" + lastWord(r.variables[n]) + "}"
			n++
		}
		b.WriteString("/" + s)
	}
	return b.String()
}

func lastWord(variable string) string { return variable[strings.LastIndexByte(variable, '.')+1:] }

// parameters are those of the contract, and the headers that the route understands.
func (d *description) parameters(r *route, op object) []any {
	out := []any{}
	said := map[string]object{}
	given, _ := op["parameters"].([]any)
	for _, p := range given {
		if p, ok := p.(object); ok {
			said[str(p["name"])] = p
		}
	}
	for _, v := range r.variables {
		p := object{"name": lastWord(v), "in": "path", "required": true, "schema": object{"type": "string"}}
		p["description"] = plainText(str(said[v]["description"]))
		if lastWord(v) == "id" {
			p["description"] = "The record's id, or its number where it has one."
		}
		out = append(out, p)
	}
	for _, f := range planOf(r.rpc.Input()).fields {
		if r.params[f.name()] == nil {
			continue
		}
		p := object{"name": f.name(), "in": "query", "schema": paramSchema(f, said[f.name()]["schema"])}
		if t := plainText(str(said[f.name()]["description"])); t != "" {
			p["description"] = t
		}
		out = append(out, p)
	}
	ref := func(name string) { out = append(out, object{"$ref": "#/components/parameters/" + name}) }
	versioned := len(r.variables) > 0 && (r.method == http.MethodPatch || r.method == http.MethodDelete)
	if versioned {
		ref("IfMatch")
	}
	if r.method == http.MethodGet && r.output.Descriptor().Fields().ByName("version") != nil {
		ref("IfNoneMatch")
	}
	if !r.reads() && !contract.Access(r.rpc).GetPublic() {
		ref("IdempotencyKey")
	}
	return out
}

// paramSchema is a parameter's schema: the contract's, without what the parameter itself says, and with times as texts.
func paramSchema(f *fieldPlan, given any) object {
	if f.message != nil && f.message.kind == shapeTime {
		return object{"type": "string", "format": "date-time"}
	}
	schema, ok := given.(object)
	if !ok {
		return object{"type": "string"}
	}
	delete(schema, "title")
	delete(schema, "description")
	delete(schema, "examples")
	return schema
}

// body describes the JSON of a request.
func (d *description) body(r *route) object {
	var schema object
	if r.body == nil {
		schema = d.ref(r.rpc.Input().FullName())
	} else if r.body.Message() != nil {
		schema = d.ref(r.body.Message().FullName())
	}
	if r.patch {
		schema = d.changes(r.body.Message())
	}
	content := object{typeJSON: object{"schema": schema}}
	if r.method == http.MethodPatch {
		content[typePatch] = object{"schema": schema}
	}
	return object{"required": true, "content": content}
}

// responses are the success and the problems that may come.
func (d *description) responses(r *route) object {
	success := object{"description": http.StatusText(r.success), "headers": object{"X-Request-Id": object{"$ref": "#/components/headers/RequestId"}}}
	headers, _ := success["headers"].(object)
	if r.output.Descriptor().FullName() != "google.protobuf.Empty" {
		content := object{typeJSON: object{"schema": d.ref(r.output.Descriptor().FullName())}}
		if r.list != nil {
			content[typeCSV] = object{"schema": object{"type": "string", "description": "Every row that matches, with the field names as header."}}
		}
		success["content"] = content
	}
	fields := r.output.Descriptor().Fields()
	if fields.ByName("version") != nil && fields.ByName("id") != nil {
		headers["ETag"] = object{"$ref": "#/components/headers/ETag"}
		if r.success == http.StatusCreated {
			headers["Location"] = object{"$ref": "#/components/headers/Location"}
		}
	}
	out := object{strconv.Itoa(r.success): success}
	if r.method == http.MethodGet && fields.ByName("version") != nil {
		out["304"] = object{"description": "The caller has this version already."}
		out["412"] = object{"$ref": "#/components/responses/412"}
	}
	if r.success == http.StatusCreated && r.input.Descriptor().Fields().ByName("validate_only") != nil {
		out["200"] = object{"description": "With validate_only: what would be made. Nothing was.", "headers": object{"X-Request-Id": headers["X-Request-Id"]}, "content": success["content"]}
	}
	return addProblems(out, contract.Access(r.rpc), !r.reads(), len(r.variables) > 0)
}

func addProblems(out object, a *accessv1.Access, writes, record bool) object {
	add := func(codes ...string) {
		for _, c := range codes {
			if _, ok := out[c]; !ok {
				out[c] = object{"$ref": "#/components/responses/" + c}
			}
		}
	}
	add("400", "429", "default")
	if !a.GetPublic() {
		add("401", "403")
	}
	if record || a.GetRecord() != nil {
		add("404")
	}
	if writes {
		add("409", "413", "415", "422")
		if record {
			add("412")
		}
	}
	return out
}

// sayAccess tells who may call, for people (x-permission) and for programs (security).
func (d *description) sayAccess(op object, a *accessv1.Access) {
	scheme := "bearer"
	switch rule := a.GetRule().(type) {
	case *accessv1.Access_Public:
		op["x-permission"] = "public"
		op["security"] = []object{}
		return
	case *accessv1.Access_SignedIn:
		op["x-permission"] = "signed_in"
	case *accessv1.Access_Permission:
		op["x-permission"] = rule.Permission
	case *accessv1.Access_Record:
		op["x-permission"] = "the record's :" + rule.Record.GetAction()
	case *accessv1.Access_PlatformAdmin:
		op["x-permission"] = "platform_admin"
	case *accessv1.Access_Device:
		op["x-permission"], scheme = "device", "deviceKey"
	case *accessv1.Access_Provisioning:
		op["x-permission"], scheme = "provisioning", "provisioningKey"
	case *accessv1.Access_Webhook:
		op["x-permission"] = "webhook"
	case *accessv1.Access_Internal:
		op["x-permission"], scheme = "internal", "signature"
	}
	op["security"] = []object{{scheme: []string{}}}
	d.schemes[scheme] = securitySchemes[scheme]
	if also := a.GetAlso(); also != "" {
		op["x-permission"] = str(op["x-permission"]) + " + " + also
	}
	if a.GetFeature() != "" {
		op["x-feature"] = a.GetFeature()
	}
	if a.GetSessionOnly() {
		op["x-session-only"] = true
	}
}

func wordOfPackage(md protoreflect.MethodDescriptor) string {
	word := strings.TrimPrefix(string(md.ParentFile().Package()), "holdfast.")
	word, _, _ = strings.Cut(word, ".")
	return word
}

func str(v any) string {
	s, _ := v.(string)
	return s
}

// spaced is a method's name as a line: "List sites".
func spaced(name string) string {
	var b strings.Builder
	for i, c := range name {
		if i > 0 && 'A' <= c && c <= 'Z' {
			b.WriteByte(' ')
			c += 'a' - 'A'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// said is a comment without the name that it begins with in the contract: "Lists the sites", not "ListSites lists the
// sites".
func said(name, comment string) string {
	s := strings.TrimPrefix(plainText(comment), name+" ")
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// plainText joins a comment's lines, and leaves out the notes of rules in code.
func plainText(s string) string {
	lines := strings.Split(s, "\n")
	lines = slices.DeleteFunc(lines, func(l string) bool { return strings.Contains(l, " // ") })
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.TrimSpace(strings.Join(lines, " "))
}
