package pages

import (
	"html"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/oklog/ulid/v2"

	"caseledger/internal/access"
	"caseledger/internal/story"
	"caseledger/projections/casefile"
	"caseledger/schemas"
)

// someNumber is that of somebody new.
const someNumber = "0123456789abcdef0123456789abcdef"

var longName = strings.Repeat("n", 501)

// filledPeople are the forms of the people of a case, filled in.
var filledPeople = []filledIn{
	{
		"the client", "court", "/client",
		[]string{
			"name", "Żaneta ਕੌਰ مریم 😟", "initials", "ŻK", "alias", "The surgery", "born", "1990-02-28", "pronouns", "she/her", "language", "ur", "interpreter", "yes", "interpreter-language", "pa-Guru", "interpreter-note", "a woman",
			"address", "  Mieszkanie 3 \n ਗਲੀ 14", "postcode", "ZZ9 9ZZ", "address-secret", "no", "phone", "07700 900555", "email", "ż@example.org", "gender", "kobieta", "ethnicity", "پنجابی",
		},
		func(*casefile.File) any {
			return schemas.ClientRecorded{
				Made: live, Name: "Żaneta ਕੌਰ مریم 😟", Initials: "ŻK", Alias: ptr("The surgery"), Born: ptr("1990-02-28"), Pronouns: ptr("she/her"), Language: ptr("ur"),
				Interpreter: schemas.Interpreter{Needed: true, Language: ptr("pa-Guru"), Note: ptr("a woman")}, Address: &schemas.Address{Lines: []string{"Mieszkanie 3", "ਗਲੀ 14"}, Postcode: ptr("ZZ9 9ZZ")},
				Phone: ptr("07700 900555"), Email: ptr("ż@example.org"), Identity: schemas.Identity{Gender: ptr("kobieta"), Ethnicity: ptr("پنجابی")},
			}
		},
		[]mistake{
			{[]string{"name", " "}, "name"}, {[]string{"name", longName}, "name"}, {[]string{"initials", ""}, "initials"}, {[]string{"initials", "much too long"}, "initials"}, {[]string{"born", "28 February"}, "born"},
			{[]string{"born", "2026-10-29"}, "born"}, {[]string{"language", "klingon"}, "language"}, {[]string{"interpreter", ""}, "interpreter"}, {[]string{"interpreter", "no"}, "interpreter-language"},
			{[]string{"interpreter-language", ""}, "interpreter-language"}, {[]string{"interpreter-note", longName}, "interpreter-note"}, {[]string{"address-secret", ""}, "address-secret"},
			{[]string{"postcode", ""}, "postcode"}, {[]string{"address", "", "address-none", "yes"}, "address"}, {[]string{"address-none", "yes"}, "address"}, {[]string{"address", strings.Repeat("x\n", 11)}, "address"},
			{[]string{"address", longName}, "address"}, {[]string{"email", "nobody"}, "email"}, {[]string{"gender", longName}, "gender"}, {[]string{"when-date", "2026-10-29"}, "when-date"}, {[]string{"made", ""}, "made"},
		},
	},
	{
		"the client, of whom what is secret stays", "court", "/client",
		[]string{"name", "Somebody", "initials", "S", "interpreter", "no", "address-secret", "yes"},
		func(f *casefile.File) any {
			was := f.Client().Data
			return schemas.ClientRecorded{Made: live, Name: "Somebody", Initials: "S", Address: &schemas.Address{Lines: was.Address.Lines, Postcode: was.Address.Postcode, Secret: true}, Phone: was.Phone, Email: was.Email}
		},
		nil,
	},
	{
		"a child", "court", "/child/new",
		[]string{
			"somebody", someNumber, "name", "Staś ਕੌਰ", "initials", "SK", "born", "2020-03-14", "lives-with", "both", "perpetrator-parent", "yes", "contact", "Saturdays, میں ڈر", "exposure", "saw", "exposure", "experienced",
			"school", "Szkoła 4", "school-secret", "yes", "social-worker", "M. Harrow", "social-worker-agency", "Children’s services", "social-worker-phone", "01632 960288", "status", "protection-plan",
			"status-from", "2026-05-20", "status-to", "2026-09-20", "own-case", strings.ToUpper(someNumber),
		},
		func(*casefile.File) any {
			return schemas.ChildRecorded{
				Made: live, Child: someNumber, Name: "Staś ਕੌਰ", Initials: "SK", Born: ptr("2020-03-14"), LivesWith: "both", PerpetratorParent: "yes", Contact: ptr("Saturdays, میں ڈر"), Exposure: []string{"saw", "experienced"},
				School: &schemas.School{Name: "Szkoła 4", Secret: true}, SocialWorker: &schemas.SocialWorker{Name: "M. Harrow", Agency: ptr("Children’s services"), Phone: ptr("01632 960288")},
				Status: schemas.ChildStatus{Kind: "protection-plan", From: ptr("2026-05-20"), To: ptr("2026-09-20")}, OwnCase: ptr(someNumber),
			}
		},
		[]mistake{
			{[]string{"name", ""}, "name"}, {[]string{"initials", ""}, "initials"}, {[]string{"initials", "123456789"}, "initials"}, {[]string{"born", "2027-01-01"}, "born"}, {[]string{"lives-with", ""}, "lives-with"},
			{[]string{"perpetrator-parent", ""}, "perpetrator-parent"}, {[]string{"exposure", "guessed"}, "exposure"}, {[]string{"school-secret", ""}, "school-secret"}, {[]string{"school", longName}, "school"},
			{[]string{"social-worker", ""}, "social-worker"}, {[]string{"social-worker-agency", longName}, "social-worker-agency"}, {[]string{"status", ""}, "status"}, {[]string{"status", "none"}, "status"},
			{[]string{"status-to", "2026-05-19"}, "status-to"}, {[]string{"status-from", "May"}, "status-from"}, {[]string{"own-case", "7F3A21C0"}, "own-case"}, {[]string{"own-case", courtCase.String()}, "own-case"},
			{[]string{"known-as", "12"}, "known-as"}, {[]string{"known-as", perpetrator}, "known-as"},
		},
	},
	{
		"a child as it is now", "court", "/child/" + child,
		[]string{"name", "Staś", "initials", "S", "lives-with", "care", "perpetrator-parent", "no", "status", "looked-after", "status-from", "2026-10-01"},
		func(f *casefile.File) any {
			return schemas.ChildRecorded{Made: live, Child: f.CurrentChildren()[0].Data.Child, Name: "Staś", Initials: "S", LivesWith: "care", PerpetratorParent: "no", Exposure: []string{}, Status: schemas.ChildStatus{Kind: "looked-after", From: ptr("2026-10-01")}}
		},
		[]mistake{{[]string{"name", ""}, "name"}, {[]string{"school", "Elm school"}, "school-secret"}},
	},
	{
		"a person at risk", "court", "/person/new",
		[]string{
			"somebody", someNumber, "role", "person-at-risk", "relation", "acquaintance", "at-risk-from", perpetrator, "name", "Sława ਪਿੰਕੀ 😟", "initials", "SP", "born", "1994-08-02",
			"gender", "kobieta", "aliases", "Sol\n پنکی ", "lives-with-client", "no", "parental-responsibility", "not-known", "address", "9 Cooper's Yard", "postcode", "ZZ9 1QD", "address-secret", "no",
			"phones", "07700 900377\n07700 900378", "emails", "s@example.org", "references", "Log 388 of 24 May", "note", foreign,
		},
		func(f *casefile.File) any {
			return schemas.PersonRecorded{
				Made: live, Person: someNumber, Role: "person-at-risk", Relation: "acquaintance", Name: ptr("Sława ਪਿੰਕੀ 😟"), Aliases: []string{"Sol", "پنکی"}, Initials: ptr("SP"), Born: ptr("1994-08-02"),
				Gender: ptr("kobieta"), Phones: []string{"07700 900377", "07700 900378"}, Emails: []string{"s@example.org"}, Address: &schemas.Address{Lines: []string{"9 Cooper's Yard"}, Postcode: ptr("ZZ9 1QD")},
				References: []string{"Log 388 of 24 May"}, LivesWithClient: "no", AtRiskFrom: []string{perpetratorIn(f)}, ParentalResponsibility: "not-known", Note: &schemas.Prose{Text: foreign},
			}
		},
		[]mistake{
			{[]string{"role", ""}, "role"}, {[]string{"relation", ""}, "relation"}, {[]string{"relation", "self"}, "relation"}, {[]string{"role", "client"}, "relation"}, {[]string{"role", "family"}, "at-risk-from"},
			{[]string{"at-risk-from", someNumber}, "at-risk-from"}, {[]string{"initials", "123456789"}, "initials"}, {[]string{"born", "1994"}, "born"}, {[]string{"aliases", strings.Repeat("x\n", 21)}, "aliases"},
			{[]string{"lives-with-client", ""}, "lives-with-client"}, {[]string{"parental-responsibility", ""}, "parental-responsibility"}, {[]string{"address", ""}, "address"}, {[]string{"address-secret", ""}, "address-secret"},
			{[]string{"phones", strings.Repeat("1\n", 21)}, "phones"}, {[]string{"phones", longName}, "phones"}, {[]string{"emails", "s@example.org\nnobody"}, "emails"}, {[]string{"references", longName}, "references"},
			{[]string{"known-as", someNumber[1:]}, "known-as"}, {[]string{"known-as", perpetrator}, "known-as"},
		},
	},
	{
		"a perpetrator as known now", "court", "/person/" + perpetrator,
		[]string{"role", "perpetrator", "relation", "former-partner", "lives-with-client", "no", "parental-responsibility", "yes"},
		func(f *casefile.File) any {
			return schemas.PersonRecorded{Made: live, Person: perpetratorIn(f), Role: "perpetrator", Relation: "former-partner", LivesWithClient: "no", ParentalResponsibility: "yes"}
		},
		[]mistake{{[]string{"role", ""}, "role"}},
	},
}

// What is secret of people is not on the page until somebody asks, who is
// recorded; and a new address does not keep the postcode of the old one.
func TestPeopleSecrets(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveWeek(t, w)
	c := present[schemas.ClientRecorded](t, w, "court", "client.recorded")
	if c.Address == nil || c.Phone == nil {
		t.Fatal("the story has no address or number of this client")
	}
	secrets := map[string][]string{"/client": append([]string{*c.Phone, *c.Address.Postcode}, c.Address.Lines...)}
	for at, with := range map[string]url.Values{
		"/child/":  {"name": {"Staś"}, "initials": {"S"}, "lives-with": {"client"}, "school": {"Szkoła 4"}, "social-worker": {"M. Harrow"}, "social-worker-phone": {"01632 960288"}},
		"/person/": {"role": {"family"}, "relation": {"sibling"}, "address": {"9 Cooper's Yard\nNorthmoor"}, "postcode": {"ZZ9 1QD"}, "phones": {"07700 900377\n07700 900378"}, "emails": {"s@example.org"}},
	} {
		path := "/case/" + courtCase.String() + at + "new"
		values := fieldsWith(ask(s, "GET", path).Body.String(), with, url.Values{"made": {"live"}})
		if got := sent(s, path, values); got.Code != 303 {
			t.Fatal(at, got.Code, summaryOf(got))
		}
		secrets[at+values.Get("somebody")] = slices.Concat(with["school"], with["social-worker-phone"], with["address"], with["postcode"], with["phones"], with["emails"])
	}
	for at, words := range secrets {
		path := "/case/" + courtCase.String() + at
		page := ask(s, "GET", path).Body.String()
		w.reads = nil
		values := fieldsWith(page, url.Values{"initials": {"ŻŻ"}})
		got := sent(s, path+"/reveal", values)
		if len(w.reads) != 1 || w.reads[0].Type != "address.revealed" || w.reads[0].Action != access.AddressReveal {
			t.Errorf("%s: the access ledger was told %+v", at, w.reads)
		}
		var shown strings.Builder
		for _, v := range fieldsOf(got.Body.String()) {
			shown.WriteString(strings.Join(v, "\n") + "\n")
		}
		if !strings.Contains(shown.String(), "ŻŻ") || !strings.Contains(got.Body.String(), `action="`+path+`"`) {
			t.Errorf("%s: what was typed is lost, or the form leads elsewhere", at)
		}
		for _, word := range words {
			if strings.Contains(html.UnescapeString(page), word) {
				t.Errorf("%s shows what is secret", at)
			}
			if !strings.Contains(shown.String(), word) {
				t.Errorf("%s: what was asked for is not in sight", at)
			}
		}
	}

	// Another social worker has another number, and a school can be no more.
	kid := present[schemas.ChildRecorded](t, w, "court", "child.recorded")
	path := "/case/" + courtCase.String() + "/child/" + kid.Child
	values := fieldsWith(ask(s, "GET", path).Body.String(), url.Values{"social-worker": {"N. Fell"}, "school-none": {"yes"}})
	if got := sent(s, path, values); got.Code != 422 || !strings.Contains(got.Body.String(), `href="#social-worker-phone"`) {
		t.Errorf("another social worker with the number of the last: %d, %s", got.Code, summaryOf(got))
	}
	values.Set("social-worker", "M. Harrow")
	if got := sent(s, path, values); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	if now := present[schemas.ChildRecorded](t, w, "court", "child.recorded"); now.School != nil || now.SocialWorker == nil || stringOf(now.SocialWorker.Phone) != "01632 960288" || now.Child != kid.Child {
		t.Error("the school is there still, or the social worker's number is not")
	}

	path = "/case/" + courtCase.String() + "/client"
	values = fieldsWith(ask(s, "GET", path).Body.String(), url.Values{"address": {"1 New Row"}})
	if got := sent(s, path, values); got.Code != 422 || !strings.Contains(got.Body.String(), `href="#postcode"`) {
		t.Errorf("a new address with the old postcode: %d, %s", got.Code, summaryOf(got))
	}
	lost(t, "postcode", values, fieldsOf(sent(s, path, values).Body.String()))
	values.Set("postcode-none", "yes")
	if got := sent(s, path, values); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	now := present[schemas.ClientRecorded](t, w, "court", "client.recorded")
	if now.Address == nil || now.Address.Postcode != nil || now.Address.Lines[0] != "1 New Row" || stringOf(now.Phone) != *c.Phone {
		t.Error("the address, its postcode or the number is another one than was said")
	}
}

// Somebody new has a number of her own, however often the form is sent.
func TestNewPersonNumber(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveLedger(t, byRole{w}, w)
	path := "/case/" + courtCase.String() + "/person/new"
	before := len(w.of(courtCase, "person.recorded"))
	numbers := map[string]bool{}
	for range 2 {
		values := fieldsWith(ask(s, "GET", path).Body.String(), url.Values{"role": {"family"}, "relation": {"sibling"}, "made": {"live"}})
		for range 2 {
			if got := sent(s, path, values); got.Code != 303 {
				t.Fatal(got.Code, summaryOf(got))
			}
		}
		numbers[present[schemas.PersonRecorded](t, w, "court", "person.recorded").Person] = true
		values.Set("somebody", "me")
		if got := sent(s, path, values); got.Code < 400 || got.Code >= 500 {
			t.Errorf("a number that is none: %d", got.Code)
		}
	}
	if n := len(w.of(courtCase, "person.recorded")); n != before+2 || len(numbers) != 2 {
		t.Errorf("%d people with %d numbers", n-before, len(numbers))
	}
	elsewhere := strings.Repeat("7", 31) + "f"
	values := fieldsWith(ask(s, "GET", path).Body.String(), url.Values{"role": {"perpetrator"}, "relation": {"partner"}, "made": {"live"}, "known-as": {" " + strings.ToUpper(elsewhere)}})
	for range 2 { // as another case has it
		if got := sent(s, path, values); got.Code != 303 {
			t.Fatal(got.Code, summaryOf(got))
		}
	}
	if got := present[schemas.PersonRecorded](t, w, "court", "person.recorded").Person; got != elsewhere {
		t.Errorf("somebody of another case has the number %s", got)
	}
	for n := range numbers {
		if !wholeNumber.MatchString(n) {
			t.Errorf("somebody has the number %q", n)
		}
	}
}

// A case of which no client is recorded has an empty form; somebody who is not
// in a case has none there.
func TestPeopleBegin(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveLedger(t, byRole{w}, w)
	var kept []casefile.Event
	for _, e := range w.lists[courtCase] {
		if e.Body.Type != "client.recorded" {
			e.Seq = uint64(len(kept) + 1)
			kept = append(kept, e)
		}
		if e.Body.Type == "referral.received" {
			break
		}
	}
	w.lists[courtCase] = kept
	path := "/case/" + story.Chain("court").String()
	values := fieldsWith(ask(s, "GET", path+"/client").Body.String(), url.Values{"name": {"Ona"}, "initials": {"O"}, "interpreter": {"no"}, "made": {"live"}})
	if values.Has("from") || values.Get("address-secret") != "yes" {
		t.Error("the first form of a client begins from something, or with an address that need not be kept secret")
	}
	// Two begin it at once: whoever is second sees what the first recorded, and
	// replaces no address or number unseen.
	first := maps.Clone(values)
	maps.Copy(first, url.Values{"id": {"01JB0000000000000000000001"}, "name": {"Ona Nowa"}, "pronouns": {"she"}, "phone": {"01632 960111"}, "address": {"3 Salt Lane"}, "postcode": {"ZZ9 4QX"}})
	if got := sent(s, path+"/client", first); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	met := sent(s, path+"/client", values)
	if met.Code != 409 {
		t.Fatal(met.Code, summaryOf(met))
	}
	page := met.Body.String()
	wants(t, page, "Somebody else recorded: Ona Nowa.", "Somebody else recorded: she.", "Somebody else recorded one. Leave this empty and it stays.", `value="Ona"`)
	for _, secret := range []string{"01632 960111", "3 Salt Lane", "ZZ9 4QX"} {
		if strings.Contains(page, secret) {
			t.Errorf("%s is in sight", secret)
		}
	}
	if got := sent(s, path+"/client", fieldsWith(page)); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	now := present[schemas.ClientRecorded](t, w, "court", "client.recorded")
	if now.Name != "Ona" || now.Phone == nil || *now.Phone != "01632 960111" || now.Address == nil || now.Address.Lines[0] != "3 Salt Lane" || *now.Address.Postcode != "ZZ9 4QX" {
		t.Errorf("%+v", now)
	}
	for _, at := range []string{"/child/" + someNumber, "/person/" + someNumber} {
		if got := ask(s, "GET", path+at); got.Code != 404 {
			t.Errorf("%s: %d", at, got.Code)
		}
	}
}

// From whom a person is at risk stays, also when that is no perpetrator any more.
func TestAtRiskFromStays(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveLedger(t, byRole{w}, w)
	f, err := w.fold(courtCase)
	if err != nil {
		t.Fatal(err)
	}
	path, him := "/case/"+courtCase.String()+"/person/", perpetratorIn(f)
	record := func(at string, with url.Values) string {
		t.Helper()
		values := fieldsWith(ask(s, "GET", path+at).Body.String(), with, url.Values{"made": {"live"}})
		if got := sent(s, path+at, values); got.Code != 303 {
			t.Fatal(got.Code, summaryOf(got))
		}
		return values.Get("somebody")
	}
	her := record("new", url.Values{"role": {"person-at-risk"}, "relation": {"stranger"}, "at-risk-from": {him}})
	record(him, url.Values{"role": {"other"}})
	record(her, url.Values{"note": {exact}})
	if now := present[schemas.PersonRecorded](t, w, "court", "person.recorded"); now.Person != her || len(now.AtRiskFrom) != 1 || now.AtRiskFrom[0] != him || now.Note.Text != exact {
		t.Errorf("recorded %+v", now)
	}
}

// Whoever is second sees what the first changed of somebody, and sets back no
// secret that she never saw: neither when hers was not in sight, nor when the
// one before it was, nor when she said that there is none any more.
func TestPeopleMeanwhile(t *testing.T) {
	for _, how := range []string{"out of sight", "in sight", "emptied in sight", "none any more"} {
		w := storyAt(t, deskAdviser, wednesday)
		s := serveLedger(t, byRole{w}, w)
		f, err := w.fold(courtCase)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			at, typ, name, theirs string
			old, others           url.Values
			secret                []string
		}{
			{"/client", "client.recorded", "name", "Ona Nowa", url.Values{"phone": {"01632 960222"}, "address": {"1 Old Row"}, "postcode": {"ZZ9 1AA"}},
				url.Values{"phone": {"01632 960111"}, "address": {"3 Salt Lane"}, "postcode": {"ZZ9 4QX"}}, []string{"phone", "address", "postcode"}},
			{"/child/" + f.CurrentChildren()[0].Data.Child, "child.recorded", "name", "Staś Nowy", url.Values{"school": {"Szkoła 4"}, "social-worker": {"M. Harrow"}, "social-worker-phone": {"01632 960288"}},
				url.Values{"school": {"Szkoła 9"}, "social-worker-phone": {"01632 960299"}}, []string{"school", "social-worker-phone"}},
			{"/person/" + perpetratorIn(f), "person.recorded", "gender", "man ਆਦਮੀ", url.Values{"phones": {"07700 900377\n07700 900378"}, "emails": {"s@example.org"}, "address": {"9 Cooper's Yard"}},
				url.Values{"phones": {"07700 900411"}, "emails": {"t@example.org"}, "address": {"5 New Yard"}}, []string{"phones", "emails", "address"}},
		} {
			path := "/case/" + courtCase.String() + c.at
			begin := func(changes ...url.Values) url.Values {
				return fieldsWith(ask(s, "GET", path).Body.String(), append(changes, url.Values{"made": {"live"}, "id": {ulid.Make().String()}})...)
			}
			if got := sent(s, path, begin(c.old)); got.Code != 303 {
				t.Fatal(c.at, got.Code, summaryOf(got))
			}
			mine := begin()
			if strings.Contains(how, "in sight") {
				mine = fieldsOf(sent(s, path+"/reveal", mine).Body.String())
				if mine.Get(c.secret[0]) != c.old.Get(c.secret[0]) {
					t.Fatalf("%s: nothing is in sight", c.at)
				}
			}
			for _, name := range c.secret {
				switch how {
				case "emptied in sight":
					mine.Set(name, "")
				case "none any more":
					mine.Set(name+"-none", "yes")
				}
			}
			if got := sent(s, path, begin(c.others, url.Values{c.name: {c.theirs}})); got.Code != 303 {
				t.Fatal(c.at, got.Code, summaryOf(got))
			}
			met := sent(s, path, mine)
			page := met.Body.String()
			if met.Code != 409 {
				t.Fatal(c.at, met.Code, summaryOf(met))
			}
			n := len(w.of(courtCase, c.typ))
			for _, want := range []string{"Leave this empty and it stays.", "As it stands:"} {
				if !strings.Contains(page, want) {
					t.Errorf("%s, %s: the page lacks %q", c.at, how, want)
				}
			}
			if !strings.Contains(html.UnescapeString(page), "Somebody else recorded: "+c.theirs+".") {
				t.Errorf("%s, %s: the page does not say what is new", c.at, how)
			}
			for _, name := range c.secret {
				for _, word := range []string{c.old.Get(name), c.others.Get(name)} {
					if strings.Contains(html.UnescapeString(page), word) {
						t.Errorf("%s, %s: a secret is in sight", c.at, how)
					}
				}
			}
			if got := sent(s, path, fieldsOf(page)); got.Code != 303 {
				t.Fatal(c.at, got.Code, summaryOf(got))
			}
			list := w.of(courtCase, c.typ)
			for _, name := range c.secret {
				if data := string(list[len(list)-1].Body.Data); len(list) != n+1 || !strings.Contains(data, c.others.Get(name)) {
					t.Errorf("%s, %s: %s was set back", c.at, how, name)
				}
			}
		}
	}
}

// What somebody typed in a secret field stays beside what another recorded there.
func TestPeopleMeanwhileTyped(t *testing.T) {
	w := storyAt(t, deskAdviser, wednesday)
	s := serveLedger(t, byRole{w}, w)
	f, err := w.fold(courtCase)
	if err != nil {
		t.Fatal(err)
	}
	path := "/case/" + courtCase.String() + "/child/" + f.CurrentChildren()[0].Data.Child
	first := ask(s, "GET", path).Body.String()
	mine, other := fieldsWith(first, url.Values{"school": {"Szkoła 1"}}), fieldsWith(first, url.Values{"school": {"Szkoła 2"}, "id": {ulid.Make().String()}})
	if got := sent(s, path, other); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	met := sent(s, path, mine)
	if met.Code != 409 || !strings.Contains(met.Body.String(), "what you wrote takes its place") || fieldsOf(met.Body.String()).Get("school") != "Szkoła 1" {
		t.Fatal(met.Code, summaryOf(met))
	}
	if got := sent(s, path, fieldsOf(met.Body.String())); got.Code != 303 {
		t.Fatal(got.Code, summaryOf(got))
	}
	if now := present[schemas.ChildRecorded](t, w, "court", "child.recorded"); now.School == nil || now.School.Name != "Szkoła 1" {
		t.Error("another school than was typed")
	}
}
