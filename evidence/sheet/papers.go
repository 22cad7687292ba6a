package sheet

import (
	"slices"
	"strconv"
	"strings"
)

// Paper is a document that a bundle holds as a PDF.
type Paper struct {
	Name     string // of the file in the bag
	Document *Document
}

// Papers returns the documents of a bundle in the order in which they are to
// be read: the contact sheets, a draft of a statement for everybody who made
// an entry or the export, the labels, the receipt.
func (s *Sheet) Papers() []Paper {
	papers := []Paper{{"data/contact-sheets.pdf", s.Document()}}
	for i, m := range s.makers() {
		papers = append(papers, Paper{"data/statements/" + fileName(m.number, i) + ".pdf", s.statementOf(m)})
	}
	return append(papers, Paper{"data/labels.pdf", s.labels()}, Paper{"data/receipt.pdf", s.receipt()})
}

// fileName is the name of a statement's file: the staff number, or the place
// in the list for one that cannot be a name.
func fileName(number string, i int) string {
	if number == "" || len(number) > 32 || strings.Trim(number, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "maker-" + strconv.Itoa(i+1)
	}
	return number
}

// maker is somebody of the service who can speak to part of an exhibit.
type maker struct {
	number  string   // of staff
	entries []*entry // those that she or he recorded
	exports bool     // made the export
}

// makers are those of the items, in the order in which they appear, and who
// made the export. Whose number is closed is not among them.
func (s *Sheet) makers() []*maker {
	var list []*maker
	of := func(number string) *maker {
		i := slices.IndexFunc(list, func(m *maker) bool { return m.number == number })
		if i < 0 {
			i = len(list)
			list = append(list, &maker{number: number})
		}
		return list[i]
	}
	for _, e := range s.entries {
		if actor := e.view("/actor").open; actor != "" && !s.steps(e) {
			m := of(actor)
			m.entries = append(m.entries, e)
		}
	}
	of(s.facts.actor).exports = true
	return list
}

// exhibit is an exhibit of the export, with a label of its own.
type exhibit struct {
	reference view
	item      *entry // nil: the contact sheets
}

// exhibits are the contact sheets, and every file in the bundle that has a
// reference.
func (s *Sheet) exhibits() []exhibit {
	list := []exhibit{{reference: fact(s.facts.exhibit)}}
	for _, e := range s.entries {
		if e.typ == "attachment.added" && e.held().in && !e.first() && e.view("/data/exhibit").open != "" {
			list = append(list, exhibit{e.view("/data/exhibit"), e})
		}
	}
	return list
}

// blanks are rows to be filled in by hand.
func blanks(labels ...string) []Row {
	list := make([]Row, len(labels))
	for i, label := range labels {
		list[i] = Row{Cells: [][]Run{words(label), nil}}
	}
	return list
}

// declaration is that of a written statement in the form that officers use:
// Criminal Procedure Rules, rule 16.2; Criminal Justice Act 1967, section
// 9(2)(b). The number of pages is left to be written in.
const declaration = "This statement (consisting of …… pages each signed by me) is true to the best of my knowledge and belief and I make it knowing that, if it is tendered in evidence, I shall be liable to prosecution if I have wilfully stated in it anything which I know to be false, or do not believe to be true."

// statementOf is the draft of one maker's statement: what the ledger knows of
// how the entries came about, in the words of somebody who could say so. It
// holds nothing of what a client said.
func (s *Sheet) statementOf(m *maker) *Document {
	d := s.document("statement", "Witness statement, draft, "+plain(m.number))
	d.Blocks = []Block{
		para("Criminal Procedure Rules, rule 16.2; Criminal Justice Act 1967, section 9"),
		{Kind: "note", Style: "limits", ID: "limits", Blocks: []Block{
			heading(2, "This is a draft, for its maker"),
			para("A program wrote it from what the ledger knows. Nobody has said it and nobody has signed it. Read it against what you remember and against the exhibit. Correct what is not right, strike out what you cannot say of your own knowledge, add what is missing, and only then sign: every page, and below the declaration."),
		}},
		{Kind: "signature", Label: words("About the maker"), Rows: blanks("Statement of", "Age, if under 18 (else write “over 18”)", "Occupation")},
		{Kind: "para", Style: "declaration", Runs: words(declaration)},
		{Kind: "signature", Label: words("Signature of the declaration"), Rows: blanks("Signature", "Date")},
		{Kind: "steps", Blocks: s.says(m)},
	}
	if len(m.entries) > 0 {
		d.Blocks = append(d.Blocks, heading(2, "The entries that I recorded"), s.madeTable(m))
	}
	d.Blocks = append(d.Blocks, Block{Kind: "signature", Label: words("End of the statement"), Rows: blanks("Signature", "Date", "Signature witnessed by", "Name and number of the witness")})
	return d
}

// says are the paragraphs of a statement.
func (s *Sheet) says(m *maker) []Block {
	f := &s.facts
	var list []Block
	add := func(write func(l *line)) { list = append(list, Block{Kind: "para", Runs: runs(write)}) }
	add(func(l *line) {
		l.put("I work for the service whose records of its cases are the ledger ")
		l.value(s.in.Origin)
		l.put(". In them I go by the staff number ")
		l.value(m.number)
		l.put(". The service knows my name and how to reach me.")
	})
	if m.exports {
		add(func(l *line) {
			l.put("I produce the contact sheets of case " + CaseNumber(s.in.Chain) + " as exhibit ")
			l.value(f.exhibit)
			l.put(". I had them made from the ledger on ")
			l.value(f.prepared.when(""))
			l.put(", as copy " + strconv.Itoa(f.copy) + " for ")
			l.value(f.holder())
			l.put(", because ")
			l.value(f.officer)
			l.put(" of ")
			l.value(f.force)
			l.put(" had asked for them under the reference ")
			l.value(f.reference)
			l.put(". They have the check code ")
			l.code(CheckCode(s.in.Previous))
			l.put(".")
		})
		add(func(l *line) {
			l.put("The exhibit covers the time from " + day(f.from) + " to " + day(f.to) + ". Its schedule lists every entry of the case, also those that are not in it, with the reason. Words that were closed stand as boxes with a letter; The schedule says what the letters mean.")
		})
	}
	for _, e := range m.entries {
		if e.typ != "attachment.added" || !e.held().in {
			continue
		}
		add(func(l *line) {
			l.put("I recorded the file ")
			l.one(e.view("/data/name"))
			l.put(" (item " + strconv.Itoa(e.item) + "), which came from ")
			l.one(e.view("/data/from"))
			if by := e.view("/data/produced_by"); by.given() {
				l.put(" and was made by ")
				l.one(by)
			}
			if reference := e.view("/data/exhibit"); reference.open != "" && !e.first() {
				l.put(". I produce it as exhibit ")
				l.one(reference)
			}
			l.put(". Its SHA-256 is ")
			l.hash(e.view("/data/sha256"))
			l.put(".")
		})
	}
	if len(m.entries) == 0 {
		return list
	}
	add(func(l *line) {
		l.put("I recorded " + several(len(m.entries), "entry", "entries") + " of exhibit ")
		l.value(f.exhibit)
		l.put(", listed below, in the course of my work. The ledger set the time at which each was written by itself; I cannot set it. The line “Happened” is what I wrote down about when it happened.")
	})
	if refs := s.keptNotes(m); len(refs) > 0 {
		add(func(l *line) {
			l.put("Where an entry was made from notes or documents that were kept, the service keeps them under ")
			for i, ref := range refs {
				if i > 0 {
					l.put(", ")
				}
				l.value(ref)
			}
			l.put(".")
		})
	}
	if slices.ContainsFunc(m.entries, (*entry).spoken) {
		add(func(l *line) {
			l.put("In my entries, what stands under “" + kindLabel["client-words"] + "” I took down as it was said or written; under “" + kindLabel["client-summary"] + "” it is in my words; under “" + kindLabel["third-party"] + "” it reached me from somebody else, as the line above it says; “" + kindLabel["observed"] + "” is what I saw or heard myself; “" + kindLabel["opinion"] + "” is what I thought, and why.")
		})
	}
	s.hearsay(m, add)
	s.corrections(m, add)
	add(func(l *line) {
		l.put("I cannot say that what others told me is true, nor that the entries hold everything that was said.")
	})
	return list
}

// keptNotes are the references of what the maker's entries were made from, each once.
func (s *Sheet) keptNotes(m *maker) []string {
	var refs []string
	for _, e := range m.entries {
		if ref := e.view("/data/made/reference").open; ref != "" && e.scalar("/data/made/kept") == "true" && !slices.Contains(refs, ref) {
			refs = append(refs, ref)
		}
	}
	return refs
}

// hearsay says by which way the statements of others came to the maker, and
// whether every one who passed them on did so at work: Criminal Justice Act
// 2003, section 117(2)(c).
func (s *Sheet) hearsay(m *maker, add func(func(l *line))) {
	for _, e := range m.entries {
		n := e.find("/data/statements")
		if !e.spoken() || n == nil || n.kind != arrayNode {
			continue
		}
		for i, k := range n.kids {
			at := "/data/statements/" + strconv.Itoa(i)
			if k.kind == holeNode || e.view(at+"/kind").open != "third-party" {
				continue
			}
			add(func(l *line) {
				l.put("Statement " + strconv.Itoa(e.item) + "." + strconv.Itoa(i+1) + " came to me like this: ")
				e.chain(l, at)
				l.put(".")
			})
		}
	}
	var items []string
	for _, e := range m.entries {
		if v := e.view("/data/interpreter"); e.spoken() && v.node != nil && v.given() {
			items = append(items, strconv.Itoa(e.item))
		}
	}
	if len(items) > 0 {
		add(func(l *line) {
			l.put("In item " + strings.Join(items, ", ") + " an interpreter stood between the client and me. The English there is the interpreter’s.")
		})
	}
}

// corrections says what the maker put right later, what is disputed, and what
// was written late.
func (s *Sheet) corrections(m *maker, add func(func(l *line))) {
	for _, e := range m.entries {
		if to, ok := e.corrects(); ok && s.corrected(to) {
			add(func(l *line) {
				l.put("With item " + strconv.Itoa(e.item) + " I corrected statement " + strconv.Itoa(s.numbers[to.seq].item) + "." + strconv.FormatUint(to.statement+1, 10) + ". The first words and the right ones are both in the exhibit, with the reason.")
			})
		}
	}
	for _, e := range s.entries {
		to, ok := e.disputed()
		if !ok || !s.shows(to) || !slices.Contains(m.entries, s.numbers[to.seq]) {
			continue
		}
		add(func(l *line) {
			l.put("Of what I wrote in item " + strconv.Itoa(s.numbers[to.seq].item) + ", ")
			l.speaker(e.view("/data/by"))
			l.put(" says that it is not so (item " + strconv.Itoa(e.item) + "). On that I say: ……")
		})
	}
	var late []string
	for _, e := range m.entries {
		if e.view("/data/made/late").given() {
			late = append(late, strconv.Itoa(e.item))
		}
	}
	if len(late) > 0 {
		add(func(l *line) {
			l.put("I wrote item " + strings.Join(late, ", ") + " later than is usual; the reason stands with it.")
		})
	}
}

// madeTable lists a maker's entries and what they were made from.
func (s *Sheet) madeTable(m *maker) Block {
	table := tableOf("made", "What was recorded, when, and from what", "Item", "Kind", "Happened", "Written", "Made from")
	for _, e := range m.entries {
		table.Rows = append(table.Rows, Row{Cells: [][]Run{
			words(strconv.Itoa(e.item)),
			runs(func(l *line) {
				if word, ok := typeWords[e.typ]; ok {
					l.put(word)
				} else {
					l.one(e.view("/type"))
				}
			}),
			runs(func(l *line) {
				l.occurred(e.view("/occurred/from"), e.view("/occurred/to"), e.view("/occurred/precision"))
			}),
			words(recorded(e.At).minute().short()),
			runs(e.made),
		}})
	}
	return table
}

// labels are the exhibit labels, one to an exhibit.
func (s *Sheet) labels() *Document {
	f := &s.facts
	d := s.document("labels", "Exhibit labels, "+plain(f.exhibit))
	d.Blocks = []Block{
		para("One for each exhibit. Cut out, fix to what holds the exhibit, and let everybody sign to whom it is shown."),
	}
	for _, x := range s.exhibits() {
		var r rows
		r.row("Exhibit", func(l *line) {
			if x.reference.open != "" {
				l.strong(plain(x.reference.open))
			}
		})
		r.row("What it is", func(l *line) {
			if x.item == nil {
				l.put("Contact sheets of case " + CaseNumber(s.in.Chain) + ", copy " + strconv.Itoa(f.copy) + ", as a ZIP file")
				return
			}
			l.word(x.item.view("/data/kind"), fileWords)
			l.put(", ")
			l.one(x.item.view("/data/name"))
			l.put(", ")
			l.size(x.item.view("/data/size"))
		})
		if x.item == nil {
			r.row("Check code", func(l *line) { l.code(CheckCode(s.in.Previous)) })
		} else {
			r.row("SHA-256", func(l *line) { l.hash(x.item.view("/data/sha256")) })
			if from := x.item.seqAt("/data/derived_from"); s.numbers[from] != nil {
				r.row("Changed copy of", func(l *line) { s.ref(l, x.item.view("/data/derived_from")) })
			}
		}
		r.row("Produced by", func(l *line) {
			if x.item == nil {
				l.value(f.actor)
			} else {
				l.one(x.item.view("/actor"))
			}
			l.put(", ")
			l.value(s.in.Origin)
		})
		r.row("Produced on", func(l *line) {
			if x.item == nil {
				l.value(f.prepared.when(""))
			} else {
				l.put(recorded(x.item.At).minute().when(""))
			}
		})
		r.row("Their reference", func(l *line) { l.value(f.reference) })
		r.rows = append(r.rows, blanks("Signature of the producer", "Shown to, signature, date", "Shown to, signature, date", "Shown to, signature, date")...)
		d.Blocks = append(d.Blocks, Block{Kind: "label", Rows: r.rows})
	}
	return d
}

// receipt is the form that the recipient signs and gives back.
func (s *Sheet) receipt() *Document {
	f := &s.facts
	d := s.document("receipt", "Receipt, exhibit "+plain(f.exhibit))
	var r rows
	r.row("Exhibit", func(l *line) { l.value(f.exhibit) })
	for _, x := range s.exhibits()[1:] {
		r.row("With it, exhibit", func(l *line) {
			l.one(x.reference)
			l.put(" (item " + strconv.Itoa(x.item.item) + ")")
		})
	}
	r.row("Case", func(l *line) { l.put(CaseNumber(s.in.Chain)) })
	r.row("Copy", func(l *line) {
		l.put("number " + strconv.Itoa(f.copy) + ", for ")
		l.value(f.holder())
	})
	r.row("Their reference", func(l *line) { l.value(f.reference) })
	r.row("Check code", func(l *line) { l.code(CheckCode(s.in.Previous)) })
	d.Blocks = []Block{
		para("For whoever takes the file from the service. Fill it in by hand, sign it, and give it back to the service; keep a copy with the exhibit. A file cannot hold its own code: write down the one that you computed yourself, and then compare it with the one that the service tells you another way."),
		{Kind: "note", Style: "warning", ID: "danger", Blocks: []Block{
			heading(2, "Somebody could be seriously hurt"),
			para("Do not let this reach the suspect, or anybody who might pass it on. Ask the service before you copy it or serve it."),
		}},
		{Kind: "facts", Label: words("What is handed over"), Rows: r.rows},
		{Kind: "signature", Label: words("The file"), Rows: blanks("Name of the ZIP file", "SHA-256 that I computed (64 letters and digits)", "SHA-256 that the service told me, and how it told me", "Do the two agree in every place?")},
		{Kind: "signature", Label: words("Received by"), Rows: blanks("Name, rank and number", "Force or court", "Date, time, and how it came", "Signature")},
		{Kind: "signature", Label: words("Handed over by"), Rows: blanks("Staff number", "Signature")},
	}
	return d
}
