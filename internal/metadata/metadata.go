// Package metadata reads what a file says about itself beside what it shows:
// EXIF, IPTC, XMP and texts of pictures, the information and XMP of a PDF, the
// authors of an office document, what a recorder put into a clip. It never
// decodes a picture, a page or a sound.
//
// Files come from strangers, and the libraries that read them are large. So
// Read is for a process of its own: Run starts it, and Confine takes from it,
// before it reads a byte, the right to open anything at all. That process gets
// the bytes on standard input and has no file, no connection, no environment,
// and little memory and time.
package metadata

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bep/imagemeta"
)

const (
	// maxFile is the longest picture or PDF that is looked into, in bytes: it is
	// held in memory. A clip can be of any length.
	maxFile = 128 << 20
	maxTags = 2000
	maxText = 500 // bytes of a name or value
)

// Report is what a file says about itself.
type Report struct {
	Format string   `json:"format"` // "" when it is none that is looked into
	Tags   []Tag    `json:"tags"`
	Limits []string `json:"limits"` // what was not looked at
}

// Tag is one thing that a file says.
type Tag struct {
	Source string `json:"source"` // EXIF, IPTC, XMP, PNG, JPEG, PDF, Office, MP4
	Name   string `json:"name"`
	Value  string `json:"value"`
	Place  bool   `json:"place"` // it may say where something was
}

func (r *Report) add(source, name, value string) {
	if value = cut(value); value == "" {
		return
	}
	if len(r.Tags) == maxTags {
		r.limit("tags after the first 2000")
		return
	}
	r.Tags = append(r.Tags, Tag{source, cut(name), value, place(name)})
}

func (r *Report) limit(what string) {
	if !slices.Contains(r.Limits, what) {
		r.Limits = append(r.Limits, what)
	}
}

// cut bounds a text and keeps it UTF-8.
func cut(s string) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= maxText {
		return s
	}
	n := maxText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + " …"
}

// place reports whether a tag of this name may say where something was. Times
// and directions of a position do not.
func place(name string) bool {
	n := strings.ToLower(name)
	for _, not := range []string{"gpsversion", "gpsdate", "gpstime", "gpsimgdirection", "gpsspeed", "colorspace", "subjectlocation", "subjectarea"} {
		if strings.HasPrefix(n, not) {
			return false
		}
	}
	for _, word := range []string{"gps", "location", "xyz", "loci", "city", "country", "province", "state", "address", "place", "geo", "latitude", "longitude", "region"} {
		if strings.Contains(n, word) {
			return true
		}
	}
	return false
}

// Read reads a file to its end. It fails only when the file cannot be read:
// what is damaged or too long is in Limits.
func Read(r io.Reader) (Report, error) {
	report := Report{Tags: []Tag{}, Limits: []string{}}
	in := bufio.NewReaderSize(r, 64<<10)
	head, err := in.Peek(64)
	if err != nil && err != io.EOF {
		return report, err
	}
	kind := sniff(head)
	report.Format = kind.name
	switch {
	case kind.name == "":
	case kind.clip:
		if err := report.clip(in); err != nil {
			return report, err
		}
	default:
		data, err := io.ReadAll(io.LimitReader(in, maxFile+1))
		if err != nil {
			return report, err
		}
		if len(data) > maxFile {
			report.limit("anything: the file is longer than 128 MiB")
			break
		}
		switch {
		case kind.image != imagemeta.ImageFormatAuto:
			report.image(data, kind.image)
			report.comments(data, kind.image)
		case kind.zip:
			report.office(data)
		default:
			report.pdf(data)
		}
	}
	_, err = io.Copy(io.Discard, in)
	return report, err
}

// kind is what a file begins like.
type kind struct {
	name  string
	image imagemeta.ImageFormat // Auto: it is no picture
	clip  bool
	zip   bool
}

// sniff tells a file by its first bytes, not by its name.
func sniff(b []byte) kind {
	at := func(i int, s string) bool { return len(b) >= i+len(s) && string(b[i:i+len(s)]) == s }
	switch {
	case at(0, "\xff\xd8\xff"):
		return kind{name: "JPEG", image: imagemeta.JPEG}
	case at(0, "\x89PNG\r\n\x1a\n"):
		return kind{name: "PNG", image: imagemeta.PNG}
	case at(0, "RIFF") && at(8, "WEBP"):
		return kind{name: "WebP", image: imagemeta.WebP}
	case at(0, "II*\x00"), at(0, "MM\x00*"):
		return kind{name: "TIFF", image: imagemeta.TIFF}
	case at(0, "%PDF-"):
		return kind{name: "PDF"}
	case at(0, "PK\x03\x04"):
		return kind{name: "Office", zip: true}
	case at(4, "ftypavif"), at(4, "ftypavis"):
		return kind{name: "AVIF", image: imagemeta.AVIF}
	case at(4, "ftypheic"), at(4, "ftypheix"), at(4, "ftypmif1"), at(4, "ftypmsf1"), at(4, "ftyphevc"):
		return kind{name: "HEIF", image: imagemeta.HEIF}
	case at(4, "ftyp"), at(4, "moov"), at(4, "mdat"), at(4, "wide"):
		return kind{name: "MP4", clip: true}
	}
	return kind{}
}

// image reads a picture's EXIF, IPTC and XMP.
func (r *Report) image(data []byte, format imagemeta.ImageFormat) {
	defer r.survive("the rest of the picture's tags")
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(data), ImageFormat: format,
		Sources:         imagemeta.EXIF | imagemeta.IPTC | imagemeta.XMP,
		ShouldHandleTag: func(imagemeta.TagInfo) bool { return true },
		HandleTag: func(t imagemeta.TagInfo) error {
			if len(r.Tags) >= maxTags {
				r.limit("tags after the first 2000")
				return imagemeta.ErrStopWalking
			}
			r.add(t.Source.String(), strings.TrimPrefix(t.Tag, imagemeta.UnknownPrefix), shown(t.Value))
			return nil
		},
	})
	if err != nil {
		r.limit("the rest of the picture's tags: they cannot be read")
	}
}

// survive keeps what was found when a library gives up in a panic.
func (r *Report) survive(what string) {
	if recover() != nil {
		r.limit(what + ": they cannot be read")
	}
}

// shown writes a value of a tag.
func shown(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		if utf8.Valid(v) && !bytes.ContainsFunc(v, func(c rune) bool { return c < 0x20 && c != '\n' && c != '\t' }) {
			return string(v)
		}
		return strconv.Itoa(len(v)) + " bytes"
	case []string:
		return strings.Join(v, ", ")
	}
	return fmt.Sprint(v)
}

var errDamaged = errors.New("damaged")
