package assets

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/types/known/structpb"

	assetsv1 "github.com/holdfast-platform/holdfast/gen/pb/holdfast/assets/v1"
)

// column is one column of the table that export writes and import reads.
type column struct {
	name string
	// field is the message's field and the mask's path; empty for columns that import ignores.
	field string
	// kind is ent's name of the records that the column names; empty for plain values. Cells are then resolved by
	// names.
	kind string
	// write gives the cell of an asset; nil for columns that only import has, and for those with a kind.
	write func(*assetsv1.Asset) string
	// read takes a cell that is not empty into an asset.
	read func(*assetsv1.Asset, string) error
	// ref is the reference of a column with a kind.
	ref func(*assetsv1.Asset) **string
}

// columns of the table, in the order in which export writes them.
var columns = []column{
	{name: "id", write: func(a *assetsv1.Asset) string { return a.GetId() }},
	{name: "number", write: func(a *assetsv1.Asset) string { return a.GetNumber() }},
	always("name", func(a *assetsv1.Asset) *string { return &a.Name }),
	always("asset_type", func(a *assetsv1.Asset) *string { return &a.AssetType }),
	{name: "site", field: "site_id", kind: "Site", ref: func(a *assetsv1.Asset) **string { return &a.SiteId }},
	{name: "client", field: "client_id", kind: "Customer", ref: func(a *assetsv1.Asset) **string { return &a.ClientId }},
	{name: "owner", field: "owner_id", kind: "User", ref: func(a *assetsv1.Asset) **string { return &a.OwnerId }},
	always("criticality", func(a *assetsv1.Asset) *string { return &a.Criticality }),
	always("lifecycle", func(a *assetsv1.Asset) *string { return &a.Lifecycle }),
	optional("environment", func(a *assetsv1.Asset) **string { return &a.Environment }),
	optional("producer", func(a *assetsv1.Asset) **string { return &a.Producer }),
	optional("model", func(a *assetsv1.Asset) **string { return &a.Model }),
	optional("serial", func(a *assetsv1.Asset) **string { return &a.Serial }),
	optional("firmware", func(a *assetsv1.Asset) **string { return &a.Firmware }),
	optional("os", func(a *assetsv1.Asset) **string { return &a.Os }),
	canonical("ip_address", func(a *assetsv1.Asset) **string { return &a.IpAddress }, canonicalIP),
	canonical("mac_address", func(a *assetsv1.Asset) **string { return &a.MacAddress }, canonicalMAC),
	optional("hostname", func(a *assetsv1.Asset) **string { return &a.Hostname }),
	optional("cpe", func(a *assetsv1.Asset) **string { return &a.Cpe }),
	optional("description", func(a *assetsv1.Asset) **string { return &a.Description }),
	{name: "tags", field: "tags", write: func(a *assetsv1.Asset) string { return strings.Join(a.GetTags(), ";") }, read: readTags},
	{name: "metadata", field: "metadata", write: writeMetadata, read: readMetadata},
	{name: "reason", read: func(a *assetsv1.Asset, cell string) error {
		a.Reason = cell
		return nil
	}},
	// what others export is no reason to refuse the table
	{name: "version"}, {name: "created_at"}, {name: "updated_at"},
}

// always is a text that every asset has; an empty cell leaves it as it is.
func always(name string, at func(*assetsv1.Asset) *string) column {
	return column{
		name: name, field: name,
		write: func(a *assetsv1.Asset) string { return *at(a) },
		read: func(a *assetsv1.Asset, cell string) error {
			*at(a) = cell
			return nil
		},
	}
}

// optional is a text that an asset may have; an empty cell clears it.
func optional(name string, at func(*assetsv1.Asset) **string) column {
	return canonical(name, at, func(text string) string { return text })
}

// canonical is an optional text that is stored in a form of its own.
func canonical(name string, at func(*assetsv1.Asset) **string, form func(string) string) column {
	return column{
		name: name, field: name,
		write: func(a *assetsv1.Asset) string {
			if text := *at(a); text != nil {
				return *text
			}
			return ""
		},
		read: func(a *assetsv1.Asset, cell string) error {
			cell = form(cell)
			*at(a) = &cell
			return nil
		},
	}
}

func readTags(a *assetsv1.Asset, cell string) error {
	for tag := range strings.SplitSeq(cell, ";") {
		if tag = strings.TrimSpace(tag); tag != "" {
			a.Tags = append(a.Tags, tag)
		}
	}
	return nil
}

func readMetadata(a *assetsv1.Asset, cell string) error {
	a.Metadata = &structpb.Struct{}
	if err := protojson.Unmarshal([]byte(cell), a.Metadata); err != nil {
		a.Metadata = nil
		return errors.New("must be a JSON object")
	}
	return nil
}

// writeMetadata writes keys in order, so that the same object is the same text.
func writeMetadata(a *assetsv1.Asset) string {
	if a.GetMetadata() == nil {
		return ""
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(a.GetMetadata().AsMap()); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// columnNamed finds a column; nil for none.
func columnNamed(name string) *column {
	for i := range columns {
		if columns[i].name == name {
			return &columns[i]
		}
	}
	return nil
}

// columnOf finds the column of a message's field; "" where the table has none.
func columnOf(field string) string {
	for i := range columns {
		if columns[i].field == field {
			return columns[i].name
		}
	}
	return field
}
