package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"
)

//go:embed all:assets
var built embed.FS

//go:embed static
var written embed.FS

// ErrNoAssets: the program was built without the pages' style sheet and
// typeface.
var ErrNoAssets = errors.New("the pages' style sheet is missing from this program: run scripts/setup and build it again")

// assets are the files that pages refer to: the same for everybody, and under
// a path that changes with their bytes, so that they can be kept for ever.
type assets struct {
	prefix string // "/assets/<digest>/"
	files  map[string]asset
}

type asset struct {
	contentType string
	plain       []byte
	gzipped     []byte // nil: not shorter
}

// loadAssets reads what is compiled in. It returns ErrNoAssets when scripts/setup
// did not run before.
func loadAssets() (*assets, error) {
	a := &assets{files: map[string]asset{}}
	sum := sha256.New()
	for _, from := range []struct {
		fs.FS
		root string
	}{{built, "assets"}, {written, "static"}} {
		err := fs.WalkDir(from, from.root, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
				return err
			}
			b, err := fs.ReadFile(from, name)
			if err != nil {
				return err
			}
			name = strings.TrimPrefix(name, from.root+"/")
			sum.Write([]byte(name))
			sum.Write(b)
			a.files[name] = asset{contentType: contentType(name), plain: b, gzipped: shorter(b)}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	for _, needed := range []string{"pages.css", "govuk-frontend.min.js"} {
		if _, ok := a.files[needed]; !ok {
			return nil, ErrNoAssets
		}
	}
	a.prefix = "/assets/" + hex.EncodeToString(sum.Sum(nil)[:6]) + "/"
	return a, nil
}

func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".webmanifest":
		return "application/manifest+json"
	default:
		return mime.TypeByExtension(ext)
	}
}

// shorter is b compressed, nil if that is no gain. What is compressed is the
// same for everybody: pages with somebody's words never are.
func shorter(b []byte) []byte {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return nil
	}
	if _, err := w.Write(b); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || out.Len() > len(b)*9/10 {
		return nil
	}
	return out.Bytes()
}

// ServeHTTP answers for a path below prefix.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, ok := strings.CutPrefix(r.URL.Path, a.prefix)
	f, found := a.files[name]
	if !ok || !found {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", f.contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := f.plain
	if f.gzipped != nil && accepts(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = f.gzipped
	}
	if r.Method != http.MethodHead {
		_, _ = w.Write(body)
	}
}

// accepts reports whether a coding is among those that are accepted.
func accepts(header, coding string) bool {
	return slices.ContainsFunc(strings.Split(header, ","), func(s string) bool {
		name, q, _ := strings.Cut(s, ";")
		return strings.EqualFold(strings.TrimSpace(name), coding) && strings.ReplaceAll(q, " ", "") != "q=0"
	})
}
