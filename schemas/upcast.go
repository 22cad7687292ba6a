package schemas

import (
	"caseledger/events"
)

// Upcast returns a body at the newest version of its type, so that readers
// know one shape of each. It is pure: a recorded event stays at the version it
// was recorded at, and no step invents what the older version did not say.
//
//	attachment.added    1 → 2  no exhibit by itself
//	contact.recorded    1 → 2  no appointment, no feedback; third parties were not asked how they knew
//	disclosure.approved 1 → 2  no draft is named
//	disclosure.decided  1 → 2  the first of its request; nobody is said to have read the words
//	disclosure.exported 1 → 2  no approval is named
//	incident.disclosed  1 → 2  the perpetrator in words, by no number; no kinds; who acted and who was there not known
//	referral.received   1 → 2  a Marac's referral names its area; no perpetrators, no reference
//	risk.reviewed       1 → 2  no occasion, pairs, incidents, outside events, Marac or areas
//	safe-contact.set    1 → 2  places are of kind other; no hours
//	staff.recorded      1 → 2  no initials
//
// The body must be one that Validate accepts; the result is one too, but has
// no Raw, because nobody recorded it. A body of the newest version is returned
// as it is. The error wraps events.ErrVersion for a type or version that has
// no schema, or events.ErrInvalid, and quotes nothing.
func Upcast(b events.Body) (events.Body, error) {
	versions := Default().roots[b.Type]
	if err := known(versions, b.V); err != nil {
		return events.Body{}, err
	}
	for b.V < uint64(len(versions)) {
		r := rewriter{checker: checker{b: b.Data}}
		data := r.object(make([]byte, 0, len(b.Data)+len(b.Data)/8+256), 0, steps[b.Type][b.V-1])
		if r.bad {
			return events.Body{}, &Error{Pointer: "/data", Rule: "upcast: the data is of another shape", kind: events.ErrInvalid}
		}
		b.Data, b.V, b.Raw = data, b.V+1, nil
	}
	return b, nil
}

// step is what changes in an object, in byte order of the names.
type step []change

// change gives a member a value, new or in place of the old one; nil takes the
// member away.
type change struct {
	name  string
	value appender
}

// appender appends a value, given where the old object starts.
type appender func(r *rewriter, dst []byte, old int) []byte

// steps by type: the one from version v to v+1 stands at v−1.
var steps = map[string][]step{
	"attachment.added": {{{"exhibit", constant("null")}}},
	"contact.recorded": {{
		{"appointment", constant("null")},
		{"feedback_on", constant("null")},
		{"statements", each("statements", func(r *rewriter, dst []byte, at int) []byte {
			return r.object(dst, at, step{{"knew", constant("null")}})
		})},
	}},
	"disclosure.approved": {{{"draft", constant("null")}}},
	"disclosure.decided": {{
		{"replaces", constant("null")},
		{"words", constant("null")},
	}},
	"disclosure.exported": {{{"approval", constant("null")}}},
	"incident.disclosed": {{
		{"children_present", constant(`"not-known"`)},
		{"kinds", constant("[]")},
		{"perpetrator", nil},
		{"perpetrators", doers},
		{"through", constant(`"not-known"`)},
	}},
	"referral.received": {{
		{"marac", referralMarac},
		{"perpetrators", constant("[]")},
		{"reference", constant("null")},
	}},
	"risk.reviewed": {{
		{"about", constant("[]")},
		{"areas", constant("[]")},
		{"events", constant("null")},
		{"incidents", constant("[]")},
		{"marac", constant("null")},
		{"occasion", constant("null")},
	}},
	"safe-contact.set": {{
		{"channels", each("channels", func(r *rewriter, dst []byte, at int) []byte {
			return r.object(dst, at, step{{"hours", constant("[]")}})
		})},
		{"places", each("places", func(r *rewriter, dst []byte, at int) []byte {
			dst = append(dst, `{"away_until":null,"hours":[],"kind":"other","place":`...)
			return append(r.copy(dst, at), '}')
		})},
	}},
	"staff.recorded": {{{"initials", constant("null")}}},
}

// doers is the perpetrator in words, as the only one.
func doers(r *rewriter, dst []byte, old int) []byte {
	who := r.member(old, "perpetrator")
	if who >= 0 && r.at(who) == 'n' {
		return append(dst, "[]"...)
	}
	dst = append(dst, `[{"person":null,"who":`...)
	return append(r.copy(dst, who), "}]"...)
}

// referralMarac is the Marac that referred.
func referralMarac(r *rewriter, dst []byte, old int) []byte {
	if string(r.raw(old, "source")) != `"marac"` {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"area":`...)
	dst = r.copy(dst, r.member(old, "agency"))
	return append(dst, `,"heard":null,"referred":null,"repeat":"not-known"}`...)
}

func constant(json string) appender {
	return func(_ *rewriter, dst []byte, _ int) []byte { return append(dst, json...) }
}

// each makes every item of the array of that name anew, given where it starts.
func each(name string, item appender) appender {
	return func(r *rewriter, dst []byte, old int) []byte {
		array := r.member(old, name)
		if array < 0 || r.at(array) != '[' {
			r.bad = true
			return dst
		}
		dst = append(dst, '[')
		r.each(array, func(k, at int) bool {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = item(r, dst, at)
			return !r.bad
		})
		return append(dst, ']')
	}
}

// rewriter writes canonical bytes anew, with changes. It is bad once the old
// bytes are of another shape than the step is for.
type rewriter struct {
	checker
	bad bool
}

// object appends the object at i with a step's changes.
func (r *rewriter) object(dst []byte, i int, s step) []byte {
	if r.at(i) != '{' {
		r.bad = true
		return dst
	}
	old, start := i, len(dst)
	member := func(name string, value appender, at int) {
		if value == nil || r.bad {
			return
		}
		dst = append(dst, ',', '"')
		dst = append(append(dst, name...), '"', ':')
		dst = value(r, dst, at)
	}
	for i++; r.at(i) == '"'; i++ {
		name, at := r.name(i)
		if at < 0 {
			break
		}
		for len(s) > 0 && s[0].name < string(name) {
			member(s[0].name, s[0].value, old)
			s = s[1:]
		}
		if len(s) > 0 && s[0].name == string(name) {
			member(s[0].name, s[0].value, old)
			s = s[1:]
		} else {
			member(string(name), (*rewriter).copy, at)
		}
		if i = r.skip(at); i < 0 || r.at(i) != ',' {
			break
		}
	}
	for _, c := range s {
		member(c.name, c.value, old)
	}
	if i < 0 || r.at(i) != '}' || len(dst) == start {
		r.bad = true
		return dst
	}
	dst[start] = '{' // the first member's comma
	return append(dst, '}')
}

// copy appends the value that starts at i.
func (r *rewriter) copy(dst []byte, i int) []byte {
	if i >= 0 {
		if end := r.skip(i); end > i {
			return append(dst, r.b[i:end]...)
		}
	}
	r.bad = true
	return dst
}
