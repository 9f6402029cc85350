package main

import (
	"reflect"
	"testing"

	"github.com/holdfast-platform/holdfast/server"
)

// TestSignInSettings: the file's long form and the variable's short one say the same.
func TestSignInSettings(t *testing.T) {
	t.Parallel()
	const id = "9f1f5c3e-0f0e-4a5c-8c57-5d6f0a7b8c9d"
	want := []server.Domain{{Name: "example.org", Tenant: "acme", Method: "sso"}, {Name: "old.example", Tenant: id, Method: "password"}}
	provider := []string{"HOLDFAST_OIDC_ISSUER=https://id.example.org/", "HOLDFAST_OIDC_CLIENT_ID=desk", "HOLDFAST_OIDC_SCOPES=openid email", "HOLDFAST_OIDC_NAME=Example ID"}
	for what, c := range map[string]struct {
		file    string
		environ []string
	}{
		"file":        {"auth:\n  domains:\n    - {domain: example.org, tenant: acme}\n    - {domain: old.example, tenant: " + id + ", method: password}\n  default_tenant: guests\n", nil},
		"environment": {"", []string{"HOLDFAST_AUTH_DOMAINS=Example.org=acme, old.example=" + id + ":password", "HOLDFAST_AUTH_DEFAULT_TENANT=guests"}},
	} {
		s, _, err := readArgs(t, c.file, append(c.environ, provider...), nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := configure(s)
		if err != nil {
			t.Fatal(err)
		}
		in := got.server(nil)
		if !reflect.DeepEqual(in.Domains, want) || in.DefaultTenant != "guests" {
			t.Errorf("%s: %+v, default %q", what, in.Domains, in.DefaultTenant)
		}
		if p := in.OIDC; p == nil || p.Issuer != "https://id.example.org/" || p.Label != "Example ID" || !reflect.DeepEqual(p.Scopes, []string{"openid", "email"}) || in.Microsoft != nil {
			t.Errorf("%s: %+v, %+v", what, in.OIDC, in.Microsoft)
		}
	}
	for directory, issuer := range map[string]string{
		id: "https://login.microsoftonline.com/" + id + "/v2.0", "common": "https://login.microsoftonline.com/{tenantid}/v2.0",
		"organizations": "https://login.microsoftonline.com/{tenantid}/v2.0",
	} {
		s, _, err := readArgs(t, "", []string{"HOLDFAST_MICROSOFT_TENANT=" + directory, "HOLDFAST_MICROSOFT_CLIENT_ID=desk", "HOLDFAST_MICROSOFT_CLIENT_SECRET=x"}, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := configure(s)
		if err != nil || got.server(nil).Microsoft.Issuer != issuer {
			t.Errorf("%s: %v, %+v", directory, err, got.microsoft)
		}
	}
}
