package sheet

import (
	"strconv"
	"strings"
)

// item is one disclosed event.
func (s *Sheet) item(e *entry) Block {
	number := strconv.Itoa(e.item)
	title := Block{Kind: "heading", Level: 3, ID: "title-" + number, Runs: runs(func(l *line) { e.title(l) })}
	var facts rows
	e.times(&facts)
	var more []Block
	switch e.typ {
	case "contact.recorded":
		e.recorded(&facts)
		more = s.statements(e)
	case "contact.attempted":
		more = e.attempted(&facts)
	case "contact.corrected":
		more = s.correction(e, &facts)
	case "contact.disputed":
		more = s.dispute(e, &facts)
	case "helpline.contact":
		e.helpline(&facts)
		more = s.statements(e)
	case "entry.misfiled":
		more = e.misfiled(&facts)
	case "attachment.added":
		more = s.file(e, &facts)
	case "disclosure.requested":
		more = e.requested(&facts)
	case "disclosure.decided":
		more = e.decided(&facts)
	default:
		e.other(&facts)
	}
	more = append(s.besides(fixed{e.Seq, wholeEntry}), more...)
	return Block{
		Kind: "item", ID: e.id(), Label: words("Item " + number + " of " + strconv.Itoa(len(s.entries))),
		Blocks: append([]Block{title, {Kind: "facts", Label: words("About item " + number), Rows: facts.rows}}, more...),
	}
}

// title adds what an item is.
func (e *entry) title(l *line) {
	number := strconv.Itoa(e.item)
	switch e.typ {
	case "contact.recorded":
		l.number("CONTACT " + number)
		l.put(" ")
		e.channel(l)
	case "contact.attempted":
		l.number("ATTEMPT " + number)
		l.put(" ")
		l.word(e.view("/data/channel"), channelWords)
		l.put(", ")
		l.word(e.view("/data/outcome"), outcomeWords)
	case "contact.corrected":
		l.number("CORRECTION " + number)
	case "contact.disputed":
		l.number("DISPUTE " + number)
	case "entry.misfiled":
		l.number("MISFILED ENTRY " + number)
	case "helpline.contact":
		l.number("HELPLINE CALL " + number)
		l.put(" ")
		e.call(l)
	case "attachment.added":
		l.number("FILE " + number)
		l.put(" ")
		l.word(e.view("/data/kind"), fileWords)
		if exhibit := e.view("/data/exhibit"); exhibit.given() && !e.first() {
			l.put(", exhibit ")
			l.one(exhibit)
		}
	case "disclosure.requested":
		l.number("REQUEST " + number)
	case "disclosure.decided":
		l.number("DECISION " + number)
	default:
		l.number("ENTRY " + number)
		l.put(" ")
		if word, ok := typeWords[e.typ]; ok {
			l.put(strings.ToUpper(word[:1]) + word[1:])
		} else {
			l.one(e.view("/type"))
		}
	}
}

// first reports whether the entry is of version 1 of its type, which has no
// place for what came later: what is closed around that is something else.
func (e *entry) first() bool { return e.scalar("/v") == "1" }

// channel adds how a contact was made and who began.
func (e *entry) channel(l *line) {
	channel, direction := e.view("/data/channel"), e.view("/data/direction")
	l.word(channel, channelWords)
	l.put(", ")
	who := "them"
	if direction.open == "in" {
		who = "they"
	}
	if n := e.find("/data/with"); n != nil {
		for i := range n.kids {
			if e.view("/data/with/"+strconv.Itoa(i)+"/kind").open == "client" {
				who = "the client"
			}
		}
	}
	if words, ok := directionWords[direction.open][channel.open]; ok {
		l.put(strings.Replace(words, "%", who, 1))
		return
	}
	l.one(direction)
}

// times adds when an entry happened, when it was written and from what.
func (e *entry) times(r *rows) {
	from, to, precision := e.view("/occurred/from"), e.view("/occurred/to"), e.view("/occurred/precision")
	began, ended := from.moment(), to.moment()
	r.row("Happened", func(l *line) {
		if l.occurred(from, to, precision) && began == nil && !e.elsewhere() {
			l.put("; it is here by the date on which it was recorded")
		}
	})
	r.row("Written", func(l *line) {
		l.put(written(recorded(e.At), began, ended) + ", by ")
		l.one(e.view("/actor"))
	})
	if e.view("/data/made/from").given() {
		r.row("Made from", e.made)
	}
	if e.view("/data/made/late").given() {
		r.row("Late entry", func(l *line) {
			if end := ended; end != nil || began != nil {
				if end == nil {
					end = began
				}
				if gap := recorded(e.At).since(*end); gap >= 0 && end.clock {
					l.put("written " + span(gap) + " after the event. ")
				}
			}
			l.put("Reason: ")
			l.text(e.view("/data/made/late/text"), "", true)
		})
	}
}

// made adds what an entry was made from, and whether that was kept.
func (e *entry) made(l *line) {
	kept, reference := e.view("/data/made/kept"), e.view("/data/made/reference")
	l.word(e.view("/data/made/from"), madeWords)
	switch e.scalar("/data/made/kept") {
	case "true":
		l.put("; kept")
	case "false":
		l.put("; not kept")
	default:
		if kept.codes != "" {
			l.put("; kept: ")
			l.box(kept.codes)
		}
	}
	if reference.given() {
		l.put(" (")
		l.one(reference)
		l.put(")")
	}
}

// elsewhere reports whether an entry is on the sheet by something else than
// when it happened: by what it corrects or disputes, as what the export
// names, or by when a file was made.
func (e *entry) elsewhere() bool {
	switch e.typ {
	case "contact.corrected", "contact.disputed", "disclosure.requested", "disclosure.decided":
		return true
	case "attachment.added":
		return e.view("/data/produced/from").given()
	}
	return false
}

// occurred adds when something happened, and reports whether that could be
// put into words.
func (l *line) occurred(from, to, precision view) bool {
	began, ended := from.moment(), to.moment()
	if from.codes == "" && to.codes == "" && precision.codes == "" &&
		from.given() == (began != nil) && to.given() == (ended != nil) && (began != nil || ended == nil) {
		l.put(happened(precision.open, began, ended))
		return true
	}
	l.one(from)
	if to.given() {
		l.put(" to ")
		l.one(to)
	}
	if precision.codes != "" {
		l.put(" ")
		l.box(precision.codes)
	}
	return false
}

// moment reads an open time, or returns nil.
func (v view) moment() *moment {
	if m, ok := parseMoment(v.open); ok {
		return &m
	}
	return nil
}

// given reports whether there is something to show: neither null nor absent.
func (v view) given() bool {
	return v.codes != "" || v.node != nil && (v.node.kind != scalarNode || v.node.value != "null")
}

// recorded adds the facts of a contact behind its times.
func (e *entry) recorded(r *rows) {
	r.row("With", func(l *line) {
		e.list(l, "/data/with", 4, func(at string) {
			l.word(e.view(at+"/kind"), withWords)
			for _, m := range []string{"name", "role", "agency"} {
				if v := e.view(at + "/" + m); v.given() {
					l.put(", ")
					l.one(v)
				}
			}
		}, "nobody")
	})
	e.present(r)
	e.optional(r, "Number or address used", "/data/number")
	e.optional(r, "Place", "/data/place")
	e.interpreter(r)
	e.yesNo(r, "Safe contact checked first", "/data/safe_contact_checked")
	e.next(r, "Next contact", "/data/next_contact")
}

// present adds who else was there.
func (e *entry) present(r *rows) {
	r.row("Present, or could overhear", func(l *line) {
		e.list(l, "/data/present", 2, func(at string) {
			l.one(e.view(at + "/who"))
			switch e.scalar(at + "/could_overhear") {
			case "true":
				l.put(" (could overhear)")
			case "false":
				l.put(" (could not overhear)")
			default:
				l.put(" ")
				l.one(e.view(at + "/could_overhear"))
			}
		}, "none known")
	})
}

// optional adds a row for a scalar unless it is null.
func (e *entry) optional(r *rows, label, path string) {
	if v := e.view(path); v.given() {
		r.row(label, func(l *line) { l.one(v) })
	}
}

func (e *entry) yesNo(r *rows, label, path string) {
	r.row(label, func(l *line) { l.yesNo(e.view(path)) })
}

func (l *line) yesNo(v view) {
	switch {
	case v.node != nil && v.node.kind == scalarNode && v.node.value == "true":
		l.put("yes")
	case v.node != nil && v.node.kind == scalarNode && v.node.value == "false":
		l.put("no")
	default:
		l.one(v)
	}
}

// next adds a row for a time to come.
func (e *entry) next(r *rows, label, path string) {
	v := e.view(path)
	if !v.given() {
		return
	}
	r.row(label, func(l *line) {
		if m := v.moment(); m != nil {
			l.put(m.when(""))
			return
		}
		l.one(v)
	})
}

// list adds the elements of an array; least is the fewest leaves that an
// element has.
func (e *entry) list(l *line, path string, least uint64, write func(at string), none string) {
	v := e.view(path)
	switch {
	case v.node == nil && v.codes != "":
		l.box(v.codes)
		return
	case v.node == nil || v.node.kind != arrayNode:
		l.put(none)
		return
	}
	for i, k := range v.node.kids {
		if i > 0 {
			l.put("; ")
		}
		if k.kind == holeNode {
			l.box(k.codes)
			continue
		}
		write(path + "/" + strconv.Itoa(i))
	}
	if codes := e.rest(path, least); codes != "" {
		l.put("; ")
		l.box(codes)
	}
}

// rest returns the codes of what is closed behind the last open leaf of an
// array, when it is enough for one more element.
func (e *entry) rest(path string, least uint64) string {
	from, to := e.around(path + "/9999999")
	if to-from < least {
		return ""
	}
	leaves := uint64(0)
	for _, c := range e.within(from, to) {
		if !c.text {
			leaves += c.Leaves
		}
	}
	if leaves < least {
		return ""
	}
	return e.codes(from, to)
}

// interpreter adds who interpreted, and what that means for the words.
func (e *entry) interpreter(r *rows) {
	const at = "/data/interpreter"
	v := e.view(at)
	if !v.given() {
		return
	}
	r.row("Interpreter", func(l *line) {
		if v.node == nil {
			l.box(v.codes)
			return
		}
		channel, made := e.view("/data/channel").open, e.view("/data/made/from").open
		spoken := channel != "" && !writtenChannels[channel]
		switch {
		case spoken:
			l.put("spoken in ")
		case channel != "":
			l.put("written in ")
		default:
			l.put("in ")
		}
		l.language(e.view(at + "/language"))
		l.put("; interpreted ")
		l.word(e.view(at+"/mode"), modeWords)
		for _, m := range []string{"name", "agency"} {
			if v := e.view(at + "/" + m); v.given() {
				l.put(", ")
				l.one(v)
			}
		}
		l.put(". The English is the interpreter’s")
		if spoken && made != "" && made != "recording" {
			l.put("; there is no recording")
		}
		l.put(".")
	})
}

// language adds the name of a language and its tag.
func (l *line) language(v view) {
	base, _, _ := strings.Cut(v.open, "-")
	name, ok := languages[base]
	if !ok {
		l.one(v)
		return
	}
	l.put(name)
	if v.open != "en" {
		l.put(" (")
		l.runs = appendShown(l.runs, v.open, false, Run{})
		l.put(")")
	}
}

// quote makes a text that stands by itself, between marks.
func quote(v view, lang, before, after string) Block {
	var l line
	if v.node != nil && v.node.kind == textNode {
		l.put(before)
		l.text(v, lang, false)
		l.put(after)
	} else {
		l.one(v)
	}
	return Block{Kind: "quote", Runs: l.runs}
}

// statements are those of a contact.
func (s *Sheet) statements(e *entry) []Block {
	const path = "/data/statements"
	none := func(before string, write func(l *line)) Block {
		return Block{Kind: "para", Style: "none", Runs: runs(func(l *line) {
			l.put(before)
			write(l)
		})}
	}
	v := e.view(path)
	if v.node == nil || v.node.kind != arrayNode {
		return []Block{none("Statements: ", func(l *line) { l.one(v) })}
	}
	var blocks []Block
	for i, k := range v.node.kids {
		number := strconv.Itoa(e.item) + "." + strconv.Itoa(i+1)
		if k.kind == holeNode {
			blocks = append(blocks, Block{
				Kind: "statement", Style: "closed", Label: []Run{{Text: number, Style: "number"}, {Text: " CLOSED"}},
				Blocks: []Block{{Kind: "para", Runs: runs(func(l *line) { l.box(k.codes) })}},
			})
			continue
		}
		blocks = append(blocks, s.statement(e, path+"/"+strconv.Itoa(i), number, uint64(i)))
	}
	if codes := e.rest(path, 8); codes != "" {
		blocks = append(blocks, none("More that is closed: ", func(l *line) { l.box(codes) }))
	}
	return blocks
}

// statement is one statement, what it rests on and its corrections.
func (s *Sheet) statement(e *entry, at, number string, index uint64) Block {
	kind := e.view(at + "/kind")
	label, known := kindLabel[kind.open]
	b := Block{Kind: "statement", Style: kind.open, Label: runs(func(l *line) {
		l.number(number)
		l.put(" ")
		if known {
			l.put(label)
		} else {
			l.one(kind)
		}
	})}
	if !known {
		b.Style = "closed"
	}
	lang := e.view(at + "/language")
	if kind.open == "third-party" || kind.open == "" && e.named(at) {
		b.Blocks = append(b.Blocks, aside(func(l *line) { e.chain(l, at) }))
	}
	if lang.open != "en" {
		b.Blocks = append(b.Blocks, aside(func(l *line) {
			l.put("In ")
			l.language(lang)
			l.put(", as it was said or written:")
		}))
	}
	fixes := s.fixes[fixed{e.Seq, index}]
	if len(fixes) > 0 {
		b.Blocks = append(b.Blocks, Block{Kind: "aside", Runs: words("First recorded as:")})
	}
	if kind.open == "client-words" {
		b.Blocks = append(b.Blocks, quote(e.view(at+"/text"), lang.open, "“", "”"))
	} else {
		b.Blocks = append(b.Blocks, quote(e.view(at+"/text"), lang.open, "", ""))
	}
	if because := e.view(at + "/because"); because.given() {
		b.Blocks = append(b.Blocks, Block{Kind: "aside", Runs: words("Because:")}, quote(e.view(at+"/because/text"), lang.open, "", ""))
	}
	b.Blocks = append(b.Blocks, e.translation(at+"/translation")...)
	for _, c := range fixes {
		b.Blocks = append(b.Blocks, Block{Kind: "beside", Style: "corrected", Blocks: append([]Block{aside(func(l *line) {
			l.put("Corrected " + written(recorded(c.At), nil, nil) + " by ")
			l.one(c.view("/actor"))
			l.put(" (item ")
			c.link(l)
			l.put("). It should read:")
		})}, c.fix(lang.open)...)})
	}
	b.Blocks = append(b.Blocks, s.besides(fixed{e.Seq, index})...)
	return b
}

// besides are the disputes about a statement, or about a whole entry, to be
// printed beside it.
func (s *Sheet) besides(of fixed) []Block {
	var blocks []Block
	for _, d := range s.disputes[of] {
		blocks = append(blocks, Block{Kind: "beside", Style: "disputed", Blocks: append([]Block{aside(func(l *line) {
			l.put("Disputed: ")
			l.speaker(d.view("/data/by"))
			l.put(" says that this is not so. Written " + written(recorded(d.At), nil, nil) + " by ")
			l.one(d.view("/actor"))
			l.put(" (item ")
			d.link(l)
			l.put("). What is said instead:")
		})}, quote(d.view("/data/says/text"), "", "", ""))})
	}
	return blocks
}

// named reports whether it is open that somebody else than the writer said a
// statement or passed it on.
func (e *entry) named(at string) bool {
	speaker, by := e.view(at+"/speaker").open, e.view(at+"/passed_by").node
	return speaker != "" && speaker != "me" || by != nil && by.kind == arrayNode || e.knew(at).open != ""
}

// knew returns how the speaker of a statement came to know it. Version 1 of a
// contact has nowhere to say so.
func (e *entry) knew(at string) view {
	if e.typ == "contact.recorded" && e.first() {
		return view{}
	}
	return e.view(at + "/knew")
}

// chain adds through whom a statement came to the writer.
func (e *entry) chain(l *line, at string) {
	l.speaker(e.view(at + "/speaker"))
	if knew := e.knew(at); knew.given() {
		l.put(" (how they knew: ")
		l.one(knew)
		l.put(")")
	} else if knew.node != nil && e.view(at+"/kind").open == "third-party" { // null
		l.put(" (how they knew: not asked)")
	}
	if v := e.view(at + "/passed_by"); v.node == nil && v.codes != "" {
		l.arrow()
		l.box(v.codes)
	} else if v.node != nil && v.node.kind == arrayNode {
		l.arrow()
		e.steps(l, at+"/passed_by")
	}
	l.arrow()
	l.put("me")
}

// steps adds who passed a statement on, how, and whether at work.
func (e *entry) steps(l *line, path string) {
	for i, k := range e.find(path).kids {
		if i > 0 {
			l.arrow()
		}
		if k.kind == holeNode {
			l.box(k.codes)
			continue
		}
		at := path + "/" + strconv.Itoa(i)
		l.speaker(e.view(at + "/who"))
		l.put(" (")
		l.one(e.view(at + "/how"))
		l.put("; ")
		switch e.scalar(at + "/at_work") {
		case "true":
			l.put("in the course of work")
		case "false":
			l.put("not in the course of work")
		case "null":
			l.put("not known whether in the course of work")
		default:
			l.one(e.view(at + "/at_work"))
		}
		l.put(")")
	}
	if codes := e.rest(path, 3); codes != "" {
		l.arrow()
		l.box(codes)
	}
}

func (l *line) speaker(v view) {
	switch v.open {
	case "client":
		l.put("the client")
	case "me":
		l.put("me")
	default:
		l.one(v)
	}
}

func (e *entry) translation(at string) []Block {
	v := e.view(at)
	if !v.given() {
		return nil
	}
	b := Block{Kind: "beside", Style: "translation"}
	if v.node == nil {
		b.Blocks = []Block{aside(func(l *line) {
			l.put("Translation: ")
			l.box(v.codes)
		})}
		return []Block{b}
	}
	lang := e.view(at + "/language")
	b.Blocks = []Block{aside(func(l *line) {
		l.put("Translation into ")
		l.language(lang)
		l.put(", by ")
		l.speaker(e.view(at + "/by"))
		l.put(":")
	}), quote(e.view(at+"/text"), lang.open, "", "")}
	return []Block{b}
}

// fix is the right words of a correction and why.
func (e *entry) fix(lang string) []Block {
	return []Block{quote(e.view("/data/text"), lang, "", ""), aside(func(l *line) {
		l.put("Reason: ")
		l.text(e.view("/data/reason/text"), "", true)
	})}
}

// correction is an entry that corrects another: in full, or by reference when
// it is printed beside what it corrects.
func (s *Sheet) correction(e *entry, r *rows) []Block {
	to, open := e.corrects()
	target := s.numbers[to.seq]
	r.row("Corrects", func(l *line) {
		switch {
		case !open:
			l.one(e.view("/data/corrects/seq"))
			l.put(", statement ")
			l.one(e.view("/data/corrects/statement"))
		case target == nil:
			l.put("entry " + strconv.FormatUint(to.seq, 10) + " of the case, statement " +
				strconv.FormatUint(to.statement+1, 10) + ", which is withheld")
		default:
			l.put("statement ")
			l.link(strconv.Itoa(target.item)+"."+strconv.FormatUint(to.statement+1, 10), target.id())
		}
	})
	if open && s.corrected(to) {
		return []Block{para("It is printed there, beside the first words. Both are kept.")}
	}
	return []Block{{Kind: "statement", Style: "corrected", Label: words("IT SHOULD READ"), Blocks: e.fix("")}}
}

// attempted adds the facts of an attempt behind its times.
func (e *entry) attempted(r *rows) []Block {
	e.optional(r, "Number or address used", "/data/number")
	r.row("Outcome", func(l *line) { l.word(e.view("/data/outcome"), outcomeWords) })
	e.yesNo(r, "Voicemail left", "/data/voicemail")
	e.next(r, "Next try", "/data/next_try")
	if !e.view("/data/note").given() {
		return nil
	}
	return []Block{{Kind: "aside", Runs: words("Note:")}, quote(e.view("/data/note/text"), "", "", "")}
}
