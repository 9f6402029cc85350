package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/operate"
)

// configuration is the settings, checked and in the types they are used in.
type configuration struct {
	settings
	dataDir        string
	databaseURL    string // sqlite:FILE or postgres://…
	publicURL      string // without a slash at the end
	secretKey      []byte // nil: secret.key in the data folder
	smtpURL        string
	trustedProxies []netip.Prefix
	corsOrigins    []string
	legacySunset   time.Time
	attachment     int64 // bytes
	imported       int64
	oidc           *server.SignInProvider
	microsoft      *server.SignInProvider
	domains        []server.Domain
	logLevel       slog.Level
}

// configure checks every setting and names all that are wrong at once.
func configure(s settings) (*configuration, error) {
	c := &configuration{settings: s, dataDir: s.get("data_dir"), databaseURL: s.get("database_url"), smtpURL: s.get("smtp_url")}
	var wrong []error
	fail := func(key, format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s (%s): %s", key, s[key].from, fmt.Sprintf(format, args...)))
	}
	for _, key := range []string{"addr", "metrics_addr"} {
		if text := s.get(key); text != "" {
			if _, _, err := net.SplitHostPort(text); err != nil {
				fail(key, "must be HOST:PORT or :PORT, such as 127.0.0.1:8080")
			}
		}
	}
	if s.get("addr") == "" {
		fail("addr", "must not be empty")
	}
	if c.dataDir == "" {
		fail("data_dir", "must not be empty")
	}
	switch {
	case c.databaseURL == "":
		c.databaseURL = "sqlite:" + filepath.Join(c.dataDir, "holdfast.db")
	case !hasScheme(c.databaseURL, "postgres", "postgresql") && !strings.HasPrefix(c.databaseURL, "sqlite:"):
		fail("database_url", "must begin with postgres:// (or be empty for SQLite in the data folder)")
	}
	if text := s.get("files_url"); text != "" {
		if err := operate.CheckFiles(text); err != nil {
			fail("files_url", "%s", err)
		}
	}
	if text := s.get("clamd_url"); text != "" {
		if err := operate.CheckScanner(text); err != nil {
			fail("clamd_url", "%s", err)
		}
	}
	var ok bool
	if c.attachment, ok = size(s.get("attachment_limit")); !ok {
		fail("attachment_limit", "must be a size such as 25MiB, below 2GiB")
	}
	if c.imported, ok = size(s.get("import_limit")); !ok {
		fail("import_limit", "must be a size such as 100MiB, below 2GiB")
	}
	if (s.get("tls_cert") == "") != (s.get("tls_key") == "") {
		fail("tls_cert", "tls_cert and tls_key go together")
	}
	c.publicURL = strings.TrimRight(s.get("public_url"), "/")
	if c.publicURL == "" {
		c.publicURL = c.scheme() + "://" + reachable(s.get("addr"))
	} else if !hasScheme(c.publicURL, "http", "https") {
		fail("public_url", "must be an http or https address")
	}
	if text := s.get("secret_key"); text != "" {
		var err error
		if c.secretKey, err = operate.ParseSecret(text); err != nil {
			fail("secret_key", "must be 32 bytes in base64 (openssl rand -base64 32)")
		}
	}
	if c.smtpURL != "" && !hasScheme(c.smtpURL, "smtp", "smtps") {
		fail("smtp_url", "must begin with smtp:// or smtps://")
	}
	for _, key := range []string{"auth_policy", "license_mode"} {
		other := map[string]string{"auth_policy": "restricted", "license_mode": "managed"}[key]
		if text := s.get(key); text != "open" && text != other {
			fail(key, "must be open or %s", other)
		}
	}
	for _, text := range list(s.get("trusted_proxies")) {
		network, err := prefix(text)
		if err != nil {
			fail("trusted_proxies", "%q is no address and no network", text)
		}
		c.trustedProxies = append(c.trustedProxies, network)
	}
	for _, text := range list(s.get("cors_origins")) {
		if u, err := url.Parse(text); err != nil || u.Host == "" || u.Path != "" || !hasScheme(text, "http", "https") {
			fail("cors_origins", "%q is no origin such as https://app.example.org", text)
		}
		c.corsOrigins = append(c.corsOrigins, text)
	}
	for _, key := range []string{"rate_limit_login", "rate_limit_register", "rate_limit_invite", "rate_limit_api", "rate_limit_tenant"} {
		if !limit.MatchString(s.get(key)) {
			fail(key, "must be NUMBER/second, NUMBER/minute, NUMBER/hour or NUMBER/day")
		}
	}
	c.signIn(fail)
	if err := c.logLevel.UnmarshalText([]byte(s.get("log_level"))); err != nil {
		fail("log_level", "must be debug, info, warn or error")
	}
	if format := s.get("log_format"); format != "auto" && format != "text" && format != "json" {
		fail("log_format", "must be auto, text or json")
	}
	var err error
	if c.legacySunset, err = date(s.get("legacy_sunset")); err != nil {
		fail("legacy_sunset", "must be an HTTP date or RFC 3339")
	}
	return c, errors.Join(wrong...)
}

// limit is a rate such as 5/minute.
var limit = regexp.MustCompile(`^[1-9][0-9]{0,6}/(second|minute|hour|day)$`)

// sqlite tells whether the database is a file in the data folder.
func (c *configuration) sqlite() bool { return strings.HasPrefix(c.databaseURL, "sqlite:") }

func (c *configuration) scheme() string {
	if c.get("tls_cert") != "" {
		return "https"
	}
	return "http"
}

func hasScheme(text string, schemes ...string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" && !strings.HasPrefix(u.Scheme, "postgres") {
		return false
	}
	for _, scheme := range schemes {
		if u.Scheme == scheme {
			return true
		}
	}
	return false
}

// reachable is a listening address as one would type it on this machine.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

func list(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

func prefix(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

// sizes is a number of bytes such as 25MiB.
var sizes = regexp.MustCompile(`^([1-9][0-9]{0,8})(B|KiB|MiB|GiB)?$`)

// size reads a number of bytes below 2 GiB, above which the API's numbers do not go.
func size(text string) (int64, bool) {
	m := sizes.FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	n <<= map[string]int{"KiB": 10, "MiB": 20, "GiB": 30}[m[2]]
	return n, err == nil && n > 0 && n < 2<<30
}

func date(text string) (time.Time, error) {
	if at, err := http.ParseTime(text); err == nil {
		return at.UTC(), nil
	}
	at, err := time.Parse(time.RFC3339, text)
	return at.UTC(), err
}
