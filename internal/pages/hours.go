package pages

import (
	"errors"
	"slices"
	"strings"
	"time"

	"caseledger/schemas"
)

// weekdays are the days of a week as events have them.
var weekdays = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// errHours is an hours field that cannot be read.
var errHours = errors.New("hours are days and two times, such as Mon-Fri 10:00-15:00, Sat 9:00-12:00")

// maxHours is how many hours of the week a line of safe contact can have.
const maxHours = 20

// parseHours reads hours of the week as people write them: "Mon-Fri
// 10:00-15:00, Sat 9:00-12:00", days also one by one as in "Mon Wed 9:00-10:00".
// Nothing is no hours: any time.
func parseHours(text string) ([]schemas.Hours, error) {
	list := []schemas.Hours{}
	text = strings.NewReplacer("–", "-", "—", "-").Replace(strings.ToLower(text))
	if strings.TrimSpace(text) == "" {
		return list, nil
	}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' }) {
		words := strings.Fields(part)
		if len(words) < 2 {
			return nil, errHours
		}
		from, to, ok := strings.Cut(words[len(words)-1], "-")
		h := schemas.Hours{Days: []string{}, From: clockTime(from), To: clockTime(to)}
		if !ok || h.From == "" || h.To == "" || h.To < h.From {
			return nil, errHours
		}
		for _, word := range words[:len(words)-1] {
			first, last, span := strings.Cut(word, "-")
			if !span {
				last = first
			}
			a, b := slices.Index(weekdays, first), slices.Index(weekdays, last)
			if a < 0 || b < a {
				return nil, errHours
			}
			for _, day := range weekdays[a : b+1] {
				if slices.Contains(h.Days, day) {
					return nil, errHours
				}
				h.Days = append(h.Days, day)
			}
		}
		list = append(list, h)
	}
	if len(list) == 0 || len(list) > maxHours {
		return nil, errHours
	}
	return list, nil
}

// clockTime is a time of day as events have it; "" for none.
func clockTime(s string) string {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return ""
	}
	return t.Format("15:04")
}

// formatHours writes hours as parseHours reads them.
func formatHours(list []schemas.Hours) string {
	var parts []string
	for _, h := range list {
		var days []string
		for i := 0; i < len(weekdays); i++ {
			if !slices.Contains(h.Days, weekdays[i]) {
				continue
			}
			last := i
			for last+1 < len(weekdays) && slices.Contains(h.Days, weekdays[last+1]) {
				last++
			}
			switch {
			case last > i+1:
				days = append(days, sentence(weekdays[i])+"-"+sentence(weekdays[last]))
			case last == i+1:
				days = append(days, sentence(weekdays[i]), sentence(weekdays[last]))
			default:
				days = append(days, sentence(weekdays[i]))
			}
			i = last
		}
		parts = append(parts, strings.Join(days, " ")+" "+h.From+"-"+h.To)
	}
	return strings.Join(parts, ", ")
}
