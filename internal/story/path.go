package story

import (
	"encoding/json"
	"fmt"
	"strings"

	"caseledger/schemas"
)

// The people of the disclosure in the case "court": the manager who decides,
// the adviser who tells the client, reads, closes and produces, and the manager
// who is the second person.
const (
	Decider  = "staff-02"
	Reader   = "staff-07"
	Approver = "staff-01"
)

// File is a file that somebody in the story writes, as a command wants it.
type File struct {
	Name string
	Data []byte
}

// Path returns what the people of the disclosure in the case "court" have to
// say at each step, as the files of `caseledger disclosure`: the request of the
// police on Friday afternoon, the decision on Monday with each test and its reasons, how
// the client was told, and which words are closed. The rest depends on what is
// made on the way: how many pages the draft has, and who signs for the bundle.
func Path() []File {
	var files []File
	// The steps are recorded when somebody takes them, after the story's week.
	const why = "Told for the week of the story; recorded when the demonstration was run."
	test := func(name, reasons string) schemas.Test {
		return schemas.Test{Test: name, Met: "yes", Reasons: prose(reasons)}
	}
	add := func(name string, what schemas.Occurred, m schemas.Made, v any) {
		files = append(files, File{name + ".json", stepFile(name, what, late(m, why), v)})
	}
	set := uint64(0)
	for _, e := range court().events {
		if e.Type == "safe-contact.set" {
			set = e.Seq
		}
	}
	add("request", at("2026-10-30 17:05 +00:00"), document("Form of 30 October"), map[string]any{
		"kind": "victim-information-request", "officer": "DC 4410 Elm", "force": "Harrowmere Police", "reference": "VIR/2026/118",
		"received": local("2026-10-30 17:05 +00:00"), "due": "2026-11-06", "from": exportFrom, "to": exportTo,
		"what":            prose("Contact sheets from the move to today, and the clip of the night of 29 October."),
		"line_of_enquiry": prose("How he came to know where she lives, and whether what he did at the door is one of a course of acts since the bail conditions were made."),
		"necessary":       prose("He is before the court on Saturday. What she said on the day it happened stands nowhere else, and she should not have to say it again this week."),
		"notice":          schemas.Notice{To: ptr("client"), Given: ptr("2026-10-30")}, "counselling": false, "form": nil,
	})
	add("decide", at("2026-11-02 09:20 +00:00"), live, map[string]any{
		"decision": "part", "advice": "not-needed", "advice_from": nil, "consulted": []schemas.Consulted{},
		"from": exportFrom, "to": exportTo, "kinds": []string{"attachment.added", "contact.attempted", "contact.corrected", "contact.recorded", "helpline.contact"},
		"tests": []schemas.Test{
			test("lawful-power", "A victim information request in writing, by an authorised person of the force, with the notice that the Act asks for."),
			test("reasonable-line", "How he found her, and whether it is a course of acts, are questions that an investigator has to follow."),
			test("relevant", "Each sheet in the period tells of contact by him or his family, or of its effect on her."),
			test("necessary", "The words of the same day are in the sheets and nowhere else."),
			test("proportionate", "From the move on, and no earlier. The months before are asked for by nobody and say little about the breach."),
			test("less-intrusive", "The officer has her statement. It does not hold dates before October; the sheets do."),
			test("notice", "Given to her in writing on Friday, on the telephone that is hers alone, and read to her today."),
			test("client-views", "She agrees, and asks that nothing shows where they live or where the boy goes to school."),
		},
	})
	add("tell", between("2026-11-02 10:05 +00:00", "10:20"), live, schemas.ClientTold{
		Answer: "yes", On: ptr(local("2026-11-02 10:05 +00:00")), Channel: ptr("phone"), SafeContact: &set,
		Views: some("Yes to all of it, if the two sentences are closed. She would like to be told when the file has gone."),
	})
	_, closings := Export()
	var closed []json.RawMessage
	if err := json.Unmarshal(closings, &closed); err != nil {
		panic("story: " + err.Error())
	}
	closed = append(closed, json.RawMessage(fmt.Sprintf(`{"seq":%d,"path":"/data/number","code":"A"}`, ofType("helpline.contact", ""))))
	add("close", at("2026-11-02 14:40 +00:00"), live, map[string]any{
		"read_to": len(court().events) + 3, "closings": closed, "proposals": opened(),
	})
	return files
}

// open is a proposal that stays open, and why. The police read the reason.
type open struct {
	Seq     uint64        `json:"seq"`
	Path    string        `json:"path"`
	From    *int          `json:"from,omitempty"`
	To      *int          `json:"to,omitempty"`
	Outcome string        `json:"outcome"`
	Reason  schemas.Prose `json:"reason"`
}

// opened are the proposals that stay open: where she works he has always
// known, and where the court is, everybody.
func opened() []open {
	const (
		shop  = "His family has known for years where she works, and was outside."
		court = "A court. He was in it."
	)
	hired := ofType("contact.recorded", `"speaker":"the owner of the wool shop"`)
	hearing := ofType("contact.recorded", `"place":"Harrowmere Crown Court, witness suite"`)
	from, to, _ := wordsOf("She arrived at 09:25 by the side door with the owner of the wool shop.", "wool shop.")
	return []open{
		{Seq: hired, Path: "/data/statements/0/speaker", Outcome: "open", Reason: prose(shop)},
		{Seq: ofType("helpline.contact", ""), Path: "/data/name", Outcome: "open", Reason: prose(shop)},
		{Seq: hearing, Path: "/data/place", Outcome: "open", Reason: prose(court)},
		{Seq: hearing, Path: "/data/present/0/who", Outcome: "open", Reason: prose(shop)},
		{Seq: hearing, Path: "/data/statements/0/text", From: &from, To: &to, Outcome: "open", Reason: prose(shop)},
	}
}

// ofType is the seq of the event of a type of the case "court" whose data holds
// something.
func ofType(typ, what string) uint64 {
	for _, e := range court().events {
		if e.Type == typ && strings.Contains(string(e.Data), what) {
			return e.Seq
		}
	}
	panic("story: no " + typ + " with " + what)
}

// stepFile is the file of a step: what it says, when that was, and what it was
// made from.
func stepFile(name string, when schemas.Occurred, m schemas.Made, v any) []byte {
	b, err := json.Marshal(v)
	members := map[string]any{}
	if err == nil {
		err = json.Unmarshal(b, &members)
	}
	if err != nil {
		panic("story: " + name + ": " + err.Error())
	}
	members["occurred"], members["made"] = when, m
	return pretty(members)
}
