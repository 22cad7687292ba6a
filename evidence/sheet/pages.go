package sheet

import (
	"strconv"
	"strings"
)

// scheduleSection writes the schedule page. Entries that are withheld for the
// same reason stand together; schedule.csv has a line for each.
func (p *page) scheduleSection() {
	p.raw(`<section id="schedule" class="sheet" aria-labelledby="schedule-title">
<h2 id="schedule-title" class="part">Schedule</h2>
<p>Every entry of the case before this export, in the order in which they were recorded. Nothing is left out: an entry that is not here in full is listed with its reason. The numbers without a gap are part of what the check proves.</p>
<table class="schedule">
<caption class="hide">Entries of the case and how much of each is disclosed</caption>
<thead><tr><th scope="col">Entry</th><th scope="col">Item</th><th scope="col">Kind</th><th scope="col">Happened</th><th scope="col">Recorded</th><th scope="col">By</th><th scope="col">Disclosed</th><th scope="col">Codes</th></tr></thead>
<tbody>
`)
	rows := p.s.schedule
	for i := 0; i < len(rows); {
		r := rows[i]
		n := 1
		for r.entry == nil && i+n < len(rows) && rows[i+n].entry == nil && rows[i+n].codes == r.codes {
			n++
		}
		p.raw(`<tr><th scope="row">` + strconv.FormatUint(r.seq, 10))
		if n > 1 {
			p.raw(" to " + strconv.FormatUint(rows[i+n-1].seq, 10))
		}
		p.raw("</th><td>")
		if e := r.entry; e != nil {
			item := strconv.Itoa(e.item)
			p.raw(`<a href="#item-` + item + `">` + item + "</a></td><td>")
			if word, ok := typeWords[e.typ]; ok {
				p.raw(word)
			} else {
				p.one(e.view("/type"))
			}
			p.raw("</td><td>")
			if from := e.view("/occurred/from"); from.moment() != nil {
				p.raw(from.moment().short())
			} else {
				p.one(from)
			}
			p.raw("</td><td>" + recorded(e.At).minute().short() + "</td><td>")
			p.one(e.view("/actor"))
			p.raw("</td><td>" + r.status.String())
		} else {
			p.raw("</td><td></td><td></td><td></td><td></td><td>" + r.status.String())
		}
		p.raw("</td><td>")
		p.raw(strings.Join(strings.Split(r.codes, ""), " ") + "</td></tr>\n")
		i += n
	}
	p.raw(`</tbody>
</table>
<h3>What the codes mean</h3>
<table class="codes">
<caption class="hide">Codes for closing words</caption>
<thead><tr><th scope="col">Code</th><th scope="col">Closed because of</th></tr></thead>
<tbody>
`)
	for i := range len(codeOrder) {
		p.raw(`<tr><th scope="row">` + codeOrder[i:i+1] + "</th><td>" + codeMeaning[codeOrder[i]] + "</td></tr>\n")
	}
	p.raw("</tbody>\n</table>\n</section>\n")
}

// changed writes the page for a reader without technical knowledge.
func (p *page) changed() {
	p.raw(`<section id="changed" class="sheet" aria-labelledby="changed-title">
<h2 id="changed-title" class="part">Has this been changed?</h2>
<p>You can find out yourself, in three steps. You need the ZIP file as you were given it. Paper, a screenshot or a file that was unpacked and sent on cannot be checked.</p>
<ol class="steps">
<li><strong>Compare the file’s code.</strong> The service gave you a code of 64 letters and digits for the file, another way than the file itself: by telephone, on paper. On Windows, open Command Prompt in the folder with the file and type <span class="code">certutil -hashfile bundle.zip SHA256</span> with the file’s own name. On a Mac or on Linux, type <span class="code">shasum -a 256 bundle.zip</span>. The two codes must be the same in every place.</li>
<li><strong>Ask the service.</strong> Ring them on a number that you had before this file came, never on one that came with it. Read out the exhibit reference and the check code at the foot of each page: <span class="code">` + CheckCode(p.s.in.Previous) + `</span>.</li>
<li><strong>Run the verifier.</strong> Somebody with technical knowledge can run <span class="code">caseledger-verify --policy policy.txt bundle.zip</span>. The policy must come from the service another way than the bundle does. The verifier takes the file apart, computes every entry and these pages again, and compares.</li>
</ol>
<table class="verdicts">
<caption class="hide">What the verifier says, and what to do</caption>
<thead><tr><th scope="col">It says</th><th scope="col">It means</th><th scope="col">What to do</th></tr></thead>
<tbody>
<tr><th scope="row">MATCHES</th><td>What you have is what the service recorded, and nothing was taken out of the case between the first entry and this export.</td><td>Keep the file as it is, with the verifier’s answer. Work from copies.</td></tr>
<tr><th scope="row">DOES NOT MATCH</th><td>Something is not as the service recorded it. That can be damage on the way, or a change.</td><td>Do not rely on it. Keep the file, write down how it reached you, and ask the service for it again.</td></tr>
<tr><th scope="row">COULD NOT CHECK</th><td>The verifier could not find out. Often the policy is missing, or the file is of a newer form. It is no sign of a change, and no sign that there is none.</td><td>Get the policy from the service, or a newer verifier, and try again.</td></tr>
</tbody>
</table>
<p>A match shows that entries are as they were recorded, and that none was left out without being listed in the schedule. It does not show that what was said is true, that a note is complete, or that everything that happened was written down. If the policy names no witnesses, the match rests on the service alone: somebody inside it with full control of its systems could have written the whole record anew.</p>
</section>
`)
}

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
	line("CONTACT SHEETS")
	line()
	line("Exhibit     ", plain(f.exhibit))
	line("Case        ", CaseNumber(s.in.Chain))
	line("Asked by    ", plain(f.officer), ", ", plain(f.force))
	line("Reference   ", plain(f.reference))
	line("Period      ", plain(f.from), " to ", plain(f.to))
	line("Copy        ", f.copy, ", for ", plain(f.holder()))
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

What is here
  data/contact-sheets.html  to read and to print, in any browser
  data/contact-sheets.json  the same, for programs; texts are exact to the byte
  data/schedule.csv         every entry of the case: full, part or withheld
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
  3. Run: caseledger-verify --policy policy.txt bundle.zip
     with the policy that the service gave you another way.
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
