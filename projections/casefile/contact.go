package casefile

import (
	"slices"
	"strings"

	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Use is a way of reaching the client, as planned or as used.
type Use struct {
	Channel   string     // phone, voicemail, text, email, post, video, in-person
	Address   string     // the number or address; "" when it was not said
	At        clock.When // when it begins; a date when the hour is not known
	Until     clock.When // when it ends; none when that is not said
	PlaceKind string     // in person: refuge, workplace, court, agency, accommodation, public, home, other
	Place     string     // in person: where; "" when it was not said
}

// Unsafe is why a use is not safe.
type Unsafe struct {
	Rule string `json:"rule"` // one of the Unsafe constants
	Why  string `json:"why"`  // in words, without names, numbers or addresses
}

// The rules of safe contact.
const (
	UnsafeNotSet    = "not-set"    // there is no setting
	UnsafeExpired   = "expired"    // the setting was over
	UnsafeNotListed = "not-listed" // the channel or place is not in the setting
	UnsafeRefused   = "refused"    // the channel is in it as not safe
	UnsafeAddress   = "address"    // not at this number or address
	UnsafeHours     = "hours"      // not at this time
	UnsafeHome      = "home"       // visits to the home are off
)

// Check says why a use is not safe by a setting (nil: none is set); nothing
// when it is. homeVisits is the policy's figure: whether the client can be
// visited at home at all. Times that the setting gives in words only cannot be
// checked here: they are for whoever plans to read.
func Check(set *schemas.SafeContactSetV2, u Use, homeVisits bool) []Unsafe {
	if set == nil {
		return []Unsafe{{UnsafeNotSet, "safe contact was not set"}}
	}
	var found []Unsafe
	if expires := when(set.Expires); !expires.IsZero() && !u.At.IsZero() && expires.Past(u.At.Start()) {
		found = append(found, Unsafe{UnsafeExpired, "the safe-contact setting had expired"})
	}
	if u.Channel == "in-person" {
		return append(found, checkPlace(set, u, homeVisits)...)
	}
	return append(found, checkChannel(set, u)...)
}

// checkChannel: of the lines for a channel, one for this address counts before
// one for any.
func checkChannel(set *schemas.SafeContactSetV2, u Use) []Unsafe {
	word := channelWord(u.Channel)
	var exact, any, others []schemas.SafeChannelV2
	for _, c := range set.Channels {
		switch {
		case c.Channel != u.Channel:
		case c.Address == nil:
			any = append(any, c)
		case u.Address != "" && sameAddress(*c.Address, u.Address):
			exact = append(exact, c)
		default:
			others = append(others, c)
		}
	}
	lines := exact
	if len(lines) == 0 && u.Channel != "email" {
		lines = any // an e-mail is safe to a listed address only
	}
	switch {
	case len(exact)+len(any)+len(others) == 0:
		return []Unsafe{{UnsafeNotListed, word + " is not listed as safe"}}
	case len(lines) == 0 && !slices.ContainsFunc(others, allowed) && !slices.ContainsFunc(any, allowed):
		return []Unsafe{{UnsafeRefused, word + " is not safe"}}
	case len(lines) == 0:
		return []Unsafe{{UnsafeAddress, word + " is safe, but not shown to be at the number or address used"}}
	case slices.ContainsFunc(lines, func(c schemas.SafeChannelV2) bool { return !c.Allowed }):
		return []Unsafe{{UnsafeRefused, word + " is not safe"}}
	case len(exact) == 0 && u.Address == "" && slices.ContainsFunc(others, func(c schemas.SafeChannelV2) bool { return !c.Allowed }):
		return []Unsafe{{UnsafeAddress, word + " is not safe at every number or address, and the one used was not said"}}
	case !slices.ContainsFunc(lines, func(c schemas.SafeChannelV2) bool { return within(c.Hours, u) }):
		return []Unsafe{{UnsafeHours, word + " is not safe at that time"}}
	}
	return nil
}

func allowed(c schemas.SafeChannelV2) bool { return c.Allowed }

func checkPlace(set *schemas.SafeContactSetV2, u Use, homeVisits bool) []Unsafe {
	var listed, there, open bool
	for _, p := range set.Places {
		if p.Kind != u.PlaceKind {
			continue
		}
		listed = true
		if p.Place != nil && u.Place != "" && !strings.EqualFold(strings.TrimSpace(*p.Place), strings.TrimSpace(u.Place)) {
			continue
		}
		there = true
		if p.Kind == "home" && !homeVisits && !away(p, u) {
			continue
		}
		open = open || within(p.Hours, u) && (p.AwayUntil == nil || away(p, u))
	}
	home := u.PlaceKind == "home"
	visit := homeVisits && home && len(checkChannel(set, Use{Channel: "visit", Address: u.Place, At: u.At, Until: u.Until})) == 0
	switch {
	case open || visit:
		return nil
	case home && !homeVisits:
		return []Unsafe{{UnsafeHome, "the client's home is not safe, unless the perpetrator is away until after the visit"}}
	case !listed:
		return []Unsafe{{UnsafeNotListed, "a place of this kind is not listed as safe"}}
	case !there:
		return []Unsafe{{UnsafeAddress, "this place is not listed as safe"}}
	}
	return []Unsafe{{UnsafeHours, "this place is not safe at that time"}}
}

// away reports whether the perpetrator is away until the end of the use.
func away(p schemas.SafePlace, u Use) bool {
	until, end := when(p.AwayUntil), u.Until
	if end.IsZero() {
		end = u.At
	}
	return !until.IsZero() && !end.IsZero() && !end.End().After(until.Start())
}

// within reports whether a use lies within hours of the week, by the clocks of
// London: it begins and ends in one of them. No hours are all, and a use that
// is known only to the day is not held to them.
func within(hours []schemas.Hours, u Use) bool {
	if len(hours) == 0 || u.At.IsZero() || u.At.IsDate() {
		return true
	}
	from, to := u.At.Start(), u.At.Start()
	if !u.Until.IsZero() && !u.Until.IsDate() {
		to = u.Until.Start()
	}
	day := [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}[from.Weekday()]
	return slices.ContainsFunc(hours, func(h schemas.Hours) bool {
		return slices.Contains(h.Days, day) && clock.DateOf(from) == clock.DateOf(to) &&
			h.From <= from.Format("15:04") && to.Format("15:04") <= h.To
	})
}

// sameAddress compares numbers by their digits, the country code of the United
// Kingdom left out, and other addresses without regard to case and space.
func sameAddress(a, b string) bool {
	if x, y := digits(a), digits(b); x != "" || y != "" {
		return x == y
	}
	return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b))
}

// digits are those of a telephone number; "" when s is something else.
func digits(s string) string {
	b := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9':
			b = append(b, c)
		case c == ' ' || c == '+' || c == '-' || c == '(' || c == ')' || c == '.':
		default:
			return ""
		}
	}
	n := string(b)
	if strings.HasPrefix(strings.TrimSpace(s), "+44") {
		n = "0" + strings.TrimPrefix(strings.TrimPrefix(n, "44"), "0")
	}
	return n
}
