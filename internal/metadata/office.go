package metadata

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
)

// maxEntry is the longest part of a document that is unpacked, in bytes.
const maxEntry = 4 << 20

// officeParts are where documents of word processors, spreadsheets and slides
// say who made them: Office Open XML (ECMA-376) and OpenDocument.
var officeParts = []string{"docProps/core.xml", "docProps/app.xml", "docProps/custom.xml", "meta.xml"}

// office reads a document that is a ZIP of XML. What its pictures, comments and
// tracked changes hold is not looked at, and that is said.
func (r *Report) office(data []byte) {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		r.limit("anything: the file cannot be unpacked")
		return
	}
	known := false
	for _, f := range z.File {
		for _, name := range officeParts {
			if f.Name != name {
				continue
			}
			known = true
			in, err := f.Open()
			if err != nil {
				r.limit(name + ": it cannot be unpacked")
				continue
			}
			text, err := io.ReadAll(io.LimitReader(in, maxEntry+1))
			_ = in.Close() // only read
			if err != nil || len(text) > maxEntry {
				r.limit(name + ": it cannot be unpacked, or is too long")
				continue
			}
			r.elements("Office", bytes.NewReader(text))
		}
		switch {
		case strings.Contains(f.Name, "/media/") || strings.HasPrefix(f.Name, "Pictures/"):
			r.limit("pictures inside the document")
		case strings.Contains(f.Name, "/comments"):
			r.limit("comments in the document")
		}
	}
	if !known {
		r.limit("anything: it is a ZIP of other files")
	}
}
