package schemas

import (
	"reflect"
	"slices"
	"sync"

	"caseledger/events"
)

// form is the Go type of one type and version.
type form struct {
	typ    string
	v      uint64
	goType reflect.Type
	decode func(data []byte) (any, error)
}

func formOf[T any](typ string, v uint64) form {
	return form{typ, v, reflect.TypeFor[T](), func(data []byte) (any, error) {
		d, err := DecodeData[T](data)
		if err != nil {
			return nil, err
		}
		return d, nil
	}}
}

// forms by type, then version.
var forms = []form{
	formOf[AccessCheckpointed]("access.checkpointed", 1),
	formOf[AccommodationPlaced]("accommodation.placed", 1),
	formOf[AccommodationSought]("accommodation.sought", 1),
	formOf[AgencyInvolved]("agency.involved", 1),
	formOf[AgreementRecorded]("agreement.recorded", 1),
	formOf[AgreementWithdrawn]("agreement.withdrawn", 1),
	formOf[AppointmentMissed]("appointment.missed", 1),
	formOf[AppointmentMoved]("appointment.moved", 1),
	formOf[AppointmentPlanned]("appointment.planned", 1),
	formOf[AttachmentAdded]("attachment.added", 1),
	formOf[AttachmentAddedV2]("attachment.added", 2),
	formOf[CaseAllocated]("case.allocated", 1),
	formOf[CaseClosed]("case.closed", 1),
	formOf[CaseCovered]("case.covered", 1),
	formOf[CaseErased]("case.erased", 1),
	formOf[CaseReopened]("case.reopened", 1),
	formOf[CaseTransferred]("case.transferred", 1),
	formOf[ChildRecorded]("child.recorded", 1),
	formOf[ClientRecorded]("client.recorded", 1),
	formOf[ContactAttempted]("contact.attempted", 1),
	formOf[ContactCorrected]("contact.corrected", 1),
	formOf[ContactDisputed]("contact.disputed", 1),
	formOf[ContactRecorded]("contact.recorded", 1),
	formOf[ContactRecordedV2]("contact.recorded", 2),
	formOf[CourtRecorded]("court.recorded", 1),
	formOf[DisclosureApproved]("disclosure.approved", 1),
	formOf[DisclosureApprovedV2]("disclosure.approved", 2),
	formOf[DisclosureDecided]("disclosure.decided", 1),
	formOf[DisclosureDecidedV2]("disclosure.decided", 2),
	formOf[DisclosureExported]("disclosure.exported", 1),
	formOf[DisclosureExportedV2]("disclosure.exported", 2),
	formOf[DisclosureReceipted]("disclosure.receipted", 1),
	formOf[DisclosureRequested]("disclosure.requested", 1),
	formOf[EntryMisfiled]("entry.misfiled", 1),
	formOf[EquipmentProvided]("equipment.provided", 1),
	formOf[ErasureBegun]("erasure.begun", 1),
	formOf[HandoverGiven]("handover.given", 1),
	formOf[HelplineContact]("helpline.contact", 1),
	formOf[HoldLifted]("hold.lifted", 1),
	formOf[HoldPlaced]("hold.placed", 1),
	formOf[IncidentDisclosed]("incident.disclosed", 1),
	formOf[IncidentDisclosedV2]("incident.disclosed", 2),
	formOf[InformationShared]("information.shared", 1),
	formOf[IntakeChecked]("intake.checked", 1),
	formOf[MaracActionUpdated]("marac.action.updated", 1),
	formOf[MaracHeard]("marac.heard", 1),
	formOf[MaracReferred]("marac.referred", 1),
	formOf[MeetingRecorded]("meeting.recorded", 1),
	formOf[OrderRecorded]("order.recorded", 1),
	formOf[OverrideReviewed]("override.reviewed", 1),
	formOf[PerpetratorStatus]("perpetrator.status", 1),
	formOf[PersonRecorded]("person.recorded", 1),
	formOf[PlanChanged]("plan.changed", 1),
	formOf[PolicySet]("policy.set", 1),
	formOf[ProgrammeAttended]("programme.attended", 1),
	formOf[ReferralReceived]("referral.received", 1),
	formOf[ReferralReceivedV2]("referral.received", 2),
	formOf[RiskReviewed]("risk.reviewed", 1),
	formOf[RiskReviewedV2]("risk.reviewed", 2),
	formOf[SafeContactSet]("safe-contact.set", 1),
	formOf[SafeContactSetV2]("safe-contact.set", 2),
	formOf[SafeguardingDecided]("safeguarding.decided", 1),
	formOf[StaffExcluded]("staff.excluded", 1),
	formOf[StaffRecorded]("staff.recorded", 1),
	formOf[StaffRecordedV2]("staff.recorded", 2),
}

var formsByType = sync.OnceValue(func() map[reflect.Type]*form {
	m := make(map[reflect.Type]*form, len(forms))
	for i := range forms {
		m[forms[i].goType] = &forms[i]
	}
	return m
})

// TypeOf returns the event type and version whose data the Go value is, such
// as "risk.reviewed", 2 for a RiskReviewedV2.
func TypeOf(data any) (typ string, v uint64, ok bool) {
	f := formsByType()[reflect.TypeOf(data)]
	if f == nil {
		return "", 0, false
	}
	return f.typ, f.v, true
}

// Decode returns the data of a body, upcast, as the newest Go type of its
// event type (a value, such as RiskReviewedV2). The errors are those of Upcast
// and DecodeData.
func Decode(b events.Body) (any, error) {
	b, err := Upcast(b)
	if err != nil {
		return nil, err
	}
	return forms[findForm(b.Type, b.V)].decode(b.Data)
}

// findForm returns the place of a form; every type and version has one.
func findForm(typ string, v uint64) int {
	return slices.IndexFunc(forms, func(f form) bool { return f.typ == typ && f.v == v })
}
