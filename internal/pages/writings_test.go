package pages

import (
	"html"
	"maps"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"caseledger/internal/access"
	"caseledger/internal/story"
	"caseledger/schemas"
)

// exact is text that a page must not alter by a byte.
const exact = "Zażółć gęślą jaźń — „cicho”.\n\tمجھے ڈر ہے\u200c ਮੈਨੂੰ ਡਰ ਹੈ ੴ 😟👩🏽\u200d👧 e\u0301 <b>&amp;  "

// filling is a form of the table, how it is filled in, and what stands then.
type filling struct {
	name  string
	label string // of the case in the story
	path  string // below the case, or, when it begins with //, the whole path behind one of them
	with  url.Values
	want  any
	wrong []wrong
}

// wrong is a change that a form is sent back for, and the field that says why.
type wrong struct {
	field  string
	change url.Values // no values: the field is taken out
}

var (
	fieldTag    = regexp.MustCompile(`(?s)<input\b[^>]*>|<textarea\b[^>]*>\n.*?</textarea>|<select\b.*?</select>`)
	fieldName   = regexp.MustCompile(`\bname="([^"]*)"`)
	fieldValue  = regexp.MustCompile(`\bvalue="([^"]*)"`)
	fieldType   = regexp.MustCompile(`\btype="([^"]*)"`)
	fieldText   = regexp.MustCompile(`(?s)<textarea\b[^>]*>\n(.*)</textarea>`)
	fieldChosen = regexp.MustCompile(`<option value="([^"]*)" selected`)
)

// fieldsOf are the values of the fields of a page, as a browser would send them.
func fieldsOf(page string) url.Values {
	_, page, _ = strings.Cut(page, `<main id="main"`)
	v := url.Values{}
	for _, tag := range fieldTag.FindAllString(page, -1) {
		m := fieldName.FindStringSubmatch(tag)
		if m == nil {
			continue
		}
		name := html.UnescapeString(m[1])
		switch {
		case strings.HasPrefix(tag, "<textarea"):
			v.Add(name, html.UnescapeString(fieldText.FindStringSubmatch(tag)[1]))
		case strings.HasPrefix(tag, "<select"):
			chosen := ""
			if m := fieldChosen.FindStringSubmatch(tag); m != nil {
				chosen = html.UnescapeString(m[1])
			}
			v.Add(name, chosen)
		default:
			typ := fieldType.FindStringSubmatch(tag)
			if typ != nil && (typ[1] == "radio" || typ[1] == "checkbox") && !strings.Contains(tag, " checked") {
				continue
			}
			value := ""
			if m := fieldValue.FindStringSubmatch(tag); m != nil {
				value = html.UnescapeString(m[1])
			}
			v.Add(name, value)
		}
	}
	return v
}

// fieldsWith are the values of a page with others in their place.
func fieldsWith(page string, changes ...url.Values) url.Values {
	v := fieldsOf(page)
	for _, c := range changes {
		for name, values := range c {
			if v[name] = values; len(values) == 0 {
				delete(v, name)
			}
		}
	}
	return v
}

func testFillings(t *testing.T, who access.Who, now time.Time, list []filling) {
	for _, c := range list {
		t.Run(c.name, func(t *testing.T) {
			w := storyAt(t, who, now)
			s := serveLedger(t, byRole{w}, w)
			chain := story.Chain(c.label)
			path := "/case/" + chain.String() + c.path
			got := ask(s, "GET", path)
			if got.Code != 200 {
				t.Fatal(got.Code, got.Body)
			}
			page := got.Body.String()
			before := len(w.upTo(chain, time.Time{}))
			for _, x := range c.wrong {
				values := fieldsWith(page, c.with, x.change)
				got := sent(s, path, values)
				if got.Code != 422 || !strings.Contains(got.Body.String(), `<a href="#`+x.field+`"`) || !strings.Contains(got.Body.String(), `id="`+x.field+`"`) {
					t.Errorf("%v: %d, no error at %s: %q", x.change, got.Code, x.field, summaryOf(got))
				}
				lost(t, x.field, values, fieldsOf(got.Body.String()))
			}
			// Somebody else's entry comes first: it is shown, and nothing is lost.
			values := fieldsWith(page, c.with)
			early := maps.Clone(values)
			early.Set("seq", "1")
			if got := sent(s, path, early); got.Code != 409 || !strings.Contains(got.Body.String(), "New here since you began") {
				t.Errorf("a conflict: %d, %q", got.Code, summaryOf(got))
			} else {
				lost(t, "a conflict", early, fieldsOf(got.Body.String()))
			}
			if n := len(w.upTo(chain, time.Time{})); n != before {
				t.Fatalf("%d events were recorded of forms that were sent back", n-before)
			}
			for range 2 { // sent twice it stands once
				if got := sent(s, path, values); got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/case/") {
					t.Fatalf("%d to %q: %q", got.Code, got.Header().Get("Location"), summaryOf(got))
				}
			}
			events := w.upTo(chain, time.Time{})
			if len(events) != before+1 {
				t.Fatalf("%d events were recorded", len(events)-before)
			}
			e := events[before]
			typ, v, _ := schemas.TypeOf(c.want)
			want, err := schemas.EncodeData(c.want)
			if err != nil {
				t.Fatal(err)
			}
			if e.Body.Type != typ || e.Body.V != v || e.Body.Actor != who.Staff || string(e.Body.Data) != string(want) {
				t.Errorf("recorded %s %d by %s\n%s\nwant\n%s", e.Body.Type, e.Body.V, e.Body.Actor, e.Body.Data, want)
			}
			if got := ask(s, "GET", "/case/"+chain.String()); got.Code != 200 {
				t.Errorf("the case cannot be shown: %d", got.Code)
			}
		})
	}
}

// lost says which of the fields that were sent did not come back.
func lost(t *testing.T, at string, sent, back url.Values) {
	t.Helper()
	for name, values := range sent {
		if name == "seq" || slices.Equal(values, back[name]) {
			continue
		}
		if len(values) == 1 && values[0] == "" {
			continue
		}
		t.Errorf("%s: %s was %+q and came back as %+q", at, name, values, back[name])
	}
}

var summary = regexp.MustCompile(`(?s)<ul class="govuk-list govuk-error-summary__list">(.*?)</ul>`)

// summaryOf is what a page says is wrong, or its heading.
func summaryOf(w *httptest.ResponseRecorder) string {
	if m := summary.FindStringSubmatch(w.Body.String()); m != nil {
		return strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(m[1], " ")), " ")
	}
	_, page, _ := strings.Cut(w.Body.String(), "<h1")
	return regexp.MustCompile(`(?s)</h1>.*`).ReplaceAllString(page, "")
}

var deskAdviser = access.Who{Staff: "staff-07", Role: access.Adviser}

func ptr[T any](v T) *T { return &v }

var live = schemas.Made{From: "live"}
