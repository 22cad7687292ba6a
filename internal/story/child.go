package story

import "caseledger/schemas"

// child: a child of five who sees the family worker. A record of its own, with
// sessions of its own; the mother's case only names it.
func child() *book {
	const room = "Orchard Infants, the rainbow room"
	b := &book{label: "child"}
	b.add("2026-10-22 13:30 +01:00", "staff-02", at("2026-10-22 13:20 +01:00"), schemas.ReferralReceivedV2{
		Made: document("R-094"), Source: "agency", Agency: opt("Orchard Infants"), Received: local("2026-10-22 13:20 +01:00"),
		Reason: prose("Five. Stood beside the mother when she was held by the throat at their front door on Tuesday. Since then has shut every door in the classroom, one after the other, and says that it is a game."),
		Flags:  []string{"under-18"}, Perpetrators: []string{person(gannet)}})
	b.add("2026-10-22 13:40 +01:00", "staff-02", at("2026-10-22 13:40 +01:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-21", By: "staff-02"})
	b.add("2026-10-22 13:55 +01:00", "staff-21", at("2026-10-22 13:50 +01:00"), schemas.ClientRecorded{
		Made: document("R-094"), Name: "Tam Thatch", Initials: "TT", Born: opt("2021-04-30"), Pronouns: opt("Tam, says Tam"), Language: opt("en")})
	b.add("2026-10-22 14:00 +01:00", "staff-21", at("2026-10-22 13:50 +01:00"), schemas.PersonRecorded{
		Made: document("R-094"), Person: person("Tam Thatch"), Role: "client", Relation: "self", LivesWithClient: "not-known", ParentalResponsibility: "not-known"})
	b.add("2026-10-22 14:06 +01:00", "staff-21", at("2026-10-22 13:50 +01:00"), gannetIn(document("R-094"), "other"))
	set := b.add("2026-10-22 14:15 +01:00", "staff-21", at("2026-10-22 14:10 +01:00"), schemas.SafeContactSetV2{
		Made: live, Channels: []schemas.SafeChannelV2{channel(barred("phone", "", "Tam's mother has her own worker; nobody else rings the house about this")), channel(barred("post", "", "")), channel(barred("visit", "", ""))},
		Places: []schemas.SafePlace{place("agency", room, hours(weekdays, "09:00", "15:00"))}})
	b.add("2026-10-22 14:22 +01:00", "staff-21", at("2026-10-22 14:18 +01:00"), func() schemas.AgreementRecorded {
		a := consent(live, "spoken", "What Tam says in the room is shared only if Tam or somebody else is in danger.", true, true, "Orchard Infants")
		a.By = "the mother, who has parental responsibility"
		return a
	}())
	b.add("2026-10-22 15:40 +01:00", "staff-21", between("2026-10-22 14:30 +01:00", "15:05"), now(overheard(met(notes("FW/1"), room, "2026-10-27 10:00 +00:00",
		saw("Tam chose the floor, under the table, and asked me to come in and shut the cloth."),
		words("There was a man with an arm. It was a long one."),
		saw("Drew a door. Coloured it on both sides. Asked if paper can be locked."),
		words("Mummy did not let go. I counted her fingers and they were all there."),
		did("Told Tam that I come on Tuesdays and Fridays, that the table can stay, and which things I would have to tell.")), "the classroom assistant, behind a glass door", false)))
	b.add("2026-10-22 15:46 +01:00", "staff-21", between("2026-10-22 14:30 +01:00", "15:05"), schemas.ProgrammeAttended{
		Made: notes("FW/1"), Programme: "Sessions for under-sevens", Kind: "one-to-one", Status: "started", Session: ptr(1), Next: ptr(local("2026-10-27 10:00 +00:00"))})
	b.add("2026-10-22 16:05 +01:00", "staff-21", at("2026-10-22 15:55 +01:00"), schemas.SafeguardingDecided{
		Made: live, About: "client", Concern: "child", Decision: "referred", Agency: opt("Harrowmere council, children's services"), Reference: opt("CS 51190"), Consulted: opt("staff-02"),
		Agreed: "not-asked", By: "staff-02", Reasons: prose("A child who sees violence is hurt by it. Tam's mother was told beforehand and would have rung herself."), Review: opt("2026-11-05")})
	b.add("2026-10-22 16:20 +01:00", "staff-21", at("2026-10-22 16:15 +01:00"), plan(
		step("a1", "safety", "Tam knows whom to go to at school, by face and by room", "He comes to the gate", "staff-21", "2026-10-27"),
		step("a2", "life", "A session twice a week under the table, for as long as it is under the table", "Tam keeps it as a game of doors", "staff-21", "2026-11-27")))
	second := b.add("2026-10-23 09:20 +01:00", "staff-21", at("2026-10-23 09:15 +01:00"), meet("staff-21", "agency", room, "2026-10-27 10:00 +00:00", "10:40", "support", set))
	third := b.add("2026-10-23 09:22 +01:00", "staff-21", at("2026-10-23 09:15 +01:00"), meet("staff-21", "agency", room, "2026-10-30 10:00 +00:00", "10:40", "support", set))
	b.add("2026-10-27 11:25 +00:00", "staff-21", between("2026-10-27 10:00 +00:00", "10:40"), kept(second, met(notes("FW/1"), room, "2026-10-30 10:00 +00:00",
		saw("Under the table again, with the cloth open on my side."),
		words("The man is in time out. Mummy asked you how long and you did not know, she said."),
		sum("Tam wanted to know who lets a person out of time out, and whether that person has children."),
		did("Walked round the school together: the office, the cook, the lady with the bell. Tam rang the bell."))))
	b.add("2026-10-27 11:30 +00:00", "staff-21", between("2026-10-27 10:00 +00:00", "10:40"), schemas.ProgrammeAttended{
		Made: notes("FW/1"), Programme: "Sessions for under-sevens", Kind: "one-to-one", Status: "attended", Session: ptr(2), Next: ptr(local("2026-10-30 10:00 +00:00"))})
	b.add("2026-10-27 11:40 +00:00", "staff-21", at("2026-10-27 11:35 +00:00"), plan(
		ended(step("a1", "safety", "Tam knows whom to go to at school, by face and by room", "He comes to the gate", "staff-21", "2026-10-27"), "done", "Three faces, and a bell.")))
	b.add("2026-10-30 11:20 +00:00", "staff-21", between("2026-10-30 10:00 +00:00", "10:40"), kept(third, met(notes("FW/2"), room, "2026-11-03 10:00 +00:00",
		saw("Sat on the table today, with both feet on a chair. The cloth was a cape."),
		words("I know the word for the gate and you do not."),
		sum("Tam shut one door this morning and left the others, the assistant says; asked about it, Tam said that one was draughty."),
		did("Did not ask for the word."))))
	b.add("2026-10-30 11:25 +00:00", "staff-21", between("2026-10-30 10:00 +00:00", "10:40"), schemas.ProgrammeAttended{
		Made: notes("FW/2"), Programme: "Sessions for under-sevens", Kind: "one-to-one", Status: "attended", Session: ptr(3), Next: ptr(local("2026-11-03 10:00 +00:00"))})
	return b
}
