package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func readArgs(t *testing.T, file string, environ, args []string) (settings, []string, error) {
	t.Helper()
	set := pflag.NewFlagSet("test", pflag.ContinueOnError)
	flags(set)
	if file != "" {
		name := filepath.Join(t.TempDir(), "holdfast.yaml")
		if err := os.WriteFile(name, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", name)
	}
	if err := set.Parse(args); err != nil {
		t.Fatal(err)
	}
	return read(set, environ)
}

func TestFlagsAboveEnvironmentAboveFile(t *testing.T) {
	t.Parallel()
	s, warnings, err := readArgs(t, "addr: 127.0.0.1:1\ndata_dir: /file\npublic_url: https://file.example\ncors_origins: [https://a.example, https://b.example]\n",
		[]string{"HOLDFAST_ADDR=127.0.0.1:2", "HOLDFAST_DATA_DIR=/env", "HOLDFAST_SERVICE_HOST=10.0.0.1", "HOLDFAST_TEST_POSTGRES=x", "PATH=/bin"},
		[]string{"--addr", "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"addr": "127.0.0.1:3", "data_dir": "/env", "public_url": "https://file.example",
		"cors_origins": "https://a.example,https://b.example", "rate_limit_login": "5/minute", "metrics_addr": "",
	} {
		if got := s.get(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "HOLDFAST_SERVICE_HOST") {
		t.Errorf("warnings %q, want one about HOLDFAST_SERVICE_HOST", warnings)
	}
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, file, want string }{
		{"unknown key", "addr: :1\nadress: :2\n", `line 2: unknown key "adress"`},
		{"a mapping", "addr: {host: a}\n", "addr must be a text or a list"},
		{"no mapping", "- addr\n", "settings file"},
		{"twice", "addr: :1\naddr: :2\n", "already defined"},
		{"unknown under auth", "auth: {domain: []}\n", `auth: unknown key "domain"`},
		{"half a domain", "auth: {domains: [{domain: example.org}]}\n", "needs a domain and a tenant"},
		{"no domains", "auth: {domains: example.org}\n", "line 1: auth"},
		{"domains twice", "auth: {default_tenant: acme}\nauth_default_tenant: acme\n", "under auth too"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := readArgs(t, c.file, nil, nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
	if _, _, err := readArgs(t, "", []string{"HOLDFAST_CONFIG=/nowhere/at/all.yaml"}, nil); err == nil {
		t.Error("a settings file that is missing was passed over")
	}
}

func TestBadValues(t *testing.T) {
	t.Parallel()
	good := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, c := range []struct{ entry, want string }{
		{"HOLDFAST_ADDR=8080", "addr (HOLDFAST_ADDR)"},
		{"HOLDFAST_DATABASE_URL=mysql://x/y", "database_url"},
		{"HOLDFAST_PUBLIC_URL=example.org", "public_url"},
		{"HOLDFAST_SECRET_KEY=short", "secret_key"},
		{"HOLDFAST_SECRET_KEY=" + good[:20], "secret_key"},
		{"HOLDFAST_AUTH_POLICY=closed", "open or restricted"},
		{"HOLDFAST_LICENSE_MODE=free", "open or managed"},
		{"HOLDFAST_TRUSTED_PROXIES=10.0.0.0/8,proxy", `"proxy"`},
		{"HOLDFAST_CORS_ORIGINS=*", `"*"`},
		{"HOLDFAST_RATE_LIMIT_LOGIN=5", "rate_limit_login"},
		{"HOLDFAST_RATE_LIMIT_API=0/minute", "rate_limit_api"},
		{"HOLDFAST_LEGACY_SUNSET=soon", "legacy_sunset"},
		{"HOLDFAST_SMTP_URL=mail.example.org", "smtp_url"},
		{"HOLDFAST_TLS_CERT=a.pem", "go together"},
		{"HOLDFAST_METRICS_ADDR=x", "metrics_addr"},
		{"HOLDFAST_LOG_LEVEL=loud", "log_level"},
		{"HOLDFAST_LOG_FORMAT=xml", "log_format"},
		{"HOLDFAST_OIDC_ISSUER=http://id.example.org", "oidc_issuer"},
		{"HOLDFAST_OIDC_ISSUER=https://id.example.org", "oidc_client_id"},
		{"HOLDFAST_OIDC_CLIENT_ID=x", "oidc_issuer"},
		{"HOLDFAST_MICROSOFT_TENANT=contoso.onmicrosoft.com", "a UUID"},
		{"HOLDFAST_MICROSOFT_TENANT=consumers", "a UUID"},
		{"HOLDFAST_MICROSOFT_TENANT=common", "microsoft_client_secret"},
		{"HOLDFAST_MICROSOFT_CLIENT_ID=x", "microsoft_tenant"},
		{"HOLDFAST_AUTH_DOMAINS=example.org", "DOMAIN=TENANT"},
		{"HOLDFAST_AUTH_DOMAINS=@example.org=acme:password", "DOMAIN=TENANT"},
		{"HOLDFAST_AUTH_DOMAINS=example.org=acme:magic", "sso or password"},
		{"HOLDFAST_AUTH_DOMAINS=example.org=acme:password,Example.org=other:password", "named twice"},
		{"HOLDFAST_AUTH_DOMAINS=example.org=acme", "neither oidc_issuer nor microsoft_tenant"},
		{"HOLDFAST_AUTH_DEFAULT_TENANT=A B", "auth_default_tenant"},
	} {
		t.Run(c.entry, func(t *testing.T) {
			t.Parallel()
			s, _, err := readArgs(t, "", []string{c.entry}, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = configure(s)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want an error with %q", err, c.want)
			}
			if strings.Contains(c.entry, "SECRET") && strings.Contains(err.Error(), "short") {
				t.Error("the error shows the secret")
			}
		})
	}
}

func TestGoodValues(t *testing.T) {
	t.Parallel()
	s, _, err := readArgs(t, "", []string{
		"HOLDFAST_ADDR=0.0.0.0:9000", "HOLDFAST_TRUSTED_PROXIES=10.1.2.3/8, ::1",
		"HOLDFAST_LEGACY_SUNSET=Mon, 01 Jun 2026 00:00:00 GMT", "HOLDFAST_DATABASE_URL=postgres:///holdfast?host=/run/postgresql",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := configure(s)
	if err != nil {
		t.Fatal(err)
	}
	if c.publicURL != "http://localhost:9000" || c.sqlite() || c.trustedProxies[0].String() != "10.0.0.0/8" || c.trustedProxies[1].String() != "::1/128" ||
		c.legacySunset.Format("2006-01-02") != "2026-06-01" {
		t.Errorf("got %+v", c)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	t.Parallel()
	s, _, err := readArgs(t, "", []string{
		"HOLDFAST_SECRET_KEY=topsecret", "HOLDFAST_INTERNAL_HMAC_SECRET=topsecret",
		"HOLDFAST_OIDC_CLIENT_SECRET=topsecret", "HOLDFAST_MICROSOFT_CLIENT_SECRET=topsecret",
		"HOLDFAST_DATABASE_URL=postgres://me:topsecret@db/x?sslpassword=topsecret", "HOLDFAST_SMTP_URL=smtp://me:topsecret@mail:25",
		"HOLDFAST_FILES_URL=s3://bucket?region=x&secretAccessKey=topsecret",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for key, v := range s {
		if strings.Contains(v.shown(), "topsecret") {
			t.Errorf("%s shows %q", key, v.shown())
		}
	}
	if got := s["database_url"].shown(); !strings.Contains(got, "me:xxxxx@db/x") {
		t.Errorf("database_url is shown as %q", got)
	}
}

// TestSettingsAreInTheReadme: its table names every setting, and no other.
func TestSettingsAreInTheReadme(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for line := range strings.Lines(string(page)) {
		if first, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|"); strings.HasPrefix(line, "| `HOLDFAST_") {
			for name := range strings.SplitSeq(first, ",") {
				named[strings.Trim(name, " `")] = true
			}
		}
	}
	for _, s := range table {
		if !named[s.variable()] {
			t.Errorf("%s is not in the table", s.variable())
		}
		delete(named, s.variable())
	}
	for name := range named {
		t.Errorf("%s is in the table, but is no setting", name)
	}
}
