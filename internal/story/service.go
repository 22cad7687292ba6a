package story

import (
	"caseledger/internal/clock"
	"caseledger/schemas"
)

// Service is the label of what the service records of itself, in the ledger's
// own chain and not in a case: who works there, and its figures.
const Service = "service"

// service: who works there, and two policies. By the first thirteen yes were
// visible high risk; by the second, from 1 February 2026, fourteen, and no
// adviser has more than eighteen open cases without a reason.
func service() *book {
	b := &book{label: Service}
	staff := func(when string, s schemas.StaffRecordedV2) {
		s.By = Decider
		b.add(when, Decider, at(when), s)
	}
	figure := func(code, unit string, values ...uint64) schemas.Setting {
		return schemas.Setting{Code: code, Unit: unit, Values: values}
	}
	part := 12
	staff("2024-01-08 09:05 +00:00", schemas.StaffRecordedV2{Staff: Decider, Initials: ptr("ND"), Role: "manager", Active: true, Languages: []string{"en"}})
	staff("2024-01-08 09:07 +00:00", schemas.StaffRecordedV2{Staff: Approver, Initials: ptr("MW"), Role: "manager", Active: true, Languages: []string{"en", "cy"}})
	staff("2024-01-08 09:10 +00:00", schemas.StaffRecordedV2{Staff: Reader, Initials: ptr("KP"), Role: "adviser", Active: true, Languages: []string{"en"}})
	staff("2024-01-08 09:12 +00:00", schemas.StaffRecordedV2{Staff: "staff-08", Initials: ptr("TM"), Role: "adviser", Active: true, Languages: []string{"en", "cy"}})
	staff("2024-01-08 09:14 +00:00", schemas.StaffRecordedV2{Staff: "staff-11", Initials: ptr("AL"), Role: "adviser", Active: true, Languages: []string{"en"}})
	staff("2024-01-08 09:16 +00:00", schemas.StaffRecordedV2{Staff: "staff-21", Initials: ptr("FW"), Role: "family-worker", Active: true, FaceToFace: true, Languages: []string{"en"}})
	staff("2024-01-08 09:18 +00:00", schemas.StaffRecordedV2{Staff: "staff-31", Initials: ptr("HV"), Role: "helpline", Active: true, Languages: []string{"en"}})
	staff("2024-01-08 09:20 +00:00", schemas.StaffRecordedV2{Staff: "staff-41", Initials: ptr("AU"), Role: "auditor", Active: true, Languages: []string{"en"}})
	b.add("2024-01-08 09:30 +00:00", Decider, at("2024-01-08 09:30 +00:00"), schemas.PolicySet{
		Version: 1, From: local("2024-01-08 09:30 +00:00"), By: Decider, Settings: []schemas.Setting{figure("visible-high-risk", "count", 13)},
		Reason: some("Both Maracs take cases from thirteen yes.")})
	staff("2025-06-02 09:00 +01:00", schemas.StaffRecordedV2{Staff: "staff-14", Initials: ptr("JR"), Role: "adviser", Active: true, Languages: []string{"en", "pl"}})
	b.add("2026-01-26 14:10 +00:00", Decider, at("2026-01-26 14:00 +00:00"), schemas.PolicySet{
		Version: 2, From: clock.Format(clock.On(2026, 2, 1).Start()), By: Decider,
		Settings: []schemas.Setting{figure("visible-high-risk", "count", 14), figure("cap-high", "count", 16), figure("cap-most", "count", 18)},
		Reason:   some("From February both Maracs ask for fourteen. Eighteen cases each is what the team can carry with one post empty.")})
	staff("2026-09-07 08:50 +01:00", schemas.StaffRecordedV2{Staff: "staff-14", Initials: ptr("JR"), Role: "adviser", Active: true, Cap: &part, Languages: []string{"en", "pl"}})
	return b
}
