package pages

import (
	"fmt"
	"slices"
	"strconv"

	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/internal/policy"
	"caseledger/schemas"
)

// safeChannels are the ways of reaching a client that a setting speaks of.
var safeChannels = []option{
	{"phone", "Telephone"}, {"voicemail", "Voicemail"}, {"text", "Text message"}, {"email", "Email"}, {"post", "Letter"}, {"video", "Video call"}, {"visit", "Visit at home"},
}

// placeKinds are where a client can be met.
var placeKinds = []option{
	{"refuge", "Refuge"}, {"workplace", "Workplace"}, {"court", "Court"}, {"agency", "An agency"}, {"accommodation", "Where she or he stays now"}, {"public", "A public place"}, {"home", "The client’s home"}, {"other", "Another place"},
}

const (
	maxLines  = 7  // of one channel: seven of each are within what an event can hold
	maxPlaces = 20 // likewise
)

var safeContact = writing{path: "/safe-contact/new", action: access.CaseWrite, template: "safe-contact", title: "Safe contact", secret: true, open: (*Server).openSafe, data: (*Server).readSafe}

// safeMore is what the page of safe contact offers.
type safeMore struct {
	Channels []safeChannel
	Places   []string // prefixes of the names of their fields
	Kinds    []option
	Home     bool // the policy lets clients be visited at home
}

// safeChannel is a channel with its lines: prefixes of the names of their
// fields.
type safeChannel struct {
	option
	Lines []string
}

func (s *Server) openSafe(r *Request, p *writingPage) error {
	var now schemas.SafeContactSetV2
	if seq := p.from("safe-contact.set"); seq != 0 {
		if _, err := s.told(r, r.Chain, seq, &now); err != nil {
			return err
		}
	}
	figures, err := s.ledger.Figures(r.Context(), ops.ViewOf{Now: r.Now})
	if err != nil {
		return err
	}
	m := safeMore{Kinds: placeKinds}
	for _, f := range figures.Figures {
		m.Home = m.Home || f.Code == policy.HomeVisits && len(f.Values) > 0 && f.Values[0] > 0
	}
	p.hold("code-word", now.CodeWord)
	if p.First {
		p.F.setLine("expires", now.Expires)
	}
	for _, o := range safeChannels {
		c := safeChannel{option: o}
		var set []schemas.SafeChannelV2
		for _, line := range now.Channels {
			if line.Channel == o.Value {
				set = append(set, line)
			}
		}
		for i := range p.rows(o.Value, max(len(set), 1), maxLines) {
			prefix := fmt.Sprintf("%s-%d", o.Value, i+1)
			c.Lines = append(c.Lines, prefix)
			if i >= len(set) {
				if !p.F.has(prefix + "-allowed") {
					p.F.Set(prefix+"-allowed", "")
				}
				continue
			}
			p.hold(prefix+"-address", set[i].Address)
			if p.First {
				p.F.Set(prefix+"-allowed", map[bool]string{true: "yes", false: "no"}[set[i].Allowed])
				p.F.setLine(prefix+"-times", set[i].Times)
				p.F.setLine(prefix+"-reason", set[i].Reason)
				p.F.Set(prefix+"-hours", formatHours(set[i].Hours))
			}
		}
		m.Channels = append(m.Channels, c)
	}
	for i := range p.rows("place", len(now.Places)+1, maxPlaces) {
		prefix := fmt.Sprintf("place-%d", i+1)
		m.Places = append(m.Places, prefix)
		if i >= len(now.Places) {
			continue
		}
		p.hold(prefix+"-where", now.Places[i].Place)
		if p.First {
			p.F.Set(prefix+"-kind", now.Places[i].Kind)
			p.F.Set(prefix+"-hours", formatHours(now.Places[i].Hours))
			p.F.setWhen(prefix+"-away", now.Places[i].AwayUntil)
		}
	}
	p.More = m
	return nil
}

// rows is how many rows of a kind a form has: as many as it was made with, and
// one more when that is asked for.
func (p *writingPage) rows(kind string, begin, most int) int {
	name := kind + "-rows"
	n := begin
	if sent, err := strconv.Atoi(p.F.V(name)); err == nil && sent > 0 {
		n = sent
	}
	if p.F.V("more") == kind {
		n++
	}
	n = min(n, most)
	p.F.Set(name, strconv.Itoa(n))
	return n
}

// hours is a field of hours of the week.
func (f *Form) hours(name string) []schemas.Hours {
	list, err := parseHours(f.V(name))
	if err != nil {
		f.Fail(name, "Write days and two times, such as Mon-Fri 10:00-15:00, Sat 9:00-12:00. Leave it empty for any time.")
		return []schemas.Hours{}
	}
	return list
}

func (s *Server) readSafe(_ *Request, p *writingPage) (any, error) {
	f, m := p.F, p.More.(safeMore)
	d := schemas.SafeContactSetV2{Made: p.Made, Channels: []schemas.SafeChannelV2{}, Places: []schemas.SafePlace{}, CodeWord: p.secret("code-word"), Expires: f.Day("expires")}
	for _, c := range m.Channels {
		for _, prefix := range c.Lines {
			line := schemas.SafeChannelV2{
				Channel: c.Value, Allowed: f.Is(prefix+"-allowed", "yes"), Times: f.Line(prefix + "-times"), Hours: f.hours(prefix + "-hours"),
				Reason: f.Line(prefix + "-reason"), Address: p.secret(prefix + "-address"),
			}
			if v := f.V(prefix + "-allowed"); v != "yes" && v != "no" {
				if line.Times != nil || line.Reason != nil || len(line.Hours) > 0 || f.V(prefix+"-address") != "" {
					f.Fail(prefix+"-allowed", "Say whether it is safe.")
				}
				continue // not said: not listed, and so not safe
			}
			if line.Allowed && c.Value == "email" && line.Address == nil {
				f.Fail(prefix+"-address", "Enter the address: email is safe only to one that the perpetrator cannot reach.")
			}
			if slices.ContainsFunc(d.Channels, func(x schemas.SafeChannelV2) bool {
				return x.Channel == line.Channel && stringOf(x.Address) == stringOf(line.Address)
			}) {
				f.Fail(prefix+"-address", "This stands here twice. Enter another number or address, or leave one of the two out.")
			}
			d.Channels = append(d.Channels, line)
		}
	}
	for _, prefix := range m.Places {
		kind := f.V(prefix + "-kind")
		where, hours := p.secret(prefix+"-where"), f.hours(prefix+"-hours")
		if kind == "" {
			if f.V(prefix+"-where") != "" || len(hours) > 0 {
				f.Fail(prefix+"-kind", "Choose what kind of place it is.")
			}
			continue
		}
		place := schemas.SafePlace{Kind: f.Choice(prefix+"-kind", "Choose what kind of place it is.", valuesOf(placeKinds)...), Place: where, Hours: hours, AwayUntil: f.Time(prefix + "-away")}
		switch {
		case kind == "home" && place.AwayUntil == nil && f.Err(prefix+"-away-date") == "":
			f.Fail(prefix+"-away-date", "Say until when the perpetrator is away.")
		case kind != "home" && place.AwayUntil != nil:
			f.Fail(prefix+"-away-date", "Only the home needs this. Leave it empty, or choose the home.")
		}
		d.Places = append(d.Places, place)
	}
	if len(d.Channels)+len(d.Places) == 0 && f.OK() {
		f.Fail(m.Channels[0].Lines[0]+"-allowed", "Say of at least one way whether it is safe.")
	}
	return d, nil
}
