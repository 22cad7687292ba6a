package pages

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"caseledger/internal/clock"
	"caseledger/internal/ops"
	"caseledger/internal/views"
)

// home leads everybody to the first page that is theirs.
func (s *Server) home(w http.ResponseWriter, r *Request) error {
	for _, n := range s.navFor(r) {
		s.redirect(w, r, n.Href)
		return nil
	}
	return errNoPage
}

// dayPage is My day as the template has it.
type dayPage struct {
	Date   string
	Tally  []tally
	Day    views.Day
	Drafts []Draft
}

// tally is how much a section of the page holds.
type tally struct {
	ID, Text string
	N        int
	Alert    bool
}

func (s *Server) day(w http.ResponseWriter, r *Request) error {
	d, err := s.ledger.Day(r.Context(), ops.ViewOf{Staff: r.Who.Staff, Now: r.Now}, nil)
	if err != nil {
		return err
	}
	drafts, err := s.drafts.Drafts(r.Context(), r.Who.Staff)
	if err != nil {
		return err
	}
	today := clock.DateOf(r.Now)
	y, m, day := today.YMD()
	p := dayPage{Date: today.Weekday().String() + " " + strconv.Itoa(day) + " " + m.String() + " " + strconv.Itoa(y), Day: d, Drafts: drafts}
	referrals := 0
	for _, f := range d.Referrals {
		if f.State == "over" {
			referrals++
		}
	}
	p.Tally = []tally{
		{"urgent", "urgent", len(d.Urgent), len(d.Urgent) > 0},
		{"referrals", plural(len(d.Referrals), "new referral"), len(d.Referrals), referrals > 0},
		{"appointments", plural(len(d.Appointments), "appointment") + " today", len(d.Appointments), false},
		{"overdue", "overdue", len(d.Overdue), len(d.Overdue) > 0},
		{"week", "court and Marac", len(d.Week), false},
		{"drafts", plural(len(drafts), "draft"), len(drafts), false},
		{"covering", "covering", len(d.Covering), false},
	}
	return s.render(w, r, http.StatusOK, "day", Page{Title: "My day", Data: p})
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// near puts a moment as people say it on the day itself: "today, 14:05",
// "yesterday", "Tue 27 Oct", and with the year in another one.
func near(now time.Time, w clock.When) string {
	if w.IsZero() {
		return "not known"
	}
	today := clock.DateOf(now)
	year, _, _ := today.YMD()
	y, m, d := w.Date().YMD()
	var text string
	switch w.Date() - today {
	case 0:
		text = "today"
	case 1:
		text = "tomorrow"
	case -1:
		text = "yesterday"
	default:
		text = w.Date().Weekday().String()[:3] + " " + strconv.Itoa(d) + " " + m.String()[:3]
		if y != year {
			text += " " + strconv.Itoa(y)
		}
	}
	if !w.IsDate() {
		text += ", " + timeOfDay(w)
	}
	return text
}

// sentence gives a line of a view a capital letter.
func sentence(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// kinds is what has to be done, by the kind of a due item.
var kinds = map[string]string{
	views.DueFirstAttempt: "Try to reach the client for the first time", views.DueContact: "Be in touch with the client",
	views.DueNextContact: "Be in touch with the client, as agreed", views.DueNextTry: "Try again to reach the client",
	views.DueAppointment: "Say what became of the appointment", views.DueRiskReview: "Review the risk",
	views.DueSafeContact: "Agree safe contact", views.DuePlanAction: "An action of the plan",
	views.DueFeedback: "Tell the client what the Marac decided", views.DueMarac: "Marac",
	views.DueMaracAction: "An action of the Marac", views.DueMeeting: "Meeting", views.DueMeetingAction: "An action of a meeting",
	views.DueOrder: "An order ends", views.DueRelease: "A release", views.DueStatus: "Bail, remand or licence ends",
	views.DueCourt: "Court", views.DueChase: "Ask the agency again", views.DueAccommodation: "Accommodation",
	views.DueProgramme: "Group session", views.DueClip: "Save the clip before it is overwritten",
	views.DueAgreement: "Agreement ends", views.DueSafeguarding: "Look at safeguarding again",
	views.DueHandover: "Handover to the helpline ends", views.DueCover: "Cover ends", views.DueOverride: "Review an override",
	views.DueCaseReview: "Review the case", views.DueHold: "Look at the hold again", views.DueDisclosure: "Answer a request for disclosure",
}

// touches reports whether what is due is done by being in touch with the
// client.
func touches(code string) bool {
	return slices.Contains([]string{views.DueFirstAttempt, views.DueContact, views.DueNextContact, views.DueNextTry, views.DueAppointment, views.DueSafeContact, views.DueFeedback}, code)
}

func kind(code string) string {
	if text, ok := kinds[code]; ok {
		return text
	}
	return sentence(strings.ReplaceAll(code, "-", " "))
}

// isoDate is a day as lines of views write it.
var isoDate = regexp.MustCompile(`\b\d{4}-\d{2}-\d{2}\b`)

// safe is a safe-contact line with its day as people say it.
func safe(line string) string {
	return isoDate.ReplaceAllStringFunc(line, func(day string) string {
		d, err := clock.ParseDate(day)
		if err != nil {
			return day
		}
		return Say(clock.OnDate(d))
	})
}

// unset reports whether a safe-contact line says that nothing is safe now.
func unset(line string) bool {
	return !strings.HasPrefix(line, "SAFE: ") || strings.Contains(line, "EXPIRED")
}
