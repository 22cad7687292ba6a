package sheet

// The words that pages use for the codes of events. A code that is not here
// is shown as it is.

var codeMeaning = map[byte]string{
	'A': "whereabouts: it could show where somebody lives or can be found",
	'P': "another person, who is neither the client nor the suspect",
	'X': "another client of the service",
	'S': "outside the request",
	'L': "legal privilege",
	'C': "counselling",
	'M': "another agency’s material, or a Marac’s",
	'K': "safety of staff",
}

// codeOrder is the order in which the codes are explained.
const codeOrder = "APXSLCMK"

// typeWords call an event by its type, in the schedule and in titles.
var typeWords = map[string]string{
	"accommodation.placed": "place to stay",
	"accommodation.sought": "search for a place to stay",
	"agency.involved":      "other agency",
	"agreement.recorded":   "agreement",
	"agreement.withdrawn":  "agreement withdrawn",
	"appointment.missed":   "appointment missed",
	"appointment.moved":    "appointment moved",
	"appointment.planned":  "appointment",
	"attachment.added":     "file",
	"case.allocated":       "allocation of the case",
	"case.closed":          "closing of the case",
	"case.covered":         "cover for the adviser",
	"case.reopened":        "reopening of the case",
	"case.transferred":     "transfer of the case",
	"child.recorded":       "details of a child",
	"client.recorded":      "details of the client",
	"contact.attempted":    "attempt",
	"contact.corrected":    "correction",
	"contact.disputed":     "dispute",
	"contact.recorded":     "contact",
	"court.recorded":       "court hearing",
	"disclosure.approved":  "approval of a disclosure",
	"disclosure.decided":   "decision on a request",
	"disclosure.exported":  "earlier export",
	"disclosure.receipted": "receipt",
	"disclosure.requested": "request",
	"entry.misfiled":       "misfiled entry",
	"equipment.provided":   "equipment",
	"handover.given":       "handover",
	"helpline.contact":     "helpline call",
	"incident.disclosed":   "incident",
	"information.shared":   "information shared",
	"intake.checked":       "check with others",
	"marac.action.updated": "action of a Marac",
	"marac.heard":          "Marac meeting",
	"marac.referred":       "referral to a Marac",
	"meeting.recorded":     "meeting",
	"order.recorded":       "order of a court",
	"perpetrator.status":   "news of the perpetrator",
	"person.recorded":      "details of a person",
	"plan.changed":         "plan",
	"programme.attended":   "programme",
	"referral.received":    "referral",
	"risk.reviewed":        "risk review",
	"safe-contact.set":     "safe ways to make contact",
	"safeguarding.decided": "safeguarding decision",
}

// fileWords say what an attachment is.
var fileWords = map[string]string{
	"image":   "Picture",
	"video":   "Video",
	"audio":   "Sound recording",
	"message": "Message",
	"letter":  "Letter",
	"form":    "Form",
	"report":  "Report",
	"other":   "Other file",
}

// callerWords say who rang the helpline.
var callerWords = map[string]string{
	"client":       "the client",
	"professional": "a professional",
	"family":       "somebody of the family",
	"other":        "somebody else",
	"not-known":    "somebody unknown",
}

var knownWords = map[string]string{
	"yes":       "yes",
	"no":        "no",
	"not-known": "not known",
}

// emergencyWords say whether 999 was rung.
var emergencyWords = map[string]string{
	"by-us":         "we rang 999",
	"by-caller":     "the caller rang 999",
	"already-there": "they were there already",
	"not-needed":    "not needed",
	"refused":       "the caller did not want it",
}

// requestWords say under which power something was asked for.
var requestWords = map[string]string{
	"victim-information-request": "victim information request",
	"court-order":                "court order",
	"witness-summons":            "witness summons",
	"subject-access":             "request of the person herself or himself",
}

var decisionWords = map[string]string{
	"full":    "to disclose what was asked for",
	"part":    "to disclose part of what was asked for",
	"refused": "to refuse",
}

// testWords are the tests of a decision.
var testWords = map[string]string{
	"lawful-power":                "There is a lawful power",
	"reasonable-line":             "It is a reasonable line of enquiry",
	"relevant":                    "It is relevant",
	"necessary":                   "It is necessary",
	"proportionate":               "It is proportionate",
	"less-intrusive":              "No less intrusive way would do",
	"notice":                      "The notice was given",
	"client-views":                "The client’s views",
	"substantial-probative-value": "It has substantial probative value",
	"third-parties":               "Other people’s interests",
	"child-interests":             "The interests of a child",
	"privilege":                   "Legal privilege",
}

var metWords = map[string]string{
	"yes":            "met",
	"no":             "not met",
	"not-applicable": "does not apply",
}

var toldWords = map[string]string{
	"yes":      "yes",
	"no":       "no",
	"not-safe": "no, that was not safe",
}

var channelWords = map[string]string{
	"phone":     "Telephone",
	"video":     "Video call",
	"text":      "Text message",
	"email":     "Email",
	"post":      "Letter",
	"in-person": "In person",
	"chat":      "Chat",
}

// writtenChannels are those on which nobody speaks.
var writtenChannels = map[string]bool{"text": true, "email": true, "post": true, "chat": true}

// directionWords say who began, by direction and channel; "%" is the other
// side.
var directionWords = map[string]map[string]string{
	"in": {
		"phone": "% rang us", "video": "% called us", "text": "% wrote to us", "email": "% wrote to us",
		"post": "% wrote to us", "chat": "% wrote to us",
	},
	"out": {
		"phone": "we rang %", "video": "we called %", "text": "we wrote to %", "email": "we wrote to %",
		"post": "we wrote to %",
	},
	"met": {"in-person": "we met %"},
}

var kindLabel = map[string]string{
	"client-words":   "CLIENT’S WORDS",
	"client-summary": "CLIENT, SUMMARISED",
	"third-party":    "SOMEONE ELSE SAID",
	"observed":       "I SAW OR HEARD",
	"opinion":        "MY OPINION",
	"action":         "WHAT I DID",
}

// kindMeaning explains the labels, in this order.
var kindMeaning = [...][2]string{
	{"client-words", "exactly as the client said or wrote it"},
	{"client-summary", "what the client said, in the writer’s words"},
	{"third-party", "what somebody else said, and how it reached the writer"},
	{"observed", "what the writer saw or heard"},
	{"opinion", "what the writer thinks, and why"},
	{"action", "what the writer did"},
}

var outcomeWords = map[string]string{
	"no-answer":             "no answer",
	"voicemail":             "it went to voicemail",
	"engaged":               "engaged",
	"unobtainable":          "the number could not be obtained",
	"someone-else-answered": "somebody else answered",
	"not-safe-to-talk":      "the client could not talk safely",
	"message-sent":          "a message was sent",
}

var madeWords = map[string]string{
	"live":              "written while it happened",
	"handwritten-notes": "handwritten notes",
	"memory":            "memory",
	"recording":         "a recording",
	"document":          "a document that was received",
}

var withWords = map[string]string{
	"client":       "the client",
	"professional": "a professional",
	"family":       "family",
	"other":        "somebody else",
}

var modeWords = map[string]string{
	"telephone": "by telephone",
	"video":     "by video",
	"in-person": "in person",
}

// languages names the first part of a language tag.
var languages = map[string]string{
	"aa": "Afar", "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "az": "Azerbaijani", "be": "Belarusian",
	"bfi": "British Sign Language", "bg": "Bulgarian", "bn": "Bengali", "bs": "Bosnian", "ckb": "Kurdish (Sorani)",
	"cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
	"et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "ga": "Irish", "gd": "Scottish Gaelic",
	"gu": "Gujarati", "ha": "Hausa", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
	"hy": "Armenian", "id": "Indonesian", "ig": "Igbo", "it": "Italian", "ja": "Japanese", "ka": "Georgian",
	"kk": "Kazakh", "km": "Khmer", "kmr": "Kurdish (Kurmanji)", "kn": "Kannada", "ko": "Korean", "ku": "Kurdish",
	"ln": "Lingala", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian",
	"mr": "Marathi", "ms": "Malay", "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "no": "Norwegian",
	"om": "Oromo", "pa": "Punjabi", "pl": "Polish", "pnb": "Punjabi (western)", "ps": "Pashto", "pt": "Portuguese",
	"rmy": "Romani", "rn": "Kirundi", "ro": "Romanian", "rom": "Romani", "ru": "Russian", "rw": "Kinyarwanda",
	"si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "sn": "Shona", "so": "Somali", "sq": "Albanian",
	"sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "syl": "Sylheti", "ta": "Tamil", "te": "Telugu",
	"th": "Thai", "ti": "Tigrinya", "tl": "Tagalog", "tr": "Turkish", "tw": "Twi", "uk": "Ukrainian",
	"ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "wo": "Wolof", "yo": "Yoruba", "yue": "Cantonese",
	"zh": "Chinese", "zu": "Zulu",
}
