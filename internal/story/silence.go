package story

import "caseledger/schemas"

// silence: two weeks without an answer, then three incidents that were never
// reported; eleven months after the last referral, so a repeat. The plan had
// the same actions twice, and nobody had checked them.
func silence() *book {
	const number = "07700 900268"
	locks := func(id, due string) schemas.Action {
		return step(id, "safety", "Locks changed, front and back", "He has a key", "staff-08", due)
	}
	doctor := func(id, due string) schemas.Action {
		return step(id, "health", "A doctor asked about the headaches", "Injury to the head that nobody has looked at", "client", due)
	}
	him := person("Corin Teasel")
	b := &book{label: "silence"}
	b.add("2025-11-27 10:20 +00:00", "staff-02", at("2025-11-27 09:50 +00:00"), schemas.ReferralReceived{
		Made: document("R-021"), Source: "marac", Agency: opt("Harrowmere Marac"), Received: local("2025-11-27 09:50 +00:00"),
		Reason: prose("Heard on 26 November. He struck her head against a car door. They separated in October; he still has a key and comes and goes.")})
	b.add("2025-11-27 10:40 +00:00", "staff-02", at("2025-11-27 10:40 +00:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-08", By: "staff-02"})
	b.add("2025-11-28 11:30 +00:00", "staff-08", between("2025-11-28 10:30 +00:00", "11:05"), phone(notes("TM/1"), "out", number, "2025-12-12 10:30 +00:00",
		words("He is not violent, he is clumsy when he is angry. That is what I used to say. I heard myself say it to the nurse."),
		sum("He lets himself in while she is at work and moves things. She finds cups washed that she has not used."),
		did("Explained the plan and what the meeting decided.")))
	b.add("2025-11-28 11:36 +00:00", "staff-08", between("2025-11-28 10:30 +00:00", "11:05"), schemas.ClientRecorded{
		Made: notes("TM/1"), Name: "Rowan Teasel", Alias: opt("the library, about the overdue book"), Initials: "RT", Born: opt("1985-11-30"), Pronouns: opt("she/her"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"3 Weir Terrace", "Harrowmere"}, Postcode: opt("ZZ3 1WT"), Secret: false}, Phone: opt(number),
		Identity: schemas.Identity{Gender: opt("woman")}})
	b.add("2025-11-28 11:38 +00:00", "staff-08", between("2025-11-28 10:30 +00:00", "11:05"), perpetrator(notes("TM/1"), "Corin Teasel", "former-partner", "Corin Teasel", "CT", "1983-02-14"))
	b.add("2025-11-28 11:41 +00:00", "staff-08", at("2025-11-28 11:05 +00:00"), schemas.SafeContactSet{
		Made: notes("TM/1"), Channels: []schemas.SafeChannel{
			safe("phone", number, "Half past ten to one; he works until two"), barred("voicemail", number, "He knows the code"), barred("text", number, "Shown on the locked screen"),
			barred("post", "", ""), barred("visit", "", "")},
		Places: []string{"Harrowmere library"}})
	b.add("2025-11-28 12:00 +00:00", "staff-08", at("2025-11-28 11:50 +00:00"), from(dash(notes("TM/1"), "yyyyuyny nyyy nyn- nnny yuny", "high",
		"High: a head injury, a key, and nights when she does not know if he is in the house.", "visible-high-risk"), "the police form", "D01", "D24"))
	b.add("2025-12-01 09:30 +00:00", "staff-08", at("2025-12-01 09:25 +00:00"), plan(locks("a1", "2025-12-19"), doctor("a2", "2025-12-12")))
	b.add("2025-12-12 11:10 +00:00", "staff-08", between("2025-12-12 10:31 +00:00", "10:50"), phone(notes("TM/1"), "out", number, "2026-01-09 10:30 +00:00",
		sum("She has not asked the doctor. She has been promised overtime before Christmas and does not want to be seen as ill."),
		words("He has been fine. He brought the tree.")))
	b.add("2026-03-10 11:20 +00:00", "staff-08", between("2026-03-10 10:30 +00:00", "10:58"), phone(notes("TM/2"), "out", number, "2026-04-14 10:30 +01:00",
		sum("She had not rung back since January because nothing had happened. The locks were not spoken of."),
		words("He comes for his post. I do not make a thing of it."),
		think("In my opinion the risk is lower than in November.", "she reports no violence since, and sounded rested")))
	b.add("2026-03-10 11:31 +00:00", "staff-08", at("2026-03-10 11:25 +00:00"), plan(locks("a3", "2026-03-31"), doctor("a4", "2026-03-27")))
	b.add("2026-07-07 11:05 +01:00", "staff-08", between("2026-07-07 10:34 +01:00", "10:49"), phone(notes("TM/2"), "out", number, "2026-10-09 10:30 +01:00",
		sum("Short call, on her break. All quiet. She would rather ring us than be rung over the summer."),
		saw("She answered in single words and said that the kettle was boiling when I asked about the key.")))
	b.add("2026-10-09 10:36 +01:00", "staff-08", at("2026-10-09 10:34 +01:00"), attempt(number, "no-answer", "2026-10-13 11:00 +01:00", ""))
	b.add("2026-10-13 11:03 +01:00", "staff-08", at("2026-10-13 11:01 +01:00"), attempt(number, "no-answer", "2026-10-16 12:30 +01:00", "Rang out twice."))
	b.add("2026-10-16 12:33 +01:00", "staff-08", at("2026-10-16 12:31 +01:00"), attempt(number, "someone-else-answered", "2026-10-20 10:30 +01:00", "A man said her name as a question. I asked for the opticians, and he hung up."))
	b.add("2026-10-20 10:35 +01:00", "staff-08", at("2026-10-20 10:32 +01:00"), attempt(number, "unobtainable", "2026-10-23 10:30 +01:00", "Spoken of with staff-02. A check by the police only if there is nothing by Monday: an officer at the door is what he would punish."))
	b.add("2026-10-23 10:37 +01:00", "staff-08", at("2026-10-23 10:33 +01:00"), attempt(number, "unobtainable", "2026-10-26 10:30 +00:00", "Two weeks. The library says that she has not been in either."))
	call := b.add("2026-10-26 11:58 +00:00", "staff-08", between("2026-10-26 10:41 +00:00", "11:29"), phone(notes("TM/3"), "in", "01632 960655", "2026-10-28 10:00 +00:00",
		words("I am at work, it is the telephone in the stock room. I have got until the lorry comes. He broke mine, in the sink."),
		words("There were three times. I did not say because you had written it down that I was better, and I thought, then I will have to be better."),
		sum("In August he pushed her down the last steps of the cellar; she said at work that she had tripped. In the middle of September he held the car door shut on her arm and drove a little way. On Sunday 11 October he put her telephone into the washing-up and her face after it, and counted."),
		words("He counted to nine. He said next time he will learn to count to twenty."),
		sum("None of it is known to the police or to a doctor. The headaches have been every day since August."),
		saw("A lorry's reversing alarm at 11:20. She said \"I have to sign\" and came back after four minutes."),
		think("In my opinion I was wrong in March.", "I took quiet for safety; the locks that we planned in December were never changed, and I planned them again without asking"),
		did("Agreed a visit on Wednesday at ten while he is at work until two, with a locksmith. Asked her to see the nurse at work today about her head.")))
	b.add("2026-10-26 12:04 +00:00", "staff-08", between("2026-10-26 10:41 +00:00", "11:29"), incident(notes("TM/3"), about("2026-08-01", "2026-08-31"),
		"He pushed her down the last three steps of the cellar. Bruised hip, headaches since.", []string{"physical"}, "Corin Teasel", "her former partner", "no", "", call))
	b.add("2026-10-26 12:07 +00:00", "staff-08", between("2026-10-26 10:41 +00:00", "11:29"), incident(notes("TM/3"), about("2026-09-10", "2026-09-20"),
		"He held the car door shut on her arm and drove some metres.", []string{"physical"}, "Corin Teasel", "her former partner", "no", "", call))
	b.add("2026-10-26 12:11 +00:00", "staff-08", between("2026-10-26 10:41 +00:00", "11:29"), incident(notes("TM/3"), onDate("2026-10-11", ""),
		"He held her face under water in the kitchen sink and counted aloud to nine. Her telephone was destroyed.", []string{"physical", "strangulation", "damage"}, "Corin Teasel", "her former partner", "no", "", call))
	b.add("2026-10-26 12:40 +00:00", "staff-08", at("2026-10-26 12:30 +00:00"), dash(notes("TM/3"), "yyyyyyny nyyy yyyu nnny yuny", "high",
		"High. Three incidents in three months, each worse; he has held her under water and named the next number. Eleven months since the referral of 27 November, so this is a repeat.", "visible-high-risk", "potential-escalation", "repeat"))
	b.add("2026-10-26 13:05 +00:00", "staff-08", at("2026-10-26 12:55 +00:00"), plan(
		ended(locks("a1", "2025-12-19"), "not-done", "Never ordered. Planned again in March as a3 without a look at this one."),
		ended(doctor("a2", "2025-12-12"), "not-done", "She did not go, and was not asked after January."),
		ended(locks("a3", "2026-03-31"), "not-done", "Never ordered either. He has used his key throughout."),
		ended(doctor("a4", "2026-03-27"), "not-done", "Not asked. Headaches every day since August."),
		funded(step("a5", "safety", "Front and back lock changed on Wednesday, with staff-08 in the house", "He has a key", "staff-08", "2026-10-28"), "Safer Homes fund, £190"),
		step("a6", "health", "Seen at the hospital on Wednesday after the locks, driven there", "Injury to the head that nobody has looked at", "staff-08", "2026-10-28")))
	set := b.add("2026-10-26 13:12 +00:00", "staff-08", at("2026-10-26 11:29 +00:00"), schemas.SafeContactSetV2{
		Made: notes("TM/3"), Channels: []schemas.SafeChannelV2{
			channel(safe("phone", "01632 960655", "The stock room; ask for the rota"), hours(weekdays, "10:30", "11:30")),
			channel(barred("phone", number, "Destroyed")), channel(barred("voicemail", "", "")), channel(barred("text", "", "")), channel(barred("post", "", "")), channel(barred("visit", "", "But for Wednesday, as below"))},
		CodeWord: opt("rota"), Expires: opt("2026-10-31"), Places: []schemas.SafePlace{place("public", "Harrowmere library"),
			{Kind: "home", AwayUntil: ptr(local("2026-10-28 14:00 +00:00")), Hours: []schemas.Hours{hours("wed", "10:00", "12:30")}}}})
	home := meet("staff-08", "home", "3 Weir Terrace", "2026-10-28 10:00 +00:00", "12:30", "safety-plan", set)
	home.Arranged.AwayUntil = ptr(local("2026-10-28 14:00 +00:00"))
	visit := b.add("2026-10-26 13:18 +00:00", "staff-08", at("2026-10-26 13:15 +00:00"), home)
	b.add("2026-10-27 11:10 +00:00", "staff-08", at("2026-10-27 11:00 +00:00"), schemas.MaracReferred{
		Made: live, Marac: "Harrowmere Marac", Meeting: opt("2026-11-11"), Perpetrators: []string{him}, Criteria: []string{"visible-high-risk", "potential-escalation", "repeat"}, Rule: schemas.Versioned{Code: "marac", Version: 1},
		RepeatOf: ptr(uint64(1)), Agreed: "yes", ClientViews: some("She wants it said that she was not better, she was quiet."), Reasons: prose("Three incidents within the twelve months of the referral of 27 November 2025. The plan of then had two actions; neither was done, and both were planned again."), By: "staff-08"})
	b.add("2026-10-28 14:35 +00:00", "staff-08", between("2026-10-28 10:00 +00:00", "12:15"), kept(visit, overheard(with(met(notes("TM/3"), "Her home, while he is at work until two", "2026-10-30 10:40 +00:00",
		saw("A hook screwed into the cellar door, outside. The third stair is new wood. Her left forearm is yellow and green from the wrist to the elbow."),
		words("I had forgotten what the door sounds like when nobody is coming through it."),
		said("the locksmith", "This has been copied. Look, the shoulder is filed. There are two keys to this door that did not come from a shop.", via("client", "read from the locksmith's note after he had left the room", true)),
		words("He mended that stair the same night. He told next door that it was the damp."),
		sum("She wants to tell the police now, at the hospital, where somebody else can see her arm."),
		did("Old cylinders bagged and kept. Drove her to the hospital at 12:20. New keys: one with her, one with the neighbour, none with us.")),
		professional("Mr Latch", "locksmith", "Safer Homes")), "the neighbour, in the garden", false)))
	b.add("2026-10-28 14:50 +00:00", "staff-08", at("2026-10-28 12:10 +00:00"), schemas.EquipmentProvided{
		Made: notes("TM/3"), Equipment: "e1", Kind: "lock", Description: opt("Front and back cylinders, keys by card only"), Status: "fitted", Fitted: ptr(local("2026-10-28 11:00 +00:00")), FittedBy: opt("Mr Latch, Safer Homes"), Funding: &schemas.Funding{From: "Safer Homes fund", Pence: ptr(19000)}})
	b.add("2026-10-28 15:02 +00:00", "staff-08", at("2026-10-28 14:45 +00:00"), plan(
		funded(ended(step("a5", "safety", "Front and back lock changed on Wednesday, with staff-08 in the house", "He has a key", "staff-08", "2026-10-28"), "done", "Both changed by eleven, tried twice."), "Safer Homes fund, £190"),
		ended(step("a6", "health", "Seen at the hospital on Wednesday after the locks, driven there", "Injury to the head that nobody has looked at", "staff-08", "2026-10-28"), "done", "Seen at one o'clock, scan tomorrow. She spoke to an officer there."),
		step("a7", "safety", "Asked after on every call: the lock, the key, the cellar", "We plan and do not look", "staff-08", "2026-11-30")))
	friday := b.add("2026-10-30 11:22 +00:00", "staff-08", between("2026-10-30 10:40 +00:00", "11:02"), phone(notes("TM/3"), "out", "01632 960655", "2026-11-03 10:40 +00:00",
		words("He tried it on Wednesday night. I heard it go in and not turn. He tried it quite politely."),
		sum("She rang the police while he was at the door. They took him from the garden. The scan was clear."),
		words("I counted. I got to two hundred."),
		did("Asked: lock holds, both keys accounted for, cellar hook taken off by the neighbour.")))
	tried := b.add("2026-10-30 11:30 +00:00", "staff-08", between("2026-10-30 10:40 +00:00", "11:02"), incident(notes("TM/3"), onDate("2026-10-28", ""),
		"He tried the new locks by night while she was in the house.", []string{"harassment"}, "Corin Teasel", "her former partner", "yes", "418 of 28 October", friday))
	b.add("2026-10-30 11:34 +00:00", "staff-08", onDate("2026-10-29", ""), schemas.PerpetratorStatus{
		Made: notes("TM/3"), Person: him, Status: "bailed", Conditions: []schemas.Prose{prose("Not to go into the street where she lives.")}, Until: opt("2026-11-26"), Source: "The police, to the client", ClientTold: opt("2026-10-29")})
	b.add("2026-10-30 11:50 +00:00", "staff-08", at("2026-10-30 11:40 +00:00"), review(dash(notes("TM/3"), "yyyyyyny nyyy yyyu nnny yuny", "high",
		"High. The lock held; he knows now that there is one.", "visible-high-risk", "potential-escalation", "repeat"), "incident", []string{him}, tried))
	b.add("2026-10-30 12:02 +00:00", "staff-08", at("2026-10-30 11:02 +00:00"), schemas.SafeContactSetV2{
		Made: notes("TM/3"), Channels: []schemas.SafeChannelV2{channel(safe("phone", "01632 960655", "The stock room; ask for the rota"), hours(weekdays, "10:30", "11:30")), channel(barred("voicemail", "", "")), channel(barred("post", "", "")), channel(barred("visit", "", ""))},
		CodeWord: opt("rota"), Places: []schemas.SafePlace{place("public", "Harrowmere library")}, Expires: opt("2026-11-27")})
	return b
}
