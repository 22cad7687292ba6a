package schemas

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// ruleNames returns the rules that rules.go can name: what is given to broken
// and to once.
func ruleNames(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "rules.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if name != "broken" && name != "once" {
			return true
		}
		if text := ruleName(t, call.Args[0]); text != "…" { // the variable of the function once itself
			names[text] = true
		}
		return true
	})
	return slices.Sorted(maps.Keys(names))
}

// ruleName returns a name as the specification has it: "…" is what is computed.
func ruleName(t *testing.T, e ast.Expr) string {
	t.Helper()
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		return text
	case *ast.BinaryExpr:
		return ruleName(t, e.X) + ruleName(t, e.Y)
	}
	return "…"
}

// The specification has every rule beyond JSON Schema and no other, for the
// types that have it, every item of the instruments and every figure.
func TestFormatDocument(t *testing.T) {
	doc, err := os.ReadFile("../docs/FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(doc), "\n### 8.1 Content\n")
	if !ok {
		t.Fatal("docs/FORMAT.md has no section 8.1")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	_, table, _ := strings.Cut(section, "|---|---|---|\n")
	written, types := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(table) {
		cells := strings.Split(line, " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) != 3 {
			break
		}
		written[strings.TrimPrefix(cells[0], "| ")] = true
		for typ := range strings.SplitSeq(cells[1], ", ") {
			types[typ] = true
		}
	}
	if got, want := slices.Sorted(maps.Keys(written)), ruleNames(t); !slices.Equal(got, want) {
		t.Errorf("docs/FORMAT.md has the rules\n%q\nthe program\n%q", got, want)
	}
	for place := range rules {
		file, _, _ := strings.Cut(place, "#")
		typ, v, err := splitName(file)
		want := fmt.Sprintf("`%s` %d", typ, v)
		if file == "common.json" {
			want, err = "all", nil
		}
		if err != nil || !types[want] {
			t.Errorf("docs/FORMAT.md has no rule for %s, %v", place, err)
		}
	}
	for _, in := range instruments() {
		first, last := in.Items[0].Code, in.Items[len(in.Items)-1].Code
		if !strings.Contains(section, fmt.Sprintf("`%s` %d: `%s` to `%s`", in.Code, in.Version, first, last)) {
			t.Errorf("docs/FORMAT.md does not list the items of %s version %d", in.Code, in.Version)
		}
		for i, item := range in.Items { // what "to" says
			if want := fmt.Sprintf("%s%02d", first[:1], i+1); item.Code != want {
				t.Errorf("item %d of %s is %s, not %s", i, in.Code, item.Code, want)
			}
		}
	}
	for _, f := range Figures() {
		want := fmt.Sprintf("`%s` %s %d", f.Code, f.Unit, len(f.Values))
		if f.Local {
			want += " local"
		}
		if !strings.Contains(section, " "+want+",") && !strings.Contains(section, " "+want+".") {
			t.Errorf("docs/FORMAT.md does not list the figure %s", want)
		}
	}
}
