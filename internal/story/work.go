package story

import "caseledger/schemas"

// work: an order that she won by herself, a meeting at her place of work, and
// one private mail address that is safe when nothing else is.
func work() *book {
	const (
		private = "l.carraway@example.org"
		shared  = "carraway.house@example.org"
	)
	husband := person("Piers Carraway")
	b := &book{label: "work"}
	mail := func(m schemas.Made, direction, next string, s ...schemas.Statement) schemas.ContactRecorded {
		c := phone(m, direction, private, next, s...)
		c.Channel = "email"
		return c
	}
	b.add("2026-09-21 09:40 +01:00", "staff-02", at("2026-09-21 09:15 +01:00"), schemas.ReferralReceived{
		Made: document("R-081"), Source: "self", Received: local("2026-09-20 22:48 +01:00"),
		Reason: prose("She wrote to us by night. He has her passwords, the car's location and the camera in the hall. She wants to apply for an order herself and asks how it is done.")})
	b.add("2026-09-21 09:55 +01:00", "staff-02", at("2026-09-21 09:55 +01:00"), schemas.CaseAllocated{Made: live, Adviser: "staff-11", By: "staff-02"})
	b.add("2026-09-22 13:40 +01:00", "staff-11", between("2026-09-22 12:30 +01:00", "13:15"), met(notes("AL/11"), "Her workplace, first-aid room", "2026-10-06 12:30 +01:00",
		words("I manage forty people and I have to turn my telephone over so that he can see the ceiling of the room I am in."),
		sum("He follows her by the car, the telephone and the hall camera. There has been no blow since 2024; he stands in doorways."),
		words("He does not say, do not go. He says, what time shall I worry from?"),
		sum("She made the private address last week on a colleague's computer and reads it only at work."),
		think("In my opinion this is controlling behaviour that will get worse when she applies.", "each time that she has set a limit he has taken something else away, and he will be served with papers at the house"),
		did("Gave her the application form and the court's own guide for people without a lawyer.")))
	b.add("2026-09-22 13:48 +01:00", "staff-11", between("2026-09-22 12:30 +01:00", "13:15"), schemas.ClientRecorded{
		Made: notes("AL/11"), Name: "Linden Carraway", Initials: "LC", Born: opt("1979-06-12"), Pronouns: opt("she/her"), Language: opt("en"),
		Address: &schemas.Address{Lines: []string{"The Old Toll House", "Bridge Lane", "Harrowmere"}, Postcode: opt("ZZ3 5BL"), Secret: false}, Email: opt(private),
		Identity: schemas.Identity{Gender: opt("woman"), Ethnicity: opt("Black, British"), Disability: opt("none")}})
	him := perpetrator(notes("AL/11"), "Piers Carraway", "partner", "Piers Carraway", "PC", "1977-11-05")
	him.LivesWithClient = "yes"
	b.add("2026-09-22 13:51 +01:00", "staff-11", between("2026-09-22 12:30 +01:00", "13:15"), him)
	b.add("2026-09-22 13:55 +01:00", "staff-11", at("2026-09-22 13:15 +01:00"), schemas.SafeContactSet{
		Made: notes("AL/11"), Channels: []schemas.SafeChannel{
			safe("email", private, "Read at work, weekdays; never after six"), barred("email", shared, "He reads it"),
			barred("phone", "", "He sees the list of calls"), barred("voicemail", "", ""), barred("text", "", "Copied to his tablet"), barred("post", "", ""), barred("visit", "", "Camera in the hall")},
		Places: []string{"Her workplace, first-aid room; ask for her manager"}})
	b.add("2026-09-22 14:15 +01:00", "staff-11", at("2026-09-22 14:05 +01:00"), dash(notes("AL/11"), "nyyyuynu nuyy nnn- nnny nunn", "medium",
		"Medium today, to be looked at again when he is served. The control is nearly complete; there is no injury and no threat to life.", "professional-judgement"))
	b.add("2026-09-22 14:25 +01:00", "staff-11", at("2026-09-22 14:20 +01:00"), plan(
		step("a1", "safety", "Application for a non-molestation order, by herself, with our help on the wording", "He stands in doorways and follows her", "client", "2026-10-09"),
		step("a2", "life", "Telephone and car checked by somebody who knows how", "He sees where she is", "staff-11", "2026-10-16"),
		step("a3", "money", "Salary to an account that he has never seen", "He knows every payment", "client", "2026-10-31")))
	b.add("2026-10-06 13:30 +01:00", "staff-11", between("2026-10-06 12:30 +01:00", "13:05"), met(notes("AL/11"), "Her workplace, first-aid room", "2026-10-20 14:00 +01:00",
		words("I wrote it nine times. The ninth time I took out everything that I felt and left everything that he did."),
		sum("Statement for the court finished: eleven dates, four screenshots. She will hand it in on Thursday on the way to work."),
		sum("The hall camera came down on Sunday. He put it up again on Monday, higher."),
		did("Read the statement with her for dates only; changed no words.")))
	b.add("2026-10-20 16:50 +01:00", "staff-11", between("2026-10-20 13:40 +01:00", "15:30"), met(notes("AL/12"), "Harrowmere Family Court", "2026-10-28 12:15 +00:00",
		saw("She represented herself. She stood for the whole of it, although the judge said twice that she need not."),
		said("the judge", "I am satisfied. There will be a non-molestation order for six months, until 20 April 2027, and he is not to come within a hundred metres of her place of work."),
		words("I had a sentence ready for if she said no. I did not have one for if she said yes."),
		sum("He was not there: it was heard without notice. It has force once he is served; breaking it is a crime."),
		did("Sat behind her, did not speak. Took down the terms and checked them against the sealed copy.")))
	b.add("2026-10-20 16:54 +01:00", "staff-11", between("2026-10-20 14:00 +01:00", "15:10"), schemas.CourtRecorded{
		Made: notes("AL/12"), Court: "Harrowmere Family Court", Kind: "family", Hearing: "injunction", Outcome: "order-granted", Perpetrators: []string{husband}, Order: opt("o1"), Represented: "self", Attended: true, Adviser: opt("staff-11"),
		Told: some("That it has force once he is served, and that breaking it is a crime.")})
	b.add("2026-10-20 16:58 +01:00", "staff-11", at("2026-10-20 15:10 +01:00"), schemas.OrderRecorded{
		Made: document("AL/12"), Order: "o1", Kind: "non-molestation", Name: opt("Non-molestation order"), Against: []string{husband}, Protects: []string{"The client"}, Status: "granted", Court: opt("Harrowmere Family Court"),
		Terms: []schemas.Prose{prose("Not to use or threaten violence, follow or pester her."), prose("Not to come within a hundred metres of her place of work.")}, Granted: opt("2026-10-20"), Expires: opt("2027-04-20"), PowerOfArrest: "no", PoliceTold: "yes"})
	b.add("2026-10-20 17:05 +01:00", "staff-11", at("2026-10-20 16:55 +01:00"), plan(
		ended(step("a1", "safety", "Application for a non-molestation order, by herself, with our help on the wording", "He stands in doorways and follows her", "client", "2026-10-09"), "done", "Granted today, until 20 April 2027."),
		step("a4", "safety", "Where she sleeps on the night that he is served", "He learns of the order at home", "client", "2026-10-25"),
		step("a5", "safety", "Copy of the order to the police and to the front desk at work", "Nobody there knows the terms", "staff-11", "2026-10-30")))
	set := b.add("2026-10-20 17:12 +01:00", "staff-11", at("2026-10-20 16:55 +01:00"), schemas.SafeContactSetV2{
		Made: notes("AL/12"), Channels: []schemas.SafeChannelV2{channel(safe("email", private, "Read at work, weekdays; never after six"), hours(weekdays, "08:00", "18:00")), channel(barred("email", shared, "He reads it")),
			channel(barred("phone", "", "He sees the list of calls")), channel(barred("voicemail", "", "")), channel(barred("text", "", "Copied to his tablet")), channel(barred("post", "", "")), channel(barred("visit", "", "Camera in the hall"))},
		Places: []schemas.SafePlace{place("workplace", "Her workplace, first-aid room", hours(weekdays, "09:00", "17:00")), place("workplace", "Her workplace, her manager's office", hours(weekdays, "09:00", "17:00"))}})
	lunch := b.add("2026-10-20 17:16 +01:00", "staff-11", at("2026-10-20 17:14 +01:00"), meet("staff-11", "workplace", "Her workplace, her manager's office", "2026-10-28 12:15 +00:00", "13:00", "safety-plan", set))
	sent := attempt(private, "message-sent", "2026-10-26 12:00 +00:00", "Asked which night, and where to. Nothing in the subject line.")
	sent.Channel = "email"
	b.add("2026-10-23 12:09 +01:00", "staff-11", at("2026-10-23 12:06 +01:00"), sent)
	b.add("2026-10-26 12:30 +00:00", "staff-11", at("2026-10-26 12:11 +00:00"), mail(document("AL/12"), "in", "2026-10-28 12:15 +00:00",
		words("Served at 8.05 this morning, on the step, in his good shoes.\nI was at my sister's since last night with the dog. He has written to the shared address eleven times since then. I have not opened them.\n\nL."),
		did("Answered from the service's address: keep them, open none, and the eleven are eleven breaches.")))
	b.add("2026-10-26 12:38 +00:00", "staff-11", at("2026-10-26 12:11 +00:00"), schemas.OrderRecorded{
		Made: document("AL/12"), Order: "o1", Kind: "non-molestation", Name: opt("Non-molestation order"), Against: []string{husband}, Protects: []string{"The client"}, Status: "served", Court: opt("Harrowmere Family Court"),
		Terms: []schemas.Prose{prose("Not to use or threaten violence, follow or pester her."), prose("Not to come within a hundred metres of her place of work.")}, Granted: opt("2026-10-20"), Served: ptr(local("2026-10-26 08:05 +00:00")), Expires: opt("2027-04-20"), PowerOfArrest: "no", PoliceTold: "yes"})
	b.add("2026-10-27 09:42 +00:00", "staff-02", at("2026-10-27 09:35 +00:00"), covered("staff-08", "2026-10-28 13:15 +00:00", "2026-10-28 18:00 +00:00", "marac-day", "Staff-11 is at the Saltby Marac from half past one, straight from her workplace."))
	talk := b.add("2026-10-28 13:40 +00:00", "staff-11", between("2026-10-28 12:15 +00:00", "13:00"), kept(lunch, overheard(with(met(notes("AL/12"), "Her workplace, her manager's office", "2026-10-30 12:00 +00:00",
		said("her manager", "He came to the front desk on Monday at four with flowers. We did not know that there was an order, so we signed for them.", via("the receptionist", "told on Monday evening, from the visitors' book", true)),
		words("He wrote on the card, to the manager of forty people."),
		sum("The order was served on Monday at five past eight, so four o'clock the same day is a breach. She wishes to report it herself, today, with the visitors' book."),
		saw("The visitors' book: his name, 16:02, in capitals. The flowers were still in the wrapper in the sink."),
		did("Went through the terms with the manager and the desk: a hundred metres, who to ring, what to write down. Left a copy without her address.")),
		professional("Ms Alder", "her manager", "Her employer")), "the receptionist, for the part about the desk", true)))
	flowers := b.add("2026-10-28 13:47 +00:00", "staff-11", between("2026-10-28 12:15 +00:00", "13:00"), incident(notes("AL/12"), at("2026-10-26 16:02 +00:00"),
		"He came to her place of work with flowers eight hours after he had been served with the order.", []string{"order-breach", "stalking"}, "Piers Carraway", "her husband", "not-known", "", talk))
	b.add("2026-10-28 13:54 +00:00", "staff-11", at("2026-10-28 13:50 +00:00"), review(dash(notes("AL/12"), "nyyyuyny nuyy nnn- nnny nuyn", "medium",
		"Medium still, and watched: a breach on the first day, in public, with a card that is a threat only to her.", "professional-judgement"), "incident", []string{husband}, flowers))
	b.add("2026-10-28 14:02 +00:00", "staff-11", at("2026-10-28 13:55 +00:00"), plan(
		ended(step("a4", "safety", "Where she sleeps on the night that he is served", "He learns of the order at home", "client", "2026-10-25"), "done", "At her sister's, with the dog, since the 25th."),
		ended(step("a5", "safety", "Copy of the order to the police and to the front desk at work", "Nobody there knows the terms", "staff-11", "2026-10-30"), "done", "Both have it. Too late for Monday at four."),
		step("a6", "time", "The order's end on 20 April 2027 in her calendar and ours, eight weeks before", "It runs out unnoticed", "staff-11", "2027-02-23")))
	b.add("2026-10-29 16:05 +00:00", "staff-11", between("2026-10-29 14:00 +00:00", "15:30"), schemas.MeetingRecorded{
		Made: notes("AL/13"), Kind: "darim", Title: opt("DARIM, item 4"), Place: opt("Harrowmere police station"), Chair: opt("Inspector Hale"),
		Agencies:  []schemas.Attendee{attended("Police", "neighbourhood team"), attended("Housing", "officer"), ours("staff-11"), silent("Harrowmere surgery")},
		Decisions: []schemas.Prose{prose("Eleven letters and a bunch of flowers are read as one course of conduct.")}, Actions: []schemas.AgreedAction{agreed("m1", "Police", "Speak to him about the order, in uniform, at his place of work", "He breaks it politely", "2026-11-02")},
		ClientViews: some("She asks that nobody calls the flowers nice."), Next: opt("2026-11-26")})
	b.add("2026-10-30 12:25 +00:00", "staff-11", at("2026-10-30 11:58 +00:00"), mail(document("AL/13"), "in", "2026-11-06 12:00 +00:00",
		words("Reported. Reference 512 of 28 October. The officer asked for the card and I had already put it in a plastic wallet, because I manage forty people.\n\nI turned my telephone the right way up in a meeting today.\n\nL."),
		sum("He has been spoken to by the police. She stays at her sister's for now.")))
	return b
}
