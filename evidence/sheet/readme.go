package sheet

import (
	"strconv"
	"strings"
)

// Readme returns data/README.txt.
func (s *Sheet) Readme() []byte {
	f := &s.facts
	var b strings.Builder
	line := func(parts ...string) {
		for _, p := range parts {
			b.WriteString(p)
		}
		b.WriteByte('\n')
	}
	if s.in.Draft {
		line("DRAFT. Nothing is recorded, approved or handed over. Not for use as evidence.")
		line()
	}
	line("CONTACT SHEETS")
	line()
	line("Exhibit     ", plain(f.exhibit))
	line("Case        ", CaseNumber(s.in.Chain))
	line("Asked by    ", plain(f.officer), ", ", plain(f.force))
	line("Reference   ", plain(f.reference))
	line("Period      ", plain(f.from), " to ", plain(f.to))
	line("Copy        ", strconv.Itoa(f.copy), ", for ", plain(f.holder()))
	line("Prepared    ", plain(f.prepared.when("")))
	line("Check code  ", CheckCode(s.in.Previous))
	line("Ledger      ", s.in.Origin)
	line("Holds       ", s.summary())
	b.WriteString(`
SOMEBODY COULD BE SERIOUSLY HURT if this reaches the suspect. Ask the service
before you copy it, serve it or pass it on.

These are notes that staff made in the course of their work. The checks show
whether they were changed after they were recorded. They do not show that what
was said is true, nor that everything was written down.

What is here, though not every bundle has all of it
  data/contact-sheets.html  to read and to print, in any browser
  data/contact-sheets.pdf   the same as a PDF
  data/contact-sheets.json  the same, for programs; texts are exact to the byte
  data/schedule.csv         every entry of the case: full, part or withheld
  data/continuity.csv       every hand that the exhibits passed through
  data/request.json         what was asked for
  data/decision.json        what was decided, and why
  data/attachments/         files that belong to entries, as they were received
  data/statements/          drafts of statements, one for each maker
  data/labels.pdf           exhibit labels
  data/receipt.pdf          a receipt to sign and give back
  data/README.txt           this page
  proof/                    what the verifier needs
  the other files           say what the bag holds (BagIt, RFC 8493)

Codes for what is closed
`)
	for i := range len(codeOrder) {
		line("  ", codeOrder[i:i+1], "  ", strings.ReplaceAll(codeMeaning[codeOrder[i]], "’", "'"))
	}
	b.WriteString(`
Has this been changed?
  1. Compare the SHA-256 code of the ZIP file with the one that the service
     gave you another way. Windows: certutil -hashfile bundle.zip SHA256
     Mac, Linux: shasum -a 256 bundle.zip
  2. Ring the service on a number that you had before this file came.
  3. Open caseledger-verify.html in a browser, or run
     caseledger-verify --policy policy.txt bundle.zip
     with the verifier and the policy that the service gave you another way.
     MATCHES          it is as it was recorded
     DOES NOT MATCH   do not rely on it; keep it, and ask for it again
     COULD NOT CHECK  no sign of a change, and no sign that there is none

Closed words are not in this bundle in any form. The files in proof/parts/
show, for each entry, how many parts of it are closed. They do not show what
stands in them, and an answer cannot be guessed and tried.
`)
	return []byte(b.String())
}

// plain shows a line of text in a plain file.
func plain(s string) string {
	var b strings.Builder
	for _, r := range s {
		if hidden.has(r) || r == '\n' || r == '\t' {
			b.WriteString("[U+" + strings.ToUpper(leftPad(strconv.FormatInt(int64(r), 16))) + "]")
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func leftPad(hex string) string {
	if len(hex) < 4 {
		return "0000"[len(hex):] + hex
	}
	return hex
}
