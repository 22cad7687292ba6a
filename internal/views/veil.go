package views

// veiled are the members of events that no page of an entry and no other
// program is shown.
var veiled = map[string]bool{
	"address": true, "addresses": true, "phone": true, "email": true, "number": true, "code_word": true, "postcode": true, "lines": true, "place": true, "places": true, "stored": true, "phones": true, "emails": true, "school": true,
}

// Veiled reports whether a member of an event's data tells where somebody is,
// how they are reached, or the word by which they know us: it is shown in one
// place only, for a moment.
func Veiled(member string) bool { return veiled[member] }
