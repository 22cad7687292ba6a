package metadata

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

func pngOf(chunks ...string) []byte {
	b := []byte("\x89PNG\r\n\x1a\n")
	for _, c := range append(append([]string{"IHDR" + strings.Repeat("\x01", 13)}, chunks...), "IEND") {
		b = binary.BigEndian.AppendUint32(b, uint32(len(c)-4))
		b = append(b, c...)
		b = append(b, 0, 0, 0, 0) // nobody checks the CRC of a picture that is not shown
	}
	return b
}

func deflated(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(s))
	z.Close()
	return b.String()
}

// A text that stands in a picture outside EXIF, IPTC and XMP is found, and what
// is not looked at is said: a report without a word is never all there is.
func TestComments(t *testing.T) {
	const street = "31 Tallow Street"
	jpeg := func(segments string) []byte {
		return []byte("\xff\xd8" + segments + "\xff\xda\x00\x02ab\xff\x00c\xff\xd0d\xff\xd9")
	}
	bomb := deflated(strings.Repeat("A", 50<<20))
	for _, tt := range []struct {
		name  string
		file  []byte
		tags  []Tag
		limit string // that there is; "" for none
	}{
		{"png, a text", pngOf("tEXtLocation\x00" + street), []Tag{{"PNG", "Location", street, true}}, ""},
		{"png, Latin-1", pngOf("tEXtComment\x00caf\xe9"), []Tag{{"PNG", "Comment", "café", false}}, ""},
		{"png, a packed text", pngOf("zTXtComment\x00\x00" + deflated(street)), []Tag{{"PNG", "Comment", street, false}}, ""},
		{"png, a text in a language", pngOf("iTXtComment\x00\x00\x00pa\x00\xe0\xa8\x9f\x00" + street), []Tag{{"PNG", "Comment", street, false}}, ""},
		{"png, packed and in a language", pngOf("iTXtComment\x00\x01\x00\x00\x00" + deflated(street)), []Tag{{"PNG", "Comment", street, false}}, ""},
		{"png, packed XMP", pngOf("iTXtXML:com.adobe.xmp\x00\x01\x00\x00\x00" + deflated(street)), []Tag{{"PNG", "XML:com.adobe.xmp", street, false}}, ""},
		{"png, a bomb", pngOf("zTXtComment\x00\x00" + bomb), []Tag{{"PNG", "Comment", strings.Repeat("A", maxText) + " …", false}}, ""},
		{"png, a damaged text", pngOf("zTXtComment\x00\x00" + street), []Tag{}, "a text of the picture: it is damaged"},
		{"png, more behind", append(pngOf(), street...), []Tag{}, "16 bytes behind the end of the picture"},
		{"png, cut off", pngOf("tEXtComment\x00a")[:30], []Tag{}, "texts in the rest of the picture: it is damaged or cut off"},
		{"png, a length beyond the end", append(pngOf()[:8], "\xff\xff\xff\xfftEXt...."...), []Tag{}, "texts in the rest of the picture: it is damaged or cut off"},
		{"jpeg, a comment", jpeg("\xff\xfe\x00\x12" + street), []Tag{{"JPEG", "Comment", street, false}}, ""},
		{"jpeg, a comment between scans", append(jpeg("")[:len(jpeg(""))-2], "\xff\xfe\x00\x12"+street+"\xff\xda\x00\x02e\xff\xd9"...), []Tag{{"JPEG", "Comment", street, false}}, ""},
		{"jpeg, more behind", append(jpeg(""), street...), []Tag{}, "16 bytes behind the end of the picture"},
		{"jpeg, cut off", []byte("\xff\xd8\xff\xfe\x00\x12" + street[:4]), []Tag{}, "texts in the rest of the picture: it is damaged or cut off"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Report{Tags: []Tag{}}
			kind := sniff(tt.file)
			r.comments(tt.file, kind.image)
			if !slices.Equal(r.Tags, tt.tags) {
				t.Errorf("tags %v, want %v", r.Tags, tt.tags)
			}
			if got := strings.Join(r.Limits, "; "); got != tt.limit {
				t.Errorf("not looked at %q, want %q", got, tt.limit)
			}
			whole, err := Read(bytes.NewReader(tt.file))
			if err != nil {
				t.Fatal(err)
			}
			for _, tag := range tt.tags {
				if !slices.Contains(whole.Tags, tag) {
					t.Errorf("the report has no %v: %v", tag, whole.Tags)
				}
			}
		})
	}
}

func FuzzComments(f *testing.F) {
	f.Add(pngOf("tEXtLocation\x00somewhere"))
	f.Add([]byte("\xff\xd8\xff\xfe\x00\x04ab\xff\xda\x00\x02x\xff\xd9"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := Report{}
		r.comments(data, sniff(data).image)
		for _, tag := range r.Tags {
			if len(tag.Value) > maxText+8 || len(tag.Name) > maxText+8 {
				t.Errorf("a tag of %d and %d bytes", len(tag.Name), len(tag.Value))
			}
		}
	})
}
