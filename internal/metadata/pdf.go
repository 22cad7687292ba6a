package metadata

import (
	"bytes"
	"encoding/xml"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
)

// pdf reads a document's information and XMP.
func (r *Report) pdf(data []byte) {
	api.DisableConfigDir() // it would be made in somebody's home
	r.pdfInfo(data)
	r.pdfDict(data)
	r.pdfXMP(data)
}

func (r *Report) pdfInfo(data []byte) {
	defer r.survive("the document's information")
	info, err := api.PDFInfo(bytes.NewReader(data), "", nil, false, nil)
	if err != nil {
		r.limit("the document's information: it cannot be read, or is encrypted")
		return
	}
	r.add("PDF", "PDFVersion", info.Version)
	r.add("PDF", "Pages", strconv.Itoa(info.PageCount))
	for _, a := range info.Attachments {
		r.add("PDF", "AttachedFile", a.FileName)
	}
	if info.Form {
		r.add("PDF", "Form", "it has fields that somebody can have filled in")
	}
}

// pdfDict reads the document's information dictionary as it stands in the
// file: PDFInfo would let what XMP says take its place.
func (r *Report) pdfDict(data []byte) {
	defer r.survive("the document's information")
	ctx, err := api.ReadContext(bytes.NewReader(data), model.NewDefaultConfiguration())
	if err != nil || ctx.XRefTable == nil || ctx.Info == nil {
		return // pdfInfo has said so, or there is none
	}
	dict, err := ctx.DereferenceDict(*ctx.Info)
	if err != nil {
		r.limit("the document's information: it cannot be read, or is encrypted")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(dict)) {
		if text, err := ctx.DereferenceText(dict[name]); err == nil {
			r.add("PDF", name, text)
		}
	}
	// Every time that a file is saved by adding to it, another of these comes,
	// and what was there before stays.
	if n := bytes.Count(data, []byte("startxref")); n > 1 {
		r.add("PDF", "Revisions", strconv.Itoa(n)+": earlier states of the document may be in the file")
	}
}

func (r *Report) pdfXMP(data []byte) {
	defer r.survive("the document's XMP")
	err := api.ExtractMetadata(bytes.NewReader(data), func(m pdfcpu.Metadata) error {
		r.xmp(m.Reader)
		return nil
	}, nil)
	if err != nil {
		r.limit("the document's XMP: it cannot be read")
	}
}

// xmp reads the texts of an XMP packet.
func (r *Report) xmp(in io.Reader) { r.elements("XMP", in) }

// elements reads the texts of XML: elements and attributes by their names.
func (r *Report) elements(source string, in io.Reader) {
	d := xml.NewDecoder(io.LimitReader(in, 4<<20))
	d.Strict = false
	var names []string
	for {
		t, err := d.Token()
		if err != nil {
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			if names = append(names, t.Name.Local); len(names) > 64 {
				r.limit("the rest of the " + source + " tags: they are too deep")
				return
			}
			for _, a := range t.Attr {
				if a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && a.Name.Local != "about" && a.Name.Local != "parseType" {
					r.add(source, a.Name.Local, a.Value)
				}
			}
		case xml.EndElement:
			names = names[:max(0, len(names)-1)]
		case xml.CharData:
			// The name is that of the property, not of the list it is in.
			for i := len(names) - 1; i >= 0; i-- {
				if n := names[i]; n != "li" && n != "Seq" && n != "Bag" && n != "Alt" && n != "Description" {
					r.add(source, n, string(t))
					break
				}
			}
		}
	}
}
