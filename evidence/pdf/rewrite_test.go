package pdf

import (
	"bytes"
	"strings"
	"testing"
)

// page is the content of a page as the engine writes it.
const page = `/Artifact <<
  /Type /Pagination
>> BDC
q
1 0 0 -1 10 20 cm
/c0 cs
0.101960786 scn
BT
0 Tr
/f0 10 Tf
1 0 0 -1 0 0 Tm
(\000\001) Tj
ET
Q
EMC
/Span <<
  /MCID 0
  /Lang (ur)
>> BDC
q
1 0 0 -1 40 50 cm
/c1 cs
0 0 0.007843138 scn
BT
/ReversedChars BMC
0 Tr
/f1 10 Tf
1 0 0 -1 0 0 Tm
(\000\002) Tj
EMC
ET
Q
EMC
q
1 0 0 -1 1 1 cm
0 0 m
1 0 l
S
Q
/Span <<
  /MCID 1
  /Lang (ur)
>> BDC
q
1 0 0 -1 60 50 cm
/c1 cs
0 0 0.003921569 scn
BT
/Span <<
  /ActualText <feff06cc>
>> BDC
0 Tr
/f1 10 Tf
1 0 0 -1 0 0 Tm
(\000\003) Tj
EMC
ET
Q
EMC
/Span <<
  /MCID 2
  /Lang (ur)
>> BDC
q
1 0 0 -1 63 48 cm
/c1 cs
0 0 0.003921569 scn
BT
0 Tr
/f1 10 Tf
1 0 0 -1 0 0 Tm
(\000\004) Tj
ET
Q
EMC
`

// TestRewrite: the words of a line in their order, each once under its text,
// in its colour; the tags in that order too.
func TestRewrite(t *testing.T) {
	w := rewriter{words: []word{{"میں ", "0.1"}, {"گھر", "0.2"}}, seen: make([]bool, 2), in: []byte(page)}
	out, changed, err := w.page()
	if err != nil || !changed {
		t.Fatal(changed, err)
	}
	got := string(out)
	at := 0
	for _, want := range []string{
		"/Artifact", "0 0 m\n", // what is drawn comes first
		"/MCID 0\n  /Lang (ur)\n>> BDC\nq\n1 0 0 -1 60 50 cm\n/c0 cs\n0.1 scn\n/Span <</ActualText <FEFF", `(\000\003)`, "1 0 0 -1 3 2 Tm\n", `(\000\004)`, "EMC\nEMC\nQ\nEMC\n", "/MCID 1\n  /Lang (ur)\n>> BDC\nEMC\n", "/MCID 2\n",
		"1 0 0 -1 40 50 cm\n/c0 cs\n0.2 scn\n/Span <</ActualText <FEFF06AF06BE0631>>> BDC\n", `(\000\002)`,
	} {
		i := strings.Index(got[at:], want)
		if i < 0 {
			t.Fatalf("no %q behind byte %d of\n%s", want, at, got)
		}
		at += i + len(want)
	}
	for _, never := range []string{"ReversedChars", "06cc", "0.0039", "0.0078"} {
		if strings.Contains(got, never) {
			t.Errorf("%q is left", never)
		}
	}
	if strings.Count(got, " BDC")+strings.Count(got, " BMC") != strings.Count(got, "EMC") {
		t.Errorf("marked content does not end where it began:\n%s", got)
	}
}

func FuzzRewrite(f *testing.F) {
	f.Add([]byte(page))
	f.Add([]byte(strings.Replace(page, "EMC\n", "", 2)))
	f.Add([]byte("q\nBT\nET\nQ"))
	f.Fuzz(func(t *testing.T, in []byte) {
		w := rewriter{words: []word{{"میں ", "0.1"}, {"گھر", "0.2"}}, seen: make([]bool, 2), in: in}
		out, changed, err := w.page()
		if err == nil && changed && bytes.Count(out, []byte(" scn\n")) > bytes.Count(in, []byte(" scn")) {
			t.Errorf("more colours than before:\n%s", out)
		}
	})
}

func FuzzObjects(f *testing.F) {
	f.Add([]byte("%PDF-1.7\n1 0 obj\n<<\n  /Type /Page\n  /Contents 2 0 R\n>>\nendobj\nxref\n0 2\n0000000000 65535 f\r\n0000000009 00000 n\r\ntrailer\n<<>>\nstartxref\n70\n%%EOF"))
	f.Fuzz(func(t *testing.T, in []byte) {
		rewrite(in, nil)
		rewrite(in, []word{{"x", "0"}})
	})
}

func FuzzCharacterMap(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 65, 0, 0, 0, 90, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, in []byte) { new(fonts).read(in) })
}
