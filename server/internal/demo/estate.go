package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"strings"

	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
	clientsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/clients/v1"
)

// The sites.
const (
	plant  = "Maasvlakte plant"
	centre = "Graz data centre"
	office = "Lisbon office"
)

var places = []struct{ name, address, about string }{
	{plant, "Europaweg 880, 3199 LC Rotterdam, NL", "Two turbines, a switchyard and the control room."},
	{centre, "Herrgottwiesgasse 149, 8055 Graz, AT", "Servers and storage for all sites."},
	{office, "Avenida da Liberdade 110, 1250-146 Lisboa, PT", "Administration and the service desk."},
}

// The clients whose applications are reviewed.
var customers = []struct{ name, contact, email string }{
	{"Bluepeak Insurance", "Elif Kaya", "elif@bluepeak.example"},
	{"Corvid Logistics", "Jon Arneson", "jon.arneson@corvid.example"},
	{"Meadow Health", "Priya Raman", "priya.raman@meadow.example"},
	{"Tallow & Sons", "Greta Tallow", "greta@tallow.example"},
}

func (s *story) bringClients(ctx context.Context) error {
	for _, c := range customers {
		made := &clientsv1.Client{}
		if err := s.Clients[Dana].Do(ctx, &clientsv1.CreateClientRequest{Client: &clientsv1.Client{
			Name: c.name, PrimaryContactName: &c.contact, PrimaryContactEmail: &c.email,
		}}, made); err != nil {
			return fmt.Errorf("client %s: %w", c.name, err)
		}
		s.clients = append(s.clients, made.Id)
	}
	return s.Admit(ctx, Elif, s.clients[0])
}

// An asset, as the demo's own tables know it.
type asset struct {
	id, name, kind, site, client string
	critical                     string
}

// fleets say how many assets of a kind there are, and where.
var fleets = []struct {
	kind, site, name       string
	count                  int
	critical               string
	producer, model, os    string
	network                string // the first three bytes of the addresses
	environment, lifecycle string
}{
	{"scada_server", plant, "scada", 4, "critical", "Siemens", "SIMATIC IPC847E", "Windows Server 2022", "10.10.1", "production", "active"},
	{"hmi", plant, "hmi", 12, "high", "Siemens", "TP1900 Comfort", "", "10.10.2", "production", "active"},
	{"plc", plant, "plc", 40, "critical", "Siemens", "S7-1516", "", "10.10.3", "production", "active"},
	{"rtu", plant, "rtu", 12, "high", "Hitachi Energy", "RTU560", "", "10.10.4", "production", "active"},
	{"sensor", plant, "sensor", 30, "low", "Endress+Hauser", "Cerabar PMP71B", "", "10.10.5", "production", "active"},
	{"industrial_switch", plant, "isw", 10, "high", "Hirschmann", "MACH4002", "", "10.10.6", "production", "active"},
	{"engineering_station", plant, "eng", 4, "medium", "Dell", "Precision 3660", "Windows 11", "10.10.7", "production", "active"},
	{"firewall", plant, "fw-plant", 2, "critical", "Fortinet", "FortiGate 200F", "FortiOS", "10.10.0", "production", "active"},
	{"server", centre, "host", 14, "critical", "Dell", "PowerEdge R760", "VMware ESXi 8", "10.20.1", "production", "active"},
	{"virtual_machine", centre, "vm", 56, "medium", "VMware", "", "Debian 12", "10.20.2", "production", "active"},
	{"network_device", centre, "sw-graz", 6, "high", "Juniper", "EX4400", "Junos", "10.20.6", "production", "active"},
	{"firewall", centre, "fw-graz", 2, "critical", "Fortinet", "FortiGate 600F", "FortiOS", "10.20.0", "production", "active"},
	{"server", centre, "lab", 4, "low", "HPE", "ProLiant DL360", "Proxmox VE 8", "10.20.9", "test", "planned"},
	{"workstation", office, "ws", 64, "low", "Lenovo", "ThinkPad T14", "Windows 11", "10.30.2", "production", "active"},
	{"network_device", office, "sw-lisbon", 4, "medium", "Juniper", "EX2300", "Junos", "10.30.6", "production", "active"},
	{"firewall", office, "fw-lisbon", 1, "high", "Fortinet", "FortiGate 100F", "FortiOS", "10.30.0", "production", "active"},
	{"workstation", office, "old-ws", 11, "low", "Lenovo", "ThinkPad T470", "Windows 10", "10.30.3", "production", "decommissioned"},
	{"cloud_service", office, "saas", 8, "medium", "", "", "", "", "production", "active"},
	{"web_application", "", "portal", 8, "high", "", "", "", "", "production", "active"},
	{"api", "", "api", 4, "high", "", "", "", "", "production", "active"},
	{"mobile_app", "", "app", 4, "medium", "", "", "", "", "production", "active"},
}

// bringAssets imports the fleets as a CSV file, as one would bring an inventory.
func (s *story) bringAssets(ctx context.Context) error {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	header := []string{"name", "asset_type", "site", "client", "owner", "criticality", "lifecycle", "environment", "producer", "model", "serial", "os", "ip_address", "hostname", "tags"}
	if err := w.Write(header); err != nil {
		return err
	}
	for _, f := range fleets {
		for i := range f.count {
			a := asset{name: fmt.Sprintf("%s-%02d", f.name, i+1), kind: f.kind, site: f.site, critical: f.critical}
			owner := Ben.Email
			if f.site == "" { // a client's application
				owner = Dana.Email
				a.client = customers[i%len(customers)].name
				a.name = strings.ToLower(strings.Fields(a.client)[0]) + "-" + a.name
			}
			address, host, serial := "", "", ""
			if f.network != "" {
				address, host, serial = fmt.Sprintf("%s.%d", f.network, i+10), a.name+".harbour.example", fmt.Sprintf("%s%05d", strings.ToUpper(f.kind[:2]), 4000+17*len(s.assets))
			}
			s.assets = append(s.assets, a)
			row := []string{a.name, a.kind, a.site, a.client, owner, f.critical, f.lifecycle, f.environment, f.producer, f.model, serial, f.os, address, host, ""}
			if f.critical == "critical" {
				row[len(row)-1] = "crown-jewel"
			}
			if err := w.Write(row); err != nil {
				return err
			}
		}
	}
	w.Flush()
	ids, err := s.Clients[Ada].ImportAssets(ctx, &file)
	if err != nil {
		return fmt.Errorf("assets: %w", err)
	}
	for i, id := range ids {
		s.assets[i].id = id
	}
	return nil
}

// of are the assets of a kind, in the order of the table.
func (s *story) of(kind string) (found []asset) {
	for _, a := range s.assets {
		if a.kind == kind {
			found = append(found, a)
		}
	}
	return found
}

// relate says what runs on what, and what passes through what.
func (s *story) relate(ctx context.Context) error {
	hosts, switches, fieldSwitches, servers := s.of("server")[:14], s.of("network_device"), s.of("industrial_switch"), s.of("scada_server")
	var failed error
	relate := func(from asset, word string, to asset) {
		if failed != nil {
			return
		}
		failed = s.Clients[Ada].Do(ctx, &assetsv1.CreateAssetRelationRequest{
			Id: from.id, Relation: &assetsv1.AssetRelation{ToId: to.id, Type: word},
		}, &assetsv1.AssetRelation{})
		if failed != nil {
			failed = fmt.Errorf("%s %s %s: %w", from.name, word, to.name, failed)
		}
	}
	machines := s.of("virtual_machine")
	for i, m := range machines {
		relate(m, "runs_on", hosts[i%len(hosts)])
	}
	for i, h := range hosts {
		relate(h, "depends_on", switches[i%6])
	}
	for i, kind := range []string{"plc", "rtu", "hmi"} {
		for j, a := range s.of(kind) {
			relate(a, "depends_on", fieldSwitches[(i+j)%len(fieldSwitches)])
			if kind == "hmi" {
				relate(a, "depends_on", servers[j%len(servers)])
			}
		}
	}
	for i, a := range servers {
		relate(a, "depends_on", fieldSwitches[i])
		relate(a, "depends_on", machines[i])
	}
	for i, a := range fieldSwitches {
		relate(s.of("firewall")[i%2], "protects", a)
	}
	for i, a := range append(s.of("web_application"), s.of("api")...) {
		relate(a, "runs_on", machines[20+i])
	}
	return failed
}
