package sheet

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Document returns the contact sheets as a tree of blocks.
func (s *Sheet) Document() *Document {
	d := s.document("sheets", "Contact sheets, exhibit "+plain(s.facts.exhibit))
	d.Blocks = []Block{s.front()}
	for _, b := range s.parts() {
		for _, e := range b.items {
			b.Blocks = append(b.Blocks, s.item(e))
		}
		d.Blocks = append(d.Blocks, b.Block)
	}
	return d
}

// part is a section and the items that stand in it behind its blocks.
type part struct {
	Block
	items []*entry
}

// parts are the sections behind the front page.
func (s *Sheet) parts() []part {
	contacts := part{Block: Block{Kind: "section", ID: "contacts", Label: words("Contacts")}}
	path := part{Block: Block{Kind: "section", ID: "path", Label: words("The request and the decision"), Blocks: []Block{
		para("What was asked for, and what was decided before anything left the service. The files data/request.json and data/decision.json hold both word for word, and what was closed."),
	}}}
	for _, e := range s.entries {
		if s.steps(e) {
			path.items = append(path.items, e)
		} else {
			contacts.items = append(contacts.items, e)
		}
	}
	if len(contacts.items) == 0 {
		contacts.Blocks = []Block{para("No entry of the case falls into the period asked for.")}
	}
	parts := []part{contacts}
	if len(path.items) > 0 {
		parts = append(parts, path)
	}
	return append(parts, part{Block: s.scheduleSection()}, part{Block: s.continuitySection()}, part{Block: s.changed()})
}

// document returns a document without blocks.
func (s *Sheet) document(kind, title string) *Document {
	f := &s.facts
	return &Document{
		Kind: kind, Title: title, Service: s.in.Origin, Exhibit: f.exhibit, Case: CaseNumber(s.in.Chain),
		Check: CheckCode(s.in.Previous), Holder: f.holder(), Copy: f.copy, Prepared: f.prepared.instant(), Draft: s.in.Draft,
	}
}

// words is a line of words of our own.
func words(s string) []Run { return []Run{{Text: s}} }

func heading(level int, s string) Block { return Block{Kind: "heading", Level: level, Runs: words(s)} }

func para(s string) Block { return Block{Kind: "para", Runs: words(s)} }

// runs makes a line.
func runs(write func(l *line)) []Run {
	var l line
	write(&l)
	return l.runs
}

// aside makes a line about a statement.
func aside(write func(l *line)) Block { return Block{Kind: "aside", Runs: runs(write)} }

// rows collects the rows of facts.
type rows struct{ rows []Row }

func (r *rows) row(label string, write func(l *line)) {
	r.rows = append(r.rows, Row{Cells: [][]Run{words(label), runs(write)}})
}

// tableOf makes a table with a header.
func tableOf(style, label string, columns ...string) Block {
	head := Row{Header: true}
	for _, c := range columns {
		head.Cells = append(head.Cells, words(c))
	}
	return Block{Kind: "table", Style: style, Label: words(label), Rows: []Row{head}}
}

// front is the first page.
func (s *Sheet) front() Block {
	f := &s.facts
	var facts rows
	value := func(label, value string) { facts.row(label, func(l *line) { l.value(value) }) }
	facts.row("Requested by", func(l *line) {
		l.value(f.officer)
		l.put(", ")
		l.value(f.force)
	})
	value("Their reference", f.reference)
	if e := s.numbers[f.request]; e != nil && s.steps(e) {
		facts.row("Request", func(l *line) {
			l.word(e.view("/data/kind"), requestWords)
			if received := e.view("/data/received"); received.given() {
				l.put(", received ")
				l.when(received)
			}
			l.put(" (item ")
			e.link(l)
			l.put(")")
		})
	}
	value("Period asked for", day(f.from)+" to "+day(f.to))
	facts.row("Client", s.client)
	facts.row("Copy", func(l *line) {
		l.put("number " + strconv.Itoa(f.copy) + ", for ")
		l.value(f.holder())
	})
	facts.row("Prepared", func(l *line) {
		l.value(f.prepared.when(""))
		l.put(" by ")
		l.value(f.actor)
		l.put(", in the form ")
		l.code(Format)
	})
	facts.row("What it holds", func(l *line) { l.put(s.summary()) })
	facts.row("Written by", s.recorders)
	facts.row("Check code", func(l *line) { l.code(CheckCode(s.in.Previous)) })
	legend := Block{Kind: "legend"}
	for _, k := range kindMeaning {
		legend.Blocks = append(legend.Blocks, Block{Kind: "statement", Style: k[0], Label: words(kindLabel[k[0]]), Runs: words(k[1])})
	}
	about := heading(2, "This copy")
	about.ID = "about"
	return Block{Kind: "section", Style: "front", Blocks: []Block{
		{Kind: "note", Style: "warning", ID: "danger", Blocks: []Block{
			heading(2, "Somebody could be seriously hurt"),
			para("Do not let this reach the suspect, or anybody who might pass it on, before you have spoken to the service. Ask first before you copy it, serve it, read from it in an interview or leave it where it can be seen. Boxes stand for words that were closed for safety or by law; do not guess at them aloud."),
		}},
		{Kind: "note", Style: "limits", ID: "limits", Blocks: []Block{
			heading(2, "What these sheets are"),
			para("They are notes that staff made in the course of their work. The checks in this bundle show whether an entry was changed after it was recorded, and whether one was taken out. They do not show that what was said is true, nor that everything was said, asked or written down."),
		}},
		about,
		{Kind: "facts", Label: words("What was asked for, and by whom"), Rows: facts.rows},
		heading(2, "How to read the statements"),
		para("Every statement says what kind it is, in words and by the line beside it."),
		legend,
		{Kind: "para", Runs: runs(func(l *line) {
			l.put("A box such as ")
			l.box("A")
			l.put(" stands for words that were closed; its letter is the reason, listed with the schedule. Every box has one width, whatever it hides. Something like ")
			l.runs = append(l.runs, Run{Text: "[U+202E]", Style: "cp"})
			l.put(" stands for a character that cannot be seen. Times are those of clocks in the United Kingdom: GMT, or BST in summer.")
		})},
		{Kind: "para", Style: "nav", Runs: runs(func(l *line) {
			l.put("In this document: ")
			for i, b := range s.parts() {
				if i > 0 {
					l.put(", ")
				}
				first := b.Label[0].Text
				l.link(strings.ToLower(first[:1])+first[1:], b.ID)
			}
			l.put(".")
		})},
	}}
}

// client adds the client's name, when what is disclosed holds it.
func (s *Sheet) client(l *line) {
	var name view
	for _, e := range s.entries {
		if e.typ == "client.recorded" {
			name = e.view("/data/name")
		}
	}
	if name.open == "" {
		l.put("not named on this page; the case number stands for the client")
		return
	}
	l.value(name.open)
}

// holder is who a copy is for.
func (f *facts) holder() string {
	if f.recipient != "" {
		return f.recipient
	}
	return f.officer + ", " + f.force
}

// day words a date of the request.
func day(s string) string {
	if m, ok := parseMoment(s); ok {
		return m.date()
	}
	return s
}

// instant is the moment at its offset; without a time of day, midnight UTC.
func (m moment) instant() time.Time {
	y, mo, d := m.local.Date()
	return time.Date(y, mo, d, m.local.Hour(), m.local.Minute(), m.local.Second(), 0, time.FixedZone(m.zone, m.offset))
}

// counted are the types that the summary names, in its order.
var counted = [...][3]string{
	{"contact.recorded", "contact", "contacts"},
	{"helpline.contact", "helpline call", "helpline calls"},
	{"contact.attempted", "attempt to make contact", "attempts to make contact"},
	{"contact.corrected", "correction", "corrections"},
	{"contact.disputed", "dispute", "disputes"},
	{"attachment.added", "file", "files"},
	{"", "other entry", "other entries"},
}

// summary counts what is in the bundle and what is not. The request and the
// decision are not counted.
func (s *Sheet) summary() string {
	number := make(map[string]int)
	full, part, withheld, outside := 0, 0, 0, 0
	for _, r := range s.schedule {
		switch {
		case r.entry != nil && s.steps(r.entry):
			continue
		case r.status == Full:
			full++
		case r.status == Part:
			part++
		case r.codes == "S":
			outside++
			continue
		default:
			withheld++
			continue
		}
		typ := r.entry.typ
		if !slices.ContainsFunc(counted[:], func(c [3]string) bool { return c[0] == typ }) {
			typ = ""
		}
		number[typ]++
	}
	var kinds []string
	for _, c := range counted {
		if n := number[c[0]]; n > 0 {
			kinds = append(kinds, several(n, c[1], c[2]))
		}
	}
	if withheld > 0 {
		kinds = append(kinds, several(withheld, "entry withheld as a whole", "entries withheld as a whole"))
	}
	if len(kinds) == 0 {
		kinds = []string{"no entry"}
	}
	out := strings.Join(kinds, ", ") + ": " + strconv.Itoa(full) + " in full, " + strconv.Itoa(part) + " in part, " +
		strconv.Itoa(withheld) + " withheld. "
	if outside == 0 {
		return out + "No entry of the case is outside the request."
	}
	return out + several(outside, "more entry of the case is", "more entries of the case are") + " outside the request; the schedule lists each."
}

func several(n int, one, all string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + all
}

// recorders lists who wrote the entries, in the order in which they appear.
func (s *Sheet) recorders(l *line) {
	seen := make(map[string]bool)
	closed := false
	for _, e := range s.entries {
		if s.steps(e) {
			continue
		}
		v := e.view("/actor")
		if v.open == "" {
			closed = closed || v.codes != ""
			continue
		}
		if seen[v.open] {
			continue
		}
		if len(seen) > 0 {
			l.put(", ")
		}
		seen[v.open] = true
		l.value(v.open)
	}
	switch {
	case closed && len(seen) > 0:
		l.put(", and others whose staff number is closed")
	case closed:
		l.put("staff whose number is closed")
	case len(seen) == 0:
		l.put("–")
	}
}

// scheduleSection is the schedule page. Entries that are withheld for the
// same reason stand together; schedule.csv has a line for each.
func (s *Sheet) scheduleSection() Block {
	table := tableOf("schedule", "Entries of the case and how much of each is disclosed",
		"Entry", "Item", "Kind", "Happened", "Recorded", "By", "Disclosed", "Codes")
	all := s.schedule
	for i := 0; i < len(all); {
		r := all[i]
		n := 1
		for r.entry == nil && i+n < len(all) && all[i+n].entry == nil && all[i+n].codes == r.codes {
			n++
		}
		seq := strconv.FormatUint(r.seq, 10)
		if n > 1 {
			seq += " to " + strconv.FormatUint(all[i+n-1].seq, 10)
		}
		cells := [][]Run{words(seq), nil, nil, nil, nil, nil, words(r.status.String()), nil}
		if r.codes != "" {
			cells[7] = words(strings.Join(strings.Split(r.codes, ""), " "))
		}
		if e := r.entry; e != nil {
			cells[1] = runs(e.link)
			cells[2] = runs(func(l *line) {
				if word, ok := typeWords[e.typ]; ok {
					l.put(word)
				} else {
					l.one(e.view("/type"))
				}
			})
			cells[3] = runs(func(l *line) {
				if from := e.view("/occurred/from"); from.moment() != nil {
					l.put(from.moment().short())
				} else {
					l.one(from)
				}
			})
			cells[4] = words(recorded(e.At).minute().short())
			cells[5] = runs(func(l *line) { l.one(e.view("/actor")) })
		}
		table.Rows = append(table.Rows, Row{Cells: cells})
		i += n
	}
	codes := tableOf("codes", "Codes for closing words", "Code", "Closed because of")
	for i := range len(codeOrder) {
		codes.Rows = append(codes.Rows, Row{Cells: [][]Run{words(codeOrder[i : i+1]), words(codeMeaning[codeOrder[i]])}})
	}
	return Block{Kind: "section", ID: "schedule", Label: words("Schedule"), Blocks: []Block{
		para("Every entry of the case before this export, in the order in which they were recorded. Nothing is left out: an entry that is not here in full is listed with its reason. The numbers without a gap are part of what the check proves."),
		table,
		heading(3, "What the codes mean"),
		codes,
	}}
}

// link adds a link to the item, by its number.
func (e *entry) link(l *line) { l.link(strconv.Itoa(e.item), e.id()) }

// id is the ID of the item's block.
func (e *entry) id() string { return "item-" + strconv.Itoa(e.item) }

// changed is the page for a reader without technical knowledge.
func (s *Sheet) changed() Block {
	step := func(first string, rest func(l *line)) Block {
		return Block{Kind: "para", Runs: runs(func(l *line) {
			l.strong(first)
			l.put(" ")
			rest(l)
		})}
	}
	verdicts := tableOf("verdicts", "What the verifier says, and what to do", "It says", "It means", "What to do")
	for _, v := range [][3]string{
		{"MATCHES", "What you have is what the service recorded, and nothing was taken out of the case between the first entry and this export.",
			"Keep the file as it is, with the verifier’s answer. Work from copies."},
		{"DOES NOT MATCH", "Something is not as the service recorded it. That can be damage on the way, or a change.",
			"Do not rely on it. Keep the file, write down how it reached you, and ask the service for it again."},
		{"COULD NOT CHECK", "The verifier could not find out. Often the policy is missing, or the file is of a newer form. It is no sign of a change, and no sign that there is none.",
			"Get the policy from the service, or a newer verifier, and try again."},
	} {
		verdicts.Rows = append(verdicts.Rows, Row{Cells: [][]Run{words(v[0]), words(v[1]), words(v[2])}})
	}
	return Block{Kind: "section", ID: "changed", Label: words("Has this been changed?"), Blocks: []Block{
		para("You can find out yourself, in three steps. You need the ZIP file as you were given it. Paper, a screenshot or a file that was unpacked and sent on cannot be checked."),
		{Kind: "steps", Blocks: []Block{
			step("Compare the file’s code.", func(l *line) {
				l.put("The service gave you a code of 64 letters and digits for the file, another way than the file itself: by telephone, on paper. On Windows, open Command Prompt in the folder with the file and type ")
				l.code("certutil -hashfile bundle.zip SHA256")
				l.put(" with the file’s own name. On a Mac or on Linux, type ")
				l.code("shasum -a 256 bundle.zip")
				l.put(". The two codes must be the same in every place.")
			}),
			step("Ask the service.", func(l *line) {
				l.put("Ring them on a number that you had before this file came, never on one that came with it. Read out the exhibit reference and the check code at the foot of each page: ")
				l.code(CheckCode(s.in.Previous))
				l.put(".")
			}),
			step("Run the verifier.", func(l *line) {
				l.put("The service can give you the verifier, another way than this file, as a page for your browser: open ")
				l.code("caseledger-verify.html")
				l.put(" and choose the ZIP file and the policy. Or run the program: ")
				l.code("caseledger-verify --policy policy.txt bundle.zip")
				l.put(". The policy must come from the service another way than the bundle does. The verifier takes the file apart, computes every entry and these pages again, and compares.")
			}),
		}},
		verdicts,
		para("A match shows that entries are as they were recorded, and that none was left out without being listed in the schedule. It does not show that what was said is true, that a note is complete, or that everything that happened was written down. If the policy names no witnesses, the match rests on the service alone: somebody inside it with full control of its systems could have written the whole record anew."),
	}}
}
