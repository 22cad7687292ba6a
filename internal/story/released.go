package story

import "caseledger/schemas"

// released: arrested overnight, no statement, about to be let go. Everything
// happens before lunch.
func released() *book {
	const number = "07700 900733"
	him := person("Hector Lantern")
	b := &book{label: "released"}
	b.add("2026-10-29 08:49 +00:00", "staff-02", at("2026-10-29 08:40 +00:00"), schemas.ReferralReceived{
		Made: document("R-097"), Source: "police", Agency: opt("Saltby police, custody suite"), Received: local("2026-10-29 08:40 +00:00"),
		Reason: prose("Arrested at 02:10 after neighbours rang. She has a cut over the eye and has not made a statement. Without one he will be released without charge, probably at noon, to the same address."),
		Flags:  []string{"later-life"}})
	b.add("2026-10-29 08:53 +00:00", "staff-02", at("2026-10-29 08:52 +00:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-11", By: "staff-02"})
	b.add("2026-10-29 09:24 +00:00", "staff-11", between("2026-10-29 08:56 +00:00", "09:12"), overheard(phone(notes("AL/1"), "out", number, "2026-10-29 10:05 +00:00",
		words("I am sixty-three. What am I supposed to do at sixty-three, stand on a corner with a suitcase?"),
		sum("She did not make a statement because the officer said that he would hear of it. She does not want him punished. She wants not to be there when he comes in."),
		words("He will not shout. He will put his coat on the hook and ask what is for dinner. That is what I cannot do."),
		sum("She has her pension card, her tablets and a coat. The bank book is in his desk."),
		think("In my opinion she is in danger from noon.", "he has been violent tonight, he comes back to the same front door, and he will think that she called the police"),
		did("Asked her to leave now with her tablets and cards, and to meet me at the housing department in thirty minutes. A neighbour will drive.")), "the neighbour, who holds her other hand, as she said", true))
	b.add("2026-10-29 09:27 +00:00", "staff-11", at("2026-10-29 09:12 +00:00"), schemas.SafeContactSet{
		Made: notes("AL/1"), Channels: []schemas.SafeChannel{
			safe("text", number, "The code word only, nothing else, and wait for hers"), safe("phone", number, "Only after her text with the code word"),
			barred("voicemail", "", "He plays it aloud"), barred("post", "", ""), barred("visit", "", "")},
		CodeWord: opt("tomatoes"), Places: []string{"Saltby housing department"}, Expires: opt("2026-11-12")})
	b.add("2026-10-29 09:29 +00:00", "staff-11", between("2026-10-29 08:56 +00:00", "09:12"), perpetrator(notes("AL/1"), "Hector Lantern", "partner", "Hector Lantern", "HL", ""))
	b.add("2026-10-29 09:31 +00:00", "staff-11", at("2026-10-29 08:40 +00:00"), schemas.PerpetratorStatus{
		Made: document("R-097"), Person: him, Status: "arrested", Release: ptr(local("2026-10-29 12:00 +00:00")), Custody: opt("Saltby police, custody suite"), Source: "The custody suite", ClientTold: ptr(local("2026-10-29 09:00 +00:00"))})
	b.add("2026-10-29 09:36 +00:00", "staff-11", between("2026-10-29 09:14 +00:00", "09:19"), onlyWith(phone(notes("AL/1"), "out", "01632 960210", "",
		said("the custody sergeant", "Interview is at half past ten. Without a complaint it is no further action and he is out by twelve. I can hold the property desk slow, I cannot hold him."),
		did("Asked for a call to me, not to her, when he leaves the building. The sergeant agreed and took the office number.")),
		professional("Sergeant Pell", "custody sergeant", "Saltby police")))
	b.add("2026-10-29 09:41 +00:00", "staff-11", between("2026-10-29 09:20 +00:00", "09:26"), onlyWith(phone(notes("AL/1"), "out", "01632 960311", "",
		said("the refuge's duty worker", "We are full, and the next room is a shared one with bunk beds. I would not put her on a top bunk."),
		did("Asked to be rung if anything changes today.")),
		professional("", "duty worker", "A refuge in another county")))
	b.add("2026-10-29 09:44 +00:00", "staff-11", between("2026-10-29 09:27 +00:00", "09:31"), onlyWith(phone(notes("AL/1"), "out", "01632 960478", "",
		said("the refuge's manager", "Full until Monday. We had to say no to four since yesterday."),
		did("Noted the second refusal with the time, for the housing officer.")),
		professional("Ms Tarn", "manager", "A second refuge")))
	b.add("2026-10-29 09:46 +00:00", "staff-11", at("2026-10-29 09:26 +00:00"), schemas.AccommodationSought{
		Made: live, Kind: "refuge", Provider: "A refuge in another county", Asked: local("2026-10-29 09:20 +00:00"), Answer: "full", Answered: ptr(local("2026-10-29 09:26 +00:00"))})
	b.add("2026-10-29 09:47 +00:00", "staff-11", at("2026-10-29 09:31 +00:00"), schemas.AccommodationSought{
		Made: live, Kind: "refuge", Provider: "A second refuge", Asked: local("2026-10-29 09:27 +00:00"), Answer: "full", Answered: ptr(local("2026-10-29 09:31 +00:00")), Reason: some("Full until Monday.")})
	b.add("2026-10-29 11:02 +00:00", "staff-11", between("2026-10-29 09:44 +00:00", "10:48"), with(met(notes("AL/1"), "Saltby housing department, interview room 4", "2026-10-30 10:00 +00:00",
		saw("She came on the neighbour's arm, in slippers. A cut of about two centimetres over the right eye, closed with strips. She kept her coat on."),
		words("Thirty-eight years. I know which stair he misses when he has been drinking. I have been listening to stairs for thirty-eight years."),
		words("He said, you will end up in a home, and I said, I would like to end up in a home. That is when he threw the plate."),
		sum("She has told nobody. Her sister in another town believes that they are happy."),
		sum("She would go anywhere with a door that is hers. Not far from the hospital, because of her eye clinic."),
		said("the housing officer", "On what I have heard she is homeless and in priority need from this minute. I do not need her statement, I need her name."),
		think("In my opinion she should not be asked again today to make a statement.", "she says each time that she will if she must, and looks at the door"),
		did("Sat with her through the form. Gave the two refusals with their times.")),
		professional("Mr Ives", "housing officer", "Saltby council")))
	b.add("2026-10-29 11:15 +00:00", "staff-11", at("2026-10-29 10:48 +00:00"), schemas.ClientRecorded{
		Made: notes("AL/1"), Name: "Ivy Lantern", Alias: opt("the allotment society"), Initials: "IL", Born: opt("1963-05-02"), Pronouns: opt("she/her"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"27 Pump Lane", "Saltby"}, Postcode: opt("ZZ8 5KL"), Secret: false}, Phone: opt(number),
		Identity: schemas.Identity{Gender: opt("woman"), Disability: opt("glaucoma, both eyes")}})
	b.add("2026-10-29 11:24 +00:00", "staff-11", at("2026-10-29 11:18 +00:00"), from(dash(notes("AL/1"), "yyyyunnn nyyy ynn- nuny ynnn", "high",
		"High by judgement: ten are yes, in the half hour there was, and he will be at the door at noon.", "professional-judgement"), "the police referral", "D01"))
	b.add("2026-10-29 11:32 +00:00", "staff-11", at("2026-10-29 11:28 +00:00"), plan(
		step("a1", "life", "A room by tonight, not shared, near the eye clinic", "He comes home at noon", "Mr Ives, housing officer", "2026-10-29"),
		step("a2", "health", "Two weeks of eye drops from the hospital pharmacy, since hers are in the house", "She goes back for them", "staff-11", "2026-10-29"),
		step("a3", "money", "Pension to a new account before Monday's payment", "He holds the bank book", "client", "2026-10-31")))
	b.add("2026-10-29 11:58 +00:00", "staff-11", between("2026-10-29 11:50 +00:00", "11:54"), onlyWith(phone(memory, "in", "01632 960210", "",
		said("the custody sergeant", "He has just signed for his belt. No further action. He asked which bus.")),
		professional("Sergeant Pell", "custody sergeant", "Saltby police")))
	b.add("2026-10-29 12:01 +00:00", "staff-11", at("2026-10-29 11:50 +00:00"), schemas.PerpetratorStatus{
		Made: memory, Person: him, Status: "released-no-charge", Source: "Sergeant Pell", ClientTold: ptr(local("2026-10-29 11:56 +00:00"))})
	b.add("2026-10-29 12:47 +00:00", "staff-11", between("2026-10-29 12:20 +00:00", "12:35"), with(met(notes("AL/1"), "Saltby housing department, entrance hall", "2026-10-30 10:00 +00:00",
		said("the housing officer", "It is a ground-floor room in a supported house for over-sixties. It has a bolt on the inside. She can have it tonight and for twelve weeks."),
		words("Does it have a window that opens? Then I will take it."),
		saw("She took her coat off."),
		did("Went with her in the taxi. Room seen, bolt tried, landlady told that nobody is to be told. Eye drops collected at 13:10 on the way.")),
		professional("Mr Ives", "housing officer", "Saltby council")))
	room := b.add("2026-10-29 14:10 +00:00", "staff-11", at("2026-10-29 12:30 +00:00"), schemas.AccommodationSought{
		Made: notes("AL/1"), Kind: "supported", Provider: "Saltby council, housing department", Asked: local("2026-10-29 09:44 +00:00"), Answer: "offered", Answered: ptr(local("2026-10-29 12:30 +00:00"))})
	b.add("2026-10-29 14:14 +00:00", "staff-11", at("2026-10-29 13:30 +00:00"), schemas.AccommodationPlaced{
		Made: notes("AL/1"), Kind: "supported", Provider: "Fennel House", From: "2026-10-29", To: opt("2027-01-21"), Sought: &room, Address: &schemas.Address{Lines: []string{"Room 3", "Fennel House", "Ropewalk", "Saltby"}, Postcode: opt("ZZ8 1RW"), Secret: true}})
	b.add("2026-10-29 14:20 +00:00", "staff-11", at("2026-10-29 13:30 +00:00"), schemas.ClientRecorded{
		Made: notes("AL/2"), Name: "Ivy Lantern", Alias: opt("the allotment society"), Initials: "IL", Born: opt("1963-05-02"), Pronouns: opt("she/her"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"Room 3", "Fennel House", "Ropewalk", "Saltby"}, Postcode: opt("ZZ8 1RW"), Secret: true}, Phone: opt(number),
		Identity: schemas.Identity{Gender: opt("woman"), Ethnicity: opt("white, Irish"), Disability: opt("glaucoma, both eyes")}})
	b.add("2026-10-29 14:31 +00:00", "staff-11", at("2026-10-29 14:25 +00:00"), plan(
		ended(step("a1", "life", "A room by tonight, not shared, near the eye clinic", "He comes home at noon", "Mr Ives, housing officer", "2026-10-29"), "done", "Placed at half past twelve."),
		ended(step("a2", "health", "Two weeks of eye drops from the hospital pharmacy, since hers are in the house", "She goes back for them", "staff-11", "2026-10-29"), "done", "Collected at 13:10.")))
	text := attempt(number, "message-sent", "2026-10-30 10:00 +00:00", "The code word, nothing else, as agreed.")
	text.Channel = "text"
	b.add("2026-10-29 18:03 +00:00", "staff-11", at("2026-10-29 18:02 +00:00"), text)
	answer := phone(document("AL/2"), "in", number, "2026-10-30 10:00 +00:00", words("tomatoes"), sum("The code word: she is safe and can be rung in the morning."))
	answer.Channel = "text"
	b.add("2026-10-29 18:20 +00:00", "staff-11", at("2026-10-29 18:09 +00:00"), answer)
	b.add("2026-10-30 10:34 +00:00", "staff-11", between("2026-10-30 10:00 +00:00", "10:22"), phone(notes("AL/2"), "out", number, "2026-11-02 10:00 +00:00",
		words("I bolted it and I unbolted it. I did that for a while. Then I had toast."),
		sum("He has rung her twenty-six times and her sister once. She told her sister the truth last night; the sister cried and is coming on Sunday."),
		words("I could hear somebody on the stairs, and I lay there, and it was only somebody on the stairs."),
		did("The bank has moved the pension. Asked the police to note that he has the sister's number.")))
	b.add("2026-10-30 16:20 +00:00", "staff-11", at("2026-10-30 16:15 +00:00"), schemas.HandoverGiven{
		Made: live, From: local("2026-10-30 17:00 +00:00"), To: local("2026-11-02 09:00 +00:00"), GivenTo: []string{"helpline"}, Alias: opt("the allotment society"), WhoMayRing: []string{"The client", "Her sister"}, Risk: "high",
		CallBack: &schemas.SafeWay{Channel: "text", Number: opt(number), Times: opt("The word only, and wait for hers"), CodeWord: opt("tomatoes")}, About: prose("Her second and third night in a room of her own. Her sister comes on Sunday. He rings; she does not answer. She may want to talk about soup."), By: "staff-11"})
	return b
}
