package sheet

import (
	"encoding/hex"
	"strconv"
	"strings"

	"caseledger/events"
)

// ref adds a link to an entry of the case by its item, or says that it is not
// on the sheet.
func (s *Sheet) ref(l *line, v view) {
	seq, err := strconv.ParseUint(v.scalar(), 10, 53)
	if err != nil {
		l.one(v)
		return
	}
	if e := s.numbers[seq]; e != nil {
		l.put("item ")
		e.link(l)
		return
	}
	l.put("entry " + strconv.FormatUint(seq, 10) + " of the case, which is withheld")
}

// scalar returns the canonical JSON of an open scalar, else "".
func (v view) scalar() string {
	if v.node != nil && v.node.kind == scalarNode {
		return v.node.value
	}
	return ""
}

// said adds a text below the facts, behind what it is.
func (e *entry) said(blocks []Block, label, path string) []Block {
	if !e.view(path).given() {
		return blocks
	}
	return append(blocks, Block{Kind: "aside", Runs: words(label)}, quote(e.view(path+"/text"), "", "", ""))
}

// dispute is an entry that disputes another: in full, or by reference when it
// is printed beside what it disputes.
func (s *Sheet) dispute(e *entry, r *rows) []Block {
	to, open := e.disputed()
	target := s.numbers[to.seq]
	r.row("Disputes", func(l *line) {
		switch {
		case !open:
			l.one(e.view("/data/disputes/seq"))
			l.put(", statement ")
			l.one(e.view("/data/disputes/statement"))
			return
		case target == nil:
			l.put("entry " + strconv.FormatUint(to.seq, 10) + " of the case")
			if to.statement != wholeEntry {
				l.put(", statement " + strconv.FormatUint(to.statement+1, 10))
			}
			l.put(", which is withheld")
		case to.statement == wholeEntry:
			l.put("all of item ")
			target.link(l)
		default:
			l.put("statement ")
			l.link(strconv.Itoa(target.item)+"."+strconv.FormatUint(to.statement+1, 10), target.id())
		}
	})
	r.row("Disputed by", func(l *line) { l.speaker(e.view("/data/by")) })
	if told := e.view("/data/told_in"); told.given() {
		r.row("Said in", func(l *line) { s.ref(l, told) })
	}
	if open && s.shows(to) {
		return []Block{para("What is said instead is printed there, beside the first words. Both are kept.")}
	}
	return e.said(nil, "What is said instead:", "/data/says")
}

// misfiled is an entry that says of another that it belongs to another case.
func (e *entry) misfiled(r *rows) []Block {
	r.row("Belongs to another case", func(l *line) {
		of := e.view("/data/entry")
		if seq, err := strconv.ParseUint(of.scalar(), 10, 53); err == nil {
			l.put("entry " + strconv.FormatUint(seq, 10) + " of this case. What stands in it is withheld, always")
			return
		}
		l.one(of)
	})
	r.row("Found by", func(l *line) { l.one(e.view("/data/found_by")) })
	if right := e.view("/data/belongs_to"); right.given() {
		r.row("The right case", func(l *line) { l.one(right) })
	}
	return e.said(nil, "Reason:", "/data/reason")
}

// call adds how the helpline was reached, and by whom.
func (e *entry) call(l *line) {
	channel, caller := e.view("/data/channel"), e.view("/data/caller")
	l.word(channel, channelWords)
	l.put(", ")
	if who, ok := callerWords[caller.open]; ok {
		if words, ok := directionWords["in"][channel.open]; ok {
			l.put(strings.Replace(words, "%", who, 1))
			return
		}
	}
	l.word(caller, callerWords)
}

// helpline adds the facts of a call to the helpline behind its times.
func (e *entry) helpline(r *rows) {
	r.row("With", func(l *line) {
		l.word(e.view("/data/caller"), callerWords)
		if name := e.view("/data/name"); name.given() {
			l.put(", ")
			l.one(name)
		}
	})
	e.present(r)
	e.optional(r, "Number or address used", "/data/number")
	e.interpreter(r)
	r.row("In danger at the time", func(l *line) { l.word(e.view("/data/danger_now"), knownWords) })
	r.row("Emergency services", func(l *line) { l.word(e.view("/data/emergency"), emergencyWords) })
	r.row("Safe to call back", func(l *line) {
		l.word(e.view("/data/call_back/safe"), knownWords)
		if how := e.view("/data/call_back/how"); how.given() {
			l.put(", ")
			l.one(how)
		}
	})
	if e.view("/data/advice").given() {
		r.row("Advice given", func(l *line) { l.text(e.view("/data/advice/text"), "", true) })
	}
}

// file adds the facts of an attachment. The file itself is in the bundle when
// its hash and where it is kept stand open.
func (s *Sheet) file(e *entry, r *rows) []Block {
	if exhibit := e.view("/data/exhibit"); exhibit.given() && !e.first() {
		r.row("Exhibit", func(l *line) { l.one(exhibit) })
	}
	r.row("File name", func(l *line) { l.one(e.view("/data/name")) })
	r.row("Form and size", func(l *line) {
		l.one(e.view("/data/media_type"))
		l.put(", ")
		l.size(e.view("/data/size"))
	})
	r.row("SHA-256", func(l *line) { l.hash(e.view("/data/sha256")) })
	r.row("The file itself", func(l *line) { l.put(e.held().words) })
	r.row("Made", func(l *line) {
		at := "/data/produced"
		l.occurred(e.view(at+"/from"), e.view(at+"/to"), e.view(at+"/precision"))
		if by := e.view("/data/produced_by"); by.given() {
			l.put(", by ")
			l.one(by)
		}
	})
	r.row("Came from", func(l *line) { l.one(e.view("/data/from")) })
	e.optional(r, "Equipment", "/data/equipment")
	if from := e.view("/data/derived_from"); from.given() {
		r.row("Changed copy of", func(l *line) {
			s.ref(l, from)
			if of := s.numbers[e.seqAt("/data/derived_from")]; of != nil && of.typ == "attachment.added" {
				if exhibit := of.view("/data/exhibit"); exhibit.given() && !of.first() {
					l.put(", exhibit ")
					l.one(exhibit)
				}
			}
		})
	}
	return e.said(nil, "What it shows:", "/data/description")
}

// holding says whether the bundle holds the file of an attachment.
type holding struct {
	in    bool
	words string
}

// held follows the rule of the bag: the file is there if and only if its hash
// is open and where it is kept is open and not null.
func (e *entry) held() holding {
	sum, stored := e.view("/data/sha256"), e.view("/data/stored")
	_, err := events.ParseHash(sum.open)
	switch {
	case err == nil && stored.open != "":
		return holding{true, "in this bundle, under data/attachments"}
	case stored.scalar() == "null":
		return holding{words: "not kept by the service"}
	}
	return holding{words: "withheld"}
}

// hash adds a hash, which is to be compared letter by letter.
func (l *line) hash(v view) {
	if _, err := hex.DecodeString(v.open); err == nil && v.open != "" {
		l.code(v.open)
		return
	}
	l.one(v)
}

// size adds a number of bytes.
func (l *line) size(v view) {
	n, err := strconv.ParseUint(v.scalar(), 10, 53)
	if err != nil {
		l.one(v)
		return
	}
	digits := strconv.FormatUint(n, 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	if n == 1 {
		l.put("1 byte")
		return
	}
	l.put(digits + " bytes")
}

// requested is the request that led to the export.
func (e *entry) requested(r *rows) []Block {
	r.row("Kind", func(l *line) { l.word(e.view("/data/kind"), requestWords) })
	r.row("Asked by", func(l *line) {
		l.one(e.view("/data/officer"))
		l.put(", ")
		l.one(e.view("/data/force"))
	})
	r.row("Their reference", func(l *line) { l.one(e.view("/data/reference")) })
	e.next(r, "Received", "/data/received")
	r.row("Period asked for", func(l *line) {
		from, to := e.view("/data/from"), e.view("/data/to")
		if !from.given() && !to.given() {
			l.put("not limited")
			return
		}
		l.when(from)
		l.put(" to ")
		l.when(to)
	})
	e.next(r, "To be answered by", "/data/due")
	e.yesNo(r, "Counselling records among it", "/data/counselling")
	var blocks []Block
	for _, t := range [][2]string{{"What is asked for:", "what"}, {"Line of enquiry:", "line_of_enquiry"}, {"Why necessary and proportionate:", "necessary"}} {
		blocks = e.said(blocks, t[0], "/data/"+t[1])
	}
	return blocks
}

// decided is the decision that led to the export. The file decision.json has
// it word for word, with every closing.
func (e *entry) decided(r *rows) []Block {
	r.row("Decision", func(l *line) {
		l.word(e.view("/data/decision"), decisionWords)
		l.put(", by ")
		l.one(e.view("/data/by"))
	})
	r.row("Period", func(l *line) {
		l.when(e.view("/data/from"))
		l.put(" to ")
		l.when(e.view("/data/to"))
	})
	r.row("Kinds of entry", func(l *line) {
		e.list(l, "/data/kinds", 1, func(at string) { l.word(e.view(at), typeWords) }, "none")
	})
	r.row("Client told", func(l *line) {
		told := e.view("/data/client_told")
		if told.node == nil || told.node.kind != objectNode {
			l.one(told)
			return
		}
		l.word(e.view("/data/client_told/answer"), toldWords)
		if on := e.view("/data/client_told/on"); on.given() {
			l.put(", ")
			l.when(on)
		}
		if channel := e.view("/data/client_told/channel"); channel.given() {
			l.put(", ")
			l.word(channel, channelWords)
		}
	})
	if words := e.view("/data/words"); words.given() && !e.first() {
		r.row("Words read by", func(l *line) { l.one(e.view("/data/words/read_by")) })
	}
	tests := e.find("/data/tests")
	if tests == nil || tests.kind != arrayNode {
		return nil
	}
	list := Block{Kind: "list"}
	for i, k := range tests.kids {
		at := "/data/tests/" + strconv.Itoa(i)
		list.Blocks = append(list.Blocks, Block{Kind: "para", Runs: runs(func(l *line) {
			if k.kind == holeNode {
				l.box(k.codes)
				return
			}
			l.word(e.view(at+"/test"), testWords)
			l.put(" (")
			l.word(e.view(at+"/met"), metWords)
			l.put("): ")
			l.text(e.view(at+"/reasons/text"), "", true)
		})})
	}
	return []Block{{Kind: "aside", Runs: words("The tests, and the reasons:")}, list}
}

// when adds a date or time in words.
func (l *line) when(v view) {
	if m := v.moment(); m != nil {
		l.put(m.when(""))
		return
	}
	l.one(v)
}

// other adds the facts of an entry of a type that has no form of its own:
// every value that says something, under its name.
func (e *entry) other(r *rows) {
	shown, when := "", ""
	for _, part := range e.opened {
		path := part.Path
		if part.Kind == events.KindWord {
			path = path[:strings.LastIndexByte(path, '/')]
		}
		if path == shown || !strings.HasPrefix(path, "/data/") || strings.HasPrefix(path, "/data/made/") {
			continue
		}
		shown = path
		if of, ok := e.timed(path); ok {
			if of != when {
				when = of
				r.row(named(of)+": when", func(l *line) {
					l.occurred(e.view(of+"/from"), e.view(of+"/to"), e.view(of+"/precision"))
				})
			}
			continue
		}
		v := e.view(path)
		switch v.scalar() {
		case "null", "{}", "[]":
			continue
		}
		r.row(named(path), func(l *line) {
			switch {
			case part.Kind == events.KindWord:
				l.text(v, "", true)
			case v.moment() != nil:
				l.when(v)
			default:
				l.yesNo(v)
			}
		})
	}
	if len(e.closings) > 0 {
		r.row("Closed", func(l *line) {
			for _, c := range e.closings {
				l.box(string(c.Code))
			}
		})
	}
}

// timed returns the value that says when something happened and that path is
// a member of: one with an open precision.
func (e *entry) timed(path string) (of string, ok bool) {
	cut := strings.LastIndexByte(path, '/')
	switch path[cut:] {
	case "/from", "/precision", "/to":
		of = path[:cut]
		return of, strings.HasPrefix(of, "/data/") && e.view(of+"/precision").open != ""
	}
	return "", false
}

// named makes a label of a path below /data: "/data/agencies/0/name" is
// "Agencies 1: name".
func named(path string) string {
	var names []string
	rest := strings.TrimPrefix(path, "/data")
	for rest != "" {
		var segment string
		segment, rest = cutSegment(rest)
		switch {
		case isIndex(segment) && len(names) > 0:
			if k, err := strconv.ParseUint(segment, 10, 32); err == nil {
				names[len(names)-1] += " " + strconv.FormatUint(k+1, 10)
			}
		case segment == "text" && rest == "" && len(names) > 0:
		default:
			names = append(names, strings.ReplaceAll(segment, "_", " "))
		}
	}
	label := strings.Join(names, ": ")
	if label == "" {
		return path
	}
	return strings.ToUpper(label[:1]) + label[1:]
}
