package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/operate"
)

// readAuth reads the long form of the file's sign-in settings, a mapping with
// "domains" and "default_tenant", and notes them in their short form.
func readAuth(node *yaml.Node, found map[string]string) error {
	var auth struct {
		Domains []struct {
			Domain, Tenant, Method string
		}
		DefaultTenant string `yaml:"default_tenant"`
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if key := node.Content[i].Value; node.Kind == yaml.MappingNode && key != "domains" && key != "default_tenant" {
			return fmt.Errorf("unknown key %q", key)
		}
	}
	if err := node.Decode(&auth); err != nil {
		return err
	}
	var list []string
	for _, d := range auth.Domains {
		if strings.ContainsAny(d.Domain+d.Tenant+d.Method, "=:,") || d.Domain == "" || d.Tenant == "" {
			return errors.New("every entry of domains needs a domain and a tenant")
		}
		entry := d.Domain + "=" + d.Tenant
		if d.Method != "" {
			entry += ":" + d.Method
		}
		list = append(list, entry)
	}
	if len(list) > 0 {
		found["auth_domains"] = strings.Join(list, ",")
	}
	if auth.DefaultTenant != "" {
		found["auth_default_tenant"] = auth.DefaultTenant
	}
	return nil
}

var (
	domainName = regexp.MustCompile(`^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)
	tenantName = regexp.MustCompile(`^(?:[a-z0-9-]{3,40}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$`)
	directory  = regexp.MustCompile(`^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
)

// signIn checks the settings of single sign-on.
func (c *configuration) signIn(fail func(key, format string, args ...any)) {
	if issuer := c.get("oidc_issuer"); issuer != "" {
		switch {
		case !hasScheme(issuer, "https") && (!hasScheme(issuer, "http") || !operate.Local(issuer)) || strings.ContainsAny(issuer, "?#{}"):
			fail("oidc_issuer", "must be an https address as the provider writes it")
		case c.get("oidc_client_id") == "":
			fail("oidc_client_id", "is needed with oidc_issuer")
		}
		c.oidc = &server.SignInProvider{
			Label: c.get("oidc_name"), Issuer: issuer, ClientID: c.get("oidc_client_id"), ClientSecret: c.get("oidc_client_secret"),
			Scopes: strings.FieldsFunc(c.get("oidc_scopes"), func(r rune) bool { return r == ',' || r == ' ' }),
		}
	} else if c.get("oidc_client_id") != "" {
		fail("oidc_issuer", "is needed with oidc_client_id")
	}
	if in := strings.ToLower(c.get("microsoft_tenant")); in != "" {
		switch {
		case in != "common" && in != "organizations" && !directory.MatchString(in):
			fail("microsoft_tenant", "must be the directory's id (a UUID), organizations or common: a name or \"consumers\" does not say who issues")
		case c.get("microsoft_client_id") == "" || c.get("microsoft_client_secret") == "":
			fail("microsoft_client_id", "microsoft_client_id and microsoft_client_secret are needed with microsoft_tenant")
		}
		c.microsoft = server.MicrosoftProvider(in, c.get("microsoft_client_id"), c.get("microsoft_client_secret"))
	} else if c.get("microsoft_client_id") != "" {
		fail("microsoft_tenant", "is needed with microsoft_client_id")
	}
	named := map[string]bool{}
	for _, text := range list(c.get("auth_domains")) {
		name, rest, _ := strings.Cut(text, "=")
		tenant, method, given := strings.Cut(rest, ":")
		d := server.Domain{Name: strings.ToLower(strings.TrimSpace(name)), Tenant: strings.TrimSpace(tenant), Method: strings.TrimSpace(method)}
		if !given {
			d.Method = "sso"
		}
		switch {
		case !domainName.MatchString(d.Name) || !tenantName.MatchString(d.Tenant):
			fail("auth_domains", "%q is not DOMAIN=TENANT, such as example.org=acme", text)
		case d.Method != "sso" && d.Method != "password":
			fail("auth_domains", "%q: the method is sso or password", text)
		case named[d.Name]:
			fail("auth_domains", "%s is named twice", d.Name)
		case d.Method == "sso" && c.oidc == nil && c.microsoft == nil:
			fail("auth_domains", "%s signs in by sso, but neither oidc_issuer nor microsoft_tenant is set", d.Name)
		}
		named[d.Name] = true
		c.domains = append(c.domains, d)
	}
	if text := c.get("auth_default_tenant"); text != "" && !tenantName.MatchString(text) {
		fail("auth_default_tenant", "must be a tenant's slug or id")
	}
}
