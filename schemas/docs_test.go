package schemas

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// property is what this test needs to know of a schema.
type property struct {
	Properties map[string]property `json:"properties"`
	Items      *property           `json:"items"`
	AnyOf      []property          `json:"anyOf"`
	Enum       []string            `json:"enum"`
	Defs       map[string]property `json:"$defs"`
}

// names adds every member below p, and every code of its own lists.
func (p property) names(members, codes map[string]bool) {
	for name, sub := range p.Properties {
		members[name] = true
		sub.names(members, codes)
	}
	if p.Items != nil {
		p.Items.names(members, codes)
	}
	for _, sub := range p.AnyOf {
		sub.names(members, codes)
	}
	for _, c := range p.Enum {
		codes[c] = true
	}
}

func readSchema(t *testing.T, file string) property {
	t.Helper()
	b, err := files.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var p property
	if err := json.Unmarshal(b, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

var (
	inTicks  = regexp.MustCompile("`([^`]+)`")
	codeWord = regexp.MustCompile(`[A-Za-z0-9]+(-[a-z0-9]+)*`)
)

// TestEventsPage holds docs/EVENTS.md to the schemas: a row for every type and
// version, every member and every code of a row's schema in it, and nothing in
// it between ticks that its schema does not have.
func TestEventsPage(t *testing.T) {
	page, err := os.ReadFile("../docs/EVENTS.md")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]property{} // by the first cell
	for _, typ := range Default().Types() {
		newest, _ := Default().Latest(typ)
		for v := uint64(1); v <= newest; v++ {
			label := "`" + typ + "`"
			if newest > 1 {
				label += " " + strconv.FormatUint(v, 10)
			}
			data := readSchema(t, typ+".v"+strconv.FormatUint(v, 10)+".json").Properties["data"]
			delete(data.Properties, "made") // said of all
			want[label] = data
		}
	}
	for name, def := range readSchema(t, common).Defs {
		members := map[string]bool{}
		if def.names(members, map[string]bool{}); len(members) > 0 && name != "prose" {
			want[name] = def
		}
	}
	types, _, _ := strings.Cut(string(page), "## Figures")
	for _, line := range strings.Split(types, "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		schema, ok := want[cells[0]]
		if !ok {
			if strings.HasPrefix(line, "| `") {
				t.Errorf("%s: a row too many, or of no type", cells[0])
			}
			continue
		}
		delete(want, cells[0])
		members, codes := map[string]bool{}, map[string]bool{}
		schema.names(members, codes)
		named := map[string]bool{}
		for _, m := range inTicks.FindAllStringSubmatch(cells[1], -1) {
			named[m[1]] = true
			if !members[m[1]] {
				t.Errorf("%s: no member %s", cells[0], m[1])
			}
		}
		for _, m := range slices.Sorted(maps.Keys(members)) {
			if !named[m] {
				t.Errorf("%s: member %s is not named", cells[0], m)
			}
		}
		words := codeWord.FindAllString(inTicks.ReplaceAllString(cells[1], ""), -1)
		for _, c := range slices.Sorted(maps.Keys(codes)) {
			if !slices.Contains(words, c) {
				t.Errorf("%s: code %s is not named", cells[0], c)
			}
		}
		for _, m := range inTicks.FindAllStringSubmatch(strings.Join(cells[2:], " "), -1) {
			if !members[m[1]] {
				t.Errorf("%s: read by names no member %s", cells[0], m[1])
			}
		}
	}
	for label := range want {
		t.Errorf("%s has no row", label)
	}
}

// TestFiguresPage holds the table of figures to the figures.
func TestFiguresPage(t *testing.T) {
	page, err := os.ReadFile("../docs/EVENTS.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "## Figures")
	var rows []string
	for _, line := range strings.Split(table, "\n") {
		if strings.HasPrefix(line, "| `") {
			rows = append(rows, line)
		}
	}
	list := Figures()
	if len(rows) != len(list) {
		t.Fatalf("%d rows, %d figures", len(rows), len(list))
	}
	for i, f := range list {
		var values []string
		for _, v := range f.Values {
			values = append(values, strconv.FormatUint(v, 10))
		}
		local := map[bool]string{true: "yes", false: "no"}[f.Local]
		want := "| `" + f.Code + "` | " + strings.ToLower(f.Title[:1]) + f.Title[1:] + " | " + strings.Join(values, " to ") + " | " + f.Unit + " | " + local + " |"
		if rows[i] != want {
			t.Errorf("row %s\nwant %s", rows[i], want)
		}
	}
}
