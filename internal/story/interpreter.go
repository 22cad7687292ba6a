package story

import "caseledger/schemas"

// What the client of this case wrote: kept as written, with its line breaks
// and the spaces at the ends of its lines.
const (
	gurmukhi = "ਭੈਣ ਜੀ, ਮੈਂ ਹੁਣ ਫ਼ੋਨ ਨਹੀਂ ਚੁੱਕ ਸਕਦੀ।  \nਉਸਦਾ ਭਰਾ ਹੋਟਲ ਦੇ ਬਾਹਰ ਗੱਡੀ ਵਿੱਚ ਬੈਠਾ ਹੈ।\nਮੈਂ ਪਰਦੇ ਬੰਦ ਕਰ ਦਿੱਤੇ ਹਨ।\n\nਅਸੀਂ ਤਿੰਨੋਂ ਠੀਕ ਹਾਂ 👩‍👧‍👦  \nਕਿਰਪਾ ਕਰਕੇ ਸਿਰਫ਼ ਮੈਸੇਜ ਕਰੋ।  "
	english  = "Sister, I cannot pick up the phone now.\nHis brother is sitting in a car outside the hotel.\nI have closed the curtains.\n\nThe three of us are all right 👩‍👧‍👦\nPlease only send messages."
	arabic   = "أنتِ لستِ وحدكِ"
)

// interpreter: high risk, possibly honour-based; Punjabi by telephone
// interpreter, and a text message in Gurmukhi.
func interpreter() *book {
	const number = "07700 900951"
	brother := person("Harjit Ambermill")
	b := &book{label: "interpreter"}
	line := func(c schemas.ContactRecorded, who string) schemas.ContactRecorded {
		c.Interpreter = &schemas.ContactLanguage{Name: opt(who), Agency: opt("Tern Language Line"), Language: "pa", Mode: "telephone"}
		return c
	}
	b.add("2026-10-22 12:15 +01:00", "staff-02", at("2026-10-22 11:45 +01:00"), schemas.ReferralReceived{
		Made: document("R-093"), Source: "agency", Agency: opt("Saltby hospital, health visiting team"), Received: local("2026-10-22 11:45 +01:00"),
		Reason: prose("Seen alone for the first time, at the baby's weighing. She asked by gestures for a pen and wrote a word that the clerk could read: afraid. Husband's brothers bring her and wait outside."),
		Flags:  []string{"honour-based", "language"}})
	b.add("2026-10-22 12:30 +01:00", "staff-02", at("2026-10-22 12:30 +01:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-14", By: "staff-02"})
	b.add("2026-10-22 15:08 +01:00", "staff-14", at("2026-10-22 15:05 +01:00"), attempt(number, "someone-else-answered", "2026-10-23 13:00 +01:00", "A man. The interpreter said \"clinic, about the weighing\", as agreed beforehand. He said that she has an appointment tomorrow at one."))
	b.add("2026-10-23 14:40 +01:00", "staff-14", between("2026-10-23 13:04 +01:00", "14:02"), line(with(overheard(phone(notes("JR/1"), "out", "01632 960120", "2026-10-26 13:00 +00:00",
		saw("The health visitor's room telephone, on its speaker. A baby was fed while we spoke."),
		words("They say a word at home, that my name is finished. They do not say it to me, they say it over my head, like about a cow."),
		sum("She has not been outside alone for three years. Her husband is in another country until December; his mother and two brothers decide. They have her passport and the children's."),
		words("His brother said, when the snow comes you will go to see your father, all of you, and you will stay there."),
		sum("There is a plan to take her and both children abroad in the first week of November. She overheard the price of three tickets, one way."),
		said("her mother-in-law", "She has been seen writing. One who writes will be read.", via("her sister-in-law", "repeated in the kitchen as a joke", false), via("client", "told by her sister-in-law", false)),
		think("In my opinion this may become a killing or a forced journey, possibly both, in the name of honour.", "the family speaks of her name as finished, keeps the passports, has priced one-way tickets and knows that she asked for a pen"),
		did("Used interpreter 4471, who is not from the area; asked first, and she wished for a woman. Agreed a word for when somebody else is listening.")),
		"the baby", false), professional("Ms Wick", "health visitor", "Saltby hospital")), "Interpreter 4471"))
	b.add("2026-10-23 14:52 +01:00", "staff-14", between("2026-10-23 13:04 +01:00", "14:02"), schemas.ClientRecorded{
		Made: notes("JR/1"), Name: "Simran Kaur Ambermill", Alias: opt("the clinic, about the weighing"), Initials: "SKA", Born: opt("1998-01-09"), Pronouns: opt("she/her"), Language: opt("pa"),
		Interpreter: schemas.Interpreter{Needed: true, Language: opt("pa"), Note: opt("A woman, not from Saltby, never a relation or a neighbour")},
		Address:     &schemas.Address{Lines: []string{"118 Foundry Road", "Saltby"}, Postcode: opt("ZZ8 9FR"), Secret: false}, Phone: opt(number),
		Identity: schemas.Identity{Gender: opt("woman"), Ethnicity: opt("Punjabi")}})
	b.add("2026-10-23 14:55 +01:00", "staff-14", between("2026-10-23 13:04 +01:00", "14:02"), perpetrator(notes("JR/1"), "Harjit Ambermill", "in-law", "Harjit Ambermill", "HA", ""))
	b.add("2026-10-23 14:58 +01:00", "staff-14", at("2026-10-23 14:02 +01:00"), schemas.SafeContactSet{
		Made: notes("JR/1"), Channels: []schemas.SafeChannel{
			safe("phone", "01632 960120", "The clinic's room, Mondays and Fridays from one to two"),
			barred("phone", number, "The family's; her brothers-in-law answer"), barred("voicemail", "", ""), barred("text", number, "Read by the family"), barred("post", "", ""), barred("visit", "", "")},
		CodeWord: opt("lentils"), Places: []string{"Saltby hospital, room 12"}})
	b.add("2026-10-23 15:30 +01:00", "staff-14", at("2026-10-23 15:15 +01:00"), from(dash(notes("JR/1"), "uyyyuny- yyyy nuu- yunu -uun", "high",
		"High, possibly honour-based, by judgement: a low count from one short talk through an interpreter says nothing about what she has not been asked.", "professional-judgement"), "the health visitor", "D09"))
	b.add("2026-10-26 14:20 +00:00", "staff-14", between("2026-10-26 13:02 +00:00", "13:48"), line(with(phone(notes("JR/1"), "out", "01632 960120", "2026-10-27 13:00 +00:00",
		words("They have the suitcases down from the cupboard. The small one is for my daughter, she put her doll in it. She thinks that it is for the sea."),
		sum("The tickets are for Wednesday 4 November. She would leave with both children tomorrow, from the clinic, with what they have on."),
		words("Can you ask her how cold it is in that hotel? I am sorry, I have not chosen anything for so long that I ask about the heating."),
		sum("She has one cousin in another city whom she trusts, and does not want her told yet."),
		did("Told her what a protection order can do about the journey, and that a court can hold the passports. She agreed that social care is told today.")),
		professional("Ms Wick", "health visitor", "Saltby hospital")), "Interpreter 4471"))
	b.add("2026-10-26 15:02 +00:00", "staff-07", between("2026-10-26 14:25 +00:00", "14:50"), schemas.MeetingRecorded{
		Made: live, Kind: "consultation", Title: opt("Second adviser's review"), Agencies: []schemas.Attendee{ours("staff-07"), ours("staff-14"), ours("staff-02")}, Decisions: []schemas.Prose{prose("Out tomorrow. Nobody from her temple has to do with the case.")}})
	b.add("2026-10-26 15:10 +00:00", "staff-07", at("2026-10-26 14:50 +00:00"), dash(document("JR/1"), "uyyyuny- yyyy nuuu yunu -uun", "high",
		"Second adviser's review, from the notes and with staff-14: I agree with high and with possibly honour-based. The date of the journey makes it this week. Nobody who shares her family's temple should handle the case.", "professional-judgement"))
	b.add("2026-10-26 15:25 +00:00", "staff-14", at("2026-10-26 15:15 +00:00"), plan(
		step("a1", "safety", "Out tomorrow from the clinic, with both children, to a hotel in another town", "Taken abroad on 4 November", "staff-14", "2026-10-27"),
		step("a2", "safety", "Protection order and the passports held", "Taken abroad on 4 November", "social care, with our statement", "2026-10-30"),
		step("a3", "life", "A refuge with workers who speak Punjabi", "The hotel is for a week only", "staff-14", "2026-11-03")))
	b.add("2026-10-27 15:55 +00:00", "staff-14", between("2026-10-27 13:10 +00:00", "15:20"), with(met(notes("JR/2"), "Saltby hospital, room 12, then by taxi", "2026-10-28 10:00 +00:00",
		saw("She carried the baby and a changing bag. Her daughter, who is four, carried the doll; so it had come out of the suitcase."),
		saw("Ms Wick went to the front with the pram, empty, and a blanket over it. We left by the ambulance bay."),
		did("No interpreter in the taxi; I used a card with six sentences that 4471 had written out for us, and pointed. She pointed at \"I am all right\" twice."),
		did("Room on the second floor, booked in the service's name. New telephone given and tried.")),
		professional("Ms Wick", "health visitor", "Saltby hospital")))
	hotel := b.add("2026-10-27 16:00 +00:00", "staff-14", at("2026-10-27 11:00 +00:00"), schemas.AccommodationSought{
		Made: live, Kind: "hotel", Provider: "A hotel in another town", Asked: local("2026-10-26 15:20 +00:00"), Answer: "offered", Answered: ptr(local("2026-10-27 11:00 +00:00"))})
	b.add("2026-10-27 16:02 +00:00", "staff-14", at("2026-10-27 15:20 +00:00"), schemas.AccommodationPlaced{
		Made: notes("JR/2"), Kind: "hotel", Provider: "A hotel in another town", From: "2026-10-27", To: opt("2026-11-03"), Sought: &hotel, With: []string{"Her daughter, four", "The baby"}, Funding: opt("Emergency fund, booked in the service's name")})
	b.add("2026-10-27 16:05 +00:00", "staff-14", at("2026-10-27 15:20 +00:00"), schemas.ClientRecorded{
		Made: notes("JR/2"), Name: "Simran Kaur Ambermill", Alias: opt("the clinic, about the weighing"), Initials: "SKA", Born: opt("1998-01-09"), Pronouns: opt("she/her"), Language: opt("pa"),
		Interpreter: schemas.Interpreter{Needed: true, Language: opt("pa"), Note: opt("A woman, not from Saltby, never a relation or a neighbour")},
		Address:     &schemas.Address{Lines: []string{"Room 214", "The Estuary Hotel", "Northport"}, Postcode: opt("ZZ9 0EH"), Secret: true}, Phone: opt("07700 900960"),
		Identity: schemas.Identity{Gender: opt("woman"), Ethnicity: opt("Punjabi")}})
	b.add("2026-10-27 16:10 +00:00", "staff-14", at("2026-10-27 15:20 +00:00"), schemas.SafeContactSet{
		Made: notes("JR/2"), Channels: []schemas.SafeChannel{
			safe("phone", "07700 900960", "Any time, with the interpreter on the line first"), safe("text", "07700 900960", "In Punjabi or with pictures"),
			barred("phone", number, "The family's"), barred("voicemail", "", ""), barred("post", "", ""), barred("visit", "", "")},
		CodeWord: opt("lentils"), Places: []string{"The hotel's breakfast room, with social care"}, Expires: opt("2026-11-03")})
	message := line(phone(document("JR/3"), "in", "07700 900960", "2026-10-28 11:30 +00:00",
		foreign(words(gurmukhi), "pa-Guru", english, "Interpreter 4471, by telephone, from the message read out letter by letter"),
		foreign(said("the woman in the next room", arabic, via("client", "a photograph of the card that was pushed under her door, in the same message", false)), "ar", "You are not alone", "staff-11, who reads Arabic"),
		saw("The message came at 10:12. The photograph shows a hand-written card and the edge of a green carpet."),
		did("Answered by message, in words that 4471 spelled for me. Rang the hotel: a grey car had been there since nine and left at 10:20. Rang the police, reference 207 of 28 October.")), "Interpreter 4471")
	message.Channel = "text"
	came := b.add("2026-10-28 10:58 +00:00", "staff-14", at("2026-10-28 10:12 +00:00"), message)
	b.add("2026-10-28 11:05 +00:00", "staff-14", at("2026-10-28 10:12 +00:00"), schemas.IncidentDisclosed{
		Made: document("JR/3"), Happened: schemas.Occurred{From: ptr(local("2026-10-28 09:00 +00:00")), To: ptr(local("2026-10-28 10:20 +00:00")), Precision: "about"},
		What: prose("One of her husband's brothers waited in a car outside the hotel."), Perpetrator: opt("her husband's brother"), Reported: "yes", Reference: opt("207 of 28 October"), DisclosedIn: &came})
	text := attempt("07700 900960", "message-sent", "2026-10-28 13:00 +00:00", "Two words, as spelled by the interpreter: \"police told\". No answer expected while she is watched.")
	text.Channel = "text"
	b.add("2026-10-28 11:09 +00:00", "staff-14", at("2026-10-28 10:40 +00:00"), text)
	b.add("2026-10-28 11:30 +00:00", "staff-14", at("2026-10-28 11:20 +00:00"), dash(document("JR/3"), "uyyyuyyy yyyy nuuu yunu -uun", "high",
		"High. They found the hotel in a day, which points to the old telephone or to the taxi. She is to be moved today.", "professional-judgement", "potential-escalation"))
	b.add("2026-10-28 16:50 +00:00", "staff-14", at("2026-10-28 16:30 +00:00"), schemas.AccommodationPlaced{
		Made: live, Kind: "refuge", Provider: "A refuge with workers who speak Punjabi", From: "2026-10-28", With: []string{"Her daughter, four", "The baby"}, Note: some("Moved after dark, two cars, no taxi.")})
	b.add("2026-10-28 17:20 +00:00", "staff-14", between("2026-10-28 16:40 +00:00", "17:10"), schemas.MeetingRecorded{
		Made: live, Kind: "team", Title: opt("Team meeting, what Wednesday taught"), Agencies: []schemas.Attendee{ours("staff-14"), ours("staff-08"), ours("staff-02")},
		Decisions: []schemas.Prose{prose("No firm's taxi twice for the same client."), prose("Old telephones go in the foil bag before the door, not after.")}})
	b.add("2026-10-29 12:02 +00:00", "staff-14", at("2026-10-29 11:20 +00:00"), schemas.OrderRecorded{
		Made: notes("JR/3"), Order: "o1", Kind: "forced-marriage", Name: opt("Protection order, with the passports"), Against: []string{brother}, Protects: []string{"The client", "Her daughter", "The baby"}, Status: "granted", Court: opt("Saltby Family Court"),
		Terms: []schemas.Prose{prose("Nobody is to take her or the children out of the country."), prose("The passports are handed in by noon on 30 October.")}, Granted: opt("2026-10-29"), Expires: opt("2027-10-29"), PowerOfArrest: "no", PoliceTold: "yes"})
	b.add("2026-10-29 12:10 +00:00", "staff-14", between("2026-10-29 11:15 +00:00", "11:50"), onlyWith(phone(notes("JR/3"), "out", "01632 960777", "2026-10-30 13:00 +00:00",
		said("the social worker", "The order was made at nine this morning. The passports are to be handed in by noon tomorrow. I will come with you on Monday at ten, and I will bring our own interpreter.", via("the social worker's team leader", "read to her from the court's email", true)),
		did("Agreed a joint visit on Monday 2 November at ten, in the new place; two interpreters from different firms, neither told the town beforehand.")),
		professional("Ms Harbour", "social worker", "Saltby council, children's services")))
	b.add("2026-10-29 12:20 +00:00", "staff-14", at("2026-10-29 12:15 +00:00"), plan(
		ended(step("a1", "safety", "Out tomorrow from the clinic, with both children, to a hotel in another town", "Taken abroad on 4 November", "staff-14", "2026-10-27"), "done", "Left on the 27th. Moved on from the hotel on the afternoon of the 28th."),
		ended(step("a2", "safety", "Protection order and the passports held", "Taken abroad on 4 November", "social care, with our statement", "2026-10-30"), "done", "Order made on the 29th."),
		step("a4", "life", "Joint visit with social care, Monday at ten", "Two services ask the same things twice", "staff-14", "2026-11-02")))
	set := b.add("2026-10-29 12:26 +00:00", "staff-14", at("2026-10-29 12:18 +00:00"), schemas.SafeContactSetV2{
		Made: notes("JR/3"), Channels: []schemas.SafeChannelV2{channel(safe("phone", "07700 900960", "With the interpreter on the line first")), channel(safe("text", "07700 900960", "In Punjabi or with pictures")), channel(barred("phone", number, "The family's")), channel(barred("voicemail", "", "")), channel(barred("post", "", "")), channel(barred("visit", "", ""))},
		CodeWord: opt("lentils"), Places: []schemas.SafePlace{place("refuge", "")}, Expires: opt("2026-11-30")})
	joint := meet("staff-14", "refuge", "The new place", "2026-11-02 10:00 +00:00", "11:30", "joint-visit", set)
	joint.With, joint.Interpreter = append(joint.With, professional("Ms Harbour", "social worker", "Saltby council, children's services")), "booked"
	b.add("2026-10-29 12:31 +00:00", "staff-14", at("2026-10-29 12:28 +00:00"), joint)
	b.add("2026-10-30 14:05 +00:00", "staff-14", between("2026-10-30 13:00 +00:00", "13:36"), line(phone(notes("JR/4"), "out", "07700 900960", "2026-11-02 10:00 +00:00",
		words("My daughter asked when we go to the sea. I opened the window and said, listen, it is there."),
		sum("The new place is warm. The baby has slept. She has cooked for the woman from the hotel, who sent food back with the driver."),
		words("I wrote my name today, in both alphabets, on a form, and nobody read it over my shoulder."),
		did("Went through Monday: who comes, what they will ask, that she may say no to any of it.")), "Interpreter 4471"))
	return b
}
