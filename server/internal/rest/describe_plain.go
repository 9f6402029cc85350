package rest

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// plain describes a plain route.
func (d *description) plain(r *route) {
	doc := r.plain.Doc
	if doc.Hidden {
		return
	}
	tag := doc.Tag
	if tag == "" {
		tag = wordOf(r.pattern)
	}
	if d.tags[tag] == "" {
		d.tags[tag] = "Pages and files of " + tag + "."
	}
	params := []any{}
	for _, v := range r.variables {
		params = append(params, object{"name": v, "in": "path", "required": true, "schema": object{"type": "string"}, "description": "The record's id, or its number where it has one."})
	}
	for _, p := range doc.Params {
		schema := object{"type": p.Type}
		if p.Type == "array" {
			schema["items"] = object{"type": "string"}
		}
		params = append(params, object{"name": p.Name, "in": "query", "schema": schema, "description": p.Description})
	}
	for _, p := range doc.Headers {
		params = append(params, object{"name": p.Name, "in": "header", "schema": object{"type": p.Type}, "description": p.Description})
	}
	if !r.plain.reads && !r.plain.Access.GetPublic() && !r.plain.Access.GetInternal() {
		params = append(params, object{"$ref": "#/components/parameters/IdempotencyKey"})
	}
	success := object{"description": http.StatusText(doc.Status)}
	if len(doc.Gives) > 0 {
		content := media(doc.Gives, r.plain.carries)
		switch _, ok := content[typeJSON]; {
		case ok && doc.Answer != nil:
			content[typeJSON] = object{"schema": d.ref(doc.Answer.FullName())}
		case ok && doc.Value != nil:
			d.schemas[doc.ValueName] = valueSchema(reflect.TypeOf(doc.Value))
			content[typeJSON] = object{"schema": object{"$ref": "#/components/schemas/" + doc.ValueName}}
		}
		success["content"] = content
	}
	answers := object{strconv.Itoa(doc.Status): success}
	for status, meaning := range doc.Also {
		also := object{"description": meaning}
		if status == http.StatusPartialContent {
			also["content"] = media(doc.Gives, r.plain.carries)
		}
		answers[strconv.Itoa(status)] = also
	}
	op := object{
		"operationId": plainID(r), "tags": []string{tag}, "summary": doc.Summary, "description": doc.Description, "parameters": params,
		"responses": addProblems(answers, r.plain.Access, !r.plain.reads, len(r.variables) > 0),
	}
	if op["summary"] == "" {
		op["summary"] = r.name()
	}
	if len(doc.Takes) > 0 {
		op["requestBody"] = object{"required": true, "content": media(doc.Takes, r.plain.carries)}
	}
	d.sayAccess(op, r.plain.Access)
	d.put(r, op)
}

// media describes bodies; in one that is a file, JSON is any value.
func media(types []string, file bool) object {
	out := object{}
	for _, t := range types {
		schema := object{"type": "string"}
		switch t {
		case typeJSON:
			if schema = (object{"type": "object"}); file {
				schema = object{}
			}
		case "multipart/form-data":
			schema = object{
				"type": "object", "properties": object{"file": object{"type": "string", "format": "binary", "description": "The file, of any of the types that the body itself may be of."}},
				"required": []string{"file"}, "additionalProperties": true, // other parts are ignored
			}
		default:
			if !strings.HasPrefix(t, "text/") {
				schema["format"] = "binary"
			}
		}
		out[t] = object{"schema": schema}
	}
	return out
}

func plainID(r *route) string {
	var b strings.Builder
	b.WriteString(strings.ToLower(r.method))
	for s := range strings.FieldsFuncSeq(r.pattern, func(c rune) bool { return strings.ContainsRune("/{}.-", c) }) {
		if s != "api" && s != "v1" {
			b.WriteString("_" + s)
		}
	}
	return b.String()
}

func (d *description) socket(name string) {
	if d.tags["feed"] == "" {
		d.tags["feed"] = "What happens, as it happens."
	}
	d.paths["/api/ws/"+name] = object{"get": object{
		"operationId": "ws_" + name, "tags": []string{"feed"}, "summary": "Follow " + name + " by WebSocket",
		"description": "Sends frames {type, data} of what happens and what the caller may see. The close code tells why it ends: 1008 when the session ends, 1001 when the server stops.",
		"parameters":  []any{object{"name": "token", "in": "query", "required": true, "schema": object{"type": "string"}, "description": "The access token: browsers cannot set headers on a WebSocket."}},
		"security":    []object{}, "x-permission": "signed_in",
		"responses": object{"101": object{"description": "Switching Protocols"}, "400": object{"$ref": "#/components/responses/400"}, "401": object{"$ref": "#/components/responses/401"}, "403": object{"$ref": "#/components/responses/403"}},
	}}
}
