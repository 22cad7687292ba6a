package pages

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"caseledger/internal/access"
)

// Short forms look as they should at both widths, are accessible, and say the
// same without scripts.
func TestShortFormsInBrowser(t *testing.T) {
	path := "/case/" + courtCase.String()
	o := storyAt(t, access.Who{Staff: "staff-07", Role: access.Adviser}, wednesday)
	f, err := o.fold(courtCase)
	if err != nil {
		t.Fatal(err)
	}
	w := open(t, o, wednesday)
	for name, at := range map[string]string{
		"record": "/record", "incident": "/incident/new", "perpetrator": "/perpetrator/" + perpetratorIn(f), "order": "/order/new", "court": "/court/new", "meeting": "/meeting/new", "marac-heard": "/marac/heard",
		"placed": "/accommodation/placed", "equipment": "/equipment/e1", "agency": "/agency/new", "information": "/information/new", "safeguarding": "/safeguarding/new",
		"client": "/client", "child-new": "/child/new", "child": "/child/" + f.CurrentChildren()[0].Data.Child, "person-new": "/person/new", "person": "/person/" + perpetratorIn(f),
		"agreement": "/agreement/new", "withdraw": "/agreement/withdraw", "intake": "/intake/new",
	} {
		w.Check("short-"+name, path+at)
	}
	w.Go(path + "/client")
	w.Press(`button[formaction$="/reveal"]`)
	w.Shot("short-client-shown")
	w.Accessible("the client's details with what is secret in sight")
	w.Go(path + "/meeting/new")
	w.Press("main form > button.govuk-button:not(.govuk-visually-hidden)")
	w.Shot("short-wrong")
	w.Accessible("a meeting of which much is missing")

	// A file, without scripts.
	name := filepath.Join(t.TempDir(), "Zdjęcie ਘਰ 🏠.jpg")
	if err := os.WriteFile(name, []byte("bytes of a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Check("attachment", path+"/attachment/new")
	w.Scripts(false)
	w.Click("#kind")
	w.Set("#from", "the client")
	w.Do(chromedp.SetUploadFiles("#file", []string{name}))
	w.Press("main form > button.govuk-button:not(.govuk-visually-hidden)")
	w.Scripts(true)
	w.Check("attachments", path+"/attachments")
	if got := w.Text(".rows"); !strings.Contains(got, "Zdjęcie ਘਰ 🏠.jpg") || !strings.Contains(got, "18 bytes") || !strings.Contains(got, "Said to be image/jpeg") {
		t.Errorf("the list of files says %s", got)
	}

	// An incident letter for letter, without scripts, and what follows it.
	w.Scripts(false)
	w.Go(path + "/incident/new")
	w.Set("#happened-date", "2026-10-26")
	w.Set("#what", foreign)
	w.Click("#reported-1")
	w.Press("main form > button.govuk-button:not(.govuk-visually-hidden)")
	w.Scripts(true)
	w.Shot("short-after")
	w.Accessible("a case after an incident")
	list := o.of(courtCase, "incident.disclosed")
	if got := string(list[len(list)-1].Body.Data); !containsText(t, got, foreign) {
		t.Errorf("recorded %s", got)
	}
	w.Quiet()
}

// containsText reports whether the data of an event has a text in it.
func containsText(t *testing.T, data, text string) bool {
	t.Helper()
	b, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(data, string(b))
}
