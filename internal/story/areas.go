package story

import "caseledger/schemas"

// areas: heard four times at two Maracs, and neither knew of the other; one
// agency never answered. Transferred in with what the other service had.
func areas() *book {
	const (
		number = "07700 900845"
		north  = "Harrowmere Marac"
		south  = "Tern Valley Marac"
		quiet  = "Lark Street recovery service"
	)
	partner, brother := person("Coll Vetch"), person("Rafe Vetch")
	both := []string{partner, brother}
	b := &book{label: "areas"}
	b.add("2026-09-08 12:05 +01:00", "staff-02", at("2026-09-08 11:30 +01:00"), schemas.ReferralReceivedV2{
		Made: document("R-078"), Source: "marac", Agency: opt(south), Received: local("2026-09-08 11:30 +01:00"),
		Reason: prose("Moved here in August after the second hearing in the Tern Valley. Hit with a wheel brace by his former partner, and followed by the partner's brother. Drinks, hears voices when he does not sleep, has cut himself twice this year."),
		Flags:  []string{"mental-health", "substance-use", "self-harm"}, Marac: &schemas.ReferralMarac{Area: south, Referred: opt("2026-07-30"), Heard: opt("2026-08-12"), Repeat: "yes"}, Reference: opt("TV26/207")})
	b.add("2026-09-08 12:20 +01:00", "staff-02", at("2026-09-08 12:20 +01:00"), schemas.CaseTransferred{
		Made: document("R-078"), Direction: "in", Area: "Tern Valley", Service: opt("Tern Valley Refuge and Outreach"), Adviser: opt("Ms Osier"), Contact: opt("01632 960266"),
		HandedOver: []string{"Both Marac minutes", "Risk reviews of December and July", "Safety plan", "The number he answers, and when"},
		Spoke:      ptr(local("2026-09-08 11:30 +01:00")), Marac: opt(north), Agreed: "yes", Accepted: opt("2026-09-08"), By: "staff-02",
		Note: some("Ms Osier did not know that he had lived in Harrowmere before. He had not been asked.")})
	b.add("2026-09-08 12:30 +01:00", "staff-02", at("2026-09-08 12:30 +01:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-11", By: "staff-02"})
	for _, p := range []schemas.PersonRecorded{
		perpetrator(document("R-078"), "Coll Vetch", "former-partner", "Coll Vetch", "CV", "1988-10-03"),
		perpetrator(document("R-078"), "Rafe Vetch", "in-law", "Rafe Vetch", "RV", ""),
	} {
		minute := map[string]string{"CV": "12:40", "RV": "12:43"}[*p.Initials]
		b.add("2026-09-08 "+minute+" +01:00", "staff-11", at("2026-09-08 12:35 +01:00"), p)
	}
	b.add("2026-09-08 14:02 +01:00", "staff-11", at("2026-09-08 14:00 +01:00"), attempt(number, "no-answer", "2026-09-09 16:00 +01:00", "Ms Osier says after four, when he has been to the chemist."))
	talk := b.add("2026-09-09 17:10 +01:00", "staff-11", between("2026-09-09 16:04 +01:00", "16:50"), now(phone(notes("AL/4"), "out", number, "2026-09-16 16:00 +01:00",
		words("You are the fifth one. I do not mean it rudely. I have a drawer for the cards."),
		sum("He lived in Harrowmere until last November and was \"in a meeting about me\" twice there as well. Nobody in the Tern Valley asked where he had come from."),
		words("I told it from the beginning each time, and each time it was the beginning."),
		sum("He drinks four cans a day, less than in the summer. He has been on the list at the recovery service since the spring of last year and has never been rung."),
		think("In my opinion he has been at high risk for nineteen months without a break.", "four meetings in two areas each saw the first half of it"),
		did("Told him that I would ask both Maracs for everything, and that he would not have to tell it again to me."))))
	b.add("2026-09-09 17:16 +01:00", "staff-11", between("2026-09-09 16:04 +01:00", "16:50"), schemas.ClientRecorded{
		Made: notes("AL/4"), Name: "Fen Marlowe", Alias: opt("the bicycle workshop"), Initials: "FM", Born: opt("1991-07-22"), Pronouns: opt("he/him"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"Flat 6", "2 Brewhouse Steps", "Saltby"}, Postcode: opt("ZZ8 6FT"), Secret: true}, Phone: opt(number),
		Identity: schemas.Identity{Gender: opt("man"), Ethnicity: opt("white, Welsh"), Disability: opt("says: some weeks")}})
	set := b.add("2026-09-09 17:20 +01:00", "staff-11", at("2026-09-09 16:50 +01:00"), schemas.SafeContactSetV2{
		Made: notes("AL/4"), Channels: []schemas.SafeChannelV2{
			channel(safe("phone", number, "From four, when he has been to the chemist"), hours("mon tue wed thu fri sat", "15:45", "19:00")),
			channel(safe("text", number, "The word bicycle and a time")), channel(barred("voicemail", "", "He does not listen to it")), channel(barred("post", "", "")), channel(barred("visit", "", "Rafe knows the steps"))},
		CodeWord: opt("derailleur"), Places: []schemas.SafePlace{place("public", "Saltby bicycle workshop, the kitchen"), place("agency", "Saltby surgery")}})
	b.add("2026-09-10 10:30 +01:00", "staff-11", at("2026-09-10 10:10 +01:00"), schemas.IntakeChecked{
		Made: live, Known: "yes", Asked: []schemas.Asked{
			{Kind: "marac", Name: north, Asked: "2026-09-10", Answer: "no-answer", KnewOfOthers: "not-known"},
			{Kind: "marac", Name: south, Asked: "2026-09-10", Answer: "known", Answered: opt("2026-09-10"), KnewOfOthers: "no", TimesHeard: ptr(2), LastHeard: opt("2026-08-12"), Reference: opt("TV26/207")},
			{Kind: "agency", Name: quiet, Asked: "2026-09-10", Answer: "no-answer", KnewOfOthers: "not-known"}}})
	asked := b.add("2026-09-10 10:41 +01:00", "staff-11", at("2026-09-10 10:35 +01:00"), schemas.AgencyInvolved{
		Made: live, Agency: quiet, Kind: "substance-use", Email: opt("lark.street@example.org"), Asked: ptr(local("2026-09-10 10:35 +01:00")),
		About: some("Whether he is on the list, since when, and what he could be offered this month."), Answer: "waiting", Chase: opt("2026-09-17")})
	b.add("2026-09-10 11:20 +01:00", "staff-11", at("2026-09-10 11:05 +01:00"), needs(review(dash(document("R-078"), "yyyyynyy nyyu yyn- nuny yyun", "high",
		"High. The score is of what two areas wrote down; each had half. He says that what he fears most is not being believed at the fifth table.", "visible-high-risk"), "intake", both), "mmsum"))
	b.add("2026-09-14 15:50 +01:00", "staff-11", at("2026-09-14 15:30 +01:00"), schemas.IntakeChecked{
		Made: document("AL/5"), Known: "yes", Asked: []schemas.Asked{
			{Kind: "marac", Name: north, Asked: "2026-09-10", Answer: "known", Answered: opt("2026-09-14"), KnewOfOthers: "no", TimesHeard: ptr(2), LastHeard: opt("2025-07-16"), Reference: opt("HM25/088"),
				Note: some("Filed under his grandmother's surname, which he used then. They had him as moved away, address not known.")}}})
	// What the two areas had, in the order in which it happened, as it came in.
	hearing := func(recorded, minutes, marac, meeting, note string, actions ...schemas.AgreedAction) uint64 {
		return b.add(recorded, "staff-11", onDate(meeting, ""), schemas.MaracHeard{
			Made: late(document(minutes), "Minutes of an earlier hearing, received when the case was transferred to us."), Marac: marac, Meeting: meeting, Perpetrators: both[:1], Outcome: "heard",
			Agencies: []schemas.Attendee{attended("Police", "public protection"), attended("Adult social care", "team manager"), attended("Community mental health team", "nurse"), silent(quiet)},
			Actions:  actions, Reference: opt(minutes), Note: some(note)})
	}
	h1 := hearing("2026-09-15 09:40 +01:00", "HM25/031", north, "2025-03-19", "First hearing. Struck with a bicycle pump, collarbone.",
		agreed("m1", quiet, "An assessment offered within two weeks", "He drinks in order to sleep, and opens the door", "2025-04-02"))
	h2 := hearing("2026-09-15 09:55 +01:00", "HM25/088", north, "2025-07-16", "Second hearing, a repeat. Door kicked in.",
		agreed("m1", quiet, "An assessment offered within two weeks", "He drinks in order to sleep, and opens the door", "2025-07-30"),
		agreed("m2", "Police", "Marker on the address", "Nobody hurries to a man", "2025-07-23"))
	h3 := hearing("2026-09-15 10:10 +01:00", "TV25/340", south, "2025-12-10", "New to this Marac: heard as a first referral. Followed to work by the brother.",
		agreed("m1", quiet, "Contact within a week", "He drinks in order to sleep, and opens the door", "2025-12-17"))
	h4 := hearing("2026-09-15 10:25 +01:00", "TV26/207", south, "2026-08-12", "Second hearing here, fourth in all. Wheel brace, eleven stitches. He moves before the minutes are typed.",
		agreed("m1", quiet, "Contact within a week, by telephone, after four", "He drinks in order to sleep, and opens the door", "2026-08-19"),
		agreed("m2", "Tern Valley Refuge and Outreach", "Idva to Idva, before he moves", "It begins again from the beginning", "2026-08-31"))
	for i, h := range []uint64{h1, h2, h3} {
		b.add("2026-09-15 10:4"+string(rune('0'+i))+" +01:00", "staff-11", at("2026-09-15 10:30 +01:00"), schemas.MaracActionUpdated{
			Made: document("AL/5"), Meeting: h, Action: "m1", Status: "not-done", Outcome: some("No trace of it in any minutes; he was never rung."), ToldBy: opt("the client, and the minutes' silence")})
	}
	b.add("2026-09-15 10:50 +01:00", "staff-11", at("2026-09-15 10:45 +01:00"), schemas.MaracActionUpdated{
		Made: document("AL/5"), Meeting: h4, Action: "m2", Status: "done", Ended: opt("2026-09-08"), Outcome: some("Ms Osier and staff-02 spoke on 8 September. A week late, and it was the first time that anybody had."), ToldBy: opt("Ms Osier")})
	b.add("2026-09-15 11:05 +01:00", "staff-11", at("2026-09-09 16:20 +01:00"), schemas.IncidentDisclosedV2{
		Made: notes("AL/4"), Happened: about("2026-02-10", "2026-02-20"), What: prose("He was held against a wall by the neck in a car park. He told the nurse at the chemist's; nobody was told further."),
		Kinds: []string{"strangulation"}, Perpetrators: []schemas.Doer{{Person: &partner, Who: opt("his former partner")}}, Through: "perpetrator", ChildrenPresent: "no", Reported: "no", DisclosedIn: &talk})
	b.add("2026-09-15 11:30 +01:00", "staff-11", at("2026-09-15 11:25 +01:00"), plan(
		step("a1", "health", "One appointment with the recovery service, on a date", "He drinks in order to sleep, and opens the door", "staff-11", "2026-09-30"),
		step("a2", "health", "The nurse at the surgery on the days when the voices come", "He hurts himself before he rings anybody", "client", "2026-10-02"),
		step("a3", "safety", "Chain, viewer and a light on the steps", "Rafe knows the steps", "staff-11", "2026-09-25"),
		step("a4", "life", "Three afternoons a week at the bicycle workshop", "Nobody would notice if he did not come", "client", "2026-09-30")))
	b.add("2026-09-17 09:30 +01:00", "staff-11", at("2026-09-17 09:25 +01:00"), schemas.AgencyInvolved{
		Made: live, Agency: quiet, Kind: "substance-use", Phone: opt("01632 960590"), Asked: ptr(local("2026-09-17 09:25 +01:00")),
		About: some("The same, by telephone. A recorded voice, then a full mailbox."), Answer: "no-answer", AskedIn: &asked, Chase: opt("2026-10-01")})
	b.add("2026-09-30 16:55 +01:00", "staff-11", between("2026-09-30 16:02 +01:00", "16:40"), now(met(notes("AL/5"), "Saltby bicycle workshop, the kitchen", "2026-10-14 16:00 +01:00",
		words("I trued a wheel today. You spin it and listen, and you turn the ones that complain."),
		sum("Two cans a day. The nurse sees him on Tuesdays. No word from the recovery service."),
		saw("His hands did not shake while he held a tool."))))
	b.add("2026-10-01 10:15 +01:00", "staff-11", at("2026-10-01 10:05 +01:00"), schemas.AgencyInvolved{
		Made: live, Agency: quiet, Kind: "substance-use", Asked: ptr(local("2026-10-01 10:05 +01:00")),
		About: some("By letter to the manager, with the four dates on which a Marac gave them the action."), Answer: "no-answer", AskedIn: &asked, Chase: opt("2026-10-28")})
	b.add("2026-10-14 16:50 +01:00", "staff-11", between("2026-10-14 16:05 +01:00", "16:35"), now(phone(notes("AL/6"), "out", number, "2026-10-21 16:00 +01:00",
		sum("The light on the steps works. Chain and viewer fitted. He has been to the workshop nine times."),
		words("The man there asked me if I was coming on Thursday. As if I might."),
		said("the workshop's leader", "There was a bloke asking for him by the old surname. I said that we only do wheels.", via("client", "told over the truing stand", true)))))
	b.add("2026-10-14 17:05 +01:00", "staff-11", at("2026-10-14 17:00 +01:00"), plan(
		ended(step("a3", "safety", "Chain, viewer and a light on the steps", "Rafe knows the steps", "staff-11", "2026-09-25"), "done", "Fitted on 9 October."),
		ended(step("a4", "life", "Three afternoons a week at the bicycle workshop", "Nobody would notice if he did not come", "client", "2026-09-30"), "done", "Nine afternoons since September."),
		ended(step("a2", "health", "The nurse at the surgery on the days when the voices come", "He hurts himself before he rings anybody", "client", "2026-10-02"), "done", "Tuesdays, and once in between.")))
	b.add("2026-10-21 16:07 +01:00", "staff-11", at("2026-10-21 16:03 +01:00"), attempt(number, "no-answer", "2026-10-26 16:00 +00:00", ""))
	plannedCall := b.add("2026-10-23 11:02 +01:00", "staff-11", at("2026-10-23 11:00 +01:00"), planned("staff-11", number, "2026-10-26 16:00 +00:00", "16:30", "support", set))
	b.add("2026-10-26 16:50 +00:00", "staff-11", between("2026-10-26 16:01 +00:00", "16:28"), kept(plannedCall, phone(notes("AL/6"), "out", number, "2026-10-28 16:00 +00:00",
		sum("He had slept through on Wednesday, for the first time without drink. He had thought that we would be cross."),
		words("I woke up and the light was on outside, and I thought, that is for me, that light."),
		sum("Would like to be asked, next time that there is a meeting, what he wants said."),
		did("Took it down in his words for the monthly review."))))
	b.add("2026-10-27 09:40 +00:00", "staff-02", at("2026-10-27 09:35 +00:00"), covered("staff-08", "2026-10-28 09:00 +00:00", "2026-10-28 18:00 +00:00", "marac-day", "Staff-11 is at the Saltby Marac from half past one. A call to him is agreed for four."))
	b.add("2026-10-28 16:38 +00:00", "staff-08", between("2026-10-28 16:00 +00:00", "16:19"), now(phone(notes("TM/23"), "out", number, "2026-11-04 16:00 +00:00",
		sum("He was told on Monday that somebody else would ring, and who. He had a question ready: whether staff-11 writes down the jokes."),
		words("Tell them I did not get past the chemist on Saturday and then I did."),
		did("First written in another case by mistake, seen within the half hour, marked there as misfiled; this is the right place."))))
	b.add("2026-10-29 10:20 +00:00", "staff-02", between("2026-10-29 09:30 +00:00", "10:00"), schemas.MeetingRecorded{
		Made: live, Kind: "case-review", Title: opt("Monthly review"), Place: opt("Our office"), Chair: opt("staff-02"), Agencies: []schemas.Attendee{ours("staff-11"), ours("staff-02")},
		Decisions:   []schemas.Prose{prose("The silence of the recovery service goes to its commissioners, with the four hearings and our three letters."), prose("Both Maracs are told, in writing, that there were two of them.")},
		Actions:     []schemas.AgreedAction{agreed("m1", "Our service", "Letter to the commissioners, signed by the manager", "One agency never answers", "2026-11-06")},
		ClientViews: some("He wants it said that he kept every card."), Next: opt("2026-11-26")})
	b.add("2026-10-29 10:32 +00:00", "staff-11", at("2026-10-28 17:00 +00:00"), schemas.AgencyInvolved{
		Made: live, Agency: quiet, Kind: "substance-use", Asked: ptr(local("2026-10-28 12:50 +00:00")),
		About: some("In person, at their desk, on the way to the Marac. The manager was not in; a card was left. They had no card of his."), Answer: "no-answer", AskedIn: &asked, Chase: opt("2026-11-06")})
	b.add("2026-10-30 16:40 +00:00", "staff-11", at("2026-10-30 16:30 +00:00"), plan(
		ended(step("a1", "health", "One appointment with the recovery service, on a date", "He drinks in order to sleep, and opens the door", "staff-11", "2026-09-30"), "not-done", "Asked four times in seven weeks; no answer. With the manager and the commissioners."),
		step("a5", "health", "An appointment with the recovery service of the next town, which has one on 10 November", "He drinks in order to sleep, and opens the door", "staff-11", "2026-11-10")))
	return b
}
