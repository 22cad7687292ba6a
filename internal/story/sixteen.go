package story

import "caseledger/schemas"

// sixteen: homeless because of abuse at home. Housing, a room with somebody in
// the office, a budget on one sheet; safeguarding decided separately, where
// the letter that should tell a parent would tell the abuser.
func sixteen() *book {
	const number = "07700 900316"
	father := person("Mr Sorrel")
	b := &book{label: "sixteen"}
	b.add("2026-10-05 11:10 +01:00", "staff-02", at("2026-10-05 10:50 +01:00"), schemas.ReferralReceivedV2{
		Made: document("R-086"), Source: "agency", Agency: opt("Harrowmere College, student support"), Received: local("2026-10-05 10:50 +01:00"),
		Reason: prose("Sixteen. Has slept at three friends' houses since 26 September and washes at college. Says that it is easier than home. A bruise behind the ear, explained with a cupboard."),
		Flags:  []string{"under-18"}, Reference: opt("HC/SS/40")})
	b.add("2026-10-05 11:25 +01:00", "staff-02", at("2026-10-05 11:25 +01:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-08", By: "staff-02"})
	b.add("2026-10-05 11:48 +01:00", "staff-08", at("2026-10-05 11:45 +01:00"), attempt(number, "voicemail", "2026-10-05 13:15 +01:00", "Rang off before the tone: it may be a family plan and somebody else's bill."))
	b.add("2026-10-05 15:20 +01:00", "staff-08", between("2026-10-05 13:15 +01:00", "14:25"), knew(now(with(met(notes("TM/20"), "Harrowmere College, the quiet room", "2026-10-07 13:15 +01:00",
		words("I am not homeless. Homeless people have bags. I have a locker."),
		sum("Her father hits her, since her mother left two years ago. He took the door off her room in the summer. On the last evening he held her by the hair over the stairs, because the rice was wet."),
		words("He says it normal, like you would say it is raining. If I look at you again tonight I will not be able to stop."),
		said("Mr Plover", "She has been in at half past seven every day since September. I thought that she was keen."),
		saw("She ate while we spoke, quickly, with one arm round the plate. She asked twice if anybody rings home."),
		think("In my opinion she cannot go back tonight or any night.", "the violence has moved from objects to her throat and hair, he has removed her door, and he has said what comes next"),
		did("Told her what I have to tell others because she is sixteen, and what I need not. She chose the order of the calls.")),
		professional("Mr Plover", "student support", "Harrowmere College"))), 3, "he opens the building"))
	b.add("2026-10-05 15:28 +01:00", "staff-08", between("2026-10-05 13:15 +01:00", "14:25"), schemas.ClientRecorded{
		Made: notes("TM/20"), Name: "Wren Sorrel", Alias: opt("the library card"), Initials: "WS", Born: opt("2010-02-19"), Pronouns: opt("she/her"), Language: opt("en"),
		Phone: opt(number), Identity: schemas.Identity{Gender: opt("girl, mostly")}})
	dad := perpetrator(notes("TM/20"), "Mr Sorrel", "parent", "Dale Sorrel", "DS", "1979-01-30")
	dad.ParentalResponsibility = "yes"
	dad.Address = &schemas.Address{Lines: []string{"44 Larch Road", "Harrowmere"}, Postcode: opt("ZZ3 4LR")}
	b.add("2026-10-05 15:33 +01:00", "staff-08", between("2026-10-05 13:15 +01:00", "14:25"), dad)
	set := b.add("2026-10-05 15:40 +01:00", "staff-08", at("2026-10-05 14:25 +01:00"), schemas.SafeContactSetV2{
		Made: notes("TM/20"), Channels: []schemas.SafeChannelV2{
			channel(safe("text", number, "Any time; no names, ask about the library card")),
			channel(safe("phone", number, "At lunch"), hours(weekdays, "12:30", "14:30")),
			channel(barred("voicemail", number, "His name is on the bill")), channel(barred("post", "", "")), channel(barred("visit", "", ""))},
		CodeWord: opt("overdue"), Places: []schemas.SafePlace{place("agency", "Harrowmere College, the quiet room", hours(weekdays, "08:00", "17:00"))}})
	b.add("2026-10-05 16:10 +01:00", "staff-08", at("2026-10-05 16:00 +01:00"), schemas.SafeguardingDecided{
		Made: live, About: "client", Concern: "under-18", Decision: "referred", Agency: opt("Harrowmere council, children's services"), Reference: opt("CS 51127"),
		Consulted: opt("staff-02"), Agreed: "yes", By: "staff-02",
		Reasons: prose("She is a child in law, hurt by a parent and with nowhere to sleep. Decided apart from our support, which she has either way. The usual letter to the parent is not to be sent: the parent is the one who hurts her, and it would give him her college day."),
		Review:  opt("2026-10-29")})
	b.add("2026-10-05 16:18 +01:00", "staff-08", at("2026-10-05 16:05 +01:00"), schemas.InformationShared{
		Made: live, To: schemas.Outside{Agency: "Harrowmere council, children's services", Name: opt("Ms Brook"), Role: opt("duty social worker")},
		What:  prose("That she is sixteen, was held over the stairs by her hair on 26 September and has no bed. Not where she eats or who lets her sleep on the floor."),
		Basis: "safeguarding-child", Reason: some("A child at risk of significant harm. She agreed, and was told that it would have been done without."),
		AgreedBy: opt("staff-02"), How: "phone", ClientTold: "yes", Reference: opt("CS 51127")})
	b.add("2026-10-05 16:40 +01:00", "staff-08", at("2026-10-05 16:30 +01:00"), needs(review(dash(notes("TM/20"), "yyyyyuyn nyyy nyn- nnyy nunn", "high",
		"High by judgement. Some items were written with partners in mind; a father who takes a door off its hinges is answered by none of them.", "professional-judgement"), "intake", []string{father}), "musum"))
	b.add("2026-10-05 16:55 +01:00", "staff-08", at("2026-10-05 16:50 +01:00"), plan(
		step("a1", "life", "A bed tonight that is not a floor, near enough to walk to college", "She goes home because she is tired", "staff-08", "2026-10-05"),
		step("a2", "life", "A supported room, with somebody in the office at night", "Sofas run out", "staff-08", "2026-10-23"),
		step("a3", "money", "Her own account and her own claim; a week's budget on one sheet", "He stops the bus money", "client", "2026-10-30"),
		step("a4", "time", "Moved to morning sessions, so that the early bus is not the one he drives", "He meets her at the stop", "Mr Plover", "2026-10-12")))
	tonight := b.add("2026-10-05 17:40 +01:00", "staff-08", at("2026-10-05 17:35 +01:00"), schemas.AccommodationSought{
		Made: live, Kind: "emergency", Provider: "Nightstop, a household in Harrowmere", Asked: local("2026-10-05 16:58 +01:00"), Answer: "offered", Answered: ptr(local("2026-10-05 17:30 +01:00")), Until: opt("2026-10-09")})
	b.add("2026-10-05 20:10 +01:00", "staff-08", at("2026-10-05 19:15 +01:00"), schemas.AccommodationPlaced{
		Made: memory, Kind: "emergency", Provider: "Nightstop, a household in Harrowmere", From: "2026-10-05", To: opt("2026-10-09"), Sought: &tonight,
		Note: some("Two retired teachers and a spaniel. She asked if the dog would mind.")})
	room := b.add("2026-10-07 14:50 +01:00", "staff-08", at("2026-10-07 14:30 +01:00"), schemas.AccommodationSought{
		Made: live, Kind: "supported", Provider: "Kingfisher Court, supported rooms for 16 to 21", Asked: local("2026-10-06 09:40 +01:00"), Answer: "waiting"})
	b.add("2026-10-07 15:05 +01:00", "staff-08", between("2026-10-07 13:15 +01:00", "14:10"), now(met(notes("TM/20"), "Harrowmere College, the quiet room", "2026-10-09 13:00 +01:00",
		words("They put a hot-water bottle in. Nobody asked me if I wanted one. It was just in there, like a cat."),
		sum("She filled in the housing form herself. Under \"reason\" she wrote: no door."),
		sum("She has £11.40, a bus pass until the end of the month and a telephone on her father's contract."),
		did("We drew up the week on one sheet: food, bus, washing, one thing that is nice."))))
	b.add("2026-10-09 16:30 +01:00", "staff-08", at("2026-10-09 15:45 +01:00"), schemas.AccommodationSought{
		Made: live, Kind: "supported", Provider: "Kingfisher Court, supported rooms for 16 to 21", Asked: local("2026-10-06 09:40 +01:00"), Answer: "offered", Answered: ptr(local("2026-10-09 15:20 +01:00")), AskedIn: &room})
	b.add("2026-10-09 18:20 +01:00", "staff-08", at("2026-10-09 17:30 +01:00"), schemas.AccommodationPlaced{
		Made: live, Kind: "supported", Provider: "Kingfisher Court", From: "2026-10-09", To: opt("2027-04-09"), Sought: &room, Funding: opt("Housing benefit, £3 a week from her"),
		Address: &schemas.Address{Lines: []string{"Room 11", "Kingfisher Court", "Lock Street", "Harrowmere"}, Postcode: opt("ZZ3 9LK"), Secret: true},
		Note:    some("A key that is hers, a door that shuts. An office with a light on all night.")})
	b.add("2026-10-12 09:35 +01:00", "staff-08", at("2026-10-12 09:30 +01:00"), plan(
		ended(step("a1", "life", "A bed tonight that is not a floor, near enough to walk to college", "She goes home because she is tired", "staff-08", "2026-10-05"), "done", "Four nights with a household."),
		ended(step("a2", "life", "A supported room, with somebody in the office at night", "Sofas run out", "staff-08", "2026-10-23"), "done", "Since Friday the 9th."),
		ended(step("a4", "time", "Moved to morning sessions, so that the early bus is not the one he drives", "He meets her at the stop", "Mr Plover", "2026-10-12"), "done", "From today; the timetable on the wall shows the old one.")))
	b.add("2026-10-13 14:05 +01:00", "staff-08", at("2026-10-13 13:50 +01:00"), schemas.AgencyInvolved{
		Made: live, Agency: "Harrowmere council, children's services", Kind: "children-social-care", Worker: opt("Ms Brook"), Phone: opt("01632 960405"), Asked: ptr(local("2026-10-05 16:05 +01:00")),
		About: some("An assessment, and that no letter goes to the father."), Answer: "answered", Answered: ptr(local("2026-10-13 13:40 +01:00")),
		Said: some("Assessment open. The system prints the letter to parents by itself; Ms Brook has put a note on it and will stand by the printer on the day, she says."), Chase: opt("2026-10-27"), Reference: opt("CS 51127")})
	talk := b.add("2026-10-19 15:10 +01:00", "staff-08", between("2026-10-19 13:10 +01:00", "14:20"), now(met(notes("TM/21"), "Harrowmere College, the quiet room", "2026-10-26 13:00 +00:00",
		words("I bought bleach. I have never chosen a bleach. There are about nine."),
		sum("The first week's budget held, except for the bleach. She would like to see her aunt, who does not know."),
		sum("She says that she hit him back once, in August, and that this makes them the same."),
		think("In my opinion the two are not the same.", "she described putting up her arm while being held, and he is a grown man who chose the stairs"))))
	visit := b.add("2026-10-19 15:25 +01:00", "staff-08", at("2026-10-19 15:20 +01:00"), meet("staff-08", "agency", "Harrowmere College, the quiet room", "2026-10-26 13:00 +00:00", "14:00", "support", set))
	meeting := b.add("2026-10-22 16:40 +01:00", "staff-08", between("2026-10-22 14:00 +01:00", "15:00"), schemas.MeetingRecorded{
		Made: notes("TM/21"), Kind: "child-in-need", Title: opt("First meeting"), Place: opt("Harrowmere council offices"), Chair: opt("Ms Brook"),
		Agencies:  []schemas.Attendee{attended("Harrowmere council, children's services", "social worker"), attended("Harrowmere College", "student support"), ours("staff-08"), silent("Harrowmere surgery")},
		Decisions: []schemas.Prose{prose("A child in need from today. She is asked, not told, about every visit."), prose("Nothing about her goes to the house in Harrowmere, in any envelope.")},
		Actions: []schemas.AgreedAction{agreed("m1", "Harrowmere council, children's services", "The letter to parents stopped in the system, not by hand", "The notice would go to the one who hurts her", "2026-10-28"),
			agreed("m2", "Harrowmere College", "A second meal ticket", "She skips supper at the end of the week", "2026-10-26")},
		ClientViews: some("She wants it written down that she has a room and is not a runaway."), Next: ptr(local("2026-10-29 14:00 +00:00"))})
	b.add("2026-10-26 14:40 +00:00", "staff-08", at("2026-10-26 13:20 +00:00"), schemas.AppointmentMissed{
		Made: live, Appointment: visit, By: "us", Reason: "us", FollowedUp: some("I was on the telephone with another client until half past eleven and behind all day. Texted her the word at ten to one; she answered with a picture of a sandwich. I said sorry, and that it was me."), NextTry: ptr(local("2026-10-27 13:00 +00:00"))})
	call := b.add("2026-10-26 14:46 +00:00", "staff-08", at("2026-10-26 14:44 +00:00"), planned("staff-08", number, "2026-10-27 13:00 +00:00", "13:30", "support", set))
	told := b.add("2026-10-27 13:50 +00:00", "staff-08", between("2026-10-27 13:00 +00:00", "13:28"), kept(call, phone(notes("TM/21"), "out", number, "2026-10-29 14:00 +00:00",
		words("It is all right. You are the first person who said sorry with a time in it."),
		sum("Her father was at the college gate on Friday, in the bus, in uniform. He opened the doors and waited. She went back in through the kitchen."),
		words("He did not say anything. He had the indicator on. Everybody thought he was just early."),
		sum("She has not said that I hit him as well; what I wrote down on the 19th is not what she meant. She meant that she wanted to."),
		did("Told her that the entry stays and that hers will stand beside it. Told the college which bus."))))
	b.add("2026-10-27 13:58 +00:00", "staff-08", at("2026-10-27 13:20 +00:00"), schemas.ContactDisputed{
		Made: live, Disputes: schemas.Disputes{Seq: talk, Statement: ptr(2)}, By: "client", ToldIn: &told,
		Says: prose("I said I wanted to hit him back. I said that wanting it makes me the same. I have never hit anybody.")})
	gate := b.add("2026-10-27 14:05 +00:00", "staff-08", at("2026-10-27 13:12 +00:00"), incident(notes("TM/21"), onDate("2026-10-23", ""),
		"He stopped his bus at the college gate, opened the doors and waited for her.", []string{"stalking", "control"}, "Mr Sorrel", "her father", "no", "", told))
	b.add("2026-10-27 14:30 +00:00", "staff-08", at("2026-10-27 14:20 +00:00"), review(dash(notes("TM/21"), "yyyyyuyy nyyy nyn- nnyy nunn", "high",
		"High. He has looked for her for the first time since she left, in a place and a uniform that nobody can object to.", "professional-judgement"), "incident", []string{father}, gate))
	misfiled := b.add("2026-10-28 16:25 +00:00", "staff-08", between("2026-10-28 16:00 +00:00", "16:19"), now(phone(notes("TM/23"), "out", "07700 900845", "2026-11-04 16:00 +00:00",
		sum("He was told on Monday that somebody else would ring, and who."),
		words("Tell them I did not get past the chemist on Saturday and then I did."))))
	b.add("2026-10-28 16:33 +00:00", "staff-08", at("2026-10-28 16:31 +00:00"), schemas.EntryMisfiled{
		Made: live, Entry: misfiled, BelongsTo: ptr(Chain("areas").String()), FoundBy: "staff-08",
		Reason: prose("A call that I made as cover for staff-11, written into the case that was open on my screen.")})
	b.add("2026-10-28 16:45 +00:00", "staff-08", at("2026-10-28 16:10 +00:00"), schemas.MaracActionUpdated{
		Made: live, Meeting: meeting, Action: "m1", Status: "done", Ended: opt("2026-10-28"), ToldBy: opt("Ms Brook"), Outcome: some("Blocked in the system by her manager this morning. One had been printed on Monday; Ms Brook has it in her drawer, torn.")})
	b.add("2026-10-29 15:40 +00:00", "staff-08", between("2026-10-29 14:00 +00:00", "15:00"), schemas.MeetingRecorded{
		Made: notes("TM/22"), Kind: "child-in-need", Title: opt("Second meeting"), Place: opt("Harrowmere College, the quiet room"), Chair: opt("Ms Brook"),
		Agencies:    []schemas.Attendee{attended("Harrowmere council, children's services", "social worker"), attended("Harrowmere College", "student support"), ours("staff-08"), silent("Harrowmere surgery")},
		Decisions:   []schemas.Prose{prose("The bus company is asked to take him off the college route, without saying why."), prose("Her aunt may be told, by her, when she likes.")},
		Actions:     []schemas.AgreedAction{agreed("m1", "Harrowmere council, children's services", "Write to the bus company", "He drives past her every day", "2026-11-03")},
		ClientViews: some("She came in for the last ten minutes and asked for the window to be opened."), Next: opt("2026-11-26")})
	b.add("2026-10-29 15:52 +00:00", "staff-08", at("2026-10-29 15:45 +00:00"), schemas.SafeguardingDecided{
		Made: live, About: "client", Concern: "under-18", Decision: "already-open", Agency: opt("Harrowmere council, children's services"), Reference: opt("CS 51127"),
		Consulted: opt("staff-02"), Agreed: "yes", By: "staff-02", Reasons: prose("Looked at again as decided. Child in need since the 22nd, and the gate on the 23rd has been told to them. The letter is blocked."), Review: opt("2026-11-26")})
	b.add("2026-10-30 13:40 +00:00", "staff-08", between("2026-10-30 12:45 +00:00", "13:10"), now(phone(notes("TM/22"), "out", number, "2026-11-03 13:00 +00:00",
		words("I have got a plant. It is only parsley but it is a plant."),
		sum("Nobody at the gate this week. The second meal ticket has come; she gave one away."),
		did("Went through the sheet for next week: there is £2.15 over, which she has put under nice."))))
	b.add("2026-10-30 13:50 +00:00", "staff-08", at("2026-10-30 13:45 +00:00"), plan(
		ended(step("a3", "money", "Her own account and her own claim; a week's budget on one sheet", "He stops the bus money", "client", "2026-10-30"), "done", "Account open, first payment on the 28th, three sheets kept."),
		step("a5", "time", "Another bus, another door, and the college told which driver", "He waits at the gate", "Mr Plover", "2026-11-02")))
	return b
}
