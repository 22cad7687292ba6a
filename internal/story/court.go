package story

import "caseledger/schemas"

// The two sentences of the Friday call that police must not be given, and the
// two numbers on which the client can be reached.
const (
	courtAddress = "We live at Flat 2, 31 Tallow Street, Saltby Quay, and nobody was supposed to know that. "
	courtSchool  = "Robin has only been at Lighthouse Primary since September and I am already thinking which school comes after it. "

	courtPhone  = "07700 900412"
	courtSecond = "07700 900587"
)

// court: a Marac referral months ago, weekly calls, a hearing adjourned for
// four months, a doorbell, and what the doorbell recorded.
func court() *book {
	const suite = "Harrowmere Crown Court, witness suite"
	husband, robin := person("Aldous Quill"), person("Robin Quill")
	b := &book{label: "court"}
	b.add("2026-07-22 16:58 +01:00", "staff-02", at("2026-07-22 16:40 +01:00"), schemas.ReferralReceived{
		Made: document("R-064"), Source: "marac", Agency: opt("Harrowmere Marac"), Received: local("2026-07-22 16:40 +01:00"),
		Reason: prose("Heard this afternoon. Assault on 11 July in front of the child; he put both hands round her throat. He is on bail not to contact her. Sixteen of twenty-four answered yes on the police form."),
		Flags:  []string{"mental-health"}})
	b.add("2026-07-22 17:20 +01:00", "staff-02", at("2026-07-22 17:20 +01:00"), schemas.CaseAllocated{
		Made: live, Adviser: "staff-07", By: "staff-02", OverCap: some("Nineteenth open case for staff-07, until two close at the end of the month. Nobody else has court experience free this week.")})
	b.add("2026-07-23 10:16 +01:00", "staff-07", at("2026-07-23 10:15 +01:00"), attempt(courtPhone, "no-answer", "2026-07-23 15:30 +01:00", "Rang eight times. No message left: we do not know yet who hears them."))
	b.add("2026-07-23 15:33 +01:00", "staff-07", at("2026-07-23 15:31 +01:00"), attempt(courtPhone, "not-safe-to-talk", "2026-07-24 11:00 +01:00", "A woman said \"wrong number, sorry\" and then \"try the shop after eleven tomorrow\". I took it that she cannot talk today and can tomorrow after eleven."))
	july := b.add("2026-07-24 09:40 +01:00", "staff-07", onDate("2026-07-22", ""), schemas.MaracHeard{
		Made: late(document("Minutes of 22 July"), "The minutes came this morning."), Marac: "Harrowmere Marac", Meeting: "2026-07-22", Referral: ptr(uint64(1)), Perpetrators: []string{husband}, Outcome: "heard",
		Agencies: []schemas.Attendee{attended("Police", "public protection"), attended("Children's services", "team manager"), attended("Housing", "officer"), silent("Harrowmere surgery")},
		Actions:  []schemas.AgreedAction{agreed("m1", "Police", "Bail conditions to name the family", "His mother is in the house", "2026-07-31"), agreed("m2", "Housing", "A move out of the town, first offer", "He knows where she lives", "2026-08-21")}})
	b.add("2026-07-24 12:25 +01:00", "staff-07", between("2026-07-24 11:05 +01:00", "11:58"), feedback(july, phone(notes("KP/1"), "out", courtPhone, "2026-07-30 11:00 +01:00",
		words("I knew it was you. His mother was in the kitchen yesterday, that is why I said about the shop."),
		sum("She asked what I would do with what she told me. I explained what is kept, who can see it and when I would have to act without asking her."),
		words("I have been choked before but never so that I could not hear. It went quiet, like being under water. I thought, Robin is going to see me die on this floor."),
		sum("It was Saturday 11 July, about nine in the evening. Robin, who is seven, came down the stairs and shouted. Her husband let go."),
		sum("Since then he has stayed with his cousin. Messages come through his mother: he wants the charge dropped, and says he will take Robin if it is not."),
		saw("She spoke quietly and stopped twice when a door closed. Both times she said \"no, I have got that one, thank you\" as if to a salesperson."),
		think("In my opinion she is at high risk of serious harm.", "he has strangled her until she lost her hearing, the violence is getting worse and his family is in her house"),
		did("Agreed to ring on Thursdays at eleven. If she uses the word that we agreed I hang up and ring the next day."))))
	b.add("2026-07-24 12:40 +01:00", "staff-07", between("2026-07-24 11:05 +01:00", "11:58"), schemas.ClientRecorded{
		Made: notes("KP/1"), Name: "Hazel Quill", Alias: opt("Mrs Quill from the wool shop"), Initials: "HQ", Born: opt("1992-03-17"), Pronouns: opt("she/her"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"9 Cooper's Yard", "Harrowmere"}, Postcode: opt("ZZ3 7QD"), Secret: false},
		Phone:   opt(courtPhone), Identity: schemas.Identity{Gender: opt("woman"), Ethnicity: opt("white, English and Welsh"), Disability: opt("deaf in the left ear since July")}})
	him := perpetrator(notes("KP/1"), "Aldous Quill", "partner", "Aldous Quill", "AQ", "1989-06-04")
	him.ParentalResponsibility = "yes"
	b.add("2026-07-24 12:42 +01:00", "staff-07", between("2026-07-24 11:05 +01:00", "11:58"), him)
	child := schemas.ChildRecorded{Made: notes("KP/1"), Child: robin, Name: "Robin Quill", Initials: "RQ", Born: opt("2018-11-08"), LivesWith: "client", PerpetratorParent: "yes", Contact: opt("None while he is on bail"),
		Exposure: []string{"saw", "heard"}, Status: schemas.ChildStatus{Kind: "child-in-need", From: opt("2026-07-20")}}
	b.add("2026-07-24 12:44 +01:00", "staff-07", between("2026-07-24 11:05 +01:00", "11:58"), child)
	b.add("2026-07-24 12:48 +01:00", "staff-07", at("2026-07-24 11:58 +01:00"), schemas.SafeContactSet{
		Made: notes("KP/1"), Channels: []schemas.SafeChannel{
			safe("phone", courtPhone, "Thursdays from eleven; other days ring and say nothing if another voice answers"),
			barred("voicemail", "", "His mother knows the PIN"),
			barred("text", courtPhone, "They show on the tablet that Robin uses"),
			barred("post", "", "His mother opens it"), barred("visit", "", "")},
		CodeWord: opt("supplier"), Places: []string{"The back room of the wool shop", "Harrowmere library"}})
	b.add("2026-07-24 12:51 +01:00", "staff-07", at("2026-07-24 11:58 +01:00"), consent(notes("KP/1"), "spoken", "Not with the school before she has told Robin.", true, true, "Police", "Housing", "Harrowmere surgery"))
	b.add("2026-07-24 12:55 +01:00", "staff-07", onDate("2026-07-12", ""), schemas.PerpetratorStatus{
		Made: document("R-064"), Person: husband, Status: "bailed", Conditions: []schemas.Prose{prose("Not to contact her, directly or indirectly."), prose("Not to go to the house.")},
		Until: opt("2026-10-27"), Court: opt("Harrowmere Crown Court"), Source: "Harrowmere Marac", ClientTold: ptr(local("2026-07-24 11:40 +01:00"))})
	b.add("2026-07-24 13:10 +01:00", "staff-07", at("2026-07-24 12:55 +01:00"), from(dash(notes("KP/1"), "yyyyyyyy nyyy nyy- nuny yuny", "high",
		"High. The strangling is the gravest thing here and she plays it down. He controls the money and the telephone; his mother lives in.", "visible-high-risk", "professional-judgement"), "police form of 12 July", "D01", "D24"))
	b.add("2026-07-24 13:30 +01:00", "staff-07", at("2026-07-24 13:15 +01:00"), plan(
		step("a1", "safety", "A plan for the night: where the keys are, which neighbour, what Robin does", "He comes back to the house", "client", "2026-07-31"),
		step("a2", "health", "Throat and hearing seen by a doctor who knows what was done", "Late injury from strangling", "client", "2026-07-29"),
		step("a3", "money", "An account in her name only, with paper kept at the shop", "He empties the joint account", "client", "2026-08-14"),
		step("a4", "life", "Somewhere else to live, where his family does not go", "His mother is in the house", "staff-07", "2026-08-31")))
	b.add("2026-07-27 10:10 +01:00", "staff-07", at("2026-07-27 10:00 +01:00"), schemas.IntakeChecked{
		Made: live, Known: "no", Asked: []schemas.Asked{{Kind: "marac", Name: "Saltby Marac", Asked: "2026-07-24", Answer: "unknown", Answered: opt("2026-07-27"), KnewOfOthers: "not-known"},
			{Kind: "service", Name: "Tern Valley Refuge and Outreach", Asked: "2026-07-24", Answer: "unknown", Answered: opt("2026-07-24"), KnewOfOthers: "not-known"}}})
	b.add("2026-07-30 11:52 +01:00", "staff-07", between("2026-07-30 11:01 +01:00", "11:34"), phone(notes("KP/1"), "out", courtPhone, "2026-08-06 11:00 +01:00",
		words("The doctor did not say it was nothing. He drew it for me. I have the drawing in my bag."),
		sum("Two days of tests. She has lost part of the hearing in her left ear; the throat will heal."),
		words("I told him it was a door, when they asked the first time. I do not know why I said a door."),
		sum("His mother has gone to her sister's until Sunday. It is the first week that she has slept through."),
		did("Asked the doctor's surgery, with her agreement, to flag her record so that nobody reads it out at the desk.")))
	b.add("2026-08-06 11:58 +01:00", "staff-07", between("2026-08-06 11:00 +01:00", "11:41"), phone(notes("KP/1"), "out", courtPhone, "2026-08-13 11:00 +01:00",
		sum("The account is open. Her wages from the shop go into it from this month."),
		said("her husband's cousin", "Tell her that he only wants to see the boy, and that he is not angry any more.", via("her husband's mother", "told by the cousin on the telephone", false), via("client", "told by her mother-in-law over breakfast", false)),
		words("When he is not angry any more is when I count the knives."),
		think("In my opinion the messages through the family are a breach of his bail.", "the condition says directly or indirectly, and two of them this week asked her to drop the charge"),
		did("Told the officer in the case, with her agreement, what was said and on which days.")))
	b.add("2026-08-13 11:49 +01:00", "staff-07", between("2026-08-13 11:02 +01:00", "11:30"), phone(notes("KP/2"), "out", courtPhone, "2026-08-20 11:00 +01:00",
		words("We have got it. I held the keys all the way home on the bus and then I thought, I must stop calling it home."),
		sum("The association has offered a flat in another town. She moves tomorrow with two cases, while his mother is at the market. Her employer knows, and nobody else does."),
		sum("Robin thinks that it is a holiday until she can tell him in the new place."),
		did("Booked the van in the service's name. Gave her the number of the new area's police for a marker on the address.")))
	b.add("2026-08-14 16:45 +01:00", "staff-07", at("2026-08-14 16:20 +01:00"), schemas.ClientRecorded{
		Made: notes("KP/2"), Name: "Hazel Quill", Alias: opt("Mrs Quill from the wool shop"), Initials: "HQ", Born: opt("1992-03-17"), Pronouns: opt("she/her"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"Flat 2", "31 Tallow Street", "Saltby Quay"}, Postcode: opt("ZZ8 2HT"), Secret: true},
		Phone:   opt(courtSecond), Identity: schemas.Identity{Gender: opt("woman"), Ethnicity: opt("white, English and Welsh"), Disability: opt("deaf in the left ear since July")}})
	b.add("2026-08-14 16:52 +01:00", "staff-07", at("2026-08-14 16:20 +01:00"), schemas.SafeContactSet{
		Made: notes("KP/2"), Channels: []schemas.SafeChannel{
			safe("phone", courtSecond, "Any day from ten to half past two"), safe("text", courtSecond, "Any time; she keeps it on her"),
			barred("phone", courtPhone, "She leaves it switched off in the shop; his mother rings it"),
			barred("voicemail", "", "Not set up"), barred("post", "", "Nothing with a name on it goes to the new place"), barred("visit", "", "")},
		CodeWord: opt("supplier"), Places: []string{"Harrowmere library", "The court's witness suite"}})
	for i, m := range []string{"m1", "m2"} {
		b.add([]string{"2026-08-17 09:30 +01:00", "2026-08-17 09:34 +01:00"}[i], "staff-07", at("2026-08-17 09:20 +01:00"), schemas.MaracActionUpdated{
			Made: live, Meeting: july, Action: m, Status: "done", Ended: ptr([]string{"2026-07-31", "2026-08-14"}[i]), ToldBy: ptr([]string{"the officer in the case", "Housing"}[i]),
			Outcome: some([]string{"Directly or indirectly, and his mother by name.", "Moved."}[i])})
	}
	b.add("2026-08-20 11:55 +01:00", "staff-07", between("2026-08-20 11:00 +01:00", "11:38"), phone(notes("KP/2"), "out", courtSecond, "2026-08-27 11:00 +01:00",
		words("Robin asked who has the other key. I said nobody. He asked me again at bedtime and again in the morning."),
		sum("The first week in the new place. She has not slept much; the stairs creak and she does not know the sounds yet."),
		words("It is a stupid thing but I bought a yellow kettle. He would never have a yellow kettle."),
		sum("His mother has rung the shop four times. The owner says that she is on leave and that he does not know where."),
		did("Asked the new area's family worker for a place for Robin.")))
	b.add("2026-08-27 11:04 +01:00", "staff-07", at("2026-08-27 11:02 +01:00"), attempt(courtSecond, "voicemail", "2026-08-28 11:00 +01:00", "Rang off before the tone: voicemail is not agreed."))
	b.add("2026-08-28 11:47 +01:00", "staff-07", between("2026-08-28 11:00 +01:00", "11:29"), phone(notes("KP/2"), "out", courtSecond, "2026-09-03 11:00 +01:00",
		sum("Yesterday she was at the new school with Robin to see the classroom, and could not take the call."),
		words("The head teacher had read the letter. She did not ask me anything in front of him. She just said, we have one gate and it is locked at nine."),
		sum("The school has his name and photograph, and a password for who may collect."),
		saw("She laughed, for the first time since July."),
		did("Sent the school the bail conditions, with her agreement, addressed to the safeguarding lead.")))
	b.add("2026-08-28 12:05 +01:00", "staff-07", at("2026-08-28 11:50 +01:00"), plan(
		ended(step("a1", "safety", "A plan for the night: where the keys are, which neighbour, what Robin does", "He comes back to the house", "client", "2026-07-31"), "done", "Written together on 30 July. It was for the old house; a new one is a5."),
		ended(step("a2", "health", "Throat and hearing seen by a doctor who knows what was done", "Late injury from strangling", "client", "2026-07-29"), "done", "Seen on 28 and 29 July. Hearing aid in October."),
		ended(step("a3", "money", "An account in her name only, with paper kept at the shop", "He empties the joint account", "client", "2026-08-14"), "done", "Open since 4 August, wages paid in."),
		ended(step("a4", "life", "Somewhere else to live, where his family does not go", "His mother is in the house", "staff-07", "2026-08-31"), "done", "Moved on 14 August."),
		step("a5", "safety", "A plan for the new place: door, windows, the way to the bus", "He finds where they live", "staff-07", "2026-09-10")))
	b.add("2026-09-03 11:56 +01:00", "staff-07", between("2026-09-03 11:00 +01:00", "11:35"), phone(notes("KP/2"), "out", courtSecond, "2026-09-10 11:00 +01:00",
		words("He walked in without looking round. I stood at the gate like a fool until the lady with the whistle told me that they have them until three."),
		sum("Robin's second day at school. He has told one boy that his father is in the navy, which is not so. She let it be."),
		sum("A letter about the hearing has come to the shop: Tuesday 27 October at ten. She has read it many times."),
		words("What if I look at him and it all comes out as a door again?"),
		did("Asked for screens and a separate entrance. Told her that I will be there, and what each person in the room does.")))
	b.add("2026-09-10 11:50 +01:00", "staff-07", between("2026-09-10 11:03 +01:00", "11:32"), overheard(phone(notes("KP/2"), "out", courtSecond, "2026-09-17 11:00 +01:00",
		sum("She talked about the window at the back, which does not lock. The association says six weeks."),
		words("I put the ironing board across it. If it falls over I will hear it, with the good ear."),
		sum("Her wages were short this month because of the days at the hospital. She has not told anybody that she is skipping lunch."),
		did("Wrote to the association: the lock is a safety repair, and their own policy says two working days. Food bank voucher by text.")), "Robin, home with a cold, in the next room with the television on", true))
	b.add("2026-09-17 12:02 +01:00", "staff-07", between("2026-09-17 11:00 +01:00", "11:44"), phone(notes("KP/2"), "out", courtSecond, "2026-09-24 11:00 +01:00",
		sum("The window was mended on Tuesday. The man showed Robin how the lock works and let him turn it."),
		words("I have started leaving the bathroom door open a bit when I wash. I could not hear before if somebody was there. Now I can see."),
		sum("No message from him or his family for three weeks. She does not trust it."),
		words("Quiet is when he is thinking."),
		think("In my opinion the risk has not fallen.", "nothing that made it high has gone away; he only does not know where she is, and the hearing is coming")))
	b.add("2026-09-17 12:20 +01:00", "staff-07", at("2026-09-17 12:05 +01:00"), dash(notes("KP/2"), "yyynyyyu nuuy nyy- nuny yuny", "high",
		"Still high, though fewer answers are yes than in July: he has lost sight of her and the hearing will bring him near. Eight weeks since the last review.", "professional-judgement"))
	b.add("2026-09-24 11:45 +01:00", "staff-07", between("2026-09-24 11:01 +01:00", "11:27"), phone(notes("KP/2"), "out", courtSecond, "2026-10-01 11:00 +01:00",
		words("I slept seven hours. I woke up and thought that I had missed something."),
		sum("Robin has asked to go to football on Saturdays. She would have to give a name and an address to the club."),
		did("Rang the club with her agreement: they take the school's address for children whose own is protected.")))
	b.add("2026-10-01 11:54 +01:00", "staff-07", between("2026-10-01 11:00 +01:00", "11:36"), phone(notes("KP/3"), "out", courtSecond, "2026-10-08 11:00 +01:00",
		said("the owner of the wool shop", "A man in a grey car has been outside at closing time on Monday and on Wednesday. He did not come in.", via("client", "told by the owner when she came to work", true)),
		words("It is his cousin's car. It has a dent like a thumb in the door."),
		sum("She now leaves by the yard. She did not ring the police, because the man had done nothing."),
		think("In my opinion they are trying to follow her home.", "it is the cousin's car, at closing time, twice, on days that she works"),
		did("Reported it to the officer in the case while she was on the other line; reference 1288 of 1 October. Asked the shop to write down dates and times.")))
	b.add("2026-10-12 09:25 +01:00", "staff-07", between("2026-10-08 11:00 +01:00", "11:31"), phone(late(notes("KP/3"), "I went home ill straight after the call and was away on Friday. Written from my notes on the first morning back."), "out", courtSecond, "2026-10-15 11:00 +01:00",
		sum("The car has not come back since the officer spoke to the cousin."),
		words("I asked Robin what he would like for his birthday and he said a lock like the window one."),
		sum("His birthday is on 8 November. It will be the first without his father's family. She wants three children from his class and a cake, at the library."),
		did("Family worker's first session for Robin is on 13 October, after school.")))
	b.add("2026-10-13 16:40 +01:00", "staff-21", between("2026-10-13 15:30 +01:00", "16:10"), schemas.ProgrammeAttended{
		Made: notes("FW/0"), Programme: "Sessions for seven to eleven", Kind: "one-to-one", Who: &robin, Status: "started", Session: ptr(1), Next: ptr(local("2026-11-03 15:30 +00:00")), Note: some("He built a house with one door and put the dog in front of it.")})
	b.add("2026-10-15 11:50 +01:00", "staff-07", between("2026-10-15 11:00 +01:00", "11:33"), phone(notes("KP/3"), "out", courtSecond, "2026-10-22 11:00 +01:00",
		words("They fitted the aid. I had forgotten that kettles make a noise before they boil."),
		sum("She hears on the left again, in quiet rooms. She has told the court that she needs to sit with people on her right."),
		sum("She asked if he can make her answer him. I explained that he cannot question her himself."),
		did("Confirmed screens, the side door and a room of our own with the witness service, for half past nine on the 27th.")))
	b.add("2026-10-22 11:57 +01:00", "staff-07", between("2026-10-22 11:00 +01:00", "11:42"), phone(notes("KP/3"), "out", courtSecond, "2026-10-26 12:30 +00:00",
		words("Five more sleeps, as Robin says. He thinks it is the dentist."),
		sum("She has chosen what to wear so that she need not think. The owner of the shop will drive her, and wait."),
		words("I do not want him dead or anything. I want it to be the end of a thing. I want somebody to say the date out loud and then it is over."),
		sum("If she cannot sleep she would like to be able to ring somebody who does not need the whole story."),
		did("Put her on the weekend list with the helpline: name to use, how to ring back, one paragraph.")))
	set := b.add("2026-10-22 12:04 +01:00", "staff-07", at("2026-10-22 11:42 +01:00"), schemas.SafeContactSetV2{
		Made: notes("KP/3"), Channels: []schemas.SafeChannelV2{
			channel(safe("phone", courtSecond, "Any day from ten to half past two"), hours("mon tue wed thu fri sat sun", "10:00", "14:30")), channel(safe("text", courtSecond, "Any time; she keeps it on her")),
			channel(barred("phone", courtPhone, "She leaves it switched off in the shop; his mother rings it")),
			channel(barred("voicemail", "", "Not set up")), channel(barred("post", "", "Nothing with a name on it goes to the new place")), channel(barred("visit", "", ""))},
		CodeWord: opt("supplier"), Places: []schemas.SafePlace{place("public", "Harrowmere library"), place("court", suite)}})
	call := b.add("2026-10-22 12:10 +01:00", "staff-07", at("2026-10-22 12:05 +01:00"), planned("staff-07", courtSecond, "2026-10-26 12:30 +00:00", "13:00", "support", set))
	day := b.add("2026-10-22 12:13 +01:00", "staff-07", at("2026-10-22 12:05 +01:00"), meet("staff-07", "court", suite, "2026-10-27 09:25 +00:00", "13:00", "court", set))
	weekend := b.add("2026-10-23 16:25 +01:00", "staff-07", at("2026-10-23 16:20 +01:00"), schemas.HandoverGiven{
		Made: live, From: local("2026-10-23 17:00 +01:00"), To: local("2026-10-26 09:00 +00:00"), GivenTo: []string{"helpline"}, Alias: opt("Mrs Quill from the wool shop"), WhoMayRing: []string{"The client"}, Risk: "high",
		CallBack: &schemas.SafeWay{Channel: "phone", Number: opt(courtSecond), Times: opt("At any hour this weekend"), CodeWord: opt("supplier")},
		About:    prose("A hearing on Tuesday morning. She does not need the whole story and neither do you. If she cannot sleep she would like to hear a voice. Deaf on the left; speak slowly."), By: "staff-07"})
	b.add("2026-10-25 02:11 +00:00", "staff-31", between("2026-10-25 01:30 +00:00", "01:52"), schemas.HelplineContact{
		Made: notes("HV/6"), Channel: "phone", Caller: "client", Name: opt("Mrs Quill from the wool shop"), Number: opt(courtSecond),
		CallBack: schemas.CallBack{Safe: "yes", How: opt("On the same number, at any hour this weekend")}, DangerNow: "no", Emergency: "not-needed", Handover: &weekend,
		Advice: some("To ring 999 first if a car stops and somebody gets out. The number for the night again."),
		Statements: now(phone(live, "in", "", "",
			words("It is half past one again. I looked at the clock an hour ago and it was half past one, and I thought that I was going mad. Then I remembered about the clocks."),
			sum("She could not sleep. She had heard a car stop and not drive off. It was a taxi, for the people upstairs."),
			words("Everybody else gets an hour more. I got an hour more of lying there."),
			sum("No danger now: doors locked, Robin asleep, telephone in her hand. She did not want the police."),
			saw("A kettle boiled while we spoke. She was calmer at the end and made a joke about it being yellow."),
			did("Stayed on the line until she had been round the windows. For staff-07 on Monday: she asks if she may bring a stone from the beach to hold in court."))).Statements})
	b.add("2026-10-26 09:22 +00:00", "staff-07", at("2026-10-26 09:20 +00:00"), attempt(courtSecond, "engaged", "2026-10-26 12:30 +00:00", "After the helpline's note of Sunday. Keeps to the agreed half past twelve."))
	b.add("2026-10-26 13:15 +00:00", "staff-07", between("2026-10-26 12:30 +00:00", "12:58"), kept(call, phone(notes("KP/4"), "out", courtSecond, "2026-10-27 09:30 +00:00",
		words("Can I have the stone?"),
		sum("The weekly call, brought forward to the day before the hearing. We went through tomorrow in order: side door, room, screens, who speaks when. Yes to the stone."),
		words("If they put it off, I will not be able to do this twice. I am only saying so now so that I have said it."),
		sum("She wants to know on the day, from me and not from a letter, whatever it is."),
		did("Told her that a hearing can be adjourned, and that I would sit with her until she knew what it meant."))))
	hearing := b.add("2026-10-27 15:40 +00:00", "staff-07", between("2026-10-27 09:25 +00:00", "12:10"), kept(day, overheard(with(met(notes("KP/4"), "Harrowmere Crown Court, witness suite", "2026-10-30 11:00 +00:00",
		saw("She arrived at 09:25 by the side door with the owner of the wool shop. She held a grey stone in her left hand until we left."),
		said("prosecuting counsel", "The defence has asked for the telephone records of both families. The judge has given them the time. It is adjourned to Tuesday 2 March, half past ten.", via("the witness service volunteer", "told by counsel in the corridor at 11:20", true)),
		words("Four months. He gets four months and I get four months, and he is the one who goes out for his dinner."),
		sum("He was neither remanded nor sentenced; he is on bail on the same conditions until March."),
		words("I said it right, in there. In my head I said it right. Nobody asked me."),
		saw("She shook, and was sick once in the wash room. After twenty minutes and some tea she asked for the bus times."),
		think("In my opinion the coming days are more dangerous than the last two months.", "he knows that she was in the building, he goes home free, and he has just heard that there are four more months to change her mind"),
		did("Asked counsel, through the volunteer, for the conditions to name both families. Agreed a doorbell camera for this week, and a call on Friday.")),
		professional("Mr Ostler", "volunteer", "Witness service")), "the owner of the wool shop, for the first ten minutes", true)))
	b.add("2026-10-27 15:52 +00:00", "staff-07", between("2026-10-27 10:40 +00:00", "11:15"), schemas.CourtRecorded{
		Made: notes("KP/4"), Court: "Harrowmere Crown Court", Kind: "criminal", Hearing: "trial", Outcome: "adjourned", Perpetrators: []string{husband}, Represented: "not-a-party", Attended: true, Adviser: opt("staff-07"),
		SpecialMeasures: []string{"screen", "separate-entrance"}, Next: ptr(local("2027-03-02 10:00 +00:00")), Told: some("That it goes on in four months, and that he is neither remanded nor sentenced.")})
	b.add("2026-10-27 15:56 +00:00", "staff-07", at("2026-10-27 11:15 +00:00"), schemas.PerpetratorStatus{
		Made: notes("KP/4"), Person: husband, Status: "bailed", Conditions: []schemas.Prose{prose("Not to contact her, directly or indirectly."), prose("Not to go to any place where she lives or works.")},
		Until: opt("2027-03-02"), Court: opt("Harrowmere Crown Court"), Source: "Prosecuting counsel, through the witness service", ClientTold: ptr(local("2026-10-27 11:20 +00:00"))})
	b.add("2026-10-27 16:02 +00:00", "staff-07", at("2026-10-27 16:00 +00:00"), schemas.EquipmentProvided{
		Made: live, Equipment: "e1", Kind: "doorbell", Description: opt("Video doorbell"), Status: "ordered", Funding: &schemas.Funding{From: "Safer Homes fund", Pence: ptr(14000)}})
	b.add("2026-10-27 16:20 +00:00", "staff-02", at("2026-10-27 16:15 +00:00"), covered("staff-14", "2026-10-28 09:30 +00:00", "2026-10-28 18:00 +00:00", "marac-day", "Staff-07 is at the Harrowmere Marac all day. She may ring about the hearing."))
	b.add("2026-10-28 09:12 +00:00", "staff-07", at("2026-10-28 09:05 +00:00"), schemas.ContactCorrected{
		Made: live, Corrects: schemas.Corrects{Seq: hearing, Statement: 1},
		Text:   "The defence has asked for the telephone records of both families. The judge has given them the time. It is adjourned to Tuesday 2 March, ten o'clock.",
		Reason: prose("I had written half past ten. The court's own list, which came this morning, says ten.")})
	b.add("2026-10-29 16:10 +00:00", "staff-07", at("2026-10-29 15:00 +00:00"), schemas.EquipmentProvided{
		Made: live, Equipment: "e1", Kind: "doorbell", Description: opt("Video doorbell"), Status: "fitted", Fitted: ptr(local("2026-10-29 14:40 +00:00")), FittedBy: opt("Mr Latch, Safer Homes"), Serial: opt("VD-00417-B"),
		Funding: &schemas.Funding{From: "Safer Homes fund", Pence: ptr(14000)}, Clock: &schemas.DeviceClock{OffsetSeconds: 0, Checked: local("2026-10-29 14:52 +00:00")}, Note: some("Keeps clips for thirty days.")})
	b.add("2026-10-29 16:30 +00:00", "staff-07", between("2026-10-29 14:00 +00:00", "15:10"), plan(
		ended(step("a5", "safety", "A plan for the new place: door, windows, the way to the bus", "He finds where they live", "staff-07", "2026-09-10"), "done", "Window lock mended on 15 September, back way to the bus walked together, neighbour upstairs has our number."),
		funded(ended(step("a6", "safety", "A video doorbell", "He comes to the door", "staff-07", "2026-10-29"), "done", "Fitted this afternoon. It keeps clips for 30 days; its clock was set against the telephone's, no difference seen."), "Safer Homes fund, £140"),
		step("a7", "health", "Somebody to talk to about the nights, before March", "She stops coming to court", "staff-07", "2026-11-13")))
	friday := b.add("2026-10-30 11:38 +00:00", "staff-07", between("2026-10-30 10:02 +00:00", "10:49"), phone(notes("KP/5"), "in", courtSecond, "2026-11-02 10:00 +00:00",
		words("It rang my telephone at eight minutes to midnight and I thought, it is the wind, they said it might do that with the wind. "+
			"Then I looked and it was him. "+courtAddress+"He did not knock. He held up Robin's old school jumper in front of the glass, the green one, and he folded it, very slowly, and he put it down on the step like you put flowers down."),
		words("Eleven minutes. It says so in the corner. I stood behind the door with my hand on the stone and I did not breathe so that the hearing aid would not whistle."),
		words("It was the jumper from before. "+courtSchool+"He knows there is another jumper now. That is what he came to say."),
		sum("She rang 999 at three minutes past midnight. Officers came at 00:40 and took the jumper. He had gone. Reference 31 of 30 October. Robin slept."),
		said("PC 2207", "There is a bail condition, and the clip is clear. We will go to his address in the morning.", via("client", "told at the door by the officer", true)),
		saw("She spoke evenly and fast and corrected herself on times. I heard a child's spoon on a bowl throughout."),
		think("In my opinion he may kill her.", "he has found the address two days after the hearing, he came at night, and he showed her that he knows about the child"),
		did("Asked her to save the clip twice and send one to the officer, before it is overwritten. Asked for the arrest to be made today. Rang the duty manager at 10:51, and the emergency refuge list at 10:58.")))
	door := b.add("2026-10-30 11:46 +00:00", "staff-07", between("2026-10-30 10:02 +00:00", "10:49"), schemas.IncidentDisclosedV2{
		Made: notes("KP/5"), Happened: schemas.Occurred{From: ptr(local("2026-10-29 23:52 +00:00")), To: ptr(local("2026-10-30 00:03 +00:00")), Precision: "exact"},
		What:  prose("He stood at her door for eleven minutes at night, showed a piece of the child's old school uniform to the camera and left it on the step. In breach of bail."),
		Kinds: []string{"stalking", "threat", "bail-breach"}, Perpetrators: []schemas.Doer{{Person: &husband, Who: opt("her husband")}}, Through: "perpetrator", ChildrenPresent: "yes",
		Reported: "yes", Reference: opt("31 of 30 October"), DisclosedIn: &friday})
	b.add("2026-10-30 11:50 +00:00", "staff-07", at("2026-10-30 10:55 +00:00"), schemas.InformationShared{
		Made: live, To: schemas.Outside{Agency: "Harrowmere Police", Role: opt("duty inspector")}, What: prose("That he has found the address, and that in our view he may kill her. The address itself they had from her call."),
		Basis: "threat-to-life", Reason: some("A threat to her life and the child's. It did not wait for an approval."), How: "phone", ClientTold: "yes", Reference: opt("31 of 30 October")})
	refuge := b.add("2026-10-30 11:55 +00:00", "staff-07", at("2026-10-30 10:58 +00:00"), schemas.AccommodationSought{
		Made: live, Kind: "refuge", Provider: "A refuge in another county", Asked: local("2026-10-30 10:58 +00:00"), Answer: "waiting"})
	seen := b.add("2026-10-30 12:10 +00:00", "staff-07", at("2026-10-30 11:55 +00:00"), review(from(dash(notes("KP/5"), "yyynyyyy nyyy nyy- nuny yuyy", "high",
		"High and rising. He breached his bail by night two days after the hearing, at an address that he should not know, with the child as the message.", "visible-high-risk", "professional-judgement", "repeat"), "the doorbell's clip", "D08", "D23"), "incident", []string{husband}, door))
	b.add("2026-10-30 12:25 +00:00", "staff-07", at("2026-10-30 12:15 +00:00"), plan(
		step("a8", "safety", "A refuge place for both, tonight", "He comes back", "staff-07", "2026-10-30"),
		step("a9", "safety", "The clip saved, copied and given to the officer as an exhibit", "It is overwritten after 30 days", "client", "2026-10-30"),
		step("a10", "life", "School told before the bell on Monday; another route, another gate time", "He waits at the school", "staff-07", "2026-11-01")))
	film := clip()
	saved := b.file(film, "2026-10-30 12:40 +00:00", "staff-07", at("2026-10-30 12:31 +00:00"), schemas.AttachmentAddedV2{
		Made: document("KP/5"), Name: "doorbell-2026-10-29.mp4", MediaType: "video/mp4", Size: uint64(len(film)), SHA256: sumHex(film), Kind: "video", From: "the client, from her telephone",
		ProducedBy: opt("the doorbell"), Produced: schemas.Occurred{From: ptr(local("2026-10-29 23:52 +00:00")), To: ptr(local("2026-10-30 00:03 +00:00")), Precision: "exact"}, Equipment: opt("e1"),
		Description: some("A man at the door, by night, for eleven minutes.")})
	b.add("2026-10-30 12:44 +00:00", "staff-07", at("2026-10-30 12:42 +00:00"), schemas.EquipmentProvided{
		Made: live, Equipment: "e1", Kind: "doorbell", Description: opt("Video doorbell"), Status: "fitted", Fitted: ptr(local("2026-10-29 14:40 +00:00")), FittedBy: opt("Mr Latch, Safer Homes"), Serial: opt("VD-00417-B"),
		Funding: &schemas.Funding{From: "Safer Homes fund", Pence: ptr(14000)}, SaveBy: opt("2026-11-28"), SavedIn: &saved, Clock: &schemas.DeviceClock{OffsetSeconds: 0, Checked: local("2026-10-29 14:52 +00:00")}})
	b.add("2026-10-30 13:20 +00:00", "staff-07", at("2026-10-30 13:10 +00:00"), schemas.MaracReferred{
		Made: live, Marac: "Harrowmere Marac", Meeting: opt("2026-11-11"), Perpetrators: []string{husband}, Criteria: []string{"visible-high-risk", "professional-judgement", "repeat"}, Rule: schemas.Versioned{Code: "marac", Version: 1},
		Review: &seen, Incidents: []uint64{door}, RepeatOf: ptr(uint64(1)), Agreed: "yes", ClientViews: some("She asks that somebody says it was the jumper."), Reasons: prose("A repeat, within a hundred days of the first. He has found them."), By: "staff-07"})
	b.add("2026-10-30 15:10 +00:00", "staff-07", at("2026-10-30 14:50 +00:00"), schemas.PerpetratorStatus{
		Made: live, Person: husband, Status: "arrested", Release: ptr(local("2026-10-31 10:00 +00:00")), Custody: opt("Harrowmere custody suite"), Source: "PC 2207", ClientTold: ptr(local("2026-10-30 15:02 +00:00")), Note: some("For breach of bail. Before the court tomorrow at ten; he may be let go there.")})
	b.add("2026-10-30 15:25 +00:00", "staff-07", at("2026-10-30 15:20 +00:00"), schemas.AccommodationSought{
		Made: live, Kind: "refuge", Provider: "A refuge in another county", Asked: local("2026-10-30 10:58 +00:00"), Answer: "offered", Answered: ptr(local("2026-10-30 15:15 +00:00")), AskedIn: &refuge, Until: ptr(local("2026-10-30 20:00 +00:00"))})
	b.add("2026-10-30 16:45 +00:00", "staff-07", at("2026-10-30 16:40 +00:00"), schemas.HandoverGiven{
		Made: live, From: local("2026-10-30 17:00 +00:00"), To: local("2026-11-02 09:00 +00:00"), GivenTo: []string{"helpline", "manager"}, Alias: opt("Mrs Quill from the wool shop"), WhoMayRing: []string{"The client", "PC 2207"}, Risk: "high",
		CallBack: &schemas.SafeWay{Channel: "phone", Number: opt(courtSecond), Times: opt("At any hour"), CodeWord: opt("supplier")},
		About:    prose("On the road to a refuge with the boy this evening. He is before the court on Saturday at ten. Ring her with the outcome, whatever it is, before anybody else does."), By: "staff-07"})
	return b
}
