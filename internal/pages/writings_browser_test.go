package pages

import (
	"strconv"
	"testing"
)

// The forms that record one event look as they should at both widths, are
// accessible, and say the same without scripts.
func TestWritingsInBrowser(t *testing.T) {
	o := storyAt(t, deskAdviser, wednesday)
	path := "/case/" + courtCase.String()
	appointment := path + "/appointment/" + strconv.FormatUint(o.of(courtCase, "appointment.planned")[0].Seq, 10)
	w := open(t, o, wednesday)
	w.Check("safe-contact", path+"/safe-contact/new")
	w.Press(`button[formaction$="/reveal"]`)
	w.Shot("safe-contact-shown")
	w.Accessible("safe contact with what is secret in sight")
	w.Check("appointment-new", path+"/appointment/new")
	w.Check("appointment-move", appointment+"/move")
	w.Check("appointment-missed", appointment+"/missed")
	w.Quiet()
}
