package main

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v3"
)

// A setting is one thing that an operator may choose. Its key stands in the
// settings file; HOLDFAST_KEY is its variable and --key (with hyphens) its flag.
type setting struct {
	key      string
	standard string
	usage    string
	secret   bool // masked when shown; no flag, which the process list would show
	masked   bool // a URL whose password is masked when shown
}

// table is every setting, in the order in which they are shown.
var table = []setting{
	{key: "addr", standard: "127.0.0.1:8080", usage: "address to listen on"},
	{key: "data_dir", standard: "./data", usage: "folder of the SQLite database, the secret key and written mail"},
	{key: "database_url", usage: "postgres://… (empty: SQLite in the data folder)", masked: true},
	{key: "files_url", usage: "file:///FOLDER, s3://BUCKET?region=… or azblob://CONTAINER for attachments and reports (empty: DATA_DIR/files)", masked: true},
	{key: "attachment_limit", standard: "25MiB", usage: "size of the largest attachment: a number with KiB, MiB or GiB, below 2GiB"},
	{key: "import_limit", standard: "100MiB", usage: "size of the largest file of a security scanner that is imported: a number with KiB, MiB or GiB, below 2GiB"},
	{key: "clamd_url", usage: "unix:///PATH or tcp://HOST:PORT of a ClamAV daemon that judges attachments (empty: none does)"},
	{key: "public_url", usage: "address that people and links use (empty: http://ADDR, or https with TLS)"},
	{key: "tls_cert", usage: "certificate file (PEM), read again when it changes"},
	{key: "tls_key", usage: "key file of the certificate (PEM)"},
	{key: "secret_key", usage: "32 bytes in base64 that seal secrets in the database (empty: DATA_DIR/secret.key, made at first start)", secret: true},
	{key: "auth_policy", standard: "open", usage: "open, or restricted: only single sign-on"},
	{key: "auth_domains", usage: "whose e-mail domains are and how they sign in: DOMAIN=TENANT or DOMAIN=TENANT:password, comma-separated"},
	{key: "auth_default_tenant", usage: "tenant that takes in whom single sign-on brings from other domains (empty: nobody)"},
	{key: "oidc_issuer", usage: "OpenID provider that signs people in, by its exact issuer (empty: none)"},
	{key: "oidc_client_id", usage: "this server's client id with that provider"},
	{key: "oidc_client_secret", usage: "this server's secret with that provider", secret: true},
	{key: "oidc_scopes", standard: "openid,profile,email", usage: "scopes to ask that provider for, comma-separated"},
	{key: "oidc_name", standard: "Single sign-on", usage: "what that provider's button says"},
	{key: "microsoft_tenant", usage: "Entra directory that signs people in: its id (a UUID), organizations or common (empty: none)"},
	{key: "microsoft_client_id", usage: "this server's application id in Entra"},
	{key: "microsoft_client_secret", usage: "this server's secret in Entra", secret: true},
	{key: "license_mode", standard: "open", usage: "open: a new tenant is active at once; managed: a licence service activates it"},
	{key: "internal_hmac_secret", usage: "secret that signs calls to /internal (empty: closed)", secret: true},
	{key: "smtp_url", usage: "smtp://USER:PASSWORD@HOST:PORT (empty: mail is written to DATA_DIR/outbox)", masked: true},
	{key: "trusted_proxies", usage: "networks whose X-Forwarded-For is believed, comma-separated"},
	{key: "cors_origins", usage: "origins whose pages may call the API, comma-separated"},
	{key: "rate_limit_login", standard: "5/minute", usage: "attempts to sign in, per address and per account"},
	{key: "rate_limit_register", standard: "5/hour", usage: "registrations per network"},
	{key: "rate_limit_invite", standard: "100/day", usage: "invitations per tenant; an address gets three a day at most"},
	{key: "rate_limit_api", standard: "1200/minute", usage: "calls per credential; a person has twice as many over all of theirs"},
	{key: "rate_limit_tenant", standard: "12000/minute", usage: "calls per tenant"},
	{key: "legacy_sunset", standard: "2026-06-01T00:00:00Z", usage: "when unversioned /api paths end (HTTP date or RFC 3339)"},
	{key: "metrics_addr", usage: "address of a separate listener with /metrics (empty: none)"},
	{key: "log_level", standard: "info", usage: "debug, info, warn or error"},
	{key: "log_format", standard: "auto", usage: "text, json, or auto: text on a terminal"},
}

func (s setting) flag() string     { return strings.ReplaceAll(s.key, "_", "-") }
func (s setting) variable() string { return "HOLDFAST_" + strings.ToUpper(s.key) }

// A value is a setting's text and where it comes from.
type value struct {
	setting
	text string
	from string // "default", "flag --x", "HOLDFAST_X", or the file's name
}

// shown is the text with secrets masked.
func (v value) shown() string {
	switch {
	case v.text == "":
		return ""
	case v.secret:
		return "********"
	case v.masked:
		u, err := url.Parse(v.text)
		if err != nil {
			return "********" // it may hold a password in a place we cannot tell
		}
		// Drivers take secrets as parameters too: password, sslpassword, secretAccessKey, sig.
		q := u.Query()
		for name := range q {
			if hidden.MatchString(name) {
				q.Set(name, "xxxxx")
				u.RawQuery = q.Encode()
			}
		}
		return u.Redacted()
	}
	return v.text
}

// hidden are names of a URL's parameters that may hold a secret.
var hidden = regexp.MustCompile(`(?i)pass|secret|key|token|sig`)

// settings are the effective values by key.
type settings map[string]value

func (s settings) get(key string) string {
	v, ok := s[key]
	if !ok {
		panic("no setting " + key) // a misspelt key is ours, not the operator's
	}
	return v.text
}

// flags adds every setting, and --config, to a command.
func flags(set *pflag.FlagSet) {
	set.String("config", "", "settings file (YAML); HOLDFAST_CONFIG")
	for _, s := range table {
		if s.secret {
			continue
		}
		usage := s.usage + "; " + s.variable()
		if s.standard != "" {
			usage += fmt.Sprintf(" (default %q)", s.standard)
		}
		set.String(s.flag(), "", usage)
	}
}

// read puts the settings together: flags above environment above file. It also
// returns warnings: variables that look like settings but are none.
func read(set *pflag.FlagSet, environ []string) (settings, []string, error) {
	env, warnings := variables(environ)
	path := env["HOLDFAST_CONFIG"]
	if f := set.Lookup("config"); f != nil && f.Changed {
		path = f.Value.String()
	}
	file, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	all := settings{}
	for _, s := range table {
		v := value{setting: s, text: s.standard, from: "default"}
		if text, ok := file[s.key]; ok {
			v.text, v.from = text, path
		}
		if text, ok := env[s.variable()]; ok {
			v.text, v.from = text, s.variable()
		}
		if f := set.Lookup(s.flag()); f != nil && f.Changed {
			v.text, v.from = f.Value.String(), "--"+s.flag()
		}
		v.text = strings.TrimSpace(v.text)
		all[s.key] = v
	}
	return all, warnings, nil
}

// variables picks HOLDFAST_* out of the environment. One that is no setting is
// a warning and no error: orchestrators add their own (HOLDFAST_SERVICE_HOST).
func variables(environ []string) (map[string]string, []string) {
	known := map[string]bool{"HOLDFAST_CONFIG": true}
	for _, s := range table {
		known[s.variable()] = true
	}
	env := map[string]string{}
	var warnings []string
	for _, entry := range environ {
		name, text, _ := strings.Cut(entry, "=")
		switch {
		case known[name]:
			env[name] = text
		case strings.HasPrefix(name, "HOLDFAST_") && !strings.HasPrefix(name, "HOLDFAST_TEST_"):
			warnings = append(warnings, name+" is set but is no setting")
		}
	}
	slices.Sort(warnings)
	return env, warnings
}

// readFile reads the settings file. Every key must be a setting; a list is the
// same as its members with commas between.
func readFile(path string) (map[string]string, error) {
	if path == "" {
		return nil, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("settings file: %w", err)
	}
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return nil, fmt.Errorf("settings file %s: %w", path, err)
	}
	found := map[string]string{}
	var wrong []error
	if auth, ok := nodes["auth"]; ok {
		delete(nodes, "auth")
		if err := readAuth(&auth, found); err != nil {
			wrong = append(wrong, fmt.Errorf("settings file %s, line %d: auth: %w", path, auth.Line, err))
		}
	}
	for key, node := range nodes {
		if found[key] != "" {
			wrong = append(wrong, fmt.Errorf("settings file %s, line %d: %s is given under auth too", path, node.Line, key))
			continue
		}
		if !slices.ContainsFunc(table, func(s setting) bool { return s.key == key }) {
			wrong = append(wrong, fmt.Errorf("settings file %s, line %d: unknown key %q", path, node.Line, key))
			continue
		}
		switch node.Kind {
		case yaml.ScalarNode:
			if node.Tag != "!!null" {
				found[key] = node.Value
			}
		case yaml.SequenceNode:
			var list []string
			if err := node.Decode(&list); err != nil {
				wrong = append(wrong, fmt.Errorf("settings file %s, line %d: %s: %w", path, node.Line, key, err))
			}
			found[key] = strings.Join(list, ",")
		default:
			wrong = append(wrong, fmt.Errorf("settings file %s, line %d: %s must be a text or a list", path, node.Line, key))
		}
	}
	slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return found, errors.Join(wrong...)
}
