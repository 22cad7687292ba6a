package views

import (
	"slices"
	"testing"

	"caseledger/internal/clock"
	"caseledger/internal/policy"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// TestDueEnds: every kind is due with the event it rests on, and is not when
// what it waits for is recorded.
func TestDueEnds(t *testing.T) {
	const (
		at  = "2026-10-20T10:00:00+01:00"
		end = "2026-10-22T10:00:00+01:00"
		day = "2026-10-27"
	)
	due := ptr(day)
	all := Whom{}
	for _, tt := range []struct {
		kind  string
		begin func(*casefile.File) // event 10
		ends  func(*casefile.File) // event 11
	}{
		{DueSafeContact, func(f *casefile.File) {
			f.SafeContacts = append(f.SafeContacts, of(10, at, me, schemas.SafeContactSetV2{Expires: due}))
		},
			func(f *casefile.File) {
				f.SafeContacts = append(f.SafeContacts, of(11, end, me, schemas.SafeContactSetV2{}))
			}},
		{DueChase, func(f *casefile.File) {
			f.Agencies = []casefile.Agency{{Item: of(10, at, me, schemas.AgencyInvolved{Kind: "housing", Answer: "waiting", Chase: due})}}
		}, func(f *casefile.File) {
			f.Agencies[0].Later = []casefile.Item[schemas.AgencyInvolved]{of(11, end, me, schemas.AgencyInvolved{Answer: "answered", Chase: due})}
		}},
		{DueMaracAction, func(f *casefile.File) {
			f.MeetingActions = []casefile.MeetingAction{{Meeting: meta(10, at, me), Kind: "marac", Status: "open", DueNow: read(day)}}
		}, func(f *casefile.File) { f.MeetingActions[0].Status = "impossible" }},
		{DueMeetingAction, func(f *casefile.File) {
			f.MeetingActions = []casefile.MeetingAction{{Meeting: meta(10, at, me), Kind: "darim", Status: "open", DueNow: read(day)}}
		}, func(f *casefile.File) { f.MeetingActions[0].Status = "done" }},
		{DueMarac, func(f *casefile.File) {
			f.MaracReferrals = []casefile.Item[schemas.MaracReferred]{of(10, at, me, schemas.MaracReferred{Marac: "Harrowmere", Meeting: due})}
		}, func(f *casefile.File) {
			f.Hearings = []casefile.Hearing{{Item: of(11, end, me, schemas.MaracHeard{Marac: "Harrowmere", Meeting: day, Outcome: "heard"})}}
		}},
		{DueFeedback, func(f *casefile.File) {
			f.Hearings = []casefile.Hearing{{Item: of(10, at, me, schemas.MaracHeard{Marac: "Harrowmere", Meeting: "2026-10-23", Outcome: "heard"})}}
		}, func(f *casefile.File) { f.Hearings[0].Feedback = casefile.Moment{When: read(end), Seq: 11} }},
		{DueMeeting, func(f *casefile.File) {
			f.Meetings = []casefile.Item[schemas.MeetingRecorded]{of(10, at, me, schemas.MeetingRecorded{Kind: "child-in-need", Next: due})}
		}, func(f *casefile.File) {
			f.Meetings = append(f.Meetings, of(11, end, me, schemas.MeetingRecorded{Kind: "child-in-need"}))
		}},
		{DueRelease, func(f *casefile.File) {
			f.Perpetrators = []casefile.Item[schemas.PerpetratorStatus]{of(10, at, me, schemas.PerpetratorStatus{Person: "p", Status: "remanded", Release: due})}
		}, func(f *casefile.File) {
			f.Perpetrators = append(f.Perpetrators, of(11, end, me, schemas.PerpetratorStatus{Person: "p", Status: "sentenced"}))
		}},
		{DueStatus, func(f *casefile.File) {
			f.Perpetrators = []casefile.Item[schemas.PerpetratorStatus]{of(10, at, me, schemas.PerpetratorStatus{Person: "p", Status: "bailed", Until: due})}
		}, func(f *casefile.File) {
			f.Perpetrators = append(f.Perpetrators, of(11, end, me, schemas.PerpetratorStatus{Person: "p", Status: "charged"}))
		}},
		{DueOrder, func(f *casefile.File) {
			f.Orders = []casefile.Item[schemas.OrderRecorded]{of(10, at, me, schemas.OrderRecorded{Order: "o1", Status: "granted", Expires: due})}
		}, func(f *casefile.File) {
			f.Orders = append(f.Orders, of(11, end, me, schemas.OrderRecorded{Order: "o1", Status: "discharged", Expires: due}))
		}},
		{DueCourt, func(f *casefile.File) {
			f.Courts = []casefile.Item[schemas.CourtRecorded]{of(10, at, me, schemas.CourtRecorded{Court: "c", Kind: "family", Next: due})}
		}, func(f *casefile.File) {
			f.Courts = append(f.Courts, of(11, end, me, schemas.CourtRecorded{Court: "c", Kind: "family", Outcome: "vacated"}))
		}},
		{DueAccommodation, func(f *casefile.File) {
			f.Sought = []casefile.Item[schemas.AccommodationSought]{of(10, at, me, schemas.AccommodationSought{Kind: "refuge", Answer: "offered", Until: due})}
		}, func(f *casefile.File) {
			f.Placed = []casefile.Item[schemas.AccommodationPlaced]{of(11, end, me, schemas.AccommodationPlaced{Kind: "refuge"})}
		}},
		{DueProgramme, func(f *casefile.File) {
			f.Programmes = []casefile.Item[schemas.ProgrammeAttended]{of(10, at, me, schemas.ProgrammeAttended{Programme: "g", Status: "attended", Next: due})}
		}, func(f *casefile.File) {
			f.Programmes = append(f.Programmes, of(11, end, me, schemas.ProgrammeAttended{Programme: "g", Status: "left", Next: due}))
		}},
		{DueClip, func(f *casefile.File) {
			f.Equipment = []casefile.Item[schemas.EquipmentProvided]{of(10, at, me, schemas.EquipmentProvided{Equipment: "e1", SaveBy: due})}
		}, func(f *casefile.File) {
			f.Attachments = []casefile.Item[schemas.AttachmentAddedV2]{of(11, end, me, schemas.AttachmentAddedV2{Equipment: ptr("e1")})}
		}},
		{DueAgreement, func(f *casefile.File) {
			f.Agreements = []casefile.Item[schemas.AgreementRecorded]{of(10, at, me, schemas.AgreementRecorded{Answers: []schemas.Agreement{{Purpose: "sharing", Agreed: true}}, Expires: due})}
		}, func(f *casefile.File) {
			f.Withdrawals = []casefile.Item[schemas.AgreementWithdrawn]{of(11, end, me, schemas.AgreementWithdrawn{Purposes: []string{"sharing"}})}
		}},
		{DueSafeguarding, func(f *casefile.File) {
			f.Safeguarding = []casefile.Item[schemas.SafeguardingDecided]{of(10, at, me, schemas.SafeguardingDecided{About: "client", Review: due})}
		}, func(f *casefile.File) {
			f.Safeguarding = append(f.Safeguarding, of(11, end, me, schemas.SafeguardingDecided{About: "client"}))
		}},
		{DueAppointment, func(f *casefile.File) {
			f.Appointments = []casefile.Appointment{{Item: of(10, at, me, schemas.AppointmentPlanned{}), State: casefile.AppointmentPlanned, Arranged: schemas.Arranged{Start: "2026-10-27T09:00:00+00:00"}}}
		}, func(f *casefile.File) { f.Appointments[0].State = casefile.AppointmentTookPlace }},
		{DueNextTry, func(f *casefile.File) {
			f.Appointments = []casefile.Appointment{{Item: of(9, at, me, schemas.AppointmentPlanned{}), State: casefile.AppointmentMissed, Arranged: schemas.Arranged{Start: at},
				Missed: []casefile.Item[schemas.AppointmentMissed]{of(10, at, me, schemas.AppointmentMissed{NextTry: ptr("2026-10-27T09:00:00+00:00")})}}}
		}, func(f *casefile.File) { f.Times.LastContact = casefile.Moment{When: read(end), Seq: 11} }},
		{DueOverride, func(f *casefile.File) {
			f.Overrides = []casefile.Override{{Meta: meta(10, at, me), Kind: "sharing", By: me}}
		},
			func(f *casefile.File) { f.Overrides[0].Review = &casefile.Item[schemas.OverrideReviewed]{} }},
		{DueHold, func(f *casefile.File) {
			f.Holds = []casefile.Hold{{Item: of(10, at, boss, schemas.HoldPlaced{Review: due})}}
		},
			func(f *casefile.File) { f.Holds[0].Lifted = &casefile.Item[schemas.HoldLifted]{} }},
		{DueDisclosure, func(f *casefile.File) {
			f.Requests = []casefile.Item[schemas.DisclosureRequested]{of(10, at, boss, schemas.DisclosureRequested{Kind: "subject-access", Due: due})}
		}, func(f *casefile.File) {
			f.Exports = []casefile.Item[schemas.DisclosureExportedV2]{of(11, end, "system", schemas.DisclosureExportedV2{Request: ptr(uint64(10))})}
		}},
		{DueCaseReview, func(f *casefile.File) {
			f.Meetings = []casefile.Item[schemas.MeetingRecorded]{of(10, "2026-09-28T10:00:00+01:00", boss, schemas.MeetingRecorded{Kind: "case-review"})}
		}, func(f *casefile.File) {
			f.Meetings = append(f.Meetings, of(11, end, boss, schemas.MeetingRecorded{Kind: "case-review"}))
		}},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			f := file(1, me, "2026-09-25T09:30:00+01:00", tt.begin)
			const now = "2026-10-28T09:00:00+00:00"
			got := dueOf(t, f, now, day, tt.kind, all)
			if got == nil || got.Seq != 10 || !got.Overdue || got.Reason == "" || got.Days != int(clock.On(2026, 10, 28)-got.Due.Date()) {
				t.Fatalf("due: %+v", got)
			}
			tt.ends(f)
			if got := dueOf(t, f, now, day, tt.kind, all); got != nil {
				t.Errorf("still due: %+v", got)
			}
			// What is left of a closed case is the record's.
			f = file(1, me, "2026-09-25T09:30:00+01:00", tt.begin)
			f.Stage = casefile.StageClosed
			got = dueOf(t, f, now, day, tt.kind, all)
			if record := slices.Contains([]string{DueOverride, DueHold, DueDisclosure}, tt.kind); (got != nil) != record {
				t.Errorf("of a closed case: %+v", got)
			}
			f.Stage = casefile.StageErased
			if got := dueOf(t, f, now, day, tt.kind, all); got != nil {
				t.Errorf("of an erased case: %+v", got)
			}
		})
	}
}

// TestDueOrder: the most urgent first; of one day, the highest risk.
func TestDueOrder(t *testing.T) {
	action := func(day string, level string) func(*casefile.File) {
		return func(f *casefile.File) {
			f.Plan = []casefile.PlanAction{{Action: schemas.Action{ID: "a1", Area: "life", Due: ptr(day)}, Changed: meta(9, "2026-10-20T10:00:00+01:00", me)}}
			f.RiskReviews[0].Data.Judgement.Level = level
		}
	}
	const at = "2026-10-26T09:30:00+00:00"
	files := []*casefile.File{
		file(1, me, at, action("2026-10-30", "high")), file(2, me, at, action("2026-10-28", "standard")),
		file(3, me, at, action("2026-10-28", "high")), file(4, me, at, action("2026-10-28", "high")), file(5, me, at, action("2026-10-31", "high")),
	}
	var got []byte
	for _, i := range Due(slices.Values(files), policy.Default(), instant("2026-10-27T09:00:00+00:00"), Whom{Staff: me}, clock.On(2026, 10, 30)).Items {
		if i.Kind == DuePlanAction {
			got = append(got, i.Case[0])
		}
	}
	if want := []byte{3, 4, 2, 1}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// TestUnallocated: a referral that nobody has is in a manager's day and in no
// adviser's.
func TestUnallocated(t *testing.T) {
	f := file(1, "", "2026-10-23T09:30:00+01:00", untried)
	now := instant("2026-10-28T09:00:00+00:00")
	d := DayOf(slices.Values([]*casefile.File{f}), policy.Default(), now, schemas.StaffRecordedV2{Staff: boss, Role: "manager"})
	if len(d.Referrals) != 1 || d.Referrals[0].State != "over" || d.Referrals[0].Days != 1 {
		t.Errorf("manager: %+v", d.Referrals)
	}
	if d := DayOf(slices.Values([]*casefile.File{f}), policy.Default(), now, schemas.StaffRecordedV2{Staff: me, Role: "adviser"}); len(d.Referrals) != 0 {
		t.Errorf("adviser: %+v", d.Referrals)
	}
}
