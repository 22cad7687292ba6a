package evidence

import (
	"io"
	"strings"

	"caseledger/events"
)

// File is a file of a bundle, for tests that write bundles of their own.
type File = zipFile

// WriteZIP writes files under top as Export does.
func WriteZIP(w io.Writer, top string, files []File) error { return writeZIP(w, top, files) }

// SealBag adds the files of BagIt to data/ and proof/.
func SealBag(files []File, date, origin string, chain events.Chain, seq uint64) []File {
	manifest := manifestOf(files, func(name string) bool { return strings.HasPrefix(name, "data/") })
	return sealBag(files, bagInfo{date: date, origin: origin, chain: chain, seq: seq}, manifest)
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
