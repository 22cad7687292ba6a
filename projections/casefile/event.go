package casefile

import (
	"fmt"
	"time"

	"caseledger/events"
	"caseledger/internal/clock"
	"caseledger/schemas"

	"github.com/oklog/ulid/v2"
)

// Event is an event of a case as its record holds it.
type Event struct {
	Seq    uint64    // within the chain, from 1
	Stream uint64    // within the log, from 1
	ID     ulid.ULID // of the event
	At     time.Time // when recorded
	// Body at the version it was recorded in. A zero Body stands for an event
	// that cannot be opened, because its key is gone: it is counted and flagged.
	Body events.Body
	// Data, if not nil, is what Body holds, read already: a pointer from New. Of
	// Body nothing but type, version and actor is needed then, and Occurred is
	// when it happened.
	Data     any
	Occurred Span
}

// New makes an empty one of what the data of an event is read into: a pointer to
// a type of package schemas. It is nil unless such data can be read member by
// member as they stand: the others are for Fold to bring to the newest version.
func New(typ string, v uint64) any {
	newest, ok := schemas.Default().Latest(typ)
	if !ok || v < 1 || v > newest || v < newest && !lacking[typ] {
		return nil
	}
	if d, ok := decoders[typ]; ok {
		return d.empty()
	}
	return nil
}

// Cut is what a fold leaves out; the zero Cut is nothing. See the package
// comment.
type Cut struct {
	KnownBy    time.Time // zero: everything that is recorded
	HappenedBy time.Time // zero: whenever it happened
}

// Span is when something happened, as its author gave it.
type Span struct {
	From      clock.When `json:"from"`
	To        clock.When `json:"to"`
	Precision string     `json:"precision"` // exact, about, date, unknown
}

// End is the later of From and To, none when neither is known.
func (s Span) End() clock.When {
	if s.From.Before(s.To) {
		return s.To
	}
	return s.From
}

// Earliest is the first instant at which it can have begun; the zero Time when
// nothing is known. A time that is only about right can be any of its day.
func (s Span) Earliest() time.Time {
	from := s.From
	if from.IsZero() && !s.To.IsZero() {
		return time.Time{} // it ended then; when it began is not known
	}
	if s.Precision == "about" || s.Precision == "unknown" {
		from = clock.OnDate(from.Date())
	}
	return from.Start()
}

// Latest is the instant by which it was over at the latest; the zero Time when
// nothing is known.
func (s Span) Latest() time.Time {
	end := s.End()
	if s.Precision == "about" || s.Precision == "unknown" {
		end = clock.OnDate(end.Date())
	}
	return end.End()
}

// ReadSpan reads an occurred, or the happened of an incident. What is not a
// moment is left out.
func ReadSpan(o schemas.Occurred) Span {
	return Span{when(o.From), when(o.To), o.Precision}
}

// when reads a date or time of a body, none for null.
func when(s *string) clock.When {
	if s == nil {
		return clock.When{}
	}
	w, _ := clock.ParseWhen(*s) // the schema has checked it
	return w
}

// Meta is what every item tells of the event that it came from.
type Meta struct {
	Seq      uint64    `json:"seq"`
	Stream   uint64    `json:"stream"`
	ID       ulid.ULID `json:"id"`
	At       time.Time `json:"at"` // when recorded
	Actor    string    `json:"actor"`
	Occurred Span      `json:"occurred"`
}

// When is when it happened, by its latest moment, or when it was recorded if
// the event does not say.
func (m Meta) When() clock.When {
	if end := m.Occurred.End(); !end.IsZero() {
		return end
	}
	return clock.AtTime(m.At)
}

// Since is when it came to be so, by its first moment, or when it was recorded
// if the event does not say.
func (m Meta) Since() time.Time {
	if start := m.Occurred.From.Start(); !start.IsZero() {
		return start
	}
	return m.At
}

// Item is what one event says, at the newest version of its type.
type Item[T any] struct {
	Meta
	Data T `json:"data"`
}

// decode reads the data of a body at the newest version of its type: a pointer
// to the Go type of package schemas. The error wraps events.ErrVersion or
// events.ErrInvalid.
func decode(b events.Body) (any, error) {
	d, ok := decoders[b.Type]
	if !ok {
		return nil, fmt.Errorf("casefile: %w", events.ErrVersion)
	}
	if newest, _ := schemas.Default().Latest(b.Type); lacking[b.Type] && b.V >= 1 && b.V <= newest {
		return d.read(b.Data)
	}
	b, err := schemas.Upcast(b)
	if err != nil {
		return nil, err
	}
	return d.read(b.Data)
}

// lacking are the types whose older versions lack nothing but members that are
// null in the newest: its Go type reads them as they are.
var lacking = map[string]bool{
	"attachment.added": true, "contact.recorded": true, "disclosure.approved": true, "disclosure.decided": true, "disclosure.exported": true,
}

// reader reads data of one type.
type reader struct {
	read  func([]byte) (any, error)
	empty func() any
}

func as[T any]() reader {
	return reader{
		read: func(data []byte) (any, error) {
			v, err := decodeData[T](data)
			if err != nil {
				return nil, err
			}
			return v, nil
		},
		empty: func() any { return new(T) },
	}
}

// decoders know every type, at its newest version.
var decoders = map[string]reader{
	"referral.received":    as[schemas.ReferralReceivedV2](),
	"intake.checked":       as[schemas.IntakeChecked](),
	"client.recorded":      as[schemas.ClientRecorded](),
	"child.recorded":       as[schemas.ChildRecorded](),
	"person.recorded":      as[schemas.PersonRecorded](),
	"agreement.recorded":   as[schemas.AgreementRecorded](),
	"agreement.withdrawn":  as[schemas.AgreementWithdrawn](),
	"safe-contact.set":     as[schemas.SafeContactSetV2](),
	"case.allocated":       as[schemas.CaseAllocated](),
	"case.covered":         as[schemas.CaseCovered](),
	"case.transferred":     as[schemas.CaseTransferred](),
	"staff.excluded":       as[schemas.StaffExcluded](),
	"appointment.planned":  as[schemas.AppointmentPlanned](),
	"appointment.moved":    as[schemas.AppointmentMoved](),
	"appointment.missed":   as[schemas.AppointmentMissed](),
	"contact.attempted":    as[schemas.ContactAttempted](),
	"contact.recorded":     as[schemas.ContactRecordedV2](),
	"contact.corrected":    as[schemas.ContactCorrected](),
	"contact.disputed":     as[schemas.ContactDisputed](),
	"entry.misfiled":       as[schemas.EntryMisfiled](),
	"incident.disclosed":   as[schemas.IncidentDisclosedV2](),
	"risk.reviewed":        as[schemas.RiskReviewedV2](),
	"plan.changed":         as[schemas.PlanChanged](),
	"safeguarding.decided": as[schemas.SafeguardingDecided](),
	"marac.referred":       as[schemas.MaracReferred](),
	"marac.heard":          as[schemas.MaracHeard](),
	"marac.action.updated": as[schemas.MaracActionUpdated](),
	"meeting.recorded":     as[schemas.MeetingRecorded](),
	"perpetrator.status":   as[schemas.PerpetratorStatus](),
	"order.recorded":       as[schemas.OrderRecorded](),
	"court.recorded":       as[schemas.CourtRecorded](),
	"accommodation.sought": as[schemas.AccommodationSought](),
	"accommodation.placed": as[schemas.AccommodationPlaced](),
	"agency.involved":      as[schemas.AgencyInvolved](),
	"programme.attended":   as[schemas.ProgrammeAttended](),
	"equipment.provided":   as[schemas.EquipmentProvided](),
	"helpline.contact":     as[schemas.HelplineContact](),
	"handover.given":       as[schemas.HandoverGiven](),
	"attachment.added":     as[schemas.AttachmentAddedV2](),
	"information.shared":   as[schemas.InformationShared](),
	"disclosure.requested": as[schemas.DisclosureRequested](),
	"disclosure.decided":   as[schemas.DisclosureDecidedV2](),
	"disclosure.approved":  as[schemas.DisclosureApprovedV2](),
	"disclosure.exported":  as[schemas.DisclosureExportedV2](),
	"disclosure.receipted": as[schemas.DisclosureReceipted](),
	"override.reviewed":    as[schemas.OverrideReviewed](),
	"case.closed":          as[schemas.CaseClosed](),
	"case.reopened":        as[schemas.CaseReopened](),
	"hold.placed":          as[schemas.HoldPlaced](),
	"hold.lifted":          as[schemas.HoldLifted](),
	"erasure.begun":        as[schemas.ErasureBegun](),
	"case.erased":          as[schemas.CaseErased](),
	"policy.set":           as[schemas.PolicySet](),       // of the service chain
	"staff.recorded":       as[schemas.StaffRecordedV2](), // likewise
	"access.checkpointed":  as[schemas.AccessCheckpointed](),
}
