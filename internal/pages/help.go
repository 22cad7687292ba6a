package pages

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"caseledger/internal/clock"
	"caseledger/internal/views"
	"caseledger/schemas"
)

// Accommodation, equipment, agencies and programmes.

var places = []option{
	{"refuge", "Refuge"}, {"emergency", "Emergency accommodation"}, {"hotel", "Hotel"}, {"supported", "Supported accommodation"}, {"housing-authority", "Housing authority"},
	{"private", "Private"}, {"family", "Family or friends"}, {"other", "Something else"},
}

var accommodationSought = short{
	path: "/accommodation/sought", title: "Accommodation asked for", press: "Record whom you asked", when: "When this was so",
	intro: "Each place that was asked, also those that are full: it shows later what was tried. When an answer comes, record it as another entry that names this one.",
	asks: []question{
		oneOf("kind", "What kind of place", places).or("Say what kind of place it is."),
		line("provider", "Who was asked").or("Say who was asked."),
		moment("asked", "Asked").or("Enter when they were asked.").hint("The time can stay empty."),
		radios("answer", "What they answered", []option{{"offered", "Offered a place"}, {"full", "Full"}, {"refused", "Refused"}, {"not-suitable", "Not suitable"}, {"no-answer", "No answer"}, {"waiting", "Waiting for an answer"}}).or("Say what they answered."),
		moment("answered", "Answered"),
		moment("until", "The offer stands until").hint("It enters the due list."),
		heldOne("asked-in", "Answers which earlier question", entriesOf("accommodation.sought")),
		prose("reason", "Their reason, or ours", 2),
		line("reference", "Reference"),
	},
	fill: nowIn("asked"),
	data: func(a *answers) any {
		d := schemas.AccommodationSought{
			Made: a.page.Made, Kind: a.one("kind"), Provider: a.must("provider"), Asked: a.mustMoment("asked"), Answer: a.one("answer"), Answered: a.moment("answered"), AskedIn: a.entry("asked-in"),
			Until: a.moment("until"), Reason: a.Prose("reason"), Reference: a.Line("reference"),
		}
		a.silent(d.Answer, d.Answered, nil)
		return d
	},
}

// nowIn begins a form with the present in one of its moments.
func nowIn(name string) func(*Server, *Request, *answers) error {
	return func(_ *Server, _ *Request, a *answers) error {
		if a.page.First {
			a.SetMoment(name, a.now)
		}
		return nil
	}
}

// silent says that who has not answered has neither said anything nor when.
func (a *answers) silent(answer string, answered *string, said *schemas.Prose) {
	if answer != "no-answer" && answer != "waiting" {
		return
	}
	if answered != nil {
		a.Fail("answered-date", "There is no answer yet: leave empty when they answered, or say what they answered.")
	}
	if said != nil {
		a.Fail("said", "There is no answer yet: leave this empty, or say that they answered.")
	}
}

var accommodationPlaced = short{
	path: "/accommodation/placed", title: "A place found", press: "Record this place", when: "When you were told",
	intro: "The address is shown to nobody but who asks for it. The end of the stay enters the due list. Look at safe contact and at the client’s details after this.",
	asks: []question{
		oneOf("kind", "What kind of place", places).or("Say what kind of place it is."),
		line("provider", "Who provides it").or("Say who provides it."),
		prose("lines", "Address", 3).hint("As on an envelope, a line each. Leave it empty when it is not to be written down."),
		line("postcode", "Postcode"),
		radios("secret", "Must it be kept from the perpetrator?", []option{{"yes", "Yes"}, {"no", "No"}}).or("Say whether the address must be kept from the perpetrator."),
		moment("from", "From").or("Enter from when.").hint("The time can stay empty."),
		moment("to", "Until").hint("It enters the due list. Leave it empty when it is not known."),
		heldOne("sought", "Came of which question", entriesOf("accommodation.sought")),
		prose("with", "Who came along", 2).hint("One on each line."),
		beside(line("funding", "Who pays"), line("reference", "Reference")),
		prose("note", "Note", 2),
	},
	fill: func(_ *Server, _ *Request, a *answers) error {
		if a.page.First {
			a.SetMoment("from", a.now)
			a.Set("secret", "yes")
		}
		return nil
	},
	data: func(a *answers) any {
		d := schemas.AccommodationPlaced{
			Made: a.page.Made, Kind: a.one("kind"), Provider: a.must("provider"), From: a.mustMoment("from"), To: a.moment("to"), Sought: a.entry("sought"), With: a.lines("with", 20),
			Funding: a.Line("funding"), Reference: a.Line("reference"), Note: a.Prose("note"),
		}
		if from, to := when(&d.From), when(d.To); !to.IsZero() && (to.Date() < from.Date() || !to.IsDate() && !from.IsDate() && to.Before(from)) {
			a.Fail("to-date", "The stay ends before it begins. Look at both days.")
		}
		secret := a.one("secret") != "no"
		if lines := a.lines("lines", 10); len(lines) > 0 {
			d.Address = &schemas.Address{Lines: lines, Postcode: a.Line("postcode"), Secret: secret}
		} else if a.Line("postcode") != nil {
			a.Fail("lines", "There is a postcode and no address: enter at least a line of it, or take the postcode out.")
		}
		return d
	},
}

// when is a moment of an event; none for null.
func when(s *string) clock.When {
	if s == nil {
		return clock.When{}
	}
	w, err := clock.ParseWhen(*s)
	if err != nil {
		return clock.When{} // nothing was typed, and the form says so
	}
	return w
}

var equipmentKinds = []option{
	{"doorbell", "Video doorbell"}, {"camera", "Camera"}, {"lock", "Lock"}, {"door", "Door"}, {"window", "Window"}, {"alarm", "Alarm"}, {"letterbox", "Letterbox"}, {"light", "Light"},
	{"phone", "Telephone"}, {"tracker-sweep", "Search for trackers"}, {"other", "Something else"},
}

var equipmentAsks = []question{
	beside(
		oneOf("kind", "What it is", equipmentKinds).or("Say what it is."),
		oneOf("status", "Where it stands", []option{{"asked", "Asked for"}, {"ordered", "Ordered"}, {"fitted", "Fitted"}, {"given", "Given to the client"}, {"failed", "Failed"}, {"removed", "Removed"}, {"returned", "Returned"}}).or("Say where it stands."),
		line("description", "In a few words"),
		line("serial", "Serial number"),
	),
	moment("fitted", "Fitted or given").hint("The time can stay empty."),
	line("fitted-by", "By whom"),
	beside(line("funding", "Who pays"), pounds("pence", "How much, in pounds")),
	moment("save-by", "Save the clip before").hint("When a recording of it is overwritten. It enters the due list until the clip is kept as a file."),
	heldOne("saved-in", "Saved as which file", entriesOf("attachment.added")),
	fold("Its clock",
		radios("clock", "Against the right time, its clock was", []option{{"ahead", "Ahead"}, {"behind", "Behind"}, {"right", "Right"}}).hint("A recording is evidence of a time only when somebody compared the clocks."),
		beside(number("clock-minutes", "Minutes"), number("clock-seconds", "Seconds")),
		moment("clock-checked", "Compared"),
	),
	prose("note", "Note", 2),
}

// pounds is a sum of money, number a whole number.
func pounds(name, label string) question {
	return question{As: "line", Name: name, Label: label, Width: "govuk-input--width-5", Mode: "decimal"}
}
func number(name, label string) question {
	return question{As: "line", Name: name, Label: label, Width: "govuk-input--width-3", Mode: "numeric"}
}

var equipment = short{
	path: "/equipment/new", title: "Equipment", press: "Record this equipment", when: "When this was so",
	asks: equipmentAsks,
	fill: func(s *Server, r *Request, a *answers) error {
		a.code("e")
		list, err := s.equipmentOf(r, &a.page.Case)
		for _, e := range list {
			a.already = append(a.already, navItem{Text: e.Label, Href: a.page.Path + "/equipment/" + e.Value})
		}
		return err
	},
	data: func(a *answers) any { return a.equipment() },
}

// equipmentIn is the equipment of a case as it stands.
func (s *Server) equipmentIn(r *Request, page *views.CasePage) ([]schemas.EquipmentProvided, error) {
	var list []schemas.EquipmentProvided
	for _, e := range page.Timeline {
		if e.Type != "equipment.provided" || e.Misfiled != 0 {
			continue
		}
		var d schemas.EquipmentProvided
		if _, err := s.told(r, r.Chain, e.Seq, &d); err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(list, func(now schemas.EquipmentProvided) bool { return now.Equipment == d.Equipment }) {
			list = append(list, d)
		}
	}
	return list, nil
}

// equipmentOf offers it, by its codes, with how its clocks stood.
func (s *Server) equipmentOf(r *Request, page *views.CasePage) ([]option, error) {
	list, err := s.equipmentIn(r, page)
	var offers []option
	for _, d := range list {
		label := textOf(equipmentKinds, d.Kind) + " " + d.Equipment
		if d.Description != nil {
			label += ", " + *d.Description
		}
		if d.Clock != nil {
			label += ", clock " + offsetOf(d.Clock)
		}
		offers = append(offers, option{d.Equipment, label})
	}
	return offers, err
}

// clocksOf says of the equipment of a case how far its clock stood from the
// right time, by its code.
func (s *Server) clocksOf(r *Request, page *views.CasePage) (map[string]string, error) {
	list, err := s.equipmentIn(r, page)
	clocks := map[string]string{}
	for _, d := range list {
		if d.Clock == nil {
			clocks[d.Equipment] = "Nobody has compared its clock with the right time."
			continue
		}
		clocks[d.Equipment] = "Its clock was " + offsetOf(d.Clock) + " when it was compared, " + Say(when(&d.Clock.Checked)) + "."
	}
	return clocks, err
}

// offsetOf says how far a clock stood from the right time.
func offsetOf(c *schemas.DeviceClock) string {
	n, way := c.OffsetSeconds, "ahead"
	if n < 0 {
		n, way = -n, "behind"
	}
	switch {
	case n == 0:
		return "right"
	case n < 60:
		return count(n, "second ", "seconds ") + way
	}
	return count(n/60, "minute", "minutes") + " " + count(n%60, "second ", "seconds ") + way
}

var equipmentAgain = short{
	path: "/equipment/{equipment}", title: "Equipment as it is now", press: "Record how it is now", when: "When this was so",
	asks: equipmentAsks,
	fill: func(s *Server, r *Request, a *answers) error {
		d, err := standing(s, r, a, "equipment.provided", func(d *schemas.EquipmentProvided) bool { return d.Equipment == r.PathValue("equipment") })
		if err != nil {
			return err
		}
		a.of = d.Equipment
		if !a.page.First {
			return nil
		}
		a.Set("kind", d.Kind)
		a.Set("status", d.Status)
		a.setLine("description", d.Description)
		a.setLine("serial", d.Serial)
		a.setWhen("fitted", d.Fitted)
		a.setLine("fitted-by", d.FittedBy)
		if f := d.Funding; f != nil {
			a.Set("funding", f.From)
			if f.Pence != nil {
				a.Set("pence", strconv.Itoa(*f.Pence/100)+"."+strconv.Itoa(100 + *f.Pence%100)[1:])
			}
		}
		a.setWhen("save-by", d.SaveBy)
		if d.SavedIn != nil {
			a.Set("saved-in", strconv.FormatUint(*d.SavedIn, 10))
		}
		if c := d.Clock; c != nil {
			offset := c.OffsetSeconds
			switch {
			case offset > 0:
				a.Set("clock", "ahead")
			case offset < 0:
				a.Set("clock", "behind")
				offset = -offset
			default:
				a.Set("clock", "right")
			}
			if offset > 0 {
				a.Set("clock-minutes", strconv.Itoa(offset/60))
				a.Set("clock-seconds", strconv.Itoa(offset%60))
			}
			a.setWhen("clock-checked", &c.Checked)
		}
		a.setProse("note", d.Note)
		return nil
	},
	data: func(a *answers) any { return a.equipment() },
}

func (a *answers) equipment() schemas.EquipmentProvided {
	d := schemas.EquipmentProvided{
		Made: a.page.Made, Equipment: a.of, Kind: a.one("kind"), Description: a.Line("description"), Status: a.one("status"), Fitted: a.moment("fitted"), FittedBy: a.Line("fitted-by"),
		Serial: a.Line("serial"), SaveBy: a.moment("save-by"), SavedIn: a.entry("saved-in"), Clock: a.deviceClock(), Note: a.Prose("note"),
	}
	pence := a.pence("pence")
	if from := a.Line("funding"); from != nil {
		d.Funding = &schemas.Funding{From: *from, Pence: pence}
	} else if pence != nil {
		a.Fail("funding", "Say who pays, or take the sum out.")
	}
	return d
}

// deviceClock is how far a clock stood from the right time; nil when nobody
// compared them.
func (a *answers) deviceClock() *schemas.DeviceClock {
	minutes, seconds := a.count("clock-minutes", 5_000_000), a.count("clock-seconds", 315_360_000)
	way := a.one("clock")
	checked, ok := a.Moment("clock-checked")
	offset := minutes*60 + seconds
	switch {
	case way == "" && offset == 0 && !ok:
		return nil
	case way == "":
		a.Fail("clock", "Say whether its clock was ahead, behind or right.")
	case way == "right" && offset != 0:
		a.Fail("clock", "The clock was right, and away from the right time: take one of the two out.")
	case way != "right" && offset == 0:
		a.Fail("clock-minutes", "Say how far its clock was from the right time.")
	case !ok:
		if a.Err("clock-checked-date") == "" && a.Err("clock-checked-time") == "" && a.Err("clock-checked-which") == "" {
			a.Fail("clock-checked-date", "Enter when the clocks were compared, the day and the time.")
		}
	case way == "behind":
		offset = -offset
	}
	return &schemas.DeviceClock{OffsetSeconds: offset, Checked: clock.Format(checked)}
}

// count is a whole number; 0 when there is none.
func (a *answers) count(name string, most int) int {
	text := a.Line(name)
	if text == nil {
		return 0
	}
	n, err := strconv.Atoi(*text)
	if err != nil || n < 0 || n > most {
		a.Fail(name, "Enter a whole number, 0 or more.")
		return 0
	}
	return n
}

var sum = regexp.MustCompile(`^£?([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,7})(?:\.([0-9]{2}))?$`)

// maxPence is the largest sum that an event can have.
const maxPence = 100_000_000

// pence is a sum of money that is typed in pounds; nil when there is none.
func (a *answers) pence(name string) *int {
	text := a.Line(name)
	if text == nil {
		return nil
	}
	m := sum.FindStringSubmatch(strings.ReplaceAll(*text, " ", ""))
	if m == nil {
		a.Fail(name, "Enter the sum as 140 or 139.50.")
		return nil
	}
	whole, err := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	part, _ := strconv.Atoi(m[2])
	if err != nil || whole > math.MaxInt32 || whole*100+part > maxPence {
		a.Fail(name, "That is more than a million pounds. Look at the sum again.")
		return nil
	}
	n := whole*100 + part
	return &n
}

var agencyKinds = []option{
	{"police", "Police"}, {"probation", "Probation"}, {"children-social-care", "Children’s social care"}, {"adult-social-care", "Adult social care"}, {"health", "Health"},
	{"mental-health", "Mental health"}, {"substance-use", "Substance use"}, {"housing", "Housing"}, {"education", "Education"}, {"legal", "Legal help"}, {"immigration", "Immigration"},
	{"benefits", "Benefits"}, {"specialist-support", "Specialist support"}, {"perpetrator-programme", "Perpetrator programme"}, {"interpreting", "Interpreting"}, {"other", "Another"},
}

var agencyInvolved = short{
	path: "/agency/new", title: "Another agency", press: "Record this", when: "When this was",
	intro: "Whom you asked, or who came to you; what they answered, or that they did not. What you tell them about the client is recorded as information shared.",
	asks: []question{
		beside(line("agency", "Which agency").or("Say which agency."), oneOf("kind", "What kind", agencyKinds).or("Say what kind of agency it is.")),
		beside(line("worker", "Who there"), line("phone", "Telephone"), line("email", "Email")),
		moment("asked", "Asked").hint("Leave it empty when they came to us. The time can stay empty."),
		prose("about", "What about", 2),
		radios("answer", "What came of it", []option{{"answered", "They answered"}, {"refused", "They refused"}, {"no-answer", "No answer"}, {"waiting", "Waiting for an answer"}}).or("Say what came of it."),
		moment("answered", "Answered"),
		prose("said", "What they said", 3),
		onDay("chase", "Ask again on").hint("It enters the due list as long as there is no answer."),
		heldOne("asked-in", "Follows which earlier question", entriesOf("agency.involved")),
		line("reference", "Reference"),
	},
	fill: nowIn("asked"),
	data: func(a *answers) any {
		d := schemas.AgencyInvolved{
			Made: a.page.Made, Agency: a.must("agency"), Kind: a.one("kind"), Worker: a.Line("worker"), Phone: a.Line("phone"), Email: a.Line("email"), Asked: a.moment("asked"), About: a.Prose("about"),
			Answer: a.one("answer"), Answered: a.moment("answered"), AskedIn: a.entry("asked-in"), Said: a.Prose("said"), Chase: a.Day("chase"), Reference: a.Line("reference"),
		}
		if d.Email != nil && !mailAddress.MatchString(*d.Email) {
			a.Fail("email", "Enter an email address, such as desk@example.org.")
		}
		a.silent(d.Answer, d.Answered, d.Said)
		return d
	},
}

var mailAddress = regexp.MustCompile(`^[^ \t@]+@[^ \t@]+$`)

// childrenOf offers the children of a case.
func childrenOf(page *views.CasePage) []option {
	var list []option
	for _, c := range page.Children {
		list = append(list, option{c.Child, c.Initials})
	}
	return list
}

var programmeAttended = short{
	path: "/programme/new", title: "Programme or group", press: "Record this session", when: "When it was",
	asks: []question{
		line("programme", "Which programme").or("Say which programme."),
		radios("kind", "How", []option{{"group", "In a group"}, {"one-to-one", "One to one"}}).or("Say whether it was in a group or one to one."),
		line("group", "Code of the group").hint("As your service has it, such as own-my-life-3. In one group nobody may share a perpetrator."),
		heldOne("who", "A child, if it was not the client", childrenOf),
		radios("status", "How it went", []option{{"invited", "Invited"}, {"started", "Started"}, {"attended", "Attended"}, {"missed", "Missed"}, {"completed", "Completed"}, {"left", "Left"}}).or("Say how it went."),
		number("session", "Number of the session"),
		moment("next", "The next session").hint("It enters the due list. The time can stay empty."),
		prose("note", "Note", 2),
	},
	data: func(a *answers) any {
		d := schemas.ProgrammeAttended{
			Made: a.page.Made, Programme: a.must("programme"), Kind: a.one("kind"), Group: a.Line("group"), Who: a.maybe("who"), Status: a.one("status"), Next: a.moment("next"), Note: a.Prose("note"),
		}
		if n := a.count("session", 1000); n > 0 {
			d.Session = &n
		} else if a.Line("session") != nil && a.Err("session") == "" {
			a.Fail("session", "Sessions are counted from 1.")
		}
		switch {
		case d.Group == nil:
		case d.Kind == "one-to-one":
			a.Fail("group", "One to one has no group: take the code out, or say that it was in a group.")
		case !groupCode.MatchString(*d.Group):
			a.Fail("group", "Enter the code in small letters, digits and hyphens, such as own-my-life-3.")
		}
		return d
	},
}

var groupCode = regexp.MustCompile("^[a-z0-9][a-z0-9-]{0,31}$")

// helping are the short forms of this file.
var helping = []*short{&accommodationSought, &accommodationPlaced, &equipment, &equipmentAgain, &agencyInvolved, &programmeAttended}
