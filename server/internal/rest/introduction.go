package rest

// introduction opens the API's description.
const introduction = `One API for service management, assets, security operations and reviews. The same methods answer over Connect, gRPC and gRPC-Web at ` + "`/holdfast.<word>.v1.<Service>/<Method>`" + `.

**Credentials.** Send ` + "`Authorization: Bearer`" + ` with an access token from the login, or with an API token (` + "`hf_pat_…`" + `). Each operation names the permission it needs as ` + "`x-permission`" + `.

**Records.** Ids are UUIDs; a path takes an asset's, incident's or finding's number (` + "`AST-12`" + `) as well. Every field is shown: null where there is nothing, an empty list where there are none. Times are UTC.

**Lists.** ` + "`page`" + ` and ` + "`per_page`" + `, or ` + "`cursor`" + ` (empty to begin) to walk through all. ` + "`order_by`" + ` takes fields with commas between, a minus in front for descending. ` + "`Accept: text/csv`" + ` streams every row that matches.

**Changes.** PATCH changes the fields that are present; null clears. ` + "`If-Match`" + ` with the record's ETag refuses a change of what somebody else has changed meanwhile. ` + "`Idempotency-Key`" + ` makes a repeated request answer what the first one did. ` + "`validate_only=true`" + ` checks and stores nothing.

**Errors** are ` + "`application/problem+json`" + `: a stable ` + "`reason`" + ` for programs, a text for people, a message per wrong field.`

// problems are the errors that an operation may answer.
var problems = map[string]string{
	"400":     "Malformed, unknown field or parameter, or a rule broken; fields has a message per field.",
	"401":     "No credential, or one that is expired, revoked or of the wrong kind.",
	"403":     "Signed in, but the permission or the feature is missing; the reason names it.",
	"404":     "No such record, or not the caller's.",
	"409":     "A duplicate value, a stale version, a forbidden transition, or a record in use.",
	"412":     "If-Match names a version that is not the current one, or If-None-Match names the one that is.",
	"413":     "The body is larger than allowed.",
	"415":     "The body is of a type that is not taken here.",
	"422":     "The idempotency key came with another body before.",
	"429":     "Too many requests; Retry-After says when to try again, in seconds.",
	"default": "Any other error.",
}

func problemSchema() object {
	texts := func(description string) object {
		return object{"type": "object", "additionalProperties": object{"type": "string"}, "description": description}
	}
	word := func(description string) object { return object{"type": "string", "description": description} }
	return object{
		"type":        "object",
		"description": "An error, by RFC 9457.",
		"required":    []string{"type", "title", "status", "code", "reason", "error", "detail", "fields", "request_id"},
		"properties": object{
			"type":   word("Always about:blank: the reason says more."),
			"title":  word("The status in words."),
			"status": object{"type": "integer", "description": "The HTTP status."},
			"code":   word("The Connect and gRPC code, such as invalid_argument."),
			"reason": word("A stable word for programs, such as validation."),
			"error":  word("What is wrong, for people."),
			"detail": word("The same as error."),
			"fields": texts("A message per field, keyed as in the body."),
			"rules": object{
				"type": "object", "additionalProperties": object{"type": "array", "items": object{"type": "string"}},
				"description": "What each field breaks, for programs: the rule's name, such as string.max_len, and then what it asks for, such as 255. Missing where no field is to blame.",
			},
			"meta":       texts("More for programs, such as the permission that is missing."),
			"request_id": word("Names the request in the server's log."),
		},
	}
}

// securitySchemes are the credentials; the description names those that are used.
var securitySchemes = map[string]object{
	"bearer":          {"type": "http", "scheme": "bearer", "description": "An access token from the login, or an API token (hf_pat_…)."},
	"deviceKey":       keyHeader("X-Device-Key", "A device's own key (hf_dev_…)."),
	"provisioningKey": keyHeader("X-Provisioning-Key", "A key for a device's first registration (hf_prov_…)."),
	"signature":       keyHeader("X-Hmac-Signature", "sha256= and the HMAC of the raw body in hexadecimal."),
}

func keyHeader(name, description string) object {
	return object{"type": "apiKey", "in": "header", "name": name, "description": description}
}

func headerParameters() object {
	header := func(name, description string) object {
		return object{"name": name, "in": "header", "schema": object{"type": "string"}, "description": description}
	}
	return object{
		"IfMatch":        header("If-Match", `The ETag that was read, such as "3": the change is refused with 412 when it is stale.`),
		"IfNoneMatch":    header("If-None-Match", "The ETag that was read: answered with 304 when it is still the current one."),
		"IdempotencyKey": header("Idempotency-Key", "1 to 255 visible characters of the caller's choice: within 24 hours the same request with the same key is done once, and answered the same."),
	}
}

func answerHeaders() object {
	header := func(description string) object {
		return object{"schema": object{"type": "string"}, "description": description}
	}
	return object{
		"RequestId": header("Names the request; the caller's own where it is a UUID."),
		"ETag":      header("The record's version in quotes."),
		"Location":  header("Where the new record is."),
	}
}
