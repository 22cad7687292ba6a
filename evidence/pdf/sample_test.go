package pdf

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"caseledger/events"
	"caseledger/evidence/sheet"
	"caseledger/internal/story"
)

// book makes the input of a sheet.
type book struct {
	t        testing.TB
	in       sheet.Input
	closings []string
}

func newBook(t testing.TB) *book {
	b := &book{t: t, in: sheet.Input{Origin: "ledger.example.org/cases", Previous: events.Hash{0x3f, 0x9a, 0x0c, 0x71, 0xee}}}
	copy(b.in.Chain[:], []byte{0x7c, 0x1e, 0x0a, 0x9b})
	return b
}

// hide closes a part of the event to come: its path, how many leaves, a code.
type hide struct {
	path   string
	leaves uint64
	code   byte
}

// add adds an event that is disclosed but for what is hidden.
func (b *book) add(at, body string, hidden ...hide) {
	b.t.Helper()
	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		b.t.Fatal(err)
	}
	canonical, err := events.Canonicalize([]byte(body))
	if err != nil {
		b.t.Fatal(err)
	}
	parts, err := events.Flatten(canonical)
	if err != nil {
		b.t.Fatal(err)
	}
	b.in.Seq++
	e := sheet.Event{Seq: b.in.Seq, At: when, Size: uint64(len(parts)), Hash: events.Hash{byte(b.in.Seq)}}
	closed := make(map[uint64]bool)
	for _, h := range hidden {
		for _, p := range parts {
			if p.Path == h.path && !p.Decoy {
				b.closings = append(b.closings, fmt.Sprintf(`{"code":"%c","leaf":%d,"leaves":%d,"seq":%d}`, h.code, p.Index, h.leaves, e.Seq))
				for i := range h.leaves {
					closed[p.Index+i] = true
				}
			}
		}
	}
	for _, p := range parts {
		if !closed[p.Index] {
			e.Parts = append(e.Parts, p)
		}
	}
	b.in.Events = append(b.in.Events, e)
}

// skip adds an event that is withheld.
func (b *book) skip(code byte) {
	b.in.Seq++
	b.closings = append(b.closings, fmt.Sprintf(`{"code":"%c","leaf":0,"leaves":0,"seq":%d}`, code, b.in.Seq))
}

// sheet builds the sheet.
func (b *book) sheet(officer string) *sheet.Sheet {
	b.t.Helper()
	b.in.Seq++
	body := fmt.Sprintf(`{"actor":"staff-02","data":{"closings":[%s],"copy":1,"decision":null,"exhibit":"KP/2","force":"Harrowmere Police","from":"2026-08-17","kinds":["contact.attempted","contact.corrected","contact.recorded"],"manifest":"%064d","officer":%s,"recipient":null,"reference":"VIR/2026/118","request":null,"to":"2026-10-30"},"occurred":{"from":"2026-10-30T16:04:00+00:00","precision":"exact","to":null},"type":"disclosure.exported","v":1}`,
		strings.Join(b.closings, ","), 0, officer)
	canonical, err := events.Canonicalize([]byte(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if b.in.Export, err = events.Flatten(canonical); err != nil {
		b.t.Fatal(err)
	}
	s, err := sheet.Build(b.in)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// statement is one of a contact.
type statement struct{ kind, speaker, text, language, translation, because string }

// contact makes the body of a contact.
func contact(from, to string, statements ...statement) string {
	quoted := func(s string) string {
		out, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		return string(out)
	}
	var list []string
	for _, s := range statements {
		because, passed, translation := "null", "[]", "null"
		if s.because != "" {
			because = `{"text":` + quoted(s.because) + `}`
		}
		if s.translation != "" {
			translation = `{"by":"Interpreter 4471","language":"en","text":` + quoted(s.translation) + `}`
		}
		if s.kind == "third-party" {
			passed = `[{"at_work":true,"how":"told at the door","who":"PC 2207"},{"at_work":null,"how":"by telephone","who":"client"}]`
		}
		if s.language == "" {
			s.language = "en"
		}
		list = append(list, fmt.Sprintf(`{"because":%s,"kind":%q,"language":%q,"passed_by":%s,"speaker":%s,"text":%s,"translation":%s}`,
			because, s.kind, s.language, passed, quoted(s.speaker), quoted(s.text), translation))
	}
	end := "null"
	if to != "" {
		end = quoted(to)
	}
	return fmt.Sprintf(`{"actor":"staff-07","data":{"channel":"phone","direction":"in","interpreter":{"agency":"Tern Language Line","language":"pa","mode":"telephone","name":"Interpreter 4471"},"made":{"from":"handwritten-notes","kept":true,"late":{"text":"the line was down until the morning"},"reference":"KP/2"},"next_contact":"2026-10-28T09:00:00+00:00","number":"07700 900123","place":null,"present":[{"could_overhear":true,"who":"her sister"}],"safe_contact_checked":true,"statements":[%s],"with":[{"agency":null,"kind":"client","name":null,"role":null},{"agency":"Harrowmere Council","kind":"professional","name":"J. Lark","role":"housing officer"}]},"occurred":{"from":%q,"precision":"exact","to":%s},"type":"contact.recorded","v":1}`,
		strings.Join(list, ","), from, end)
}

const correction = `{"actor":"staff-07","data":{"corrects":{"seq":2,"statement":1},"made":{"from":"memory","kept":null,"late":null,"reference":null},"reason":{"text":"I had written down the wrong town."},"text":"She said that her sister lives in York and that she can stay there until Monday."},"occurred":{"from":"2026-10-27","precision":"date","to":null},"type":"contact.corrected","v":1}`

const attempt = `{"actor":"staff-07","data":{"channel":"phone","made":{"from":"live","kept":null,"late":null,"reference":null},"next_try":null,"note":{"text":"Rang twice, no answer."},"number":"07700 900123","outcome":"no-answer","voicemail":false},"occurred":{"from":"2026-10-27T12:00:00+00:00","precision":"exact","to":null},"type":"contact.attempted","v":1}`

// kinds is a sheet with every kind of statement and entry on it.
func kinds(t testing.TB) *sheet.Sheet {
	b := newBook(t)
	b.skip('S')
	b.add("2026-10-25T02:11:30Z", contact("2026-10-25T01:30:00+00:00", "2026-10-25T01:52:00+00:00",
		statement{kind: "client-words", speaker: "client", text: "ਮੈਨੂੰ ਡਰ ਲੱਗਦਾ ਹੈ। ਉਹ ਫਿਰ ਆਵੇਗਾ।", language: "pa", translation: "I am afraid. He will come again."},
		statement{kind: "client-summary", speaker: "client", text: "She said that her sister lives in Leeds, at 14 Alder Court, and that she can stay there until Monday."},
		statement{kind: "third-party", speaker: "Mrs Okafor, a neighbour", text: "He was at the gate on Saturday for an hour, then he drove off towards the station."},
		statement{kind: "observed", speaker: "me", text: "She whispered. Twice I heard a door, and a man's voice in another room."},
		statement{kind: "opinion", speaker: "me", text: "In my opinion the risk has risen.", because: "he has come to the house twice in three days, and she has stopped answering the door"},
		statement{kind: "action", speaker: "me", text: "Rang the duty officer at 02:05 and gave him the registration number that she had read out."}),
		hide{"/data/statements/1/text/9", 3, 'A'}, hide{"/data/number", 1, 'A'})
	b.add("2026-10-27T09:12:00Z", correction)
	b.add("2026-10-27T12:04:00Z", attempt)
	b.skip('L')
	return b.sheet(`"DC 4410 Elm"`)
}

// scripts are texts of the writings that a service meets.
var scripts = map[string]string{
	"Polish":           "Zażółć gęślą jaźń. Powiedziała: „Boję się, że on wróci” – i płakała.",
	"Welsh":            "Dywedodd hi fod ŵyr a’i dŷ wedi’i gloi; mae’n ofnus iawn. Ŷ ŷ Ŵ ŵ ẁ ỳ",
	"Urdu":             "میں گھر نہیں جا سکتی، وہ مجھے مارتا ہے۔ اس نے کہا (کل رات 23:45 پر) کہ \"میں تمہیں مار دوں گا\"! پھر PC 2207 آیا۔",
	"Arabic":           "قال لي إنه سيقتلني 45 مرة (نعم)، شكرًا جزيلًا لكِ. الرقم ٠٧٧٠٠ ٩٠٠١٢٣؟ لا أعرف؛ ربما 50%.",
	"Farsi":            "نمی\u200cخواهم برگردم، می\u200cترسم. خانه\u200cام کجاست؟",
	"Punjabi":          "ਮੈਂ ਘਰ ਨਹੀਂ ਜਾ ਸਕਦੀ ਕਿਉਂਕਿ ਉਹ ਮੈਨੂੰ ਮਾਰਦਾ ਹੈ। ਸ੍ਰੀ ਅੰਮ੍ਰਿਤਸਰ, ਫ਼ੋਨ ਨਾ ਕਰੋ।",
	"Bengali":          "আমি বাড়ি যেতে পারি না, ক্ষমা করবেন। কোন সময়ে সে আসবে? শ্রী মৌ",
	"Hindi":            "मैं घर नहीं जा सकती क्योंकि वह मुझे मारता है। श्री क्ष त्र ज्ञ",
	"Gujarati":         "હું ઘરે જઈ શકતી નથી કારણ કે તે મને મારે છે.",
	"Tamil":            "நான் வீட்டுக்குப் போக முடியாது, அவர் என்னை அடிக்கிறார். கொ கௌ",
	"Chinese":          "我不能回家，他打我。昨天晚上十一点他又来了，敲门敲了一个小时，邻居报警了。我很害怕，不知道该怎么办，孩子也在哭。",
	"Traditional":      "我不能回家，他打我。警察來了之後他就走了。",
	"Japanese":         "家に帰れません。昨日の夜、彼がまた来ました。",
	"Korean":           "집에 갈 수 없어요. 그가 저를 때려요.",
	"Thai":             "ฉันกลับบ้านไม่ได้ เขาทำร้ายฉันเมื่อคืนนี้ และเขาบอกว่าจะกลับมาอีกครั้งในวันพรุ่งนี้ตอนเย็น",
	"Tigrinya":         "ናብ ገዛ ክኸይድ ኣይክእልን እየ።",
	"Russian":          "Я не могу вернуться домой, он меня бьёт. Ещё й и̇.",
	"Greek":            "Δεν μπορώ να γυρίσω σπίτι· με χτυπάει. ἀρχή",
	"Vietnamese":       "Tôi không thể về nhà, anh ấy đánh tôi. Tiếng Việt ễ ậ ở",
	"Hebrew":           "אני לא יכולה לחזור הביתה, הוא מַכֶּה אותי (3 פעמים).",
	"Romanian":         "Nu pot să mă întorc acasă; el mă bate. ș ț Ș Ț",
	"Decomposed Latin": "e\u0301 a\u0328\u0301 q\u0303 Z\u030c s\u0323\u0307",
	"Emoji":            "All right \U0001f469\u200d\U0001f467\u200d\U0001f466 and \U0001f44d\U0001f3fd, \u2764\ufe0f \U0001f1ec\U0001f1e7 \U0001f3f4\U000e0067\U000e0062\U000e0077\U000e006c\U000e0073\U000e007f 1\ufe0f\u20e3 \U0001f469\U0001f3fe\u200d\u2764\ufe0f\u200d\U0001f468\U0001f3fb \U0001f600\U0001f600",
	"Signs":            "£20 €5 50% ½ ² → ← ✓ ✗ © ® ™ … – — ‘a’ “b” «c» № ° × ÷ ≤ ≥ ≠ ∞ Ω µ",
	"Spaces":           "  two  spaces,\ta tab\nand a line\n\n  and another\u00a0here   ",
	"Long":             "https://example.org/a/very/long/address?with=parameters&that=never_ends_and_has_no_place_to_break_because_it_is_long " + strings.Repeat("0123456789abcdef", 8),
	"Mixed":            "She said “سارہ احمد” (her name) rang at 12:30, then אבא said no; 5 minutes. नमस्ते!",
	"Hidden":           "before\u202eafter and a\u200bb",
}

var languages = map[string]string{"Urdu": "ur", "Arabic": "ar", "Farsi": "fa", "Punjabi": "pa", "Bengali": "bn", "Hindi": "hi",
	"Chinese": "zh", "Traditional": "zh-Hant", "Japanese": "ja", "Korean": "ko", "Thai": "th", "Hebrew": "he", "Polish": "pl", "Welsh": "cy"}

// many is a sheet of n contacts of the story's kind: six statements, about
// 170 words each.
func many(t testing.TB, n int) *sheet.Sheet {
	b := newBook(t)
	words := strings.Fields("she said that he had come to the door again at night and had shouted until the neighbour opened her window and told him to leave, which he did after an hour")
	for i := range n {
		var list []statement
		for k, kind := range []string{"client-words", "client-summary", "third-party", "observed", "opinion", "action"} {
			text := make([]string, 28)
			for j := range text {
				text[j] = words[(i*7+k*3+j)%len(words)]
			}
			s := statement{kind: kind, speaker: "client", text: strings.Join(text, " ") + "."}
			if kind == "opinion" {
				s.because = "he has come twice in three days"
			}
			list = append(list, s)
		}
		day := time.Date(2026, 8, 17, 9, 0, 0, 0, time.UTC).Add(time.Duration(i) * 90 * time.Minute)
		b.add(day.Add(time.Hour).Format(time.RFC3339), contact(day.Format("2006-01-02T15:04:05-07:00"), day.Add(20*time.Minute).Format("2006-01-02T15:04:05-07:00"), list...))
	}
	return b.sheet(`"DC 4410 Elm"`)
}

// tale is the case "court" of the story, with its contacts open.
func tale(t testing.TB) *sheet.Sheet {
	b := newBook(t)
	for _, e := range story.Events() {
		if e.Case != "court" {
			continue
		}
		if !strings.HasPrefix(e.Type, "contact.") {
			b.skip('S')
			continue
		}
		body, err := events.EncodeBody(e.Type, e.V, e.Actor, e.Occurred, e.Data)
		if err != nil {
			t.Fatal(err)
		}
		b.add(e.At.Format(time.RFC3339), string(body))
	}
	return b.sheet(`"DC 4410 Elm"`)
}
