package projections

import (
	"encoding/binary"
	"fmt"

	"caseledger/events"
	"caseledger/internal/clock"
)

// View values are a version byte and fields in a fixed order: numbers as the
// shortest uvarint, strings and lists behind their length. What decodes
// encodes to the same bytes.

var errValue = fmt.Errorf("view value is not in its format: %w", events.ErrBroken)

// decoder reads fields and remembers that one was wrong.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fail() { d.b, d.bad = nil, true }

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	c := d.b[0]
	d.b = d.b[1:]
	return c
}

func (d *decoder) uint() uint64 {
	if len(d.b) > 0 && d.b[0] < 0x80 {
		v := d.b[0]
		d.b = d.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(d.b)
	if n <= 0 || n > 1 && d.b[n-1] == 0 { // cut short, too long, or not the shortest
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	u := d.uint()
	return int64(u>>1) ^ -int64(u&1)
}

// upTo reads a number that must not exceed max.
func (d *decoder) upTo(max uint64) uint64 {
	v := d.uint()
	if v > max {
		d.fail()
		return 0
	}
	return v
}

func (d *decoder) bool() bool { return d.upTo(1) == 1 }

func (d *decoder) bytes() []byte {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	v := d.b[:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) string() string { return shared(d.bytes()) }

// count reads the length of a list whose elements take at least a byte each.
func (d *decoder) count() int { return int(d.upTo(uint64(len(d.b)))) }

func (d *decoder) when() clock.When {
	switch d.byte() {
	case noMoment:
	case dateMoment:
		if n := d.int(); n == int64(clock.Date(n)) && clock.Date(n).Valid() {
			return clock.OnDate(clock.Date(n))
		}
		d.fail()
	case timeMoment:
		off := d.int()
		if w, ok := clock.AtUnix(d.int(), int(off)); ok && !d.bad {
			return w
		}
		d.fail()
	default:
		d.fail()
	}
	return clock.When{}
}

// The forms of a moment: nothing follows; the number of a day; the offset in
// minutes and the seconds since 1970.
const (
	noMoment byte = iota
	dateMoment
	timeMoment
)

// end reports an error unless everything was read and right.
func (d *decoder) end() error {
	if d.bad || len(d.b) != 0 {
		return errValue
	}
	return nil
}

func appendInt(b []byte, v int64) []byte {
	return binary.AppendUvarint(b, uint64(v)<<1^uint64(v>>63))
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendWhen(b []byte, w clock.When) []byte {
	switch {
	case w.IsZero():
		return append(b, noMoment)
	case w.IsDate():
		return appendInt(append(b, dateMoment), int64(w.Date()))
	}
	sec, off := w.Unix()
	return appendInt(appendInt(append(b, timeMoment), int64(off)), sec)
}

// common are the strings that bodies and view values repeat: reading one of
// them allocates nothing.
var common = func() map[string]string {
	m := make(map[string]string)
	for _, s := range []string{
		"", "exact", "about", "date", "unknown",
		"marac", "police", "self", "agency", "helpline",
		"phone", "video", "text", "email", "post", "in-person", "voicemail", "visit",
		"in", "out", "met", "yes", "no", "not-known", "standard", "medium", "high",
		"no-answer", "engaged", "unobtainable", "someone-else-answered", "not-safe-to-talk", "message-sent",
		"money", "life", "time", "safety", "health",
		"planned", "doing", "done", "not-done", "impossible",
		"referral.received", "client.recorded", "safe-contact.set",
		"case.allocated", "contact.attempted", "contact.recorded",
		"contact.corrected", "incident.disclosed", "risk.reviewed",
		"plan.changed", "case.closed", "disclosure.exported",
	} {
		m[s] = s
	}
	return m
}()
