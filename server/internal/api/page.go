package api

import (
	"google.golang.org/protobuf/proto"

	"github.com/holdfast-platform/holdfast/server/internal/fault"
)

// Page is a piece of a list that List does not read: its number, from 1, and how many rows it has.
type Page struct{ Number, Size int }

// PageOf takes page and per_page of a request, nil for the default; the contract has checked them. A page that begins
// behind too many rows is refused.
func PageOf(page, perPage *int32) (Page, error) {
	p := Page{1, DefaultPerPage}
	if page != nil {
		p.Number = int(*page)
	}
	if perPage != nil {
		p.Size = int(*perPage)
	}
	if p.Offset() > MaxOffset {
		return p, fault.Invalid("page", "pages end after %d rows", MaxOffset)
	}
	return p, nil
}

// Offset is how many rows come before the page.
func (p Page) Offset() int { return (p.Number - 1) * p.Size }

// Fill writes the envelope around the items of the page, of total rows; capped says that there are more.
func (p Page) Fill(out proto.Message, total int64, capped bool) {
	Envelope(out, total, p.Number, p.Size, (total+int64(p.Size)-1)/int64(p.Size), capped, "")
}
