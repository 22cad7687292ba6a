package pages

import (
	"bytes"
	"html/template"
	"net/http"
	"strings"
	"testing"
)

// masking executes a template as it is while a screen is shared.
func masking(t *testing.T, source string, data any) string {
	t.Helper()
	set := template.Must(template.New("x").Funcs(template.FuncMap{"fixed": func(s string) fixed { return fixed(s) }}).Parse(source))
	veilAll(set)
	var b bytes.Buffer
	if err := set.Execute(&b, data); err != nil {
		t.Fatal(err)
	}
	return string(mask(b.Bytes()))
}

func TestMask(t *testing.T) {
	elm := "4 Elm Road"
	for _, c := range []struct {
		name, source string
		data         any
		want         string
	}{
		{"text", `<p>Lives at {{.}}.</p>`, elm, `<p>Lives at •••••.</p>`},
		{"a pointer", `<p>{{.}}</p>`, &elm, `<p>•••••</p>`},
		{"no pointer", `<p>{{.}}</p>`, (*string)(nil), `<p></p>`},
		{"a number", `<b>{{.}}</b>`, 46, `<b>•••••</b>`},
		{"nothing", `<b>{{.}}</b>`, "", `<b></b>`},
		{"what has to be escaped", `<b>{{.}}</b>`, `<i>Elm</i> & "Oak"`, `<b>•••••</b>`},
		{"a link keeps where it leads", `<a href="/case/{{.}}">{{.}}</a>`, "7f3a21c0", `<a href="/case/7f3a21c0">•••••</a>`},
		{"a class stays", `<b class="risk--{{.}}">x</b>`, "high", `<b class="risk--high">x</b>`},
		{"a value goes", `<input name="{{.}}" value="{{.}}">`, "Elm", `<input name="Elm" value="•••••">`},
		{"a title goes", `<b title='{{.}}' aria-label="at {{.}}">x</b>`, "Elm", `<b title='•••••' aria-label="at •••••">x</b>`},
		{"a checked box", `<input value="{{.}}" checked><i>{{.}}</i>`, "Elm", `<input value="•••••" checked><i>•••••</i>`},
		{"ready HTML", `<div>{{.}}</div>`, template.HTML(`<p title="Elm">Elm <b>Road</b></p> `), `<div><p title="•••••">•••••<b>•••••</b></p> </div>`},
		{"nested", `{{range .}}<li>{{with .}}{{.}}{{else}}none{{end}}</li>{{end}}`, []string{"a", ""}, `<li>•••••</li><li>none</li>`},
		{"a variable", `{{$x := .}}<p>{{$x}}</p>`, elm, `<p>•••••</p>`},
		{"chosen words", `{{if .}}<b>{{"In danger"}}</b>{{end}}`, true, `<b>•••••</b>`},
		{"what tells nothing", `<b>{{fixed .}}</b>`, "Phone", `<b>Phone</b>`},
		{"forged marks", `<b>{{.}}</b>`, "x\uE001Elm\uE000", `<b>•••••</b>`},
		{"a text area", `<textarea name="n">{{.}}</textarea>`, "a\nb", `<textarea name="n">•••••</textarea>`},
		{"a drawing", `<svg><rect width="{{.}}" height="3"/><text x="{{.}}">{{.}}</text></svg>`, 12, `<svg><rect width="12" height="3"/><text x="12">•••••</text></svg>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := masking(t, c.source, c.data); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// A page that is shared has nothing of the case in it but its number in links.
func TestSharing(t *testing.T) {
	o := adviser()
	s := o.serve(t)
	on := func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sharingCookie, Value: "on"}) }
	page := unmarked(ask(s, "GET", "/day", on))
	for _, word := range []string{"QX", "7F3A21C0", "release", "code word", "staff-08", "10:00", "High risk", "\uE000", "%ee%80"} {
		if strings.Contains(page, word) {
			t.Errorf("a shared page has %q in it", word)
		}
	}
	for _, word := range []string{"My day", "Screen sharing is on", "•••••", "No appointments today."} {
		if !strings.Contains(page, word) {
			t.Errorf("a shared page lacks %q", word)
		}
	}
}
