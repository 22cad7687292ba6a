package story

import "caseledger/schemas"

const gannet = "Ross Gannet"

// gannetIn is the man of two cases, as each knows him.
func gannetIn(m schemas.Made, relation string) schemas.PersonRecorded {
	p := perpetrator(m, gannet, relation, "Ross Gannet", "RG", "1984-05-16")
	p.Phones, p.References = []string{"07700 900190"}, []string{"Probation 77-4410"}
	return p
}

// before: a case that was closed two years ago. Its perpetrator has a new
// partner, whom the service knows by another case.
func before() *book {
	const number = "07700 900134"
	b := &book{label: "before"}
	b.add("2024-02-19 10:10 +00:00", "staff-02", at("2024-02-19 09:30 +00:00"), schemas.ReferralReceivedV2{
		Made: document("R-007"), Source: "police", Agency: opt("Harrowmere police"), Received: local("2024-02-19 09:30 +00:00"),
		Reason: prose("He broke her wrist with a drawer. She has left and lives with her grown-up daughter."), Flags: []string{"later-life"}})
	b.add("2024-02-19 10:20 +00:00", "staff-02", at("2024-02-19 10:20 +00:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-08", By: "staff-02"})
	b.add("2024-02-20 11:40 +00:00", "staff-08", between("2024-02-20 10:30 +00:00", "11:15"), now(phone(notes("TM/A"), "out", number, "2024-03-05 10:30 +00:00",
		words("Sixty-one, and I had to learn to open a jar with my left hand. My daughter bought me a gadget for it. I like the gadget."),
		sum("She will give evidence. She wants nothing from the house but her mother's scales."),
		did("Asked the officer for the scales."))))
	b.add("2024-02-20 11:46 +00:00", "staff-08", between("2024-02-20 10:30 +00:00", "11:15"), schemas.ClientRecorded{
		Made: notes("TM/A"), Name: "Odile Marsh", Initials: "OM", Born: opt("1962-08-08"), Pronouns: opt("she/her"), Language: opt("en"), Phone: opt(number), Identity: schemas.Identity{Gender: opt("woman")}})
	b.add("2024-02-20 11:50 +00:00", "staff-08", between("2024-02-20 10:30 +00:00", "11:15"), gannetIn(notes("TM/A"), "partner"))
	b.add("2024-02-20 11:55 +00:00", "staff-08", at("2024-02-20 11:15 +00:00"), schemas.SafeContactSetV2{
		Made: notes("TM/A"), Channels: []schemas.SafeChannelV2{channel(safe("phone", number, "")), channel(safe("post", "", "To her daughter's"))}, Places: []schemas.SafePlace{place("agency", "Our office")}})
	b.add("2024-02-20 12:10 +00:00", "staff-08", at("2024-02-20 12:00 +00:00"), needs(review(dash(notes("TM/A"), "yyynnynn nyyn nnn- nnny nunn", "medium",
		"Medium: she is out, he is charged, and her daughter answers the door.", "professional-judgement"), "intake", []string{person(gannet)}), "snssm"))
	b.add("2024-06-13 15:30 +01:00", "staff-08", at("2024-06-12 12:00 +01:00"), schemas.PerpetratorStatus{
		Made: document("TM/B"), Person: person(gannet), Status: "sentenced", Sentence: some("Ten months, suspended for two years, and a programme that he did not finish."),
		Court: opt("Harrowmere Crown Court"), Source: "Witness care unit", ClientTold: ptr(local("2024-06-12 14:00 +01:00"))})
	b.add("2024-11-28 10:50 +00:00", "staff-08", at("2024-11-28 10:30 +00:00"), needs(review(dash(notes("TM/B"), "nnnnnnnn nnnn nnn- nnny nnnn", "standard",
		"Standard. He has not been near her since June.", "professional-judgement"), "closure", []string{person(gannet)}), "nnnns"))
	b.add("2024-11-28 11:10 +00:00", "staff-08", at("2024-11-28 11:05 +00:00"), schemas.CaseClosed{
		Made: live, Reason: "plan-complete", Note: some("She brought the scales to the last meeting and weighed a biscuit."),
		Outcomes: []schemas.AreaOutcome{{Area: "safety", Outcome: prose("No contact since June.")}, {Area: "life", Outcome: prose("A flat of her own, two streets from her daughter.")},
			{Area: "health", Outcome: prose("The wrist does most things.")}, {Area: "money", Outcome: prose("Her pension is hers.")}, {Area: "time", Outcome: prose("Choir on Tuesdays.")}},
		Checklist: []schemas.Check{{Item: "Exit review", Done: true}, {Item: "Told how to come back", Done: true}}})
	return b
}

// reopened: closed with its outcomes; then an incident fourteen months after
// the last referral, which is a new referral and no repeat.
func reopened() *book {
	const number = "07700 900477"
	him, tam := []string{person(gannet)}, person("Tam Thatch")
	b := &book{label: "reopened"}
	b.add("2025-08-20 16:30 +01:00", "staff-02", at("2025-08-20 16:10 +01:00"), schemas.ReferralReceivedV2{
		Made: document("R-015"), Source: "marac", Agency: opt("Harrowmere Marac"), Received: local("2025-08-20 16:10 +01:00"),
		Reason: prose("Heard today. He shut her and the child in the garden overnight in July, and told the neighbours that they were camping."), Perpetrators: him,
		Marac: &schemas.ReferralMarac{Area: "Harrowmere Marac", Referred: opt("2025-08-06"), Heard: opt("2025-08-20"), Repeat: "no"}, Reference: opt("HM25/101")})
	b.add("2025-08-20 16:45 +01:00", "staff-02", at("2025-08-20 16:45 +01:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-07", By: "staff-02"})
	b.add("2025-08-21 11:35 +01:00", "staff-07", between("2025-08-21 10:30 +01:00", "11:10"), now(phone(notes("KP/A"), "out", number, "2025-08-28 10:30 +01:00",
		words("We counted satellites. Tam thinks that it was the best night of the summer, and I let that stand."),
		sum("He has gone to a friend's. She does not know if she wants him back; she wants the back-door key back."),
		did("Agreed Thursdays. Told her what the meeting decided."))))
	b.add("2025-08-21 11:41 +01:00", "staff-07", between("2025-08-21 10:30 +01:00", "11:10"), schemas.ClientRecorded{
		Made: notes("KP/A"), Name: "Bryony Thatch", Alias: opt("the toy library"), Initials: "BT", Born: opt("1995-12-02"), Pronouns: opt("she/her"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"15 Orchard Close", "Harrowmere"}, Postcode: opt("ZZ3 2CL")}, Phone: opt(number), Identity: schemas.Identity{Gender: opt("woman"), Ethnicity: opt("mixed")}})
	b.add("2025-08-21 11:45 +01:00", "staff-07", between("2025-08-21 10:30 +01:00", "11:10"), gannetIn(notes("KP/A"), "partner"))
	b.add("2025-08-21 11:52 +01:00", "staff-07", at("2025-08-21 11:10 +01:00"), schemas.SafeContactSetV2{
		Made: notes("KP/A"), Channels: []schemas.SafeChannelV2{channel(safe("phone", number, "Mornings, when Tam is at nursery"), hours(weekdays, "09:30", "12:00")), channel(barred("text", number, "He has seen them before")), channel(barred("visit", "", ""))},
		CodeWord: opt("jigsaw"), Places: []schemas.SafePlace{place("agency", "Harrowmere library")}})
	b.add("2025-08-21 12:05 +01:00", "staff-07", at("2025-08-21 12:00 +01:00"), needs(review(dash(notes("KP/A"), "nyyyunyn nyyy nnn- nnyy nunn", "high",
		"High as the meeting had it. Locking out a child of four is new.", "professional-judgement"), "intake", him), "sssms"))
	b.add("2025-08-28 11:20 +01:00", "staff-07", at("2025-08-28 11:15 +01:00"), plan(
		step("a1", "safety", "Back-door lock changed", "He has the key", "staff-07", "2025-09-05"),
		step("a2", "time", "Nursery mornings kept, whoever takes Tam", "She stops going out", "client", "2025-09-30")))
	b.add("2025-09-10 10:30 +01:00", "staff-07", at("2025-09-10 10:20 +01:00"), plan(
		ended(step("a1", "safety", "Back-door lock changed", "He has the key", "staff-07", "2025-09-05"), "done", "Changed on the 4th, tried on the 10th."),
		ended(step("a2", "time", "Nursery mornings kept, whoever takes Tam", "She stops going out", "client", "2025-09-30"), "done", "Every morning but one.")))
	b.add("2026-02-26 11:10 +00:00", "staff-07", between("2026-02-26 10:00 +00:00", "10:40"), now(met(notes("KP/B"), "Harrowmere library", "",
		words("He is doing the course. I am not waiting for the certificate. I have put his boots in a box."),
		sum("No abuse since the summer. She would like to stop here, and to be able to come back without explaining."),
		did("Went through each area. Told her that the door is the same door."))))
	b.add("2026-02-26 11:25 +00:00", "staff-07", at("2026-02-26 11:15 +00:00"), needs(review(dash(notes("KP/B"), "nynnunnn nnnn nnn- nnny nunn", "standard",
		"Standard at closing: five months without abuse, and she says it in the past tense.", "professional-judgement"), "closure", him), "nsnns"))
	b.add("2026-02-26 11:40 +00:00", "staff-07", at("2026-02-26 11:35 +00:00"), schemas.CaseClosed{
		Made: live, Reason: "plan-complete", Note: some("Closed with her, at the low table in the library."),
		Outcomes: []schemas.AreaOutcome{{Area: "safety", Outcome: prose("New lock; he lives elsewhere.")}, {Area: "money", Outcome: prose("Tenancy in her name.")}, {Area: "life", Outcome: prose("Back at the toy library two days a week.")},
			{Area: "time", Outcome: prose("Nursery every morning.")}, {Area: "health", Outcome: prose("She sleeps; Tam mostly.")}},
		Checklist: []schemas.Check{{Item: "Exit review", Done: true}, {Item: "Told how to come back", Done: true}, {Item: "Other agencies told", Done: true}}})
	again := b.add("2026-10-21 09:20 +01:00", "staff-02", at("2026-10-21 08:50 +01:00"), schemas.ReferralReceivedV2{
		Made: document("R-092"), Source: "police", Agency: opt("Harrowmere police"), Received: local("2026-10-21 08:50 +01:00"),
		Reason: prose("Last night he followed her from the toy library to her door and put his arm across her throat against it. The child, who is five, was holding her hand. Arrested at the scene."), Perpetrators: him, Reference: opt("HP 20/10-881")})
	b.add("2026-10-21 09:30 +01:00", "staff-02", at("2026-10-21 09:28 +01:00"), schemas.CaseReopened{
		Made: live, By: "staff-02", Reason: "new-incident", Referral: &again,
		Note: some("Fourteen months since the last referral, of 6 August 2025: a new referral and no repeat. High or not is for today's review to say. For the manager only: he is known to us from another case, closed in 2024.")})
	b.add("2026-10-21 09:35 +01:00", "staff-02", at("2026-10-21 09:32 +01:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-07", By: "staff-02", OverCap: some("She asked for the same door. Staff-07 is at nineteen; one of them moves on Friday.")})
	b.add("2026-10-21 09:50 +01:00", "staff-02", at("2026-10-21 09:45 +01:00"), schemas.StaffExcluded{
		Made: live, Staff: "staff-08", Excluded: true, By: "staff-02", Reason: "safety", Note: some("Knows him from an earlier case; neither client is to learn of the other through us.")})
	call := b.add("2026-10-21 11:15 +01:00", "staff-07", between("2026-10-21 10:05 +01:00", "10:52"), now(phone(notes("KP/6"), "out", number, "2026-10-26 10:30 +00:00",
		words("I had the key in my hand. I had it between my fingers like they tell you, and I dropped it, because Tam was holding the other hand and I would not let go of that one."),
		sum("He had written in September that he had finished the course and wished to return a casserole. She did not answer. He was outside the toy library three times after that."),
		words("He said, you closed the case, didn't you. He had it in his head that you had closed it on his side."),
		sum("Her voice is hoarse. She was not seen by a doctor last night, because of Tam."),
		saw("She cleared her throat often and twice stopped for water."),
		think("In my opinion the danger is higher than it was last year.", "he used his arm across her throat, waited for her on three days and knows when she walks home"),
		did("Asked her to be seen today and said why: the swelling can come late. She went from nursery with her sister."))))
	hurt := b.add("2026-10-21 11:24 +01:00", "staff-07", between("2026-10-21 10:05 +01:00", "10:52"), schemas.IncidentDisclosedV2{
		Made: notes("KP/6"), Happened: at("2026-10-20 16:40 +01:00"), What: prose("He followed her home and pressed his arm across her throat at her own door."), Kinds: []string{"physical", "strangulation", "stalking"},
		Perpetrators: []schemas.Doer{{Person: ptr(person(gannet)), Who: opt("her former partner")}}, Through: "perpetrator", ChildrenPresent: "yes", Reported: "yes", Reference: opt("HP 20/10-881"), DisclosedIn: &call})
	child := schemas.ChildRecorded{Made: notes("KP/6"), Child: tam, Name: "Tam Thatch", Initials: "TT", Born: opt("2021-04-30"), LivesWith: "client", PerpetratorParent: "no", Contact: opt("None"),
		Exposure: []string{"saw", "heard"}, School: &schemas.School{Name: "Orchard Infants", Secret: false}, Status: schemas.ChildStatus{Kind: "not-known"}}
	b.add("2026-10-21 11:30 +01:00", "staff-07", between("2026-10-21 10:05 +01:00", "10:52"), child)
	b.add("2026-10-21 11:36 +01:00", "staff-07", at("2026-10-21 10:52 +01:00"), gannetIn(notes("KP/6"), "former-partner"))
	set := b.add("2026-10-21 11:41 +01:00", "staff-07", at("2026-10-21 10:52 +01:00"), schemas.SafeContactSetV2{
		Made: notes("KP/6"), Channels: []schemas.SafeChannelV2{channel(safe("phone", number, "Half past nine to noon"), hours(weekdays, "09:30", "12:00")), channel(safe("text", number, "Since she has a new telephone")), channel(barred("voicemail", "", "")), channel(barred("visit", "", ""))},
		CodeWord: opt("jigsaw"), Places: []schemas.SafePlace{place("agency", "Harrowmere library"), place("agency", "Harrowmere police station, side entrance")}})
	seen := b.add("2026-10-21 12:05 +01:00", "staff-07", at("2026-10-21 11:55 +01:00"), needs(review(dash(notes("KP/6"), "yyyyuyyy nyyy nny- nnyy nunn", "high",
		"High. An arm across the throat, in front of the child, by a man who had waited on three afternoons. It is the throat and not the count that decides.", "professional-judgement"), "change", him, hurt), "sssus"))
	b.add("2026-10-21 12:30 +01:00", "staff-07", at("2026-10-21 12:20 +01:00"), plan(
		step("b1", "safety", "Another way home, and her sister at the toy library's door", "He waits on the way home", "client", "2026-10-22"),
		step("b2", "health", "Throat seen today, and again in a week", "Swelling that comes late", "client", "2026-10-28"),
		step("b3", "life", "The family worker for Tam, as a record of Tam's own", "Tam saw it", "staff-21", "2026-10-23")))
	b.add("2026-10-21 15:40 +01:00", "staff-07", at("2026-10-21 15:10 +01:00"), schemas.PerpetratorStatus{
		Made: live, Person: person(gannet), Status: "remanded", Until: ptr(local("2026-10-28 10:00 +00:00")), Custody: opt("Harrowmere custody suite"), Court: opt("Harrowmere Magistrates' Court"),
		Source: "DC 3107 Rill", ClientTold: ptr(local("2026-10-21 15:25 +01:00"))})
	sent := b.add("2026-10-22 10:20 +01:00", "staff-07", at("2026-10-22 10:10 +01:00"), schemas.MaracReferred{
		Made: live, Marac: "Harrowmere Marac", Meeting: opt("2026-10-28"), Perpetrators: him, Criteria: []string{"professional-judgement"}, Rule: schemas.Versioned{Code: "marac", Version: 1}, Review: &seen, Incidents: []uint64{hurt},
		Agreed: "yes", ClientViews: some("She wants the meeting to know that she did everything right the first time, and that Tam is not to be talked of as an exhibit."),
		Reasons: prose("Strangulation and stalking. A new referral: the incident is fourteen months after the one of 6 August 2025."), Reference: opt("HM26/140"), By: "staff-07"})
	child.OwnCase, child.Made = ptr(Chain("child").String()), live
	b.add("2026-10-22 14:10 +01:00", "staff-07", at("2026-10-22 14:05 +01:00"), child)
	first := b.add("2026-10-22 14:20 +01:00", "staff-07", at("2026-10-22 14:15 +01:00"), planned("staff-07", number, "2026-10-26 10:30 +00:00", "11:00", "support", set))
	b.add("2026-10-23 16:40 +01:00", "staff-07", at("2026-10-23 16:30 +01:00"), schemas.HandoverGiven{
		Made: live, From: local("2026-10-23 17:00 +01:00"), To: local("2026-10-26 09:00 +00:00"), GivenTo: []string{"helpline"}, Alias: opt("the toy library"), WhoMayRing: []string{"The client", "Her sister"}, Risk: "high",
		CallBack: &schemas.SafeWay{Channel: "phone", Number: opt(number), Times: opt("Until nine in the evening"), CodeWord: opt("jigsaw")},
		About:    prose("He is in custody until Wednesday. His mother is not, and has been polite so far. Tam answers the telephone first and likes to be asked about satellites."), By: "staff-07"})
	b.add("2026-10-26 11:12 +00:00", "staff-07", between("2026-10-26 10:31 +00:00", "10:58"), kept(first, phone(notes("KP/6"), "out", number, "2026-10-29 10:30 +00:00",
		sum("Her throat was seen on Wednesday and again on Sunday; no swelling, a bruise like a collar. She slept at her sister's."),
		words("Tam asked if the man with the arm is in time out. I said yes. For how long, Tam said, and I did not know, so I rang you."),
		did("Told her what can happen at court on Wednesday, and that the meeting is the same morning."))))
	b.add("2026-10-27 09:50 +00:00", "staff-02", at("2026-10-27 09:45 +00:00"), covered("staff-14", "2026-10-28 09:00 +00:00", "2026-10-28 18:00 +00:00", "marac-day", "Staff-07 is at the Harrowmere Marac all day. Court hears him at ten; the officer rings staff-14."))
	b.add("2026-10-28 11:20 +00:00", "staff-14", at("2026-10-28 10:55 +00:00"), schemas.PerpetratorStatus{
		Made: live, Person: person(gannet), Status: "bailed", Conditions: []schemas.Prose{prose("Not to contact her, directly or indirectly."), prose("Not to go within two hundred metres of the toy library or the infants' school.")},
		Until: opt("2026-11-25"), Court: opt("Harrowmere Magistrates' Court"), Source: "DC 3107 Rill", ClientTold: ptr(local("2026-10-28 11:05 +00:00")), Note: some("Out at about one o'clock. His mother's address, across the river.")})
	b.add("2026-10-28 11:31 +00:00", "staff-14", between("2026-10-28 11:03 +00:00", "11:14"), now(phone(live, "out", number, "2026-10-29 10:30 +00:00",
		sum("Told of the bail within ten minutes. She had expected it. Her sister stays until Friday."),
		words("Two hundred metres is the whole of the river. He can stand on the other side and wave."),
		did("For staff-07: ask for the bridge in the conditions."))))
	heard := b.add("2026-10-28 17:05 +00:00", "staff-07", onDate("2026-10-28", ""), schemas.MaracHeard{
		Made: notes("KP/7"), Marac: "Harrowmere Marac", Meeting: "2026-10-28", Referral: &sent, Perpetrators: him, Outcome: "heard", Adviser: opt("staff-07"),
		Agencies:    []schemas.Attendee{attended("Police", "public protection"), attended("Children's services", "team manager"), attended("Probation", "officer"), attended("Orchard Infants", "safeguarding lead"), ours("staff-07")},
		ClientViews: some("Read out in her words, about the first time and about Tam."),
		Actions: []schemas.AgreedAction{agreed("m1", "Police", "Ask the court to add the bridge and the riverbank to the conditions", "He stands where she can see him", "2026-10-30"),
			agreed("m2", "Orchard Infants", "Nobody collects Tam without the word", "He or his mother comes to the gate", "2026-10-29"), agreed("m3", "Our service", "Tam's sessions weekly until the trial", "Tam saw it", "2026-11-13")}, Reference: opt("HM26/140")})
	b.add("2026-10-29 11:05 +00:00", "staff-07", between("2026-10-29 10:30 +00:00", "10:55"), feedback(heard, phone(notes("KP/7"), "out", number, "2026-11-05 10:30 +00:00",
		sum("Told what the meeting decided and who does what by when."),
		words("Somebody said my sentence out loud, in that room? The whole of it?"),
		sum("She has chosen the word for the school. Tam approved it."),
		did("Rang the officer about the bridge while she was on the line."))))
	b.add("2026-10-30 15:35 +00:00", "staff-07", at("2026-10-30 15:30 +00:00"), schemas.MaracActionUpdated{
		Made: live, Meeting: heard, Action: "m2", Status: "done", Ended: opt("2026-10-29"), ToldBy: opt("Orchard Infants"), Outcome: some("The word is on the gate list since Thursday morning.")})
	b.add("2026-10-30 15:50 +00:00", "staff-07", at("2026-10-30 15:45 +00:00"), plan(
		ended(step("b2", "health", "Throat seen today, and again in a week", "Swelling that comes late", "client", "2026-10-28"), "done", "Seen on the 21st and the 25th."),
		ended(step("b3", "life", "The family worker for Tam, as a record of Tam's own", "Tam saw it", "staff-21", "2026-10-23"), "done", "First session on the 22nd.")))
	return b
}
