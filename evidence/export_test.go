package evidence

import (
	"context"
	"fmt"
	"io"

	"caseledger/events"
)

// WriteZIP writes files under top as Export does.
func WriteZIP(w io.Writer, top string, files []File) error {
	return writeZIP(context.Background(), w, top, inMemory(files))
}

func inMemory(files []File) []zipFile {
	list := make([]zipFile, len(files))
	for i, f := range files {
		list[i] = zipFile{Name: f.Name, Data: f.Data}
	}
	return list
}

// SealBag adds the files of BagIt to data/ and proof/.
func SealBag(files []File, date, origin string, chain events.Chain, seq uint64) []File {
	list := inMemory(files)
	var out []File
	for _, f := range sealBag(list, bagInfo{date: date, origin: origin, chain: chain, seq: seq}, manifestOf(list, inData)) {
		out = append(out, File{f.Name, f.Data})
	}
	return out
}

// CloseParts is closeParts.
func CloseParts(parts []events.Part, closed []bool) Parts { return closeParts(parts, closed) }

// NameRule is nameRule.
func NameRule(name string) string { return nameRule(name) }

// FirstFailure is firstFailure.
func (v *Verdict) FirstFailure() string { return v.firstFailure() }

// SameClosed is sameClosed, of leaf and leaves of each closing.
func SameClosed(closings [][2]uint64, p *Parts) error {
	recorded := make([]recordedClosing, len(closings))
	for i, c := range closings {
		recorded[i] = recordedClosing{Seq: 1, Leaf: c[0], Leaves: c[1], Code: 'A'}
	}
	return sameClosed(1, recorded, p)
}

// Fits is the check that Export makes of its size, of a bundle whose
// attachments have these lengths.
func Fits(attachments ...int64) error {
	x := exporter{top: "KP-9", m: 10}
	for i, size := range attachments {
		x.files = append(x.files, zipFile{Name: fmt.Sprintf("%sKP-%d.mp4", dirAttachments, i), from: &source{size: size}})
	}
	return x.fits(nil, &Parts{})
}
