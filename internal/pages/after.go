package pages

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"caseledger/events"
	"caseledger/internal/views"
)

// after is what may have to follow an entry that was recorded just now, by its
// type; under "" what may follow any other.
var after = map[string][]struct{ text, path string }{
	"": {
		{"Was a new incident told? Record it", "/incident/new"}, {"Has safe contact changed? Agree it anew", "/safe-contact/new"}, {"Plan the next contact", "/appointment/new"},
		{"Did it change the risk? Review it", "/risk/new"},
	},
	"incident.disclosed": {
		{"The risk is to be reviewed at once: review it now", "/risk/new"}, {"Refer the case to a Marac", "/marac/refer"}, {"Has safe contact changed? Agree it anew", "/safe-contact/new"},
	},
}

// asks are the questions that follow an entry, for those who may do what they
// lead to.
func (s *Server) asks(r *Request, e *views.CaseEntry, strip *views.Strip) []navItem {
	list, ok := after[e.Type]
	if !ok {
		list = after[""]
	}
	var items []navItem
	for _, a := range list {
		if !s.leads(r, "GET /case/{chain}"+a.path) {
			continue
		}
		item := navItem{Text: a.text, Href: "/case/" + r.Chain.String() + a.path}
		switch {
		case a.path == "/incident/new" && slices.Contains(toldIn, e.Type):
			item.Href += "?in=" + strconv.FormatUint(e.Seq, 10)
		case a.path == "/marac/refer" && strip.Repeat:
			item.Text = "By the rules this is a repeat: refer the case to a Marac again"
		}
		items = append(items, item)
	}
	return items
}

// anew is where the reader of an entry says how the thing that it is about is
// now; "" when it is about none, or is not hers to change.
func (s *Server) anew(r *Request, typ string, data []byte) (string, error) {
	var d struct{ Order, Equipment, Person, Child string }
	at := map[string]string{
		"order.recorded": "/order/{order}", "equipment.provided": "/equipment/{equipment}", "perpetrator.status": "/perpetrator/{person}",
		"client.recorded": "/client", "child.recorded": "/child/{child}", "person.recorded": "/person/{person}",
	}[typ]
	if at == "" || !s.leads(r, "GET /case/{chain}"+at) {
		return "", nil
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return "", fmt.Errorf("the entry: %w", events.ErrInvalid)
	}
	return "/case/" + r.Chain.String() + strings.NewReplacer("{order}", d.Order, "{equipment}", d.Equipment, "{person}", d.Person, "{child}", d.Child).Replace(at), nil
}
