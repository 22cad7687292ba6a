package sheet

import (
	"strconv"
	"strings"

	"caseledger/events"
)

// HTML returns contact-sheets.html: one page without scripts or anything from
// elsewhere, made to be printed on A4.
func (s *Sheet) HTML() []byte {
	p := page{s: s, b: make([]byte, 0, 64<<10)}
	p.head()
	p.front()
	p.contacts()
	p.scheduleSection()
	p.changed()
	p.raw("</main>\n<footer class=\"end\">\n<p>Copy " + s.facts.copy + " for ")
	p.value(s.facts.holder())
	p.raw(". Check code <span class=\"code\">" + CheckCode(s.in.Previous) + "</span>. Exhibit ")
	p.value(s.facts.exhibit)
	p.raw(".</p>\n</footer>\n</body>\n</html>\n")
	return p.b
}

// holder is who a copy is for.
func (f *facts) holder() string {
	if f.recipient != "" {
		return f.recipient
	}
	return f.officer + ", " + f.force
}

// page writes the HTML of a sheet.
type page struct {
	s *Sheet
	b []byte
}

func (p *page) raw(s string) { p.b = append(p.b, s...) }

// value writes one line of text that came from an event, isolated for
// direction.
func (p *page) value(s string) {
	p.raw("<bdi>")
	p.b = show(p.b, s, false)
	p.raw("</bdi>")
}

// box writes the box that stands for closed words.
func (p *page) box(codes string) {
	for i := range len(codes) {
		p.raw(`<span class="box" role="img" dir="ltr" aria-label="closed, code ` + codes[i:i+1] + `">` + codes[i:i+1] + `</span>`)
	}
}

// text writes a text within a line. The whole text is one run for direction;
// every box is isolated in it.
func (p *page) text(e *entry, path, lang string) {
	v := e.view(path)
	if v.node == nil || v.node.kind != textNode {
		p.one(v)
		return
	}
	p.raw(`<bdi class="text" dir="auto"`)
	p.lang(lang)
	p.raw(">")
	p.runs(v.node)
	p.raw("</bdi>")
}

// block writes a text as a paragraph of its own, between marks.
func (p *page) block(e *entry, path, lang, before, after string) {
	v := e.view(path)
	if v.node == nil || v.node.kind != textNode {
		p.raw(`<p class="said">`)
		p.one(v)
		p.raw("</p>\n")
		return
	}
	p.raw(`<p class="said" dir="auto"`)
	p.lang(lang)
	p.raw(">" + before)
	p.runs(v.node)
	p.raw(after + "</p>\n")
}

func (p *page) runs(n *node) {
	for _, r := range n.runs {
		if r.code != 0 {
			p.box(string(r.code))
		} else {
			p.b = show(p.b, r.text, true)
		}
	}
}

// lang writes a lang attribute when the tag can be one.
func (p *page) lang(tag string) {
	if tag == "" || len(tag) > 35 {
		return
	}
	for i := 0; i < len(tag); i++ {
		if c := tag[i]; (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' {
			return
		}
	}
	p.raw(` lang="` + tag + `"`)
}

// one writes a scalar: its text, its box, or a dash.
func (p *page) one(v view) {
	switch {
	case v.node == nil && v.codes != "":
		p.box(v.codes)
	case v.open != "":
		p.value(v.open)
	case v.node != nil && v.node.kind == scalarNode && v.node.value != "null" && v.node.value != `""`:
		p.value(v.node.value)
	default:
		p.raw("–")
	}
}

// word writes a coded scalar in words.
func (p *page) word(v view, words map[string]string) {
	if w, ok := words[v.open]; ok {
		p.raw(w)
		return
	}
	p.one(v)
}

// given reports whether there is something to show: neither null nor absent.
func (v view) given() bool {
	return v.codes != "" || v.node != nil && (v.node.kind != scalarNode || v.node.value != "null")
}

// row writes a row of the table of facts that every entry begins with.
func (p *page) row(label string, write func()) {
	p.raw(`<tr><th scope="row">` + label + `</th><td>`)
	write()
	p.raw("</td></tr>\n")
}

func (p *page) head() {
	f := &p.s.facts
	number := CaseNumber(p.s.in.Chain)
	p.raw(`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>Contact sheets, exhibit `)
	p.b = escape(p.b, plain(f.exhibit)) // a title has no elements
	p.raw("</title>\n<style>\n" + style + "@page {\n  @top-left { content: ")
	p.b = cssString(p.b, "Exhibit "+f.exhibit+" · Case "+number)
	p.raw("; }\n  @top-right { content: \"CONFIDENTIAL\"; }\n  @bottom-left { content: ")
	p.b = cssString(p.b, "Copy "+f.copy+" for "+f.holder())
	p.raw("; }\n  @bottom-center { content: ")
	p.b = cssString(p.b, "Check code "+CheckCode(p.s.in.Previous))
	p.raw("; }\n  @bottom-right { content: \"Page \" counter(page) \" of \" counter(pages); }\n}\n</style>\n</head>\n")
	p.raw(`<body>
<p class="skip"><a href="#contacts">Skip to the contacts</a></p>
<header class="masthead">
<p class="service">`)
	p.value(p.s.in.Origin)
	p.raw("</p>\n<h1>Contact sheets</h1>\n<p class=\"exhibit\">Exhibit <strong>")
	p.value(f.exhibit)
	p.raw("</strong> <span class=\"sep\">·</span> Case <strong>" + number + "</strong> <span class=\"sep\">·</span> Confidential</p>\n</header>\n<main>\n")
}

// front writes the first page.
func (p *page) front() {
	s, f := p.s, &p.s.facts
	p.raw(`<section class="front" aria-labelledby="about">
<div class="warning" role="note" aria-labelledby="danger">
<h2 id="danger">Somebody could be seriously hurt</h2>
<p>Do not let this reach the suspect, or anybody who might pass it on, before you have spoken to the service. Ask first before you copy it, serve it, read from it in an interview or leave it where it can be seen. Boxes stand for words that were closed for safety or by law; do not guess at them aloud.</p>
</div>
<div class="limits" role="note" aria-labelledby="limits">
<h2 id="limits">What these sheets are</h2>
<p>They are notes that staff made in the course of their work. The checks in this bundle show whether an entry was changed after it was recorded, and whether one was taken out. They do not show that what was said is true, nor that everything was said, asked or written down.</p>
</div>
<h2 id="about">This copy</h2>
<table class="facts">
<caption class="hide">What was asked for, and by whom</caption>
<tbody>
`)
	line := func(label, value string) { p.row(label, func() { p.value(value) }) }
	line("Requested by", f.officer)
	line("Force", f.force)
	line("Their reference", f.reference)
	p.row("Period asked for", func() { p.value(day(f.from) + " to " + day(f.to)) })
	p.row("Copy", func() {
		p.raw("number " + f.copy + ", for ")
		p.value(f.holder())
	})
	p.row("Prepared", func() {
		p.value(f.prepared.when(""))
		p.raw(" by ")
		p.value(f.actor)
	})
	p.row("What it holds", func() { p.raw(s.summary()) })
	p.row("Written by", func() { p.recorders() })
	p.row("Check code", func() { p.raw(`<span class="code">` + CheckCode(s.in.Previous) + `</span>`) })
	p.raw(`</tbody>
</table>
<h2>How to read the statements</h2>
<p>Every statement says what kind it is, in words and by the line beside it.</p>
<ul class="legend">
`)
	for _, k := range kindMeaning {
		p.raw(`<li class="` + k[0] + `"><span class="label">` + kindLabel[k[0]] + `</span> ` + k[1] + "</li>\n")
	}
	p.raw(`</ul>
<p>A box such as `)
	p.box("A")
	p.raw(` stands for words that were closed; its letter is the reason, listed with the schedule. Every box has one width, whatever it hides. Something like <span class="cp">[U+202E]</span> stands for a character that cannot be seen. Times are those of clocks in the United Kingdom: GMT, or BST in summer.</p>
<nav aria-label="Parts of this document"><p>In this document: <a href="#contacts">contacts</a>, <a href="#schedule">schedule</a>, <a href="#changed">has this been changed?</a></p></nav>
</section>
`)
}

// day words a date of the request.
func day(s string) string {
	if m, ok := parseMoment(s); ok {
		return m.date()
	}
	return s
}

// summary counts what is in the bundle and what is not.
func (s *Sheet) summary() string {
	var contacts, attempts, corrections, others, full int
	for _, e := range s.entries {
		switch e.typ {
		case "contact.recorded":
			contacts++
		case "contact.attempted":
			attempts++
		case "contact.corrected":
			corrections++
		default:
			others++
		}
		if e.full {
			full++
		}
	}
	var kinds []string
	for _, k := range []struct {
		n        int
		one, all string
	}{
		{contacts, "contact", "contacts"}, {attempts, "attempt to make contact", "attempts to make contact"},
		{corrections, "correction", "corrections"}, {others, "other entry", "other entries"},
	} {
		if k.n == 1 {
			kinds = append(kinds, "1 "+k.one)
		} else if k.n > 1 {
			kinds = append(kinds, strconv.Itoa(k.n)+" "+k.all)
		}
	}
	if len(kinds) == 0 {
		kinds = []string{"no entry"}
	}
	withheld, outside := 0, 0
	for _, r := range s.schedule {
		if r.status == Withheld {
			withheld++
			if r.codes == "S" {
				outside++
			}
		}
	}
	out := strings.Join(kinds, ", ") + ": " + strconv.Itoa(full) + " in full, " +
		strconv.Itoa(len(s.entries)-full) + " in part. "
	switch {
	case withheld == 0:
		return out + "No entry of the case is withheld."
	case withheld == outside:
		return out + entries(withheld) + " of the case withheld as outside the request; the schedule lists each."
	}
	return out + entries(withheld) + " of the case withheld, " + strconv.Itoa(outside) +
		" of them as outside the request; the schedule lists each."
}

func entries(n int) string {
	if n == 1 {
		return "1 other entry"
	}
	return strconv.Itoa(n) + " other entries"
}

// recorders lists who wrote the entries, in the order in which they appear.
func (p *page) recorders() {
	seen := make(map[string]bool)
	closed := false
	for _, e := range p.s.entries {
		v := e.view("/actor")
		if v.open == "" {
			closed = closed || v.codes != ""
			continue
		}
		if seen[v.open] {
			continue
		}
		if len(seen) > 0 {
			p.raw(", ")
		}
		seen[v.open] = true
		p.value(v.open)
	}
	switch {
	case closed && len(seen) > 0:
		p.raw(", and others whose staff number is closed")
	case closed:
		p.raw("staff whose number is closed")
	case len(seen) == 0:
		p.raw("–")
	}
}

func (p *page) contacts() {
	p.raw("<section id=\"contacts\" aria-labelledby=\"contacts-title\">\n<h2 id=\"contacts-title\" class=\"part\">Contacts</h2>\n")
	if len(p.s.entries) == 0 {
		p.raw("<p>No contact of the case falls into the period asked for.</p>\n")
	}
	for _, e := range p.s.entries {
		p.entry(e)
	}
	p.raw("</section>\n")
}

// entry writes one disclosed event.
func (p *page) entry(e *entry) {
	item := strconv.Itoa(e.item)
	p.raw(`<article id="item-` + item + `" aria-labelledby="title-` + item + `">
<p class="running"><span>Exhibit `)
	p.value(p.s.facts.exhibit)
	p.raw("</span> <span>Case " + CaseNumber(p.s.in.Chain) + "</span> <span>Item " + item + " of " +
		strconv.Itoa(len(p.s.entries)) + "</span> <span>Confidential</span></p>\n<h3 id=\"title-" + item + `">`)
	switch e.typ {
	case "contact.recorded":
		p.raw(`<span class="number">CONTACT ` + item + "</span> ")
		p.channel(e)
	case "contact.attempted":
		p.raw(`<span class="number">ATTEMPT ` + item + "</span> ")
		p.word(e.view("/data/channel"), channelWords)
		p.raw(", ")
		p.word(e.view("/data/outcome"), outcomeWords)
	case "contact.corrected":
		p.raw(`<span class="number">CORRECTION ` + item + "</span>")
	default:
		p.raw(`<span class="number">ENTRY ` + item + "</span> ")
		p.one(e.view("/type"))
	}
	p.raw("</h3>\n<table class=\"facts\">\n<caption class=\"hide\">About item " + item + "</caption>\n<tbody>\n")
	p.times(e)
	switch e.typ {
	case "contact.recorded":
		p.recorded(e)
	case "contact.attempted":
		p.attempted(e)
	case "contact.corrected":
		p.correction(e)
	default:
		p.other(e)
	}
	p.raw("</article>\n")
}

// channel writes how a contact was made and who began.
func (p *page) channel(e *entry) {
	channel, direction := e.view("/data/channel"), e.view("/data/direction")
	p.word(channel, channelWords)
	p.raw(", ")
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
		p.raw(strings.Replace(words, "%", who, 1))
		return
	}
	p.one(direction)
}

// times writes when an entry happened, when it was written and from what.
func (p *page) times(e *entry) {
	from, to, precision := e.view("/occurred/from"), e.view("/occurred/to"), e.view("/occurred/precision")
	began, ended := from.moment(), to.moment()
	p.row("Happened", func() {
		switch {
		case from.codes != "" || to.codes != "" || precision.codes != "",
			from.given() != (began != nil), to.given() != (ended != nil), began == nil && ended != nil:
			p.one(from)
			if to.given() {
				p.raw(" to ")
				p.one(to)
			}
			if precision.codes != "" {
				p.raw(" ")
				p.box(precision.codes)
			}
		default:
			p.raw(happened(precision.open, began, ended))
			if began == nil && e.typ != "contact.corrected" { // which is here by what it corrects
				p.raw("; it is here by the date on which it was recorded")
			}
		}
	})
	p.row("Written", func() {
		p.raw(written(recorded(e.At), began, ended) + ", by ")
		p.one(e.view("/actor"))
	})
	made, kept, reference := e.view("/data/made/from"), e.view("/data/made/kept"), e.view("/data/made/reference")
	if made.given() {
		p.row("Made from", func() {
			p.word(made, madeWords)
			switch e.scalar("/data/made/kept") {
			case "true":
				p.raw("; kept")
			case "false":
				p.raw("; not kept")
			default:
				if kept.codes != "" {
					p.raw("; kept: ")
					p.box(kept.codes)
				}
			}
			if reference.given() {
				p.raw(" (")
				p.one(reference)
				p.raw(")")
			}
		})
	}
	if e.view("/data/made/late").given() {
		p.row("Late entry", func() {
			if end := ended; end != nil || began != nil {
				if end == nil {
					end = began
				}
				if gap := recorded(e.At).since(*end); gap >= 0 && end.clock {
					p.raw("written " + span(gap) + " after the event. ")
				}
			}
			p.raw("Reason: ")
			p.text(e, "/data/made/late/text", "")
		})
	}
}

// moment reads an open time, or returns nil.
func (v view) moment() *moment {
	if m, ok := parseMoment(v.open); ok {
		return &m
	}
	return nil
}

// recorded writes a contact behind its times.
func (p *page) recorded(e *entry) {
	p.row("With", func() {
		p.list(e, "/data/with", 4, func(at string) {
			p.word(e.view(at+"/kind"), withWords)
			for _, m := range []string{"name", "role", "agency"} {
				if v := e.view(at + "/" + m); v.given() {
					p.raw(", ")
					p.one(v)
				}
			}
		}, "nobody")
	})
	p.row("Present, or could overhear", func() {
		p.list(e, "/data/present", 2, func(at string) {
			p.one(e.view(at + "/who"))
			switch e.scalar(at + "/could_overhear") {
			case "true":
				p.raw(" (could overhear)")
			case "false":
				p.raw(" (could not overhear)")
			default:
				p.raw(" ")
				p.one(e.view(at + "/could_overhear"))
			}
		}, "none known")
	})
	p.optional(e, "Number or address used", "/data/number")
	p.optional(e, "Place", "/data/place")
	p.interpreter(e)
	p.row("Safe contact checked first", func() { p.yesNo(e, "/data/safe_contact_checked") })
	p.next(e, "Next contact", "/data/next_contact")
	p.raw("</tbody>\n</table>\n")
	p.statements(e)
}

// optional writes a row for a scalar unless it is null.
func (p *page) optional(e *entry, label, path string) {
	if v := e.view(path); v.given() {
		p.row(label, func() { p.one(v) })
	}
}

func (p *page) yesNo(e *entry, path string) {
	switch e.scalar(path) {
	case "true":
		p.raw("yes")
	case "false":
		p.raw("no")
	default:
		p.one(e.view(path))
	}
}

// next writes a row for a time to come.
func (p *page) next(e *entry, label, path string) {
	v := e.view(path)
	if !v.given() {
		return
	}
	p.row(label, func() {
		if m := v.moment(); m != nil {
			p.raw(m.when(""))
			return
		}
		p.one(v)
	})
}

// list writes the elements of an array; least is the fewest leaves that an
// element has.
func (p *page) list(e *entry, path string, least uint64, write func(at string), none string) {
	v := e.view(path)
	switch {
	case v.node == nil && v.codes != "":
		p.box(v.codes)
		return
	case v.node == nil || v.node.kind != arrayNode:
		p.raw(none)
		return
	}
	for i, k := range v.node.kids {
		if i > 0 {
			p.raw("; ")
		}
		if k.kind == holeNode {
			p.box(k.codes)
			continue
		}
		write(path + "/" + strconv.Itoa(i))
	}
	if codes := e.rest(path, least); codes != "" {
		p.raw("; ")
		p.box(codes)
	}
}

// rest returns the codes of what is closed behind the last open leaf of an
// array, when it is enough for one more element.
func (e *entry) rest(path string, least uint64) string {
	from, to := e.around(path + "/9999999")
	if to-from < least {
		return ""
	}
	codes := ""
	leaves := uint64(0)
	for _, c := range e.within(from, to) {
		if !c.text {
			leaves += c.Leaves
			codes += string(c.Code)
		}
	}
	if leaves < least {
		return ""
	}
	return e.codes(from, to)
}

func (p *page) interpreter(e *entry) {
	const at = "/data/interpreter"
	v := e.view(at)
	if !v.given() {
		return
	}
	p.row("Interpreter", func() {
		if v.node == nil {
			p.box(v.codes)
			return
		}
		channel, made := e.view("/data/channel").open, e.view("/data/made/from").open
		spoken := channel != "" && !writtenChannels[channel]
		switch {
		case spoken:
			p.raw("spoken in ")
		case channel != "":
			p.raw("written in ")
		default:
			p.raw("in ")
		}
		p.language(e.view(at + "/language"))
		p.raw("; interpreted ")
		p.word(e.view(at+"/mode"), modeWords)
		for _, m := range []string{"name", "agency"} {
			if v := e.view(at + "/" + m); v.given() {
				p.raw(", ")
				p.one(v)
			}
		}
		p.raw(". The English is the interpreter’s")
		if spoken && made != "" && made != "recording" {
			p.raw("; there is no recording")
		}
		p.raw(".")
	})
}

// language writes the name of a language and its tag.
func (p *page) language(v view) {
	base, _, _ := strings.Cut(v.open, "-")
	if name, ok := languages[base]; ok {
		p.raw(name)
		if name != languages["en"] || v.open != "en" {
			p.raw(" (")
			p.b = show(p.b, v.open, false)
			p.raw(")")
		}
		return
	}
	p.one(v)
}

func (p *page) statements(e *entry) {
	const path = "/data/statements"
	v := e.view(path)
	if v.node == nil || v.node.kind != arrayNode {
		p.raw("<p class=\"none\">Statements: ")
		p.one(v)
		p.raw("</p>\n")
		return
	}
	for i, k := range v.node.kids {
		number := strconv.Itoa(e.item) + "." + strconv.Itoa(i+1)
		if k.kind == holeNode {
			p.raw(`<section class="statement closed"><h4><span class="number">` + number + `</span> <span class="label">CLOSED</span></h4>` + "\n<p>")
			p.box(k.codes)
			p.raw("</p>\n</section>\n")
			continue
		}
		p.statement(e, path+"/"+strconv.Itoa(i), number, uint64(i))
	}
	if codes := e.rest(path, 8); codes != "" {
		p.raw("<p class=\"none\">More that is closed: ")
		p.box(codes)
		p.raw("</p>\n")
	}
}

// statement writes one statement, what it rests on and its corrections.
func (p *page) statement(e *entry, at, number string, index uint64) {
	kind := e.view(at + "/kind")
	class := kind.open
	label, known := kindLabel[kind.open]
	if !known {
		class = "closed"
	}
	p.raw(`<section class="statement ` + class + `"><h4><span class="number">` + number + `</span> <span class="label">`)
	if known {
		p.raw(label)
	} else {
		p.one(kind)
	}
	p.raw("</span></h4>\n")
	language := e.view(at + "/language")
	if kind.open == "third-party" || kind.open == "" && e.named(at) {
		p.chain(e, at)
	}
	if language.open != "en" {
		p.raw(`<p class="aside">In `)
		p.language(language)
		p.raw(", as it was said or written:</p>\n")
	}
	fixes := p.s.fixes[fixed{e.Seq, index}]
	if len(fixes) > 0 {
		p.raw("<p class=\"aside\">First recorded as:</p>\n")
	}
	if kind.open == "client-words" {
		p.block(e, at+"/text", language.open, "“", "”")
	} else {
		p.block(e, at+"/text", language.open, "", "")
	}
	if because := e.view(at + "/because"); because.given() {
		p.raw("<p class=\"aside\">Because:</p>\n")
		p.block(e, at+"/because/text", language.open, "", "")
	}
	p.translation(e, at+"/translation")
	for _, c := range fixes {
		p.raw(`<div class="corrected"><p class="aside">Corrected `)
		p.raw(written(recorded(c.At), nil, nil) + " by ")
		p.one(c.view("/actor"))
		p.raw(` (item <a href="#item-` + strconv.Itoa(c.item) + `">` + strconv.Itoa(c.item) + "</a>). It should read:</p>\n")
		p.fix(c, language.open)
		p.raw("</div>\n")
	}
	p.raw("</section>\n")
}

// named reports whether it is open that somebody else than the writer said a
// statement or passed it on.
func (e *entry) named(at string) bool {
	speaker, by := e.view(at+"/speaker").open, e.view(at+"/passed_by").node
	return speaker != "" && speaker != "me" || by != nil && by.kind == arrayNode || e.knew(at).open != ""
}

// knew returns how the speaker of a statement came to know it. Version 1 of a
// contact has nowhere to say so: what is closed around it is something else.
func (e *entry) knew(at string) view {
	if e.scalar("/v") == "1" {
		return view{}
	}
	return e.view(at + "/knew")
}

// chain writes through whom a statement came to the writer.
func (p *page) chain(e *entry, at string) {
	p.raw(`<p class="aside">`)
	p.speaker(e.view(at + "/speaker"))
	if knew := e.knew(at); knew.given() {
		p.raw(" (how they knew: ")
		p.one(knew)
		p.raw(")")
	} else if knew.node != nil && e.view(at+"/kind").open == "third-party" { // null
		p.raw(" (how they knew: not asked)")
	}
	arrow := ` <span aria-hidden="true">→</span><span class="hide"> told </span> `
	if v := e.view(at + "/passed_by"); v.node == nil && v.codes != "" {
		p.raw(arrow)
		p.box(v.codes)
	} else if v.node != nil && v.node.kind == arrayNode {
		p.raw(arrow)
		p.steps(e, at+"/passed_by", arrow)
	}
	p.raw(arrow + "me</p>\n")
}

// steps writes who passed a statement on, how, and whether at work.
func (p *page) steps(e *entry, path, arrow string) {
	for i, k := range e.find(path).kids {
		if i > 0 {
			p.raw(arrow)
		}
		if k.kind == holeNode {
			p.box(k.codes)
			continue
		}
		at := path + "/" + strconv.Itoa(i)
		p.speaker(e.view(at + "/who"))
		p.raw(" (")
		p.one(e.view(at + "/how"))
		p.raw("; ")
		switch e.scalar(at + "/at_work") {
		case "true":
			p.raw("in the course of work")
		case "false":
			p.raw("not in the course of work")
		case "null":
			p.raw("not known whether in the course of work")
		default:
			p.one(e.view(at + "/at_work"))
		}
		p.raw(")")
	}
	if codes := e.rest(path, 3); codes != "" {
		p.raw(arrow)
		p.box(codes)
	}
}

func (p *page) speaker(v view) {
	switch v.open {
	case "client":
		p.raw("the client")
	case "me":
		p.raw("me")
	default:
		p.one(v)
	}
}

func (p *page) translation(e *entry, at string) {
	v := e.view(at)
	if !v.given() {
		return
	}
	p.raw(`<div class="translation"><p class="aside">`)
	if v.node == nil {
		p.raw("Translation: ")
		p.box(v.codes)
		p.raw("</p></div>\n")
		return
	}
	language := e.view(at + "/language")
	p.raw("Translation into ")
	p.language(language)
	p.raw(", by ")
	p.speaker(e.view(at + "/by"))
	p.raw(":</p>\n")
	p.block(e, at+"/text", language.open, "", "")
	p.raw("</div>\n")
}

// fix writes the right words of a correction and why.
func (p *page) fix(c *entry, lang string) {
	p.block(c, "/data/text", lang, "", "")
	p.raw("<p class=\"aside\">Reason: ")
	p.text(c, "/data/reason/text", "")
	p.raw("</p>\n")
}

// correction writes an entry that corrects another: in full, or by reference
// when it is printed beside what it corrects.
func (p *page) correction(e *entry) {
	to, open := e.corrects()
	target := p.s.numbers[to.seq]
	p.row("Corrects", func() {
		if !open {
			p.one(e.view("/data/corrects/seq"))
			p.raw(", statement ")
			p.one(e.view("/data/corrects/statement"))
			return
		}
		if target == nil {
			p.raw("entry " + strconv.FormatUint(to.seq, 10) + " of the case, statement " +
				strconv.FormatUint(to.statement+1, 10) + ", which is withheld")
			return
		}
		item := strconv.Itoa(target.item)
		p.raw(`statement <a href="#item-` + item + `">` + item + "." + strconv.FormatUint(to.statement+1, 10) + "</a>")
	})
	p.raw("</tbody>\n</table>\n")
	if open && p.s.corrected(to) {
		p.raw("<p>It is printed there, beside the first words. Both are kept.</p>\n")
		return
	}
	p.raw(`<section class="statement corrected"><h4><span class="label">IT SHOULD READ</span></h4>` + "\n")
	p.fix(e, "")
	p.raw("</section>\n")
}

// attempted writes an attempt behind its times.
func (p *page) attempted(e *entry) {
	p.optional(e, "Number or address used", "/data/number")
	p.row("Outcome", func() { p.word(e.view("/data/outcome"), outcomeWords) })
	p.row("Voicemail left", func() { p.yesNo(e, "/data/voicemail") })
	p.next(e, "Next try", "/data/next_try")
	p.raw("</tbody>\n</table>\n")
	if e.view("/data/note").given() {
		p.raw("<p class=\"aside\">Note:</p>\n")
		p.block(e, "/data/note/text", "", "", "")
	}
}

// other writes an entry of a type that has no form of its own: every value
// under its path.
func (p *page) other(e *entry) {
	shown := ""
	for _, part := range e.opened {
		path := part.Path
		if part.Kind == events.KindWord {
			path = path[:strings.LastIndexByte(path, '/')]
		}
		if path == shown || !strings.HasPrefix(path, "/data/") {
			continue
		}
		shown = path
		p.raw(`<tr><th scope="row">`)
		p.b = escape(p.b, path)
		p.raw("</th><td>")
		if part.Kind == events.KindWord {
			p.text(e, path, "")
		} else {
			p.one(e.view(path))
		}
		p.raw("</td></tr>\n")
	}
	if len(e.closings) > 0 {
		p.row("Closed", func() {
			var codes []byte
			for _, c := range e.closings {
				codes = append(codes, c.Code)
			}
			p.box(string(codes))
		})
	}
	p.raw("</tbody>\n</table>\n")
}
