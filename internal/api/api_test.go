package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"caseledger/events"
	"caseledger/internal/access"
	"caseledger/internal/ops"
	"caseledger/schemas"
)

func server() *Server {
	return New(Options{Hosts: []string{"localhost:8080"}, Version: "1.2.3", Now: time.Now})
}

// TestDocument: the table and the document say the same, both ways.
func TestDocument(t *testing.T) {
	s := server()
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			OperationID string                `json:"operationId"`
			Security    []map[string][]string `json:"security"`
			Parameters  []struct {
				Name, In string
				Required bool
			} `json:"parameters"`
			RequestBody *struct {
				Content map[string]struct{ Schema json.RawMessage }
			} `json:"requestBody"`
			Responses map[string]struct {
				Content map[string]struct{ Schema json.RawMessage }
			} `json:"responses"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]json.RawMessage `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(s.document, &doc); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1.") {
		t.Error(doc.OpenAPI)
	}
	in := map[string]bool{}
	names := map[string]bool{}
	for _, r := range s.Routes() {
		in[r.Method+" "+Root+r.Pattern] = true
		if names[r.Name] {
			t.Errorf("%s names two", r.Name)
		}
		names[r.Name] = true
		op, ok := doc.Paths[Root+r.Pattern][strings.ToLower(r.Method)]
		if !ok || op.OperationID != r.Name {
			t.Errorf("%s %s is not in the document", r.Method, r.Pattern)
			continue
		}
		switch {
		case r.Open && len(op.Security) != 0:
			t.Errorf("%s: open, but the document asks for a token", r.Name)
		case !r.Open && (len(op.Security) != 1 || !slices.Equal(op.Security[0]["token"], []string{string(r.Scope)})):
			t.Errorf("%s: scope %s, the document says %v", r.Name, r.Scope, op.Security)
		}
		var wild []string
		for _, m := range regexp.MustCompile(`\{([a-z]+)\}`).FindAllStringSubmatch(r.Pattern, -1) {
			wild = append(wild, m[1])
		}
		var path []string
		for _, p := range op.Parameters {
			if p.In == inPath {
				path = append(path, p.Name)
			}
			if p.Required != (p.In == inPath) {
				t.Errorf("%s: parameter %s", r.Name, p.Name)
			}
		}
		slices.Sort(path)
		slices.Sort(wild)
		if !slices.Equal(path, wild) || len(op.Parameters) != len(r.Params) {
			t.Errorf("%s: parameters %v of %v", r.Name, path, wild)
		}
		if (op.RequestBody != nil) != (r.Takes != nil) || (r.Takes != nil) != (r.Method != "GET") {
			t.Errorf("%s: body", r.Name)
		}
		want := map[string]string{}
		for status := range r.Gives {
			want[strconv.Itoa(status)] = jsonType
			if r.Media != "" {
				want[strconv.Itoa(status)] = r.Media
			}
		}
		for _, code := range failsOf(r) {
			want[strconv.Itoa(kindOf(code).Status)] = problemType
		}
		got := map[string]string{}
		for status, x := range op.Responses {
			for media := range x.Content {
				got[status] = media
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: answers %v, want %v", r.Name, got, want)
		}
	}
	for path, methods := range doc.Paths {
		for method := range methods {
			if !in[strings.ToUpper(method)+" "+path] {
				t.Errorf("the document has %s %s, the table has not", method, path)
			}
		}
	}
	// Every schema that is referred to is there, every one that is there is
	// referred to, and all compile.
	used := map[string]bool{}
	for _, m := range regexp.MustCompile(`"#/components/schemas/([^"]+)"`).FindAllStringSubmatch(string(s.document), -1) {
		used[m[1]] = true
	}
	whole, err := jsonschema.UnmarshalJSON(strings.NewReader(string(s.document)))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("https://caseledger.example/openapi.json", whole); err != nil {
		t.Fatal(err)
	}
	for name := range doc.Components.Schemas {
		if !used[name] {
			t.Errorf("nothing refers to %s", name)
		}
		delete(used, name)
		if _, err := c.Compile("https://caseledger.example/openapi.json#/components/schemas/" + name); err != nil {
			t.Error(err)
		}
	}
	if len(used) > 0 {
		t.Errorf("not in the document: %v", used)
	}
}

// TestWrites: every type of event is recorded here or is said to be elsewhere,
// under an action that there is.
func TestWrites(t *testing.T) {
	for typ, action := range writes {
		if slices.Contains(elsewhere, typ) {
			t.Errorf("%s is here and elsewhere", typ)
		}
		if _, ok := schemas.Default().Latest(typ); !ok {
			t.Errorf("%s is no type", typ)
		}
		if _, ok := access.RuleOf(action); !ok {
			t.Errorf("%s: nobody may %s", typ, action)
		}
	}
	for _, typ := range schemas.Default().Types() {
		if _, ok := writes[typ]; !ok && !slices.Contains(elsewhere, typ) {
			t.Errorf("%s is neither here nor elsewhere", typ)
		}
	}
	if len(writes)+len(elsewhere) != len(schemas.Default().Types()) {
		t.Errorf("%d here, %d elsewhere, %d types", len(writes), len(elsewhere), len(schemas.Default().Types()))
	}
}

// TestKinds: every error of the ledger has a problem, none is there twice, and
// what an error says is not repeated.
func TestKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range kinds {
		if seen[k.Code] || k.Title == "" || k.Detail == "" || http.StatusText(k.Status) == "" {
			t.Errorf("%+v", k)
		}
		seen[k.Code] = true
	}
	for _, err := range []error{events.ErrConflict, events.ErrDuplicate, events.ErrTooLarge, events.ErrVersion, events.ErrSyntax, events.ErrInvalid, ops.ErrInput, ops.ErrFull, events.ErrReadOnly, events.ErrStopped, events.ErrNotFound, events.ErrBroken, events.ErrSealed} {
		p := problemOf(fmt.Errorf("the client Jane Doe: %w", err))
		if p.Code != ops.Code(err) {
			t.Errorf("%v: %s", err, p.Code)
		}
		if b, _ := json.Marshal(p.Problem); strings.Contains(string(b), "Jane") {
			t.Errorf("%v: %s", err, b)
		}
	}
	if p := problemOf(errors.New("the client Jane Doe")); p.Code != "failed" || p.Status != 500 {
		t.Errorf("%+v", p)
	}
}

// TestVeil: every way in which an event says where somebody is.
func TestVeil(t *testing.T) {
	body := `{"actor":"staff-07","data":{"address":{"lines":["4 Elm Row"]},"code_word":null,"name":"A","people":[{"number":"07700 900000","text":"x < y & z"},{"phone":null,"phones":["07700 900001"],"school":{"name":"Elm"}}]},"occurred":{"place":"kept"},"type":"x","v":1}`
	got, places, err := veil([]byte(body), false)
	want := strings.NewReplacer(`{"lines":["4 Elm Row"]}`, "null", `"07700 900000"`, "null", `["07700 900001"]`, "null", `{"name":"Elm"}`, "null").Replace(body)
	if err != nil || string(got) != want || !slices.Equal(places, []string{"/data/address", "/data/people/0/number", "/data/people/1/phones", "/data/people/1/school"}) {
		t.Errorf("%s\n%v %v", got, places, err)
	}
	plain := `{"actor":"staff-07","data":{"name":"A"},"occurred":{},"type":"x","v":1}`
	if got, places, err := veil([]byte(plain), false); err != nil || string(got) != plain || places != nil {
		t.Error(string(got), places, err)
	}
	want = `{"actor":"staff-07","data":null,"occurred":{},"type":"x","v":1}`
	if got, places, err := veil([]byte(plain), true); err != nil || string(got) != want || !slices.Equal(places, []string{"/data"}) {
		t.Error(string(got), places, err)
	}
}

// TestNothingThere: what is no route says so, as a problem.
func TestNothingThere(t *testing.T) {
	s := server()
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/api/v1/", 404, ""},
		{"GET", "/api/v2/day", 404, ""},
		{"POST", "/api/v1/day", 405, "GET, HEAD"},
		{"DELETE", "/api/v1/cases/7f3a21c0000000000000000000000001/events/1", 405, "GET, HEAD, PUT"},
		{"OPTIONS", "/api/v1/search", 405, "POST"},
		{"GET", "/api/v1/problems/none", 404, ""},
		{"GET", "/api/v1/schemas/..%2fschemas.go", 404, ""},
		{"GET", "/api/v1/schemas/access%2Faccess.json", 404, ""},
		{"GET", "/api/v1/openapi.json?x=1", 400, ""},
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(tt.method, "http://localhost:8080"+tt.path, nil))
		if w.Code != tt.status || w.Header().Get("Allow") != tt.allow || w.Header().Get("Content-Type") != problemType {
			t.Errorf("%s %s: %d %v %s", tt.method, tt.path, w.Code, w.Header(), w.Body)
		}
	}
}
