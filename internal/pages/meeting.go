package pages

import (
	"strconv"

	"caseledger/schemas"
)

// Meetings, a Marac's among them.

// attendeeAsks and actionAsks are asked of everybody who was, or was to be, at
// a meeting, and of everything that was agreed there.
var (
	attendeeAsks = each("agency", "Who was there, and who was not",
		beside(
			line("agency", "Agency"),
			line("agency-name", "Name"),
			line("agency-role", "Role"),
			line("agency-staff", "Staff number, if one of us"),
			oneOf("agency-attended", "Was there", []option{{"yes", "Yes"}, {"no", "No"}}).or("Say whether they were there."),
			oneOf("agency-spoke", "Gave what it knows", known),
		),
	).hint("An agency that was to come and did not is named too.")
	actionAsks = each("action", "What was agreed to be done",
		prose("action-what", "What", 2).or("Write what is to be done, or take the rest of this action out."),
		beside(
			line("action-agency", "Which agency does it").or("Say which agency does it."),
			line("action-owner", "Who there"),
			line("action-risk", "Which risk it reduces"),
			onDay("action-due", "By when"),
		),
	)
)

func (a *answers) attendees() []schemas.Attendee {
	list := []schemas.Attendee{}
	a.each("agency", func(n string) {
		x := schemas.Attendee{Agency: a.Need("agency"+n, "Say which agency."), Name: a.Line("agency-name" + n), Role: a.Line("agency-role" + n), Staff: a.staff("agency-staff" + n),
			Attended: a.one("agency-attended"+n) == "yes", Spoke: "not-known"}
		if spoke := a.maybe("agency-spoke" + n); spoke != nil {
			x.Spoke = *spoke
		}
		list = append(list, x)
	})
	return list
}

func (a *answers) actions() []schemas.AgreedAction {
	list := []schemas.AgreedAction{}
	a.each("action", func(n string) {
		list = append(list, schemas.AgreedAction{ID: "m" + strconv.Itoa(len(list)+1), Agency: a.must("action-agency" + n), Owner: a.Line("action-owner" + n),
			What: a.words("action-what" + n), Risk: a.Line("action-risk" + n), Due: a.Day("action-due" + n)})
	})
	return list
}

var meetingKinds = []option{
	{"darim", "DARIM"}, {"child-in-need", "Child in need"}, {"public-protection", "Public protection"}, {"case-review", "Case review"}, {"team", "Team meeting"},
	{"consultation", "Consultation: a manager’s quick talk, a second adviser’s review"}, {"scrutiny-panel", "Scrutiny panel"}, {"court", "At court"}, {"marac", "About a Marac"}, {"other", "Another"},
}

var meetingRecorded = short{
	path: "/meeting/new", title: "Meeting", press: "Record this meeting", when: "When it was",
	intro: "What was decided about this case, who does what. What a Marac made of the case has a form of its own.",
	asks: []question{
		oneOf("kind", "What kind of meeting", meetingKinds).or("Say what kind of meeting it was."),
		beside(line("title", "What it was called"), line("chair", "Who was in the chair"), line("place", "Where")),
		attendeeAsks,
		prose("decisions", "What was decided", 3).hint("One decision on each line."),
		actionAsks,
		prose("client-views", "What the client wanted it to know", 2),
		moment("next", "The next one").hint("It enters the due list. The time can stay empty."),
		line("reference", "Reference"),
		prose("note", "Note", 2),
	},
	data: func(a *answers) any {
		return schemas.MeetingRecorded{
			Made: a.page.Made, Kind: a.one("kind"), Title: a.Line("title"), Place: a.Line("place"), Chair: a.Line("chair"), Agencies: a.attendees(), Decisions: a.proses("decisions", 50),
			Actions: a.actions(), ClientViews: a.Prose("client-views"), Next: a.moment("next"), Reference: a.Line("reference"), Note: a.Prose("note"),
		}
	},
}

var maracHeard = short{
	path: "/marac/heard", title: "What a Marac made of the case", press: "Record what the Marac made of it", when: "When it was heard",
	intro: "The client is to be told within the time that your service has set: it enters the due list, and so does every action.",
	asks: []question{
		beside(line("marac", "Which Marac").or("Say which Marac."), onDay("meeting", "Day of the meeting").or("Enter the day of the meeting.")),
		heldOne("referral", "Heard on which referral", entriesOf("marac.referred", "referral.received")),
		heldBoxes("perpetrators", "About whom", perpetratorsOf),
		radios("outcome", "What came of it", []option{{"heard", "Heard"}, {"deferred", "Deferred to another meeting"}, {"transferred", "Transferred to another Marac"}, {"not-heard", "Not heard"}}).or("Say what came of it."),
		line("adviser", "Who of us spoke for the client").hint("A staff number. Leave it empty when nobody did."),
		attendeeAsks,
		actionAsks,
		prose("client-views", "What the meeting was told of the client’s views", 2),
		line("reference", "Reference"),
		prose("note", "Note", 2),
	},
	fill: func(s *Server, r *Request, a *answers) error {
		if !a.page.First {
			return nil
		}
		m, err := s.maracOf(r)
		if err != nil {
			return err
		}
		if n := len(m.Agenda.Listed); n > 0 {
			l := m.Agenda.Listed[n-1]
			a.Set("marac", l.Marac)
			a.Set("referral", strconv.FormatUint(l.Seq, 10))
			if !l.Meeting.IsZero() && l.Past {
				a.Set("meeting", l.Meeting.Date().String())
				a.Set("when-date", l.Meeting.Date().String())
				a.Set("when-time", "")
			}
		}
		return nil
	},
	data: func(a *answers) any {
		d := schemas.MaracHeard{
			Made: a.page.Made, Marac: a.must("marac"), Referral: a.entry("referral"), Perpetrators: a.some("perpetrators"), Outcome: a.one("outcome"), Adviser: a.staff("adviser"),
			Agencies: a.attendees(), ClientViews: a.Prose("client-views"), Actions: a.actions(), Reference: a.Line("reference"), Note: a.Prose("note"),
		}
		if day := a.Day("meeting"); day != nil {
			d.Meeting = *day
		} else if a.Err("meeting") == "" {
			a.Fail("meeting", a.found["meeting"].Or)
		}
		return d
	},
}

// meetings are the short forms of this file.
var meetings = []*short{&meetingRecorded, &maracHeard}
