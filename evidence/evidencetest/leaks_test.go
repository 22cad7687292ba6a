package evidencetest_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/ascii85"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"mime/quotedprintable"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"

	"caseledger/evidence/evidencetest"
)

func packed(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestLeaks: a word that is put into a file in any of these ways is found.
func TestLeaks(t *testing.T) {
	wide := func(s string, order binary.AppendByteOrder) []byte {
		var b []byte
		for _, u := range utf16.Encode([]rune(s)) {
			b = order.AppendUint16(b, u)
		}
		return b
	}
	before, after := strings.Repeat("It is dark here. ", 40), strings.Repeat(" Nobody came, nobody rang.", 40)
	for _, word := range []string{"Tallow", "07700 900412", "Żółta", "ਨਾਨਕ", "灯塔路"} {
		text := []byte(before + word + after)
		var gz, qp, z bytes.Buffer
		gw := gzip.NewWriter(&gz)
		fmt.Fprintf(gw, "%s", text)
		qw := quotedprintable.NewWriter(&qp)
		fmt.Fprintf(qw, "%s", text)
		zw := zip.NewWriter(&z)
		f, err := zw.Create("a.txt")
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(f, "%s", text)
		for _, c := range []interface{ Close() error }{gw, qw, zw} {
			if err := c.Close(); err != nil {
				t.Fatal(err)
			}
		}
		var octal, percent, entity, unicode strings.Builder
		for _, b := range []byte(word) {
			fmt.Fprintf(&octal, "\\%03o", b)
			fmt.Fprintf(&percent, "%%%02X", b)
		}
		for _, r := range word {
			fmt.Fprintf(&entity, "&#x%x;", r)
			fmt.Fprintf(&unicode, "\\u%04x", r)
		}
		eighty := make([]byte, ascii85.MaxEncodedLen(len(text)))
		for name, file := range map[string][]byte{
			"plain": text, "upper case": []byte(before + strings.ToUpper(word)),
			"UTF-16LE": wide(string(text), binary.LittleEndian), "UTF-16BE": wide(string(text), binary.BigEndian),
			"hex": []byte(hex.EncodeToString(text)), "PDF hex": []byte("<FEFF" + strings.ToUpper(hex.EncodeToString(wide(word, binary.BigEndian))) + ">"),
			"zlib": append([]byte("stream\n"), packed(t, text)...), "zlib twice": packed(t, append([]byte("xx"), packed(t, text)...)),
			"zlib without an end": packed(t, text)[:len(packed(t, text))-9],
			"gzip":                gz.Bytes(), "ZIP": z.Bytes(), "quoted-printable": qp.Bytes(),
			"octal": []byte("(" + octal.String() + ")"), "percent": []byte(percent.String()), "form": []byte(url.QueryEscape(word)),
			"name": []byte("/" + strings.ReplaceAll(percent.String(), "%", "#")), "entities": []byte(entity.String()), "JSON": []byte(`"` + unicode.String() + `"`),
		} {
			if name == "form" && strings.Contains(word, " ") {
				continue // + is a space there
			}
			if len(evidencetest.Leaks(file, []string{"elsewhere", word})) == 0 {
				t.Errorf("%q as %s is not found", word, name)
			}
		}
		for shift := range 4 {
			padded := append([]byte(strings.Repeat("-", shift)), text...)
			for name, b := range map[string][]byte{
				"base64": []byte(base64.StdEncoding.EncodeToString(padded)), "base64 for addresses": []byte(base64.RawURLEncoding.EncodeToString(padded)),
				"base64 of UTF-16":    []byte(base64.StdEncoding.EncodeToString(append([]byte(strings.Repeat("-", shift)), wide(word, binary.LittleEndian)...))),
				"base64, upper case":  []byte(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("-", shift) + strings.ToUpper(word) + "--"))),
				"base64, compressed":  packed(t, []byte(base64.StdEncoding.EncodeToString(padded))),
				"ASCII85 of a phrase": eighty[:ascii85.Encode(eighty, padded[:len(padded)-shift])],
			} {
				if name == "ASCII85 of a phrase" && len(word) < 11 {
					continue // no group of its own wherever it begins
				}
				found := evidencetest.Leaks(b, []string{"elsewhere", word})
				if len(found) == 0 {
					t.Errorf("%q as %s, %d bytes in, is not found", word, name, shift)
				}
				for _, l := range found {
					if l.Word != 1 {
						t.Errorf("%q as %s: %v", word, name, l)
					}
				}
			}
		}
		if found := evidencetest.Leaks([]byte(before+after), []string{word}); len(found) > 0 {
			t.Errorf("%q is found where it is not: %v", word, found)
		}
	}
}
