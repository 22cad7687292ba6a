package metadata

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain is also the process that Run starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[0] == "metadata-test" {
		if err := Confine(); err != nil {
			os.Exit(1)
		}
		switch os.Args[1] {
		case "read":
			r, err := Read(os.Stdin)
			if err != nil || json.NewEncoder(os.Stdout).Encode(r) != nil {
				os.Exit(1)
			}
		case "open":
			_, file := os.Open("/etc/hostname")
			_, dial := exec.Command("/bin/true").CombinedOutput()
			fmt.Printf(`{"format":"","tags":[],"limits":["%t %t"]}`, file != nil, dial != nil)
		case "hoard":
			var all [][]byte
			for range 100 {
				b := make([]byte, 64<<20)
				for i := 0; i < len(b); i += 4096 {
					b[i] = 1
				}
				all = append(all, b)
			}
			fmt.Println(len(all))
		case "talk":
			for range 1000 {
				os.Stdout.Write(make([]byte, 64<<10))
			}
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func run(t *testing.T, in io.Reader, what string) (Report, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Run(t.Context(), in, self, "metadata-test", what)
}

// tag returns the values of a tag.
func (r *Report) tag(source, name string) (values []string) {
	for _, x := range r.Tags {
		if x.Source == source && x.Name == name {
			values = append(values, x.Value)
		}
	}
	return values
}

// tiff is a TIFF block with a maker and a position, as in a telephone's JPEG.
func tiff() []byte {
	le := binary.LittleEndian
	b := []byte("II*\x00\x08\x00\x00\x00")
	entry := func(tag, kind uint16, n, v uint32) {
		b = le.AppendUint16(b, tag)
		b = le.AppendUint16(b, kind)
		b = le.AppendUint32(b, n)
		b = le.AppendUint32(b, v)
	}
	b = le.AppendUint16(b, 2)
	entry(0x010f, 2, 8, 38)   // Make, at 38
	entry(0x8825, 4, 1, 46)   // GPS IFD, at 46
	b = le.AppendUint32(b, 0) // no other IFD
	b = append(b, "Lanternx"[:7]...)
	b = append(b, 0)
	b = le.AppendUint16(b, 2)
	entry(1, 2, 2, uint32('N'))
	entry(2, 5, 3, 76) // latitude, at 76
	b = le.AppendUint32(b, 0)
	for _, v := range []uint32{53, 1, 12, 1, 30, 1} {
		b = le.AppendUint32(b, v)
	}
	return b
}

func jpeg() []byte {
	exif := append([]byte("Exif\x00\x00"), tiff()...)
	b := []byte{0xff, 0xd8, 0xff, 0xe1}
	b = binary.BigEndian.AppendUint16(b, uint16(len(exif)+2))
	b = append(b, exif...)
	return append(b, 0xff, 0xda, 0, 2, 0xff, 0xd9)
}

func isoBox(typ string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), typ...), body...)
}

// clip is a movie that says where it was made.
func clip() []byte {
	mvhd := make([]byte, 100)
	binary.BigEndian.PutUint32(mvhd[4:], 2_082_844_800+1_793_318_000)
	xyz := append([]byte{0, 18, 0x15, 0xc7}, "+53.2083-002.5121/"...)
	mdta := append([]byte{0, 0, 0, 0, 0, 0, 0, 1}, isoBox("mdta", []byte("com.apple.quicktime.make"))...)
	ilst := isoBox("\x00\x00\x00\x01", isoBox("data", []byte{0, 0, 0, 1, 0, 0, 0, 0}, []byte("Lantern")))
	hdlr := isoBox("hdlr", make([]byte, 24))
	return bytes.Join([][]byte{
		isoBox("ftyp", []byte("isom\x00\x00\x00\x00isom")), isoBox("mdat", make([]byte, 100_000)),
		isoBox("moov", isoBox("mvhd", mvhd), isoBox("udta", isoBox("\xa9xyz", xyz)), isoBox("meta", hdlr, isoBox("keys", mdta), isoBox("ilst", ilst))),
	}, nil)
}

// pdfFile is a document that names its author.
func pdfFile() []byte {
	var b bytes.Buffer
	var at []int
	obj := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	b.WriteString("%PDF-1.4\n")
	obj("<< /Type /Catalog /Pages 2 0 R /Metadata 5 0 R >>")
	obj("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	obj("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Resources << >> >>")
	obj("<< /Author (Wren Ashdown) /Producer (A word processor) /CreationDate (D:20261030120000Z) >>")
	xmp := `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:ps="http://ns.adobe.com/photoshop/1.0/" ps:City="Ravensholme"><dc:creator><rdf:Seq><rdf:li>Wren</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>`
	obj(fmt.Sprintf("<< /Type /Metadata /Subtype /XML /Length %d >>\nstream\n%s\nendstream", len(xmp), xmp))
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// officeFile is a letter of a word processor.
func officeFile(t testing.TB) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"[Content_Types].xml": "<Types/>", "word/document.xml": "<w:document/>",
		"docProps/core.xml": `<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:creator>Wren Ashdown</dc:creator><cp:lastModifiedBy>kp</cp:lastModifiedBy></cp:coreProperties>`,
		"docProps/app.xml":  `<Properties><Company>Lighthouse</Company></Properties>`,
	} {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRead(t *testing.T) {
	made := time.Unix(1_793_318_000, 0).UTC().Format(time.RFC3339)
	tests := []struct {
		name   string
		file   []byte
		format string
		want   [][3]string // source, name, value
		places int
	}{
		{"a picture", jpeg(), "JPEG", [][3]string{{"EXIF", "Make", "Lantern"}}, 2},
		{"a clip", clip(), "MP4", [][3]string{{"MP4", "mvhd-created", made}, {"MP4", "xyz", "+53.2083-002.5121/"}, {"MP4", "com.apple.quicktime.make", "Lantern"}}, 1},
		{"a document", pdfFile(), "PDF", [][3]string{{"PDF", "Author", "Wren Ashdown"}, {"PDF", "Pages", "1"}, {"XMP", "City", "Ravensholme"}, {"XMP", "creator", "Wren"}}, 1},
		{"an office document", officeFile(t), "Office", [][3]string{{"Office", "creator", "Wren Ashdown"}, {"Office", "lastModifiedBy", "kp"}, {"Office", "Company", "Lighthouse"}}, 0},
		{"a text", []byte("hello"), "", nil, 0},
		{"nothing", nil, "", nil, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := run(t, bytes.NewReader(tt.file), "read")
			if err != nil {
				t.Fatal(err)
			}
			if r.Format != tt.format {
				t.Errorf("format %q, want %q", r.Format, tt.format)
			}
			for _, w := range tt.want {
				if got := r.tag(w[0], w[1]); len(got) != 1 || got[0] != w[2] {
					t.Errorf("%s %s: %q, want %q", w[0], w[1], got, w[2])
				}
			}
			places := 0
			for _, x := range r.Tags {
				if x.Place {
					places++
				}
			}
			if places != tt.places || len(r.Limits) > 0 {
				t.Errorf("%d places, want %d: %+v", places, tt.places, r)
			}
		})
	}
}

// What is damaged is said to be, and what was found before it stays.
func TestDamaged(t *testing.T) {
	for _, file := range [][]byte{clip()[:100_100], []byte("%PDF-1.7\nnothing more"), jpeg()[:30], isoBox("moov", []byte{0, 0, 0, 3, 'u', 'd', 't', 'a'})} {
		r, err := Read(bytes.NewReader(file))
		if err != nil || len(r.Limits) == 0 {
			t.Errorf("%d bytes: %+v, %v", len(file), r, err)
		}
	}
}

// The process can open nothing, and one that takes too much ends without a
// report and without a word of the file.
func TestConfined(t *testing.T) {
	r, err := run(t, strings.NewReader(""), "open")
	if err != nil || len(r.Limits) != 1 || r.Limits[0] != "true true" {
		t.Errorf("it could open a file or start a program: %+v, %v", r, err)
	}
	for _, what := range []string{"hoard", "talk"} {
		if _, err := run(t, strings.NewReader(""), what); !errors.Is(err, ErrGaveUp) {
			t.Errorf("%s: %v", what, err)
		}
	}
	gone := errors.New("the disk is gone")
	if _, err := run(t, io.MultiReader(bytes.NewReader(clip()), failing{gone}), "read"); !errors.Is(err, gone) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "pdfcpu*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzRead(f *testing.F) {
	for _, seed := range [][]byte{officeFile(f), jpeg(), clip()[100_020:], pdfFile(), tiff()} {
		f.Add(seed)
	}
	f.Add(isoBox("moov", isoBox("meta", isoBox("keys"), isoBox("ilst"))))
	f.Fuzz(func(t *testing.T, in []byte) {
		r, err := Read(bytes.NewReader(in))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Tags {
			if len(x.Name) > maxText+8 || len(x.Value) > maxText+8 {
				t.Errorf("a tag of %d and %d bytes", len(x.Name), len(x.Value))
			}
		}
	})
}
