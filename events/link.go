package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

const (
	linkVersion   = "caseledger/event/v1"
	detailVersion = "caseledger/detail/v1"

	// MaxOrigin is the longest origin, in bytes.
	MaxOrigin = 128
	// MaxNumber is the largest number in a header or a body: 2^53−1.
	MaxNumber = 1<<53 - 1
)

// Link is the public face of an event: its place in its chain and nothing
// else. Its text is the six lines of docs/FORMAT.md, "Link".
type Link struct {
	Origin string
	Chain  Chain
	Seq    uint64 // from 1, contiguous within the chain
	Prev   Hash   // event hash of Seq−1; zeros at 1
	Detail Hash   // SHA-256 of the detail block
}

// Append appends the link block to b.
func (l *Link) Append(b []byte) []byte {
	b = l.appendContext(b)
	b = append(b, "detail "...)
	b = appendHex(b, l.Detail[:])
	return append(b, '\n')
}

// appendContext appends the five lines before detail: what a seal is bound to.
func (l *Link) appendContext(b []byte) []byte {
	b = append(b, linkVersion+"\norigin "...)
	b = append(b, l.Origin...)
	b = append(b, "\nchain "...)
	b = appendHex(b, l.Chain[:])
	b = append(b, "\nseq "...)
	b = strconv.AppendUint(b, l.Seq, 10)
	b = append(b, "\nprev "...)
	b = appendHex(b, l.Prev[:])
	return append(b, '\n')
}

// Hash returns the event hash: SHA-256 of the link block.
func (l *Link) Hash() Hash {
	var buf [512]byte
	return sha256.Sum256(l.Append(buf[:0]))
}

// ParseLink reads exactly one link block. It accepts what Append writes and
// nothing else.
func ParseLink(b []byte) (Link, error) {
	l, n, err := parseLink(b)
	if err == nil && n != len(b) {
		err = &SyntaxError{What: "link", Offset: n, Rule: "bytes after the last line"}
	}
	if err != nil {
		return Link{}, err
	}
	return l, nil
}

// ParseLinks reads link blocks one after another, as in proof/links.txt.
func ParseLinks(b []byte) ([]Link, error) {
	var links []Link
	for at := 0; at < len(b); {
		l, n, err := parseLink(b[at:])
		if err != nil {
			if s, ok := err.(*SyntaxError); ok {
				s.Offset += at
			}
			return nil, err
		}
		links = append(links, l)
		at += n
	}
	return links, nil
}

func parseLink(b []byte) (Link, int, error) {
	var l Link
	p := lines{what: "link", b: b}
	p.version(linkVersion)
	l.Origin = p.origin("origin")
	p.hex("chain", l.Chain[:])
	l.Seq = p.number("seq")
	p.hex("prev", l.Prev[:])
	if (l.Seq == 1) != (l.Prev == Hash{}) {
		p.fail("prev is zeros at seq 1 and only there")
	}
	p.hex("detail", l.Detail[:])
	return l, p.at, p.err
}

// ValidOrigin reports whether s is [a-z0-9.-]+(/[a-z0-9.-]+)* of at most
// MaxOrigin bytes.
func ValidOrigin(s string) bool {
	if len(s) == 0 || len(s) > MaxOrigin {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '.', c == '-':
		case c == '/' && i > 0 && i < len(s)-1 && s[i-1] != '/':
		default:
			return false
		}
	}
	return true
}

// lines reads "name SP value LF" lines and keeps the first error.
type lines struct {
	what  string
	b     []byte
	start int // of the line at hand
	at    int // behind it
	err   error
}

// fail blames the line at hand.
func (p *lines) fail(rule string) {
	if p.err == nil {
		p.err = &SyntaxError{What: p.what, Offset: p.start, Rule: rule}
	}
}

func (p *lines) line() []byte {
	if p.err != nil {
		return nil
	}
	p.start = p.at
	n := bytes.IndexByte(p.b[p.at:], '\n')
	if n < 0 {
		p.fail("line without an end")
		return nil
	}
	l := p.b[p.at : p.at+n]
	p.at += n + 1
	return l
}

func (p *lines) version(want string) {
	got := p.line()
	if p.err == nil && string(got) != want {
		p.err = &SyntaxError{What: p.what, Offset: p.start, Rule: "the first line is not " + want, Kind: ErrVersion}
	}
}

// value returns the value of the next line, which must have this name.
func (p *lines) value(name string) []byte {
	l := p.line()
	if p.err != nil {
		return nil
	}
	if len(l) <= len(name) || string(l[:len(name)]) != name || l[len(name)] != ' ' {
		p.fail("expected the line " + name)
		return nil
	}
	return l[len(name)+1:]
}

func (p *lines) hex(name string, dst []byte) {
	if v := p.value(name); p.err == nil && !decodeHex(dst, v) {
		p.fail(name + " is not " + strconv.Itoa(2*len(dst)) + " lower-case hex digits")
	}
}

func (p *lines) number(name string) uint64 {
	v := p.value(name)
	if p.err != nil {
		return 0
	}
	n, ok := parseNumber(v)
	if !ok {
		p.fail(name + " is not a decimal from 1 to 2^53-1")
	}
	return n
}

func (p *lines) origin(name string) string {
	v := string(p.value(name))
	if p.err == nil && !ValidOrigin(v) {
		p.fail(name + " is not a valid origin")
	}
	return v
}

// parseNumber reads a decimal from 1 to MaxNumber without leading zeros.
func parseNumber(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 16 || b[0] == '0' {
		return 0, false
	}
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + uint64(c-'0')
	}
	return n, n <= MaxNumber
}

func appendHex(b, src []byte) []byte { return hex.AppendEncode(b, src) }
