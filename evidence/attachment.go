package evidence

import (
	"strconv"
	"strings"

	"caseledger/events"
	"caseledger/evidence/sheet"
)

// attachment is a file that a disclosed event names.
type attachment struct {
	seq  uint64
	name string      // in the bag
	hash events.Hash // of the original bytes
}

// attachmentNames are the files of data/attachments/ that disclosed events
// ask for. What is there, and under which name, follows from opened parts
// alone: exporter and verifier come to the same list.
type attachmentNames struct {
	list []attachment
	used map[string]bool // in lower case
}

// add looks at the opened parts of the next event, ascending. Its file is in
// the bundle if and only if it is an attachment.added of which /data/sha256 is
// open and /data/stored is open and not null: closing either withholds the
// file.
func (a *attachmentNames) add(chain events.Chain, seq uint64, open []events.Part) {
	var typ, name, sum, stored, exhibit string
	for i := range open {
		p := &open[i]
		switch p.Path {
		case "/type":
			typ, _ = unquote(p.Value)
		case "/data/exhibit":
			exhibit, _ = unquote(p.Value)
		case "/data/name":
			name, _ = unquote(p.Value)
		case "/data/sha256":
			sum, _ = unquote(p.Value)
		case "/data/stored":
			stored, _ = unquote(p.Value)
		}
	}
	hash, err := events.ParseHash(sum)
	if typ != typeAttached || err != nil || stored == "" {
		return
	}
	ext := "." + attachmentExt(name)
	base := strings.ReplaceAll(exhibit, "/", "-")
	ours := sheet.CaseNumber(chain) + "-" // as no other reference begins, so that none is taken
	if !plainReference(base) || reservedName(base) || base[0] == '-' ||
		strings.HasPrefix(strings.ToUpper(base), ours) || a.used[strings.ToLower(base+ext)] {
		base = ours + strconv.FormatUint(seq, 10)
	}
	if a.used == nil {
		a.used = make(map[string]bool)
	}
	a.used[strings.ToLower(base+ext)] = true
	a.list = append(a.list, attachment{seq, dirAttachments + base + ext, hash})
}

// attachmentExt returns the extension that an attachment of this name bears.
func attachmentExt(name string) string {
	_, ext, ok := cutExt(strings.ToLower(name))
	if !ok || !plainExt(ext) {
		return "bin"
	}
	return ext
}
