package views

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// sums are the equations of a count and its breakdowns, read from the tables
// as a reader would, without the network.
type sum struct {
	total *cell
	parts []*cell
}

func sumsOf(c *cell) (all []sum, cells []*cell) {
	cells = []*cell{c}
	add := func(list []*cell) {
		for _, p := range list {
			more, below := sumsOf(p)
			all, cells = append(all, more...), append(cells, below...)
		}
	}
	for _, s := range c.splits {
		all = append(all, sum{c, s.parts})
		add(s.parts)
		if s.columns == nil {
			continue
		}
		all = append(all, sum{c, s.columns})
		add(s.columns)
		for i, row := range s.parts {
			all = append(all, sum{row, s.cross[i]})
			add(s.cross[i])
		}
		for j, column := range s.columns {
			var list []*cell
			for i := range s.parts {
				list = append(list, s.cross[i][j])
			}
			all = append(all, sum{column, list})
		}
	}
	return all, cells
}

// reader works out what can be known: every held back count is at least 1, and
// the sums hold. It narrows ranges until they hold together and tries values.
type reader struct {
	sums []sum
	top  int // no count is tried above it
}

type bounds map[*cell][2]int

func (r *reader) narrow(b bounds) bool {
	for again := true; again; {
		again = false
		for _, s := range r.sums {
			lo, hi := 0, 0
			for _, p := range s.parts {
				lo, hi = lo+b[p][0], hi+b[p][1]
			}
			set := func(c *cell, low, high int) {
				x := b[c]
				if y := [2]int{max(x[0], low), min(x[1], high)}; y != x {
					b[c], again = y, true
				}
			}
			set(s.total, lo, hi)
			t := b[s.total]
			for _, p := range s.parts {
				set(p, t[0]-(hi-b[p][1]), t[1]-(lo-b[p][0]))
				lo, hi = 0, 0
				for _, q := range s.parts {
					lo, hi = lo+b[q][0], hi+b[q][1]
				}
			}
		}
		for _, x := range b {
			if x[0] > x[1] {
				return false
			}
		}
	}
	return true
}

// solve reports whether whole numbers within bounds satisfy all sums.
func (r *reader) solve(cells []*cell, b bounds) bool {
	if !r.narrow(b) {
		return false
	}
	var open *cell
	for _, c := range cells {
		if x := b[c]; x[0] < x[1] && (open == nil || x[1]-x[0] < b[open][1]-b[open][0]) {
			open = c
		}
	}
	if open == nil {
		return true
	}
	for v := b[open][0]; v <= b[open][1]; v++ {
		next := make(bounds, len(b))
		for c, x := range b {
			next[c] = x
		}
		next[open] = [2]int{v, v}
		if r.solve(cells, next) {
			return true
		}
	}
	return false
}

// possible are the values of a count for which there is a solution.
func (r *reader) possible(cells []*cell, of *cell) (values []int) {
	for v := 1; v <= r.top; v++ {
		b := make(bounds, len(cells))
		for _, c := range cells {
			b[c] = [2]int{c.n, c.n}
			if c.hidden {
				b[c] = [2]int{1, r.top}
			}
		}
		b[of] = [2]int{v, v}
		if r.solve(cells, b) {
			values = append(values, v)
		}
	}
	return values
}

// check holds a published group to the rule.
func check(root *cell, under int) error {
	sums, cells := sumsOf(root)
	for _, c := range cells {
		if c.n > 0 && c.n < under && !c.hidden {
			return fmt.Errorf("%s: %d is shown", c.code, c.n)
		}
		if c.n == 0 && c.hidden {
			return fmt.Errorf("%s: a zero is held back", c.code)
		}
	}
	r := &reader{sums, root.n + 2*under}
	for _, c := range cells {
		if !c.hidden {
			continue
		}
		got := r.possible(cells, c)
		if len(got) < 2 || got[len(got)-1]-got[0] < under {
			return fmt.Errorf("%s: is %d, and can only be %v", c.code, c.n, got)
		}
	}
	return nil
}

func leaf(code string, n int) *cell { return &cell{code: code, n: n} }

func total(code string, splits ...split) *cell {
	c := &cell{code: code, splits: splits}
	for _, p := range splits[0].parts {
		c.n += p.n
	}
	return c
}

func parts(code string, counts ...int) split {
	var s split
	for i, n := range counts {
		s.parts = append(s.parts, leaf(fmt.Sprint(code, i), n))
	}
	return s
}

func crossed(code string, counts [][]int) split {
	s := split{cross: make([][]*cell, len(counts))}
	for j := range counts[0] {
		s.columns = append(s.columns, leaf(fmt.Sprint(code, "-col", j), 0))
	}
	for i, list := range counts {
		row := leaf(fmt.Sprint(code, "-row", i), 0)
		for j, n := range list {
			s.cross[i] = append(s.cross[i], leaf(fmt.Sprint(code, i, "-", j), n))
			row.n += n
			s.columns[j].n += n
		}
		s.parts = append(s.parts, row)
	}
	return s
}

func TestSuppress(t *testing.T) {
	for _, c := range []struct {
		name   string
		root   *cell
		hidden string
	}{
		{"nothing small", total("t", parts("a", 9, 7, 0)), "[]"},
		{"zeros are shown", total("t", parts("a", 0, 0)), "[]"},
		{"a lone three takes the smallest other with it", total("t", parts("a", 3, 20, 8, 0)), "[a0 a2]"},
		{"one beside five is not enough", total("t", parts("a", 1, 5, 12)), "[a0 a1 a2]"},
		{"two that would add up to five take another", total("t", parts("a", 4, 1, 30)), "[a0 a1 a2]"},
		{"the only row takes the total", total("t", parts("a", 3)), "[t a0]"},
		{"a total shared by two tables stays if it can", total("t", parts("a", 3, 9), parts("b", 6, 6)), "[a0 a1]"},
		{"a total that goes is worked out from no other table", total("t", parts("a", 3, 2), parts("b", 5)), "[t a0 a1 b0]"},
		{"a total goes later than a larger count", total("t", split{parts: []*cell{leaf("a0", 3), total("a1", parts("b", 6)), leaf("a2", 20)}}), "[a0 a2]"},
		{"rows and columns", total("t", crossed("x", [][]int{{3, 20, 9}, {8, 30, 12}, {11, 6, 40}})), "[x0-0 x0-2 x1-0 x1-2]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			suppress(c.root, 5)
			_, cells := sumsOf(c.root)
			hidden := []string{}
			for _, x := range cells {
				if x.hidden {
					hidden = append(hidden, x.code)
				}
			}
			if fmt.Sprint(hidden) != c.hidden {
				t.Errorf("held back %v, want %s", hidden, c.hidden)
			}
			if err := check(c.root, 5); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReaderWorksItOut: the check can fail. Without the counts that are held
// back beside the small ones, the small ones can be worked out.
func TestReaderWorksItOut(t *testing.T) {
	for _, root := range []*cell{
		total("t", parts("a", 3, 20, 8)),
		total("t", crossed("x", [][]int{{3, 20}, {8, 30}})),
		total("t", parts("a", 6, 4, 1)),
	} {
		_, cells := sumsOf(root)
		for _, c := range cells {
			c.hidden = c.n > 0 && c.n < 5
		}
		if check(root, 5) == nil {
			t.Errorf("%s: nothing was worked out of small counts alone", root.splits[0].parts[0].code)
		}
	}
}

// group draws tables that share totals: plain ones, nested ones, crossed ones.
func group(t *rapid.T) *cell {
	count := rapid.OneOf(rapid.IntRange(0, 6), rapid.IntRange(0, 12))
	var root *cell
	if rapid.Bool().Draw(t, "crossed") {
		counts := make([][]int, rapid.IntRange(1, 3).Draw(t, "rows"))
		columns := rapid.IntRange(1, 3).Draw(t, "columns")
		for i := range counts {
			counts[i] = rapid.SliceOfN(count, columns, columns).Draw(t, "row")
		}
		root = total("t", crossed("x", counts))
	} else {
		root = total("t", parts("a", rapid.SliceOfN(count, 1, 4).Draw(t, "a")...))
	}
	broken := func(code string, n int) split {
		var list []int
		for left := n; ; {
			k := rapid.IntRange(0, left).Draw(t, code)
			list = append(list, k)
			if left -= k; left == 0 || len(list) == 3 {
				return parts(code, append(list, left)...)
			}
		}
	}
	if rapid.Bool().Draw(t, "shared") {
		root.splits = append(root.splits, broken("b", root.n))
	}
	if p := root.splits[0].parts[0]; rapid.Bool().Draw(t, "nested") {
		p.splits = append(p.splits, broken("n", p.n))
	}
	return root
}

// TestSuppressHolds: of random tables nothing that is held back can be worked
// out, by somebody who tries every solution.
func TestSuppressHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root, under := group(t), rapid.IntRange(2, 5).Draw(t, "under")
		suppress(root, under)
		if err := check(root, under); err != nil {
			t.Fatal(err)
		}
	})
}

// TestIntervalIsExact: the range by flows is the range by trying.
func TestIntervalIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := group(t)
		sums, cells := sumsOf(root)
		for _, c := range cells {
			c.hidden = c.n > 0 && rapid.Bool().Draw(t, "hide "+c.code)
		}
		n := &network{nodes: 1}
		n.span(root, 0, 0)
		const limit = 3
		r := &reader{sums, root.n + limit}
		for i := range n.edges {
			c := n.edges[i].cell
			if !c.hidden {
				continue
			}
			below, above := n.interval(i, limit)
			got := r.possible(cells, c)
			if low, high := max(got[0], c.n-limit), min(got[len(got)-1], c.n+limit); c.n-below != low || c.n+above != high {
				t.Fatalf("%s is %d: %d to %d by flows, %d to %d by trying", c.code, c.n, c.n-below, c.n+above, low, high)
			}
		}
	})
}
