package sheet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"caseledger/events"
)

const (
	requestBody = `{"actor":"staff-02","data":{"counselling":false,"due":"2026-11-13","force":"Saltshire Police","form":null,"from":"2026-10-01","kind":"victim-information-request","line_of_enquiry":{"text":"Whether he knew the address."},"made":{"from":"document","kept":true,"late":null,"reference":"R-118"},"necessary":{"text":"Nobody else wrote it down."},"notice":{"exception":null,"given":"2026-10-29","name":null,"reasons":null,"to":"client"},"officer":"DC 4471 Ferris","received":"2026-10-29T12:00:00+00:00","reference":"SP/26/10877","to":"2026-10-31","what":{"text":"Contact sheets of October."}},"occurred":{"from":"2026-10-29T12:00:00+00:00","precision":"exact","to":null},"type":"disclosure.requested","v":1}`

	decisionBody = `{"actor":"staff-02","data":{"advice":"not-needed","advice_from":null,"by":"staff-02","client_told":{"answer":"yes","channel":"phone","on":"2026-10-29T14:00:00+00:00","safe_contact":2,"views":null},"closings":[],"consulted":[],"decision":"part","from":"2026-10-01","kinds":["contact.recorded","helpline.contact","some.other"],"made":{"from":"live","kept":null,"late":null,"reference":null},"replaces":null,"request":9,"tests":[{"met":"yes","reasons":{"text":"Section 44A."},"test":"lawful-power"},{"met":"not-applicable","reasons":{"text":"No child is named."},"test":"child-interests"}],"to":"2026-10-31","words":{"proposals":[],"read_by":"staff-07","read_to":9}},"occurred":{"from":"2026-10-30T09:00:00+00:00","precision":"exact","to":null},"type":"disclosure.decided","v":2}`

	helplineBody = `{"actor":"volunteer-03","data":{"advice":{"text":"To ring 999 if he comes."},"call_back":{"how":"text first","safe":"yes"},"caller":"client","channel":"phone","danger_now":"no","emergency":"not-needed","handover":null,"interpreter":null,"made":{"from":"live","kept":null,"late":null,"reference":null},"name":null,"number":"07700 900123","present":[],"statements":[{"because":null,"kind":"client-words","knew":null,"language":"en","passed_by":[],"speaker":"client","text":"Is the clock right?","translation":null},{"because":null,"kind":"observed","knew":null,"language":"en","passed_by":[],"speaker":"me","text":"A kettle boiled.","translation":null}]},"occurred":{"from":"2026-10-25T01:30:00+01:00","precision":"exact","to":"2026-10-25T01:10:00+00:00"},"type":"helpline.contact","v":1}`

	misfiledBody = `{"actor":"staff-07","data":{"belongs_to":null,"entry":2,"found_by":"staff-14","made":{"from":"live","kept":null,"late":null,"reference":null},"reason":{"text":"Another client of the same first name."}},"occurred":{"from":"2026-10-27T10:00:00+00:00","precision":"exact","to":null},"type":"entry.misfiled","v":1}`

	fileBody = `{"actor":"staff-07","data":{"derived_from":null,"description":{"text":"A man at the door."},"equipment":"e1","exhibit":"KP/2","from":"the client, from her telephone","kind":"video","made":{"from":"document","kept":true,"late":null,"reference":"KP/5"},"media_type":"video/mp4","name":"doorbell.mp4","produced":{"from":"2026-10-29T23:52:00+00:00","precision":"exact","to":"2026-10-30T00:03:00+00:00"},"produced_by":"the doorbell","sha256":"%s","size":61204118,"stored":"%s"},"occurred":{"from":"2026-10-30T12:31:00+00:00","precision":"exact","to":null},"type":"attachment.added","v":2}`

	copyBody = `{"actor":"staff-14","data":{"derived_from":6,"description":null,"equipment":null,"exhibit":"KP/3","from":"staff-07","kind":"video","made":{"from":"live","kept":null,"late":null,"reference":null},"media_type":"video/mp4","name":"short.mp4","produced":{"from":null,"precision":"unknown","to":null},"produced_by":null,"sha256":"%s","size":1,"stored":null},"occurred":{"from":"2026-10-30T13:00:00+00:00","precision":"exact","to":null},"type":"attachment.added","v":2}`

	incidentBody = `{"actor":"staff-07","data":{"children_present":"yes","disclosed_in":null,"happened":{"from":"2026-10-29T23:52:00+00:00","precision":"exact","to":null},"kinds":["stalking"],"made":{"from":"live","kept":null,"late":null,"reference":null},"perpetrators":[{"person":null,"who":"her husband"}],"reported":true,"what":{"text":"He stood at her door."}},"occurred":{"from":"2026-10-30T10:00:00+00:00","precision":"exact","to":null},"type":"incident.disclosed","v":2}`
)

// disputeBody is a dispute of a statement; "null" disputes all of the entry.
func disputeBody(seq int, statement string) string {
	return fmt.Sprintf(`{"actor":"staff-14","data":{"by":"client","disputes":{"seq":%d,"statement":%s},"made":{"from":"live","kept":null,"late":null,"reference":null},"says":{"text":"I never said a clock.\nNot once."},"told_in":3},"occurred":{"from":"2026-10-28T10:00:00+00:00","precision":"exact","to":null},"type":"contact.disputed","v":1}`, seq, statement)
}

// kindsInput is an export along a path, with the request and the decision it
// names.
func kindsInput(t testing.TB, m, request, decision uint64, closings string, list ...Event) Input {
	t.Helper()
	in := input(t, m, closings, list...)
	body := fmt.Sprintf(exportBody, closings)
	body = strings.Replace(body, `"decision":null`, fmt.Sprintf(`"decision":%d`, decision), 1)
	body = strings.Replace(body, `"request":null`, fmt.Sprintf(`"request":%d`, request), 1)
	in.Export = event(t, m, "2026-10-30T16:04:01Z", body).Parts
	return in
}

// kindsSample is a sheet with every kind of entry that has a form of its own
// and is not in sample.
func kindsSample(t testing.TB, draft bool) *Sheet {
	t.Helper()
	sum := strings.Repeat("5a", 32)
	file := fmt.Sprintf(fileBody, sum, strings.Repeat("c0", 32))
	stored := Closing{leaf(t, file, "/data/stored"), 1, 'K'}
	person := Closing{leaf(t, incidentBody, "/data/perpetrators/0/who"), 1, 'P'}
	closings := []string{closingJSON(1, Closing{Code: 'S'}), closingJSON(2, Closing{Code: 'X'}), closingJSON(8, stored), closingJSON(11, person)}
	in := kindsInput(t, 14, 12, 13, strings.Join(closings, ","),
		event(t, 3, "2026-10-25T01:20:30Z", helplineBody),
		event(t, 4, "2026-10-28T10:05:00Z", disputeBody(3, "0")),
		event(t, 5, "2026-10-28T10:06:00Z", disputeBody(3, "null")),
		event(t, 6, "2026-10-30T12:40:00Z", file),
		event(t, 7, "2026-10-30T13:05:00Z", fmt.Sprintf(copyBody, sum)),
		event(t, 8, "2026-10-30T13:06:00Z", file, stored),
		event(t, 9, "2026-10-30T13:07:00Z", misfiledBody),
		event(t, 10, "2026-10-30T13:08:00Z", disputeBody(2, "4")),
		event(t, 11, "2026-10-30T13:09:00Z", incidentBody, person),
		event(t, 12, "2026-10-29T12:05:00Z", requestBody),
		event(t, 13, "2026-10-30T09:10:00Z", decisionBody))
	in.Draft = draft
	s, err := Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKinds(t *testing.T) {
	page := string(kindsSample(t, false).HTML())
	sum := strings.Repeat("5a", 32)
	for _, want := range []string{
		// A helpline call, in the repeated hour.
		"HELPLINE CALL 1</span> Telephone, the client rang us",
		"Sunday 25 October 2026, 01:30 BST, the first 01:30 that night to Sunday 25 October 2026, 01:10 GMT, the second 01:10 that night",
		`<th scope="row">In danger at the time</th><td>no</td>`, `Emergency services</th><td>not needed</td>`,
		`Safe to call back</th><td>yes, <bdi>text first</bdi></td>`, `Advice given</th><td><bdi class="text" dir="auto">To ring 999 if he comes.</bdi></td>`,
		`<span class="number">1.1</span> <span class="label">CLIENT’S WORDS</span>`,
		// Disputes beside what they are about, and in their own place by reference.
		`<div class="disputed"><p class="aside">Disputed: the client says that this is not so. Written Wednesday 28 October 2026, 10:05 GMT by <bdi>staff-14</bdi> (item <a href="#item-2">2</a>). What is said instead:</p>` + "\n" +
			`<p class="said" dir="auto">I never said a clock.` + "\nNot once.</p>\n</div>\n</section>",
		"</table>\n" + `<div class="disputed"><p class="aside">Disputed: the client says that this is not so. Written Wednesday 28 October 2026, 10:06 GMT`,
		"DISPUTE 2</span></h3>", `Disputes</th><td>statement <a href="#item-1">1.1</a></td>`, `Disputes</th><td>all of item <a href="#item-1">1</a></td>`,
		`Said in</th><td>item <a href="#item-1">1</a></td>`,
		"What is said instead is printed there, beside the first words. Both are kept.",
		"Disputes</th><td>entry 2 of the case, statement 5, which is withheld</td>",
		// A file, a changed copy that is not kept, and one that is withheld.
		"FILE 4</span> Video, exhibit <bdi>KP/2</bdi></h3>", "<bdi>video/mp4</bdi>, 61,204,118 bytes", `<span class="code">` + sum + `</span>`,
		"in this bundle, under data/attachments", "not kept by the service", "The file itself</th><td>withheld</td>",
		"Made</th><td>Thursday 29 October 2026, 23:52 GMT to Friday 30 October 2026, 00:03 GMT, by <bdi>the doorbell</bdi></td>",
		`Changed copy of</th><td>item <a href="#item-4">4</a>, exhibit <bdi>KP/2</bdi></td>`, "1 byte</td>",
		// Misfiled.
		"MISFILED ENTRY 7</span></h3>", "entry 2 of this case. What stands in it is withheld, always",
		// Anything else.
		"ENTRY 9</span> Incident</h3>", `Happened: when</th><td>Thursday 29 October 2026, 23:52 GMT</td>`, `Reported</th><td>yes</td>`, `Kinds 1</th><td><bdi>stalking</bdi></td>`,
		`What</th><td><bdi class="text" dir="auto">He stood at her door.</bdi></td>`,
		`Closed</th><td><span class="box" role="img" dir="ltr" aria-label="closed, code P">P</span></td>`,
		// The request and the decision, apart.
		`<section id="path" class="sheet" aria-labelledby="path-title">`, "REQUEST 10</span></h3>", "DECISION 11</span></h3>",
		"Request</th><td>victim information request, received Thursday 29 October 2026, 12:00 GMT (item <a href=\"#item-10\">10</a>)</td>",
		"Decision</th><td>to disclose part of what was asked for, by <bdi>staff-02</bdi></td>", "Kinds of entry</th><td>contact; helpline call; <bdi>some.other</bdi></td>",
		"Client told</th><td>yes, Thursday 29 October 2026, 14:00 GMT, Telephone</td>", "Words read by</th><td><bdi>staff-07</bdi></td>",
		`<li>There is a lawful power (met): <bdi class="text" dir="auto">Section 44A.</bdi></li>`, "The interests of a child (does not apply): ",
		// The front page.
		"1 helpline call, 3 disputes, 3 files, 2 other entries, 1 entry withheld as a whole: 7 in full, 2 in part, 1 withheld. 1 more entry of the case is outside the request; the schedule lists each.",
		"Client</th><td>not named on this page; the case number stands for the client</td>",
		`, in the form <span class="code">caseledger/contact-sheets/v1</span></td>`,
		`<a href="#path">the request and the decision</a>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(page, "I never said a clock."); n != 3 {
		t.Errorf("what is said instead stands %d times on the page, for three disputes", n)
	}
	if strings.Contains(page, "Words read by</th><td>–") || strings.Contains(page, "DRAFT") {
		t.Error("the page says what is not so")
	}
}

// The content of an entry that belongs to another case is on no sheet.
func TestMisfiledIsWithheld(t *testing.T) {
	in := input(t, 4, "", event(t, 2, "2026-10-27T09:00:00Z", attemptBody), event(t, 3, "2026-10-27T10:00:00Z", misfiledBody))
	if _, err := Build(in); err == nil || !strings.Contains(err.Error(), "event 2 belongs to another case") {
		t.Errorf("got %v", err)
	}
	in = input(t, 4, closingJSON(2, Closing{Code: 'X'}), event(t, 3, "2026-10-27T10:00:00Z", misfiledBody))
	if _, err := Build(in); err != nil {
		t.Error(err)
	}
}

// A draft cannot be taken for what was recorded.
func TestDraft(t *testing.T) {
	s := kindsSample(t, true)
	if page := string(s.HTML()); strings.Count(page, "DRAFT") != 3 || !strings.Contains(page, `@top-center { content: "DRAFT"; }`) {
		t.Error("the page is not marked on screen and on every printed page")
	}
	if !strings.HasPrefix(string(s.Readme()), "DRAFT.") || !strings.Contains(string(s.JSON()), `,"draft":true,"entries":`) {
		t.Error("README.txt or the JSON is not marked")
	}
	for _, p := range s.Papers() {
		if !p.Document.Draft {
			t.Errorf("%s is not marked", p.Name)
		}
	}
	if plain := kindsSample(t, false); strings.Contains(string(plain.JSON()), "draft") || strings.Contains(string(plain.Readme()), "DRAFT") {
		t.Error("what is no draft says that it is one")
	}
}

func TestContinuity(t *testing.T) {
	sum := strings.Repeat("5a", 32)
	want := "exhibit,item,step,when,until,from,to,sha256\r\n" +
		"7C1E0A9B/12,,recorded,2026-10-25T01:20:30.000000Z,2026-10-30T13:09:00.000000Z,,ledger.example.org/cases,\r\n" +
		"7C1E0A9B/12,,decided,2026-10-30T09:10:00.000000Z,,,staff-02,\r\n" +
		"7C1E0A9B/12,,produced,2026-10-30T16:04:00+00:00,,ledger.example.org/cases,staff-02,\r\n" +
		"KP/2,4,made,2026-10-29T23:52:00+00:00,2026-10-30T00:03:00+00:00,,the doorbell," + sum + "\r\n" +
		"KP/2,4,received,2026-10-30T12:31:00+00:00,,\"the client, from her telephone\",staff-07," + sum + "\r\n" +
		"KP/2,4,recorded,2026-10-30T12:40:00.000000Z,,staff-07,ledger.example.org/cases," + sum + "\r\n" +
		"KP/2,4,produced,2026-10-30T16:04:00+00:00,,ledger.example.org/cases,staff-02," + sum + "\r\n" +
		"KP/3,5,made,,,,," + sum + "\r\n" +
		"KP/3,5,received,2026-10-30T13:00:00+00:00,,staff-07,staff-14," + sum + "\r\n" +
		"KP/3,5,recorded,2026-10-30T13:05:00.000000Z,,staff-14,ledger.example.org/cases," + sum + "\r\n" +
		"KP/2,6,made,2026-10-29T23:52:00+00:00,2026-10-30T00:03:00+00:00,,the doorbell," + sum + "\r\n" +
		"KP/2,6,received,2026-10-30T12:31:00+00:00,,\"the client, from her telephone\",staff-07," + sum + "\r\n" +
		"KP/2,6,recorded,2026-10-30T13:06:00.000000Z,,staff-07,ledger.example.org/cases," + sum + "\r\n"
	s := kindsSample(t, false)
	if got := string(s.Continuity()); got != want {
		t.Errorf("continuity.csv is\n%s", got)
	}
	page := string(s.HTML())
	for _, want := range []string{
		`<tr><th scope="row"><bdi>KP/2</bdi></th><td>It came to the service</td><td>30 Oct 2026, 12:31 GMT</td><td><bdi>the client, from her telephone</bdi></td><td><bdi>staff-07</bdi></td></tr>`,
		"<td>25 Oct 2026, 01:20 GMT to 30 Oct 2026, 13:09 GMT</td>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if n := strings.Count(page, `<tr><td></td><td></td><td></td><td></td><td></td></tr>`); n != byHand {
		t.Errorf("%d empty rows", n)
	}
}

// wordsOf returns everything that a document says, a block to a line.
func wordsOf(blocks []Block) string {
	var b strings.Builder
	line := func(runs []Run) {
		for _, r := range runs {
			b.WriteString(r.Text)
		}
		b.WriteByte('\n')
	}
	for _, x := range blocks {
		line(x.Label)
		line(x.Runs)
		for _, r := range x.Rows {
			for _, c := range r.Cells {
				line(c)
			}
		}
		b.WriteString(wordsOf(x.Blocks))
	}
	return b.String()
}

func TestPapers(t *testing.T) {
	s := kindsSample(t, false)
	papers := make(map[string]*Document)
	var names []string
	for _, p := range s.Papers() {
		papers[p.Name] = p.Document
		names = append(names, p.Name)
	}
	const want = "data/contact-sheets.pdf data/statements/volunteer-03.pdf data/statements/staff-14.pdf data/statements/staff-07.pdf data/statements/staff-02.pdf data/labels.pdf data/receipt.pdf"
	if got := strings.Join(names, " "); got != want {
		t.Fatalf("papers are %s", got)
	}
	has := func(name string, yes bool, list ...string) {
		t.Helper()
		said := wordsOf(papers[name].Blocks)
		for _, w := range list {
			if strings.Contains(said, w) != yes {
				t.Errorf("%s: %q is there: %v", name, w, !yes)
			}
		}
	}
	for _, name := range names[1:5] {
		has(name, true, "Criminal Procedure Rules, rule 16.2; Criminal Justice Act 1967, section 9",
			"each signed by me) is true to the best of my knowledge and belief and I make it knowing that, if it is tendered in evidence, I shall be liable to prosecution if I have wilfully stated in it anything which I know to be false, or do not believe to be true.",
			"Signature witnessed by", "This is a draft, for its maker")
		has(name, false, "Is the clock right?", "I never said a clock.") // a statement repeats nobody's words
	}
	sum := strings.Repeat("5a", 32)
	has("data/statements/staff-02.pdf", true, "I produce the contact sheets of case 7C1E0A9B as exhibit 7C1E0A9B/12.", "SP/26/10877")
	has("data/statements/staff-02.pdf", false, "I recorded")
	has("data/statements/volunteer-03.pdf", true, "I recorded 1 entry of exhibit 7C1E0A9B/12", "Of what I wrote in item 1, the client says that it is not so (item 2). On that I say: ……")
	has("data/statements/volunteer-03.pdf", false, "I produce")
	has("data/statements/staff-07.pdf", true, "I recorded the file doorbell.mp4 (item 4), which came from the client, from her telephone and was made by the doorbell. I produce it as exhibit KP/2. Its SHA-256 is "+sum, "keeps them under KP/5.")
	has("data/labels.pdf", true, "7C1E0A9B/12", "KP/2", "Video, doorbell.mp4, 61,204,118 bytes", sum, "3F9A-0C71-0000-0000-0000")
	has("data/labels.pdf", false, "KP/3") // the service does not keep that file
	has("data/receipt.pdf", true, "KP/2 (item 4)", "SHA-256 that I computed (64 letters and digits)", "DC 4471 Ferris, Saltshire Police")
	for _, p := range s.Papers() {
		d := p.Document
		if d.Exhibit != "7C1E0A9B/12" || d.Case != "7C1E0A9B" || d.Copy != 1 || d.Check != "3F9A-0C71-0000-0000-0000" || d.Prepared.Format("2006-01-02T15:04:05-07:00") != "2026-10-30T16:04:00+00:00" {
			t.Errorf("%s: header and footer are %+v", p.Name, d)
		}
	}
}

// Third parties: every step by which their words came to the maker.
func TestStatementOfHearsay(t *testing.T) {
	for _, p := range knewSample(t).Papers() {
		if p.Name != "data/statements/staff-07.pdf" {
			continue
		}
		said := wordsOf(p.Document.Blocks)
		for _, want := range []string{
			"Statement 1.2 came to me like this: Mr Penn, a teacher (how they knew: the headteacher rang him) → the client (by email; in the course of work) → me.",
		} {
			if !strings.Contains(said, want) {
				t.Errorf("the statement lacks %s", want)
			}
		}
		return
	}
	t.Error("no statement of staff-07")
}

// The document holds everything that the page does, and in the same order.
func TestDocumentIsThePage(t *testing.T) {
	for name, s := range map[string]*Sheet{"sample": sample(t), "knew": knewSample(t), "kinds": kindsSample(t, false)} {
		d := s.Document()
		p := page{d: d}
		p.head()
		p.blocks(d.Blocks)
		p.end()
		if string(p.b) != string(s.HTML()) {
			t.Errorf("%s: the document and the page differ", name)
		}
		ids := make(map[string]bool)
		var refs []string
		var walk func(blocks []Block)
		walk = func(blocks []Block) {
			for _, b := range blocks {
				if b.ID != "" && ids[b.ID] {
					t.Errorf("%s: the ID %s stands twice", name, b.ID)
				}
				ids[b.ID] = true
				for _, r := range b.Runs {
					refs = append(refs, r.Ref)
				}
				for _, r := range b.Rows {
					for _, c := range r.Cells {
						for _, r := range c {
							refs = append(refs, r.Ref)
						}
					}
				}
				walk(b.Blocks)
			}
		}
		walk(d.Blocks)
		for _, ref := range refs {
			if !ids[ref] && ref != "" {
				t.Errorf("%s: a link names %s, which is not there", name, ref)
			}
		}
	}
}

// Whatever is closed, and whatever an event calls itself, there is a page, it
// is the document, and nothing closed is on it or on any paper.
func FuzzSheet(f *testing.F) {
	sum := strings.Repeat("5a", 32)
	bodies := []string{contactBody, correctionBody, attemptBody, otherBody, knewBody, helplineBody, disputeBody(1, "1"), misfiledBody,
		fmt.Sprintf(fileBody, sum, sum), requestBody, decisionBody, incidentBody}
	types := []string{""}
	for typ := range typeWords {
		types = append(types, typ)
	}
	slices.Sort(types)
	f.Add(uint8(0), uint8(0), []byte{})
	f.Add(uint8(5), uint8(16), []byte{0xff, 0x0f, 0xaa})
	f.Add(uint8(8), uint8(1), []byte{0, 0xf0, 0x55, 0x55})
	f.Fuzz(func(t *testing.T, body, as uint8, mask []byte) {
		text := bodies[int(body)%len(bodies)]
		if typ := types[int(as)%len(types)]; typ != "" {
			at := strings.LastIndex(text, `"type":"`) + len(`"type":"`)
			text = text[:at] + typ + text[at+strings.IndexByte(text[at:], '"'):]
		}
		var closed []Closing
		var list []string
		secrets := make(map[string]bool)
		parts := event(t, 1, "2026-10-25T02:00:00Z", text).Parts
		for i, p := range parts {
			if len(mask) == 0 || mask[i/8%len(mask)]>>(i%8)&1 == 0 || p.Decoy || p.Path == "/type" || p.Path == "/v" {
				continue
			}
			c := Closing{uint64(i), 1, 'P'}
			closed = append(closed, c)
			list = append(list, closingJSON(1, c))
			if p.Kind == events.KindScalar && len(p.Value) > 12 {
				secrets[p.Value[1:len(p.Value)-1]] = true
			}
		}
		empty, err := Build(input(t, 3, ""))
		if err != nil {
			t.Fatal(err)
		}
		own := string(empty.HTML()) // words of the page itself
		for s := range secrets {
			if strings.Contains(own, s) {
				delete(secrets, s)
			}
		}
		in := kindsInput(t, 3, 1, 1, strings.Join(list, ","), event(t, 1, "2026-10-25T02:00:00Z", text, closed...))
		for _, p := range append(in.Export, in.Events[0].Parts...) { // what stands open elsewhere is no secret
			for s := range secrets {
				if strings.Contains(p.Value, s) {
					delete(secrets, s)
				}
			}
		}
		s, err := Build(in)
		if err != nil {
			t.Skip()
		}
		d := s.Document()
		p := page{d: d}
		p.head()
		p.blocks(d.Blocks)
		p.end()
		if !bytes.Equal(p.b, s.HTML()) {
			t.Error("the document and the page differ")
		}
		all := string(p.b) + string(s.JSON()) + string(s.Schedule()) + string(s.Continuity()) + string(s.Readme())
		for _, paper := range s.Papers() {
			all += wordsOf(paper.Document.Blocks)
		}
		for secret := range secrets {
			if strings.Contains(all, secret) {
				t.Errorf("%q is closed, and stands somewhere", secret)
			}
		}
	})
}
