package whereabouts

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"caseledger/events"
)

const (
	// MaxEntries is the most entries of one case's list.
	MaxEntries = 20_000
	// MaxPatterns is the most different names, numbers and codes that a list
	// looks for.
	MaxPatterns = 4096
	// MaxText is the most text, in bytes, that is looked through at once.
	MaxText = 64 << 20
)

// Kind says what an entry of the list is.
type Kind string

// The kinds of entries, and two of what is no entry.
const (
	KindAddress       Kind = "address"
	KindAccommodation Kind = "accommodation"
	KindSchool        Kind = "school"
	KindWorkplace     Kind = "workplace"
	KindPlace         Kind = "place"
	KindPhone         Kind = "phone"
	KindEmail         Kind = "email"
	KindEquipment     Kind = "equipment"
	KindCodeWord      Kind = "code-word" // it shows that somebody speaks for the service
	KindUnlisted      Kind = "unlisted"  // a postcode or phone number that is on no list
	KindClosing       Kind = "closing"   // words that an earlier decision closed
)

// The codes that are proposed, as evidence.Codes has them.
const (
	codeWhereabouts = 'A'
	codeThirdParty  = 'P'
	codeOtherClient = 'X'

	codeOutside = "S" // never carried over: it belongs to one request

	// codes in the order in which the first prevails.
	codes = "APXSLCMK"
)

// Event is an event of the case as the service opens it: all of its parts and
// decoys, as events.OpenParts or events.Flatten give them.
type Event struct {
	Seq   uint64
	Parts []events.Part
}

// Entry is one entry of the list: where it stands and what it is, never its
// words.
type Entry struct {
	Kind   Kind   `json:"kind"`
	Seq    uint64 `json:"seq"`
	Path   string `json:"path"`   // JSON Pointer of the value, or of the object it is made of
	Code   string `json:"code"`   // under which it would be closed: A, P or X
	Secret bool   `json:"secret"` // its bare name is looked for too
}

// List is what a case says of where somebody lives or can be found.
type List struct {
	entries []Entry
	events  map[uint64]*opened
	byKey   map[string]int // pattern key → index in patterns
	patterns
	phones  phoneBook
	tooMany bool
}

// Entries returns the list in the order in which it was recorded.
func (l *List) Entries() []Entry { return l.entries }

// New reads the list from all events of a case, in order. The error wraps
// events.ErrTooLarge over MaxEntries or MaxPatterns, events.ErrSyntax for parts
// that are none of an event.
func New(all []Event) (*List, error) {
	l := &List{events: make(map[uint64]*opened, len(all)), byKey: make(map[string]int)}
	misfiled := make(map[uint64]bool)
	list := make([]*opened, 0, len(all))
	for i := range all {
		o, err := open(&all[i])
		if err != nil {
			return nil, err
		}
		l.events[o.seq] = o
		list = append(list, o)
		if o.typ == "entry.misfiled" {
			if n, err := strconv.ParseUint(o.raw["/data/entry"], 10, 53); err == nil {
				misfiled[n] = true
			}
		}
	}
	for _, o := range list {
		c := collector{l: l, o: o, other: misfiled[o.seq]}
		c.collect()
		if l.tooMany || len(l.entries) > MaxEntries || len(l.list) > MaxPatterns {
			return nil, fmt.Errorf("whereabouts: the list of event %d and before: %w", o.seq, events.ErrTooLarge)
		}
	}
	l.index()
	return l, nil
}

// opened is an event by path.
type opened struct {
	seq   uint64
	typ   string
	parts []events.Part
	raw   map[string]string // canonical JSON of scalars that are no words
	size  map[string]int    // elements of an array, by its path
}

func open(e *Event) (*opened, error) {
	o := &opened{seq: e.Seq, parts: e.Parts, raw: make(map[string]string), size: make(map[string]int)}
	for i := range e.Parts {
		p := &e.Parts[i]
		if p.Decoy {
			continue
		}
		if p.Kind == events.KindWord {
			if _, _, ok := cutWord(p.Path); !ok {
				return nil, fmt.Errorf("whereabouts: event %d: a word without a number: %w", e.Seq, events.ErrSyntax)
			}
		} else {
			o.raw[p.Path] = p.Value
		}
		for at := len(p.Path); at > 0; {
			cut := strings.LastIndexByte(p.Path[:at], '/')
			if cut < 0 {
				break
			}
			if n, err := strconv.Atoi(p.Path[cut+1 : at]); err == nil && n < events.MaxParts {
				o.size[p.Path[:cut]] = max(o.size[p.Path[:cut]], n+1)
			}
			at = cut
		}
	}
	o.typ = o.text("/type")
	return o, nil
}

// text returns the string at a path; "" where there is none.
func (o *opened) text(path string) string {
	s, _ := unquote(o.raw[path])
	return s
}

// cutWord cuts a word's path into its text's and the word's number.
func cutWord(path string) (text string, word int, ok bool) {
	cut := strings.LastIndexByte(path, '/')
	if cut < 0 {
		return "", 0, false
	}
	n, err := strconv.Atoi(path[cut+1:])
	return path[:cut], n, err == nil && n >= 0
}

// unquote returns the text of a canonical JSON string.
func unquote(value string) (string, bool) {
	if len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
		return "", false
	}
	if content := value[1 : len(value)-1]; !strings.Contains(content, `\`) {
		return content, true
	}
	var s string
	if json.Unmarshal([]byte(value), &s) != nil {
		return "", false
	}
	return s, true
}

// collector adds the entries of one event.
type collector struct {
	l     *List
	o     *opened
	other bool // the event belongs to another client
}

// entry says what one value is.
type entry struct {
	kind   Kind
	code   byte
	secret bool
}

func (c *collector) collect() {
	mine := entry{kind: KindAddress, code: codeWhereabouts}
	theirs := entry{kind: KindAddress, code: codeThirdParty}
	switch c.o.typ {
	case "client.recorded":
		c.address("/data/address", mine)
		c.phone("/data/phone", codeWhereabouts)
		c.email("/data/email", codeWhereabouts)
	case "child.recorded":
		c.name("/data/school/name", entry{KindSchool, codeWhereabouts, c.o.raw["/data/school/secret"] == "true"})
		c.phone("/data/social_worker/phone", codeThirdParty)
	case "person.recorded":
		switch role := c.o.text("/data/role"); {
		case role == "client", c.o.text("/data/lives_with_client") == "yes":
			theirs.code = codeWhereabouts
		case role == "perpetrator":
			return // his own address is no whereabouts of anybody whom a code protects
		}
		c.address("/data/address", theirs)
		c.each("/data/phones", "", func(path string) { c.phone(path, theirs.code) })
		c.each("/data/emails", "", func(path string) { c.email(path, theirs.code) })
	case "safe-contact.set":
		c.each("/data/channels", "/address", func(path string) {
			c.reached(path, c.o.text(strings.TrimSuffix(path, "address")+"channel"), codeWhereabouts)
		})
		c.whole("/data/code_word", KindCodeWord)
		c.each("/data/places", "", func(path string) { c.place(path, "") }) // version 1: a name
		c.each("/data/places", "/place", func(path string) {
			c.place(path, c.o.text(strings.TrimSuffix(path, "place")+"kind"))
		})
	case "appointment.planned", "appointment.moved":
		c.reached("/data/arranged/number", c.o.text("/data/arranged/channel"), c.whose())
		c.place("/data/arranged/place", c.o.text("/data/arranged/place_kind"))
	case "contact.recorded":
		c.reached("/data/number", c.o.text("/data/channel"), c.whose())
		c.place("/data/place", "")
	case "contact.attempted":
		c.reached("/data/number", c.o.text("/data/channel"), codeWhereabouts)
	case "helpline.contact":
		code := byte(codeThirdParty)
		if c.o.text("/data/caller") == "client" {
			code = codeWhereabouts
		}
		c.reached("/data/number", c.o.text("/data/channel"), code)
	case "handover.given":
		c.reached("/data/call_back/number", c.o.text("/data/call_back/channel"), codeWhereabouts)
		c.whole("/data/call_back/code_word", KindCodeWord)
	case "accommodation.sought":
		c.name("/data/provider", entry{KindAccommodation, codeWhereabouts, true})
	case "accommodation.placed":
		c.name("/data/provider", entry{KindAccommodation, codeWhereabouts, true})
		c.address("/data/address", entry{KindAccommodation, codeWhereabouts, true})
	case "meeting.recorded":
		c.place("/data/place", "")
	case "agency.involved":
		c.phone("/data/phone", codeThirdParty)
		c.email("/data/email", codeThirdParty)
	case "case.transferred":
		c.name("/data/area", entry{KindPlace, codeWhereabouts, c.o.text("/data/direction") == "out"})
		c.phone("/data/contact", codeThirdParty)
	case "equipment.provided":
		c.whole("/data/serial", KindEquipment)
	}
}

// each calls f for path+"/0"+tail and so on, where a string stands.
func (c *collector) each(path, tail string, f func(path string)) {
	for i := range c.o.size[path] {
		f(path + "/" + strconv.Itoa(i) + tail)
	}
}

// whose is the code of a number in an event that says with whom it was: the
// client's, unless only others are named.
func (c *collector) whose() byte {
	n := c.o.size["/data/with"]
	for i := range n {
		if c.o.text("/data/with/"+strconv.Itoa(i)+"/kind") == "client" {
			return codeWhereabouts
		}
	}
	if n == 0 {
		return codeWhereabouts
	}
	return codeThirdParty
}

// reached adds what somebody is reached at over a channel.
func (c *collector) reached(path, channel string, code byte) {
	switch channel {
	case "email":
		c.email(path, code)
	case "post", "visit", "in-person":
		c.name(path, entry{KindAddress, code, true})
	default:
		c.phone(path, code)
	}
}

// place adds a meeting place, with its kind as safe-contact.set has it; "" is
// not known.
func (c *collector) place(path, kind string) {
	e := entry{kind: KindPlace, code: codeWhereabouts}
	switch kind {
	case "court":
		return
	case "workplace":
		e.kind, e.secret = KindWorkplace, true
	case "refuge", "accommodation":
		e.kind, e.secret = KindAccommodation, true
	case "home":
		e.kind, e.secret = KindAddress, true
	case "other":
		e.secret = true
	}
	c.name(path, e)
}

// begin adds the entry itself; the patterns that it is found by follow.
func (c *collector) begin(path string, e entry) *source {
	if c.other {
		e.code = codeOtherClient
	}
	c.l.entries = append(c.l.entries, Entry{e.kind, c.o.seq, path, string(e.code), e.secret})
	return &source{of: Of{e.kind, c.o.seq}, code: e.code, secret: e.secret, tokens: make(map[string]bool)}
}

// name adds a name or an address in one line.
func (c *collector) name(path string, e entry) {
	if text := c.o.text(path); text != "" {
		s := c.begin(path, e)
		c.l.addNames(s, text)
		for _, code := range postcodesIn(text) {
			c.l.addPostcode(s, code)
		}
	}
}

// address adds lines and postcode of an address.
func (c *collector) address(path string, e entry) {
	n := c.o.size[path+"/lines"]
	postcode := c.o.text(path + "/postcode")
	if n == 0 && postcode == "" {
		return
	}
	e.secret = e.secret || c.o.raw[path+"/secret"] == "true"
	s := c.begin(path, e)
	for i := range n {
		line := c.o.text(path + "/lines/" + strconv.Itoa(i))
		c.l.addNames(s, line)
		for _, code := range postcodesIn(line) {
			c.l.addPostcode(s, code)
		}
	}
	c.l.addPostcode(s, postcode)
}

func (c *collector) phone(path string, code byte) {
	if text := c.o.text(path); text != "" {
		c.l.addPhone(c.begin(path, entry{KindPhone, code, true}), text)
	}
}

func (c *collector) email(path string, code byte) {
	if text := c.o.text(path); text != "" {
		c.l.addWhole(c.begin(path, entry{KindEmail, code, true}), text, MatchExact)
	}
}

// whole adds a client's value that is looked for as it is.
func (c *collector) whole(path string, kind Kind) {
	if text := c.o.text(path); text != "" {
		c.l.addWhole(c.begin(path, entry{kind, codeWhereabouts, true}), text, MatchExact)
	}
}
