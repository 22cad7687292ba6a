package sheet

import (
	"strconv"
	"strings"
)

// HTML returns contact-sheets.html: one page without scripts or anything from
// elsewhere, made to be printed on A4. It is written item by item, so that
// the tree of a long case never stands in memory as a whole.
func (s *Sheet) HTML() []byte {
	p := page{d: s.document("sheets", "Contact sheets, exhibit "+plain(s.facts.exhibit)), b: make([]byte, 0, 64<<10)}
	p.head()
	front := s.front()
	p.block(&front)
	for _, b := range s.parts() {
		p.section(&b.Block, func() {
			for _, e := range b.items {
				item := s.item(e)
				p.block(&item)
			}
		})
	}
	p.end()
	return p.b
}

// page writes a document as HTML.
type page struct {
	d *Document
	b []byte
}

func (p *page) raw(s string) { p.b = append(p.b, s...) }

// value writes one line of text that came from an event.
func (p *page) value(s string) { p.runs(appendShown(nil, s, false, Run{Isolate: true})) }

func (p *page) head() {
	d := p.d
	copies := strconv.Itoa(d.Copy)
	p.raw(`<!DOCTYPE html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>`)
	p.b = escape(p.b, d.Title) // a title has no elements
	p.raw("</title>\n<style>\n" + style)
	if d.Draft {
		p.raw(draftStyle)
	}
	p.raw("@page {\n  @top-left { content: ")
	p.b = cssString(p.b, "Exhibit "+d.Exhibit+" · Case "+d.Case)
	p.raw("; }\n  @top-right { content: \"CONFIDENTIAL\"; }\n  @bottom-left { content: ")
	p.b = cssString(p.b, "Copy "+copies+" for "+d.Holder)
	p.raw("; }\n  @bottom-center { content: ")
	p.b = cssString(p.b, "Check code "+d.Check)
	p.raw("; }\n  @bottom-right { content: \"Page \" counter(page) \" of \" counter(pages); }\n}\n</style>\n</head>\n")
	p.raw(`<body>
<p class="skip"><a href="#contacts">Skip to the contacts</a></p>
`)
	if d.Draft {
		p.raw(draftNote)
	}
	p.raw(`<header class="masthead">
<p class="service">`)
	p.value(d.Service)
	p.raw("</p>\n<h1>Contact sheets</h1>\n<p class=\"exhibit\">Exhibit <strong>")
	p.value(d.Exhibit)
	p.raw("</strong> <span class=\"sep\">·</span> Case <strong>" + d.Case + "</strong> <span class=\"sep\">·</span> Confidential</p>\n</header>\n<main>\n")
}

func (p *page) end() {
	p.raw("</main>\n<footer class=\"end\">\n<p>Copy " + strconv.Itoa(p.d.Copy) + " for ")
	p.value(p.d.Holder)
	p.raw(". Check code <span class=\"code\">" + p.d.Check + "</span>. Exhibit ")
	p.value(p.d.Exhibit)
	p.raw(".</p>\n</footer>\n</body>\n</html>\n")
}

// section writes a section with what inside writes behind its blocks.
func (p *page) section(b *Block, inside func()) {
	if b.Style == "front" {
		p.raw("<section class=\"front\" aria-labelledby=\"about\">\n")
	} else {
		p.raw(`<section id="` + b.ID + `" class="sheet" aria-labelledby="` + b.ID + "-title\">\n<h2 id=\"" + b.ID + `-title" class="part">`)
		p.runs(b.Label)
		p.raw("</h2>\n")
	}
	p.blocks(b.Blocks)
	inside()
	p.raw("</section>\n")
}

func (p *page) blocks(blocks []Block) {
	for i := range blocks {
		p.block(&blocks[i])
	}
}

// block writes one block and what is in it.
func (p *page) block(b *Block) {
	switch b.Kind {
	case "section":
		p.section(b, func() {})
	case "heading":
		level := strconv.Itoa(b.Level)
		p.raw("<h" + level)
		if b.ID != "" {
			p.raw(` id="` + b.ID + `"`)
		}
		p.raw(">")
		p.runs(b.Runs)
		p.raw("</h" + level + ">\n")
	case "para":
		switch b.Style {
		case "nav":
			p.raw("<nav aria-label=\"Parts of this document\"><p>")
			p.runs(b.Runs)
			p.raw("</p></nav>\n")
			return
		case "":
			p.raw("<p>")
		default:
			p.raw(`<p class="` + b.Style + `">`)
		}
		p.runs(b.Runs)
		p.raw("</p>\n")
	case "note":
		p.raw(`<div class="` + b.Style + `" role="note" aria-labelledby="` + b.ID + "\">\n<h2 id=\"" + b.ID + `">`)
		p.runs(b.Blocks[0].Runs)
		p.raw("</h2>\n")
		p.blocks(b.Blocks[1:])
		p.raw("</div>\n")
	case "facts":
		p.table("facts", b)
	case "table":
		p.table(b.Style, b)
	case "steps":
		p.raw("<ol class=\"steps\">\n")
		p.elements(b)
		p.raw("</ol>\n")
	case "list":
		p.raw("<ul>\n")
		p.elements(b)
		p.raw("</ul>\n")
	case "legend":
		p.raw("<ul class=\"legend\">\n")
		for i := range b.Blocks {
			p.raw(`<li class="` + b.Blocks[i].Style + `"><span class="label">`)
			p.runs(b.Blocks[i].Label)
			p.raw("</span> ")
			p.runs(b.Blocks[i].Runs)
			p.raw("</li>\n")
		}
		p.raw("</ul>\n")
	case "item":
		p.raw(`<article id="` + b.ID + `" aria-labelledby="` + b.Blocks[0].ID + `">
<p class="running"><span>Exhibit `)
		p.value(p.d.Exhibit)
		p.raw("</span> <span>Case " + p.d.Case + "</span> <span>")
		p.runs(b.Label)
		p.raw("</span> <span>Confidential</span></p>\n")
		p.blocks(b.Blocks)
		p.raw("</article>\n")
	case "statement":
		p.statement(b)
	case "quote":
		p.quote(b.Runs)
	case "aside":
		p.raw(`<p class="aside">`)
		p.runs(b.Runs)
		p.raw("</p>\n")
	case "beside":
		p.raw(`<div class="` + b.Style + `">`)
		p.blocks(b.Blocks)
		p.raw("</div>\n")
	}
}

// elements writes the paragraphs of a list.
func (p *page) elements(b *Block) {
	for i := range b.Blocks {
		p.raw("<li>")
		p.runs(b.Blocks[i].Runs)
		p.raw("</li>\n")
	}
}

func (p *page) table(class string, b *Block) {
	p.raw(`<table class="` + class + "\">\n<caption class=\"hide\">")
	p.runs(b.Label)
	p.raw("</caption>\n")
	rows := b.Rows
	if len(rows) > 0 && rows[0].Header {
		p.raw("<thead><tr>")
		for _, c := range rows[0].Cells {
			p.raw(`<th scope="col">`)
			p.runs(c)
			p.raw("</th>")
		}
		p.raw("</tr></thead>\n")
		rows = rows[1:]
	}
	p.raw("<tbody>\n")
	for _, r := range rows {
		p.raw("<tr>")
		for i, c := range r.Cells {
			if i == 0 && len(c) > 0 {
				p.raw(`<th scope="row">`)
				p.runs(c)
				p.raw("</th>")
				continue
			}
			p.raw("<td>")
			p.runs(c)
			p.raw("</td>")
		}
		p.raw("</tr>\n")
	}
	p.raw("</tbody>\n</table>\n")
}

// statement writes a statement: its number and kind, and what is in it.
func (p *page) statement(b *Block) {
	p.raw(`<section class="statement ` + b.Style + `"><h4>`)
	label := b.Label
	if len(label) > 1 && label[0].Style == "number" {
		p.runs(label[:1])
		p.raw(" ")
		label = label[1:]
		if first := label[0]; first.Style == "" { // the space between the two stands outside of the label
			first.Text = strings.TrimPrefix(first.Text, " ")
			label = append([]Run{first}, label[1:]...)
		}
	}
	p.raw(`<span class="label">`)
	p.runs(label)
	p.raw("</span></h4>\n")
	p.blocks(b.Blocks)
	p.raw("</section>\n")
}

// quote writes somebody's words as a paragraph, which has the direction of a
// text that is in it.
func (p *page) quote(runs []Run) {
	p.raw(`<p class="said"`)
	if lang, text := textOf(runs); text {
		p.raw(` dir="auto"`)
		p.lang(lang)
	}
	p.raw(">")
	p.runs(runs)
	p.raw("</p>\n")
}

// textOf reports whether a text is among the runs, and in which language.
func textOf(runs []Run) (lang string, text bool) {
	for i := range runs {
		if runs[i].Pre {
			return runs[i].Lang, true
		}
	}
	return "", false
}

func (p *page) lang(tag string) {
	if tag != "" {
		p.raw(` lang="` + tag + `"`)
	}
}

// runs writes a line. A stretch of isolated runs is one element.
func (p *page) runs(runs []Run) {
	for i := 0; i < len(runs); i++ {
		if !runs[i].Isolate {
			p.run(&runs[i])
			continue
		}
		k := i
		for k < len(runs) && runs[k].Isolate {
			k++
		}
		if lang, text := textOf(runs[i:k]); text {
			p.raw(`<bdi class="text" dir="auto"`)
			p.lang(lang)
			p.raw(">")
		} else {
			p.raw("<bdi>")
		}
		for ; i < k; i++ {
			p.run(&runs[i])
		}
		i--
		p.raw("</bdi>")
	}
}

func (p *page) run(r *Run) {
	switch r.Style {
	case "strong":
		p.raw("<strong>")
		p.b = escape(p.b, r.Text)
		p.raw("</strong>")
	case "code", "number":
		p.raw(`<span class="` + r.Style + `">`)
		p.b = escape(p.b, r.Text)
		p.raw("</span>")
	case "box":
		p.raw(`<span class="box" role="img" dir="ltr" aria-label="closed, code ` + r.Text + `">` + r.Text + `</span>`)
	case "cp":
		p.raw(`<span class="cp" dir="ltr">` + r.Text + `</span>`)
	case "link":
		p.raw(`<a href="#` + r.Ref + `">`)
		p.b = escape(p.b, r.Text)
		p.raw("</a>")
	case "arrow":
		p.raw(`<span aria-hidden="true">→</span><span class="hide"> told </span>`)
	default:
		p.b = escape(p.b, r.Text)
	}
}
