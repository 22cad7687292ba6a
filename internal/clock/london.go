package clock

import "time"

// The two offsets of London.
var (
	gmt = time.FixedZone("GMT", 0)
	bst = time.FixedZone("BST", 3600)
)

// London returns t as the clocks of London show it, in a zone named GMT or
// BST. Do not add days to the result: its offset stays. Use DateOf.
func London(t time.Time) time.Time {
	if summer(t) {
		return t.In(bst)
	}
	return t.In(gmt)
}

func summer(t time.Time) bool {
	switch year, month, _ := t.UTC().Date(); {
	case month == time.March:
		return !t.Before(turn(year, month))
	case month == time.October:
		return t.Before(turn(year, month))
	default:
		return time.March < month && month < time.October
	}
}

// turn is when the clocks change: 01:00 UTC on the last Sunday of a month of
// 31 days.
func turn(year int, month time.Month) time.Time {
	last := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC)
	return last.Add(-time.Duration(last.Weekday()) * 24 * time.Hour)
}

// Instants returns the instants at which the clocks of London show this time
// of this day: one; two, the earlier first, in the repeated hour (01:00 to
// 01:59 on the last Sunday of October); none in the hour that is left out
// (01:00 to 01:59 on the last Sunday of March).
func Instants(d Date, hour, minute, second int) []time.Time {
	y, m, day := d.YMD()
	var found []time.Time
	for _, zone := range [...]*time.Location{bst, gmt} {
		t := time.Date(y, m, day, hour, minute, second, 0, zone)
		if summer(t) == (zone == bst) {
			found = append(found, t)
		}
	}
	return found
}

// Repeat says which of two an instant is in the repeated hour: 1 is the first
// (BST), 2 the second (GMT), 0 any other hour.
func Repeat(t time.Time) int {
	switch since := t.Sub(turn(t.UTC().Year(), time.October)); {
	case -time.Hour <= since && since < 0:
		return 1
	case 0 <= since && since < time.Hour:
		return 2
	}
	return 0
}

// Form is how events write a time: London's, with its offset, whole seconds.
const Form = "2006-01-02T15:04:05-07:00"

// Format writes an instant as events do.
func Format(t time.Time) string { return London(t).Format(Form) }

// Say writes an instant for people: "25 October 2026, 01:30 GMT, the second
// 01:30 that night".
func Say(t time.Time) string {
	t = London(t)
	s := t.Format("2 January 2006, 15:04 MST")
	switch Repeat(t) {
	case 1:
		return s + ", the first " + t.Format("15:04") + " that night"
	case 2:
		return s + ", the second " + t.Format("15:04") + " that night"
	}
	return s
}
