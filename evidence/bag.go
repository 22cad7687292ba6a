package evidence

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
	"caseledger/evidence/tlog"
)

// The files of a bundle. docs/FORMAT.md, "The bag".
const (
	fileBagit       = "bagit.txt"
	fileBagInfo     = "bag-info.txt"
	fileManifest    = "manifest-sha256.txt"
	fileTagManifest = "tagmanifest-sha256.txt"

	fileReadme   = "data/README.txt"
	fileHTML     = "data/contact-sheets.html"
	fileJSON     = "data/contact-sheets.json"
	fileSchedule = "data/schedule.csv"
	fileHands    = "data/continuity.csv"
	filePDF      = "data/contact-sheets.pdf"
	fileRequest  = "data/request.json"
	fileDecision = "data/decision.json"

	fileLinks      = "proof/links.txt"
	fileCheckpoint = "proof/checkpoint.txt"
	filePolicy     = "proof/policy.txt"

	dirAttachments = "data/attachments/"
	dirDetails     = "proof/details/"
	dirParts       = "proof/parts/"
	dirProofs      = "proof/events/"

	bagitText = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
)

// class says what version 1 of the bundle knows a file as.
type class uint8

const (
	unknownFile  class = iota
	bagFile            // of BagIt itself
	derivedFile        // computed again from opened parts
	recordedFile       // its bytes are recorded, its content is not derived
	documentFile       // the data of one event, or an attachment
	proofFile          // one for the whole case
	detailFile         // one for every disclosed event, as the two that follow
	partsFile
	inclusionFile
	stampFile // a time-stamp
)

// classify returns the class of a file and, for one that belongs to an event,
// the event's place.
func classify(name string) (class, uint64) {
	switch name {
	case fileBagit, fileBagInfo, fileManifest, fileTagManifest:
		return bagFile, 0
	case fileReadme, fileHTML, fileJSON, fileSchedule, fileHands:
		return derivedFile, 0
	case filePDF, "data/labels.pdf", "data/receipt.pdf":
		return recordedFile, 0
	case fileRequest, fileDecision:
		return documentFile, 0
	case fileLinks, fileCheckpoint, filePolicy:
		return proofFile, 0
	}
	for _, f := range []struct {
		dir, ext string
		class    class
	}{
		{dirDetails, ".txt", detailFile}, {dirParts, ".json", partsFile}, {dirProofs, ".tlog-proof", inclusionFile},
	} {
		if number, ok := between(name, f.dir, f.ext); ok {
			seq, err := strconv.ParseUint(number, 10, 53)
			if err != nil || seq == 0 || number != strconv.FormatUint(seq, 10) {
				return unknownFile, 0
			}
			return f.class, seq
		}
	}
	if s, ok := between(name, "data/statements/", ".pdf"); ok && plainName(s) {
		return recordedFile, 0
	}
	if s, ok := between(name, "proof/timestamps/", ".tsr"); ok && plainName(s) {
		return stampFile, 0
	}
	if s, ok := strings.CutPrefix(name, dirAttachments); ok {
		base, ext, dot := cutExt(s)
		if dot && plainReference(base) && plainExt(ext) {
			return documentFile, 0
		}
	}
	return unknownFile, 0
}

func between(name, dir, ext string) (string, bool) {
	if len(name) <= len(dir)+len(ext) || !strings.HasPrefix(name, dir) || !strings.HasSuffix(name, ext) {
		return "", false
	}
	return name[len(dir) : len(name)-len(ext)], true
}

// plainName reports [a-z0-9-]{1,64}.
func plainName(s string) bool {
	return len(s) >= 1 && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// plainReference reports [A-Za-z0-9-]{1,64}. It does not lower what it looks at:
// other scripts have letters whose small form is one of these.
func plainReference(s string) bool {
	return len(s) >= 1 && len(s) <= 64 && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// plainExt reports [a-z0-9]{1,8}.
func plainExt(s string) bool {
	return len(s) >= 1 && len(s) <= 8 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789") == ""
}

func cutExt(name string) (base, ext string, ok bool) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return name, "", false
	}
	return name[:i], name[i+1:], true
}

// limits tells the ZIP reader which files it keeps and how long they may be.
func limits(name string) (held bool, limit int64) {
	switch c, _ := classify(name); c {
	case bagFile:
		return true, 16 << 20
	case derivedFile:
		return true, 512 << 20
	case documentFile:
		if name == fileRequest || name == fileDecision {
			return true, events.MaxBody + 1
		}
	case proofFile:
		return true, 64 << 20
	case detailFile:
		return true, 1 << 10
	case partsFile:
		return true, MaxPartsFile
	case inclusionFile:
		return true, tlog.MaxProof
	case stampFile:
		return false, 1 << 20
	}
	return false, MaxBundle
}

// derivedAgain reports whether a file is made again from opened parts and
// compared by its hash, so that nobody needs its content. It still counts as
// held: whoever makes it again has it in memory.
func derivedAgain(name string) bool {
	c, _ := classify(name)
	return c == derivedFile && name != fileJSON // of that one the form is looked at
}

// Bundle is a bundle as it was read: its ZIP and its bag are whole. What the
// bag says has not been checked; that is Verify.
type Bundle struct {
	Top    string      // the one directory at the top of the ZIP
	Size   int64       // of the ZIP, in bytes
	SHA256 events.Hash // of the ZIP

	zip  *zipContent
	info bagInfo
}

// bagInfo is what bag-info.txt says.
type bagInfo struct {
	date   string // Bagging-Date
	origin string
	chain  events.Chain
	seq    uint64
}

// Read reads a bundle: a ZIP of the narrow profile holding a BagIt bag whose
// manifests list exactly its files. It holds every limit of docs/FORMAT.md.
// The error is a *FileError, wrapping ErrBundle, events.ErrVersion or
// events.ErrTooLarge, or comes from r.
func Read(r io.ReaderAt, size int64) (*Bundle, error) {
	b, err := readBundle(io.NewSectionReader(r, 0, size), size)
	if err != nil {
		return nil, err
	}
	if err := b.checkBag(); err != nil {
		return nil, err
	}
	return b, nil
}

func readBundle(r io.Reader, size int64) (*Bundle, error) {
	c, err := readZIP(r, size, limits)
	if err != nil {
		return nil, err
	}
	return &Bundle{Top: c.top, Size: size, SHA256: c.hash, zip: c}, nil
}

// Names returns the names of the files, without the top directory, in byte
// order.
func (b *Bundle) Names() []string { return slices.Clone(b.zip.names) }

// File returns the content of a file, or nil when there is none or when it is
// of a kind that is not kept: PDFs, attachments, and what is made again but for
// contact-sheets.json. The caller must not change it.
func (b *Bundle) File(name string) []byte { return b.zip.files[name].data }

// release gives up the content of a file that was looked at for the last time.
func (b *Bundle) release(name string) {
	f := b.zip.files[name]
	f.data = nil
	b.zip.files[name] = f
}

// Hash returns the SHA-256 of a file and whether there is one.
func (b *Bundle) Hash(name string) (events.Hash, bool) {
	f, ok := b.zip.files[name]
	return f.hash, ok
}

// seqs returns the places of the events that have a file of this class,
// ascending.
func (b *Bundle) seqs(want class) []uint64 {
	var seqs []uint64
	for _, name := range b.zip.names {
		if c, seq := classify(name); c == want {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	return seqs
}

// checkBag checks everything that BagIt and the layout ask for.
func (b *Bundle) checkBag() error {
	for _, name := range b.zip.names {
		if c, _ := classify(name); c == unknownFile {
			return &FileError{File: name, Rule: "is no file that version 1 of the bundle has"}
		}
	}
	for _, name := range []string{fileBagit, fileBagInfo, fileManifest, fileTagManifest, fileReadme, fileHTML, fileJSON,
		fileSchedule, fileHands, fileLinks, fileCheckpoint, filePolicy} {
		if _, ok := b.zip.files[name]; !ok {
			return &FileError{File: name, Rule: "is missing"}
		}
	}
	if got := string(b.File(fileBagit)); got != bagitText {
		line, _, _ := strings.Cut(got, "\n")
		if version, ok := strings.CutPrefix(line, "BagIt-Version: "); ok && version != "1.0" && decimalVersion(version) {
			return &FileError{File: fileBagit, Rule: "names a version of BagIt other than 1.0", Kind: events.ErrVersion}
		}
		return &FileError{File: fileBagit, Rule: "is not the two lines of BagIt 1.0"}
	}
	payload, tags := b.manifests()
	if err := checkManifest(fileManifest, b.File(fileManifest), payload); err != nil {
		return err
	}
	if err := checkManifest(fileTagManifest, b.File(fileTagManifest), tags); err != nil {
		return err
	}
	return b.readInfo()
}

func decimalVersion(s string) bool {
	major, minor, ok := strings.Cut(s, ".")
	return ok && validIndex(major) && validIndex(minor)
}

// manifests returns the two manifests that these files have.
func (b *Bundle) manifests() (payload, tags []byte) {
	for _, name := range b.zip.names {
		f := b.zip.files[name]
		switch {
		case strings.HasPrefix(name, "data/"):
			payload = appendManifestLine(payload, f.hash, name)
		case name != fileTagManifest:
			tags = appendManifestLine(tags, f.hash, name)
		}
	}
	return payload, tags
}

func appendManifestLine(b []byte, hash events.Hash, name string) []byte {
	b = hex.AppendEncode(b, hash[:])
	b = append(b, "  "...)
	b = append(b, name...)
	return append(b, '\n')
}

func checkManifest(name string, got, want []byte) error {
	if string(got) == string(want) {
		return nil
	}
	lines := make(map[string]bool)
	for l := range strings.Lines(string(got)) {
		lines[l] = true
	}
	for l := range strings.Lines(string(want)) {
		if !lines[l] {
			return &FileError{File: strings.TrimSuffix(l[66:], "\n"), Rule: "is not listed with this hash in " + name}
		}
	}
	return &FileError{File: name, Rule: "is not one line for every file it has to list, in byte order"}
}

// appendBagInfo writes bag-info.txt.
func appendBagInfo(b []byte, i bagInfo, octets int64, files int) []byte {
	return fmt.Appendf(b, "Bagging-Date: %s\nExternal-Identifier: %s/%s/%d\nPayload-Oxum: %d.%d\n",
		i.date, i.origin, i.chain, i.seq, octets, files)
}

// readInfo reads bag-info.txt: what appendBagInfo writes and nothing else.
func (b *Bundle) readInfo() error {
	got := string(b.File(fileBagInfo))
	fail := &FileError{File: fileBagInfo, Rule: "is not its three lines, or they do not fit the bag"}
	var octets int64
	files := 0
	for _, name := range b.zip.names {
		if strings.HasPrefix(name, "data/") {
			octets += b.zip.files[name].size
			files++
		}
	}
	lines := strings.SplitN(got, "\n", 3)
	if len(lines) < 3 {
		return fail
	}
	date, ok1 := strings.CutPrefix(lines[0], "Bagging-Date: ")
	id, ok2 := strings.CutPrefix(lines[1], "External-Identifier: ")
	before, number, ok3 := cutLast(id)
	origin, chain, ok4 := cutLast(before)
	seq, err1 := strconv.ParseUint(number, 10, 53)
	c, err2 := events.ParseChain(chain)
	if !ok1 || !ok2 || !ok3 || !ok4 || err1 != nil || err2 != nil || seq == 0 || !validDate(date) || !events.ValidOrigin(origin) {
		return fail
	}
	b.info = bagInfo{date: date, origin: origin, chain: c, seq: seq}
	if got != string(appendBagInfo(nil, b.info, octets, files)) {
		return fail
	}
	return nil
}

// manifestOf returns the BagIt manifest of some of the files.
func manifestOf(files []zipFile, of func(name string) bool) []byte {
	var list []*zipFile
	for i := range files {
		if of(files[i].Name) {
			list = append(list, &files[i])
		}
	}
	slices.SortFunc(list, func(a, b *zipFile) int { return strings.Compare(a.Name, b.Name) })
	var b []byte
	for _, f := range list {
		b = appendManifestLine(b, f.hash(), f.Name)
	}
	return b
}

// sealBag adds the files of BagIt to the files of a bundle; the last of them
// is the tag manifest. data/ and proof/ must be complete.
func sealBag(files []zipFile, info bagInfo, manifest []byte) []zipFile {
	var octets int64
	n := 0
	for i := range files {
		if inData(files[i].Name) {
			octets += files[i].size()
			n++
		}
	}
	files = append(files,
		zipFile{Name: fileBagit, Data: []byte(bagitText)},
		zipFile{Name: fileBagInfo, Data: appendBagInfo(nil, info, octets, n)},
		zipFile{Name: fileManifest, Data: manifest})
	return append(files, zipFile{Name: fileTagManifest, Data: manifestOf(files, func(name string) bool { return !inData(name) })})
}

// inData reports whether a file is of the bag's payload.
func inData(name string) bool { return strings.HasPrefix(name, "data/") }
