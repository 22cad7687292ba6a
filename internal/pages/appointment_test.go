package pages

import (
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"caseledger/internal/story"
	"caseledger/schemas"
)

func TestAppointments(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	set := newestSeq(w, "court", "safe-contact.set")
	call := w.of(story.Chain("court"), "appointment.planned")[0].Seq
	planned := schemas.Arranged{Adviser: "staff-07", Channel: "phone", Start: "2026-11-02T12:30:00+00:00", End: ptr("2026-11-02T13:00:00+00:00"), Number: ptr("07700 900 412"), SafeContact: &set}
	met := schemas.Arranged{Adviser: "staff-08", Channel: "in-person", Start: "2026-11-02T12:30:00+00:00", Place: ptr("Harrowmere library"), PlaceKind: ptr("public"), SafeContact: &set}
	client := schemas.Party{Kind: "client"}
	plan := url.Values{"purpose": {"support"}, "start-date": {"2026-11-02"}, "start-time": {"12:30"}, "end": {"13:00"}, "number": {"07700 900 412"}, "note": {exact}}
	path := "/appointment/" + strconv.FormatUint(call, 10)
	moved := url.Values{"what": {"moved"}, "asked-by": {"client"}, "reason": {exact}, "channel": {"in-person"}, "start-date": {"2026-11-02"}, "start-time": {"12:30"}, "end": {},
		"adviser": {"staff-08"}, "place-kind": {"public"}, "place": {"Harrowmere library"}, "override": {exact}}
	testFillings(t, deskAdviser, wednesday, []filling{
		{"planned", "court", "/appointment/new", plan, schemas.AppointmentPlanned{
			Made: live, Arranged: planned, With: []schemas.Party{client}, Purpose: "support", Interpreter: "not-needed", Note: &schemas.Prose{Text: exact},
		}, []wrong{
			{"purpose", url.Values{"purpose": {""}}},
			{"start-date", url.Values{"start-date": {""}, "start-time": {""}}},
			{"start-date", url.Values{"start-time": {""}}},
			{"start-time", url.Values{"start-time": {"noon"}}},
			{"end", url.Values{"end": {"later"}}},
			{"channel", url.Values{"channel": {}}},
			{"adviser", url.Values{"adviser": {" "}}},
			{"with", url.Values{"with": {}}},
			{"interpreter", url.Values{"interpreter": {}}},
			{"number", url.Values{"channel": {"in-person"}, "place-kind": {"court"}}},
			{"place-kind", url.Values{"channel": {"in-person"}, "number": {""}}},
			{"place-kind", url.Values{"place": {"the library"}}},
			{"away-until-date", url.Values{"channel": {"in-person"}, "number": {""}, "place-kind": {"court"}, "away-until-date": {"2026-11-02"}, "away-until-time": {"15:00"}}},
		}},
		{"planned in an emergency, with others", "court", "/appointment/new", url.Values{
			"purpose": {"joint-visit"}, "start-date": {"2026-11-02"}, "start-time": {"12:30"}, "channel": {"in-person"}, "place-kind": {"public"}, "place": {"Harrowmere library"}, "adviser": {"staff-08"},
			"with": {"client", "professional"}, "professional-name": {"Anna Żak"}, "professional-role": {"social worker"}, "professional-agency": {"the council"}, "interpreter": {"booked"}, "override": {exact},
		}, schemas.AppointmentPlanned{
			Made: live, Arranged: met, With: []schemas.Party{client, {Kind: "professional", Name: ptr("Anna Żak"), Role: ptr("social worker"), Agency: ptr("the council")}},
			Purpose: "joint-visit", Interpreter: "booked", Override: &schemas.Override{Text: exact, By: "staff-07"},
		}, nil},
		{"moved", "court", path + "/move", moved, schemas.AppointmentMoved{
			Made: live, Appointment: call, Arranged: &met, AskedBy: "client", Override: &schemas.Override{Text: exact, By: "staff-07"}, Reason: &schemas.Prose{Text: exact},
		}, []wrong{
			{"what", url.Values{"what": {}}},
			{"asked-by", url.Values{"asked-by": {}}},
			{"start-date", url.Values{"start-date": {""}, "start-time": {""}}},
			{"override", url.Values{"what": {"called-off"}}},
		}},
		{"called off", "court", path + "/move", url.Values{"what": {"called-off"}, "asked-by": {"us"}}, schemas.AppointmentMoved{Made: live, Appointment: call, AskedBy: "us"}, nil},
		{"missed", "court", path + "/missed", url.Values{
			"by": {"client"}, "reason": {"prevented"}, "followed-up": {exact}, "next-date": {"2026-10-29"}, "next-time": {"12:30"}, "late": {"Away in court."},
		}, schemas.AppointmentMissed{
			Made: schemas.Made{From: "live", Late: &schemas.Prose{Text: "Away in court."}}, Appointment: call, By: "client", Reason: "prevented", FollowedUp: &schemas.Prose{Text: exact}, NextTry: ptr("2026-10-29T12:30:00+00:00"),
		}, []wrong{
			{"by", url.Values{"by": {}}},
			{"reason", url.Values{"reason": {""}}},
			{"next-date", url.Values{"next-time": {""}}},
			{"late", url.Values{"late": {""}}},
		}},
	})
}

func newestSeq(w *week, label, typ string) uint64 {
	list := w.of(story.Chain(label), typ)
	return list[len(list)-1].Seq
}

// An appointment of today leads from My day to a contact that begins when it
// began, and to what else can become of it.
func TestAppointmentOfTheDay(t *testing.T) {
	now := time.Date(2026, 10, 26, 9, 5, 0, 0, time.UTC)
	w := storyAt(t, deskAdviser, now)
	s := serveWeek(t, w)
	call := w.of(story.Chain("court"), "appointment.planned")[0].Seq
	path := "/case/" + courtCase.String()
	n := strconv.FormatUint(call, 10)
	wants(t, ask(s, "GET", "/day").Body.String(), path+"/contact/new?appointment="+n, path+"/appointment/"+n+"/missed", path+"/appointment/"+n+"/move")
	v := fieldsOf(ask(s, "GET", path+"/contact/new?appointment="+n).Body.String())
	if v.Get("when-date") != "2026-10-26" || v.Get("when-time") != "12:30" || v.Get("appointment") != n {
		t.Errorf("the contact begins %s %s, of appointment %q", v.Get("when-date"), v.Get("when-time"), v.Get("appointment"))
	}
	// It is moved: then it begins when it was moved to.
	move := fieldsWith(ask(s, "GET", path+"/appointment/"+n+"/move").Body.String(), url.Values{"what": {"moved"}, "asked-by": {"client"}, "start-time": {"13:10"}, "end": {"13:30"}})
	if got := sent(s, path+"/appointment/"+n+"/move", move); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	if v := fieldsOf(ask(s, "GET", path+"/contact/new?appointment="+n).Body.String()); v.Get("when-time") != "13:10" {
		t.Errorf("moved, the contact begins %s", v.Get("when-time"))
	}
	m := present[schemas.AppointmentMoved](t, w, "court", "appointment.moved")
	if m.Arranged.Number == nil || strings.TrimSpace(*m.Arranged.Number) == "" {
		t.Error("the number that was not in sight was lost")
	}
	for _, no := range []string{"0", "1", "99999", "x"} {
		if got := ask(s, "GET", path+"/appointment/"+no+"/move"); got.Code != 404 {
			t.Errorf("entry %s is an appointment: %d", no, got.Code)
		}
	}
}
