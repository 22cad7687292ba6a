package views

// This file keeps counts from telling of single people.
//
// # The rule
//
// A count above 0 and below the figure suppress-under (u) is not shown. Of
// every count that is not shown, whoever has everything that is shown can work
// out no more than a range whose ends lie at least u apart: at least u+1 whole
// numbers are possible. Where the counts that are too small do not leave that
// much open, others are held back with them until they do, totals last. Zeros
// are shown, so that who reads it may take it that what is not shown is at
// least 1; the range holds against that too. Nothing tells the two kinds of
// held back counts apart.
//
// # Why it is exact
//
// Counts that add up in tables, and in tables whose totals are counts of other
// tables, are a circulation: each count is an edge, each sum a node into which
// as much flows as out of it. How far one count can go up or down while
// everything shown stays as it is, is a maximum flow through the counts that
// are not shown. Flows of whole numbers have whole maxima, so the range is the
// exact one, not an estimate. Where all counts of a group are held back each
// can be any multiple of itself: so there is always an end to it.
// Source: L. H. Cox, "Network models for complementary cell suppression",
// Journal of the American Statistical Association 90 (1995).

// cell is a count, and the ways in which it is broken down.
type cell struct {
	code, title string
	n           int
	hidden      bool
	splits      []split
}

// split breaks a count down: its parts, or rows and columns with the cells in
// which they cross, add up to it.
type split struct {
	parts   []*cell
	columns []*cell   // nil: parts are all there is, else parts are the rows
	cross   [][]*cell // by row and column
}

func (c *cell) shown() *int {
	if c.hidden {
		return nil
	}
	n := c.n
	return &n
}

// open reports whether nothing of a split is held back.
func (s *split) open() bool {
	for _, c := range s.parts {
		if c.hidden {
			return false
		}
		for i := range c.splits {
			if !c.splits[i].open() {
				return false
			}
		}
	}
	return true
}

// edge is a cell as a flow between two nodes.
type edge struct {
	*cell
	from, to int
	cost     int // of holding it back, when another would do
	moved    int // by the flow that is being tried
}

// network is a group of tables that share counts.
type network struct {
	nodes int
	edges []edge
}

// The costs of holding back: a total only when nothing else will do.
const (
	totalCost = 1 << 24
	rootCost  = 1 << 40
)

// suppress holds back what must not be shown of a count and its breakdowns.
func suppress(root *cell, under int) {
	n := &network{nodes: 1}
	n.span(root, 0, 0)
	n.edges[0].cost = rootCost
	for i := range n.edges {
		e := &n.edges[i]
		e.hidden = e.n > 0 && e.n < under
	}
	for again := true; again; {
		again = false
		for i := range n.edges {
			if n.edges[i].hidden && n.protect(i, under) {
				again = true // what was held back with it is looked at in its turn
			}
		}
	}
}

func (n *network) node() int {
	n.nodes++
	return n.nodes - 1
}

// span lays a cell and its breakdowns, one after the other, between two nodes.
func (n *network) span(c *cell, from, to int) {
	cost := 1 + c.n
	if len(c.splits) > 0 {
		cost += totalCost
	}
	end := to
	if len(c.splits) > 0 {
		end = n.node()
	}
	n.edges = append(n.edges, edge{cell: c, from: from, to: end, cost: cost})
	for i, s := range c.splits {
		from, end = end, to
		if i < len(c.splits)-1 {
			end = n.node()
		}
		if s.columns == nil {
			for _, part := range s.parts {
				n.span(part, from, end)
			}
			continue
		}
		columns := make([]int, len(s.columns))
		for j, column := range s.columns {
			columns[j] = n.node()
			n.span(column, columns[j], end)
			n.dear(column)
		}
		for i, row := range s.parts {
			at := n.node()
			n.span(row, from, at)
			n.dear(row)
			for j, inner := range s.cross[i] {
				n.span(inner, at, columns[j])
			}
		}
	}
}

// dear makes a margin a total.
func (n *network) dear(c *cell) {
	for i := range n.edges {
		if n.edges[i].cell == c && n.edges[i].cost < totalCost {
			n.edges[i].cost += totalCost
		}
	}
}

// unbounded is more than any flow that is asked for.
const unbounded = 1 << 30

// room is how far an edge can still move, up or down, as far as can be told.
func (e *edge) room(up bool) int {
	switch {
	case !e.hidden:
		return 0
	case up:
		return unbounded
	}
	return e.n + e.moved - 1
}

// interval is how far a held back count can be below and above what it is, for
// all that is shown: exactly, up to limit each.
func (n *network) interval(at, limit int) (below, above int) {
	e := &n.edges[at]
	above = n.push(e.to, e.from, at, limit)
	n.reset()
	below = min(e.n-1, n.push(e.from, e.to, at, min(limit, e.n-1)))
	n.reset()
	return below, above
}

// protect holds back more until the range of a count is wide enough, and
// reports whether it had to.
func (n *network) protect(at, width int) (more bool) {
	for {
		below, above := n.interval(at, width)
		if below+above >= width {
			return more
		}
		n.push(n.edges[at].to, n.edges[at].from, at, width)
		for _, step := range n.cheapest(at) {
			n.edges[step].hidden = true
		}
		n.reset()
		more = true
	}
}

func (n *network) reset() {
	for i := range n.edges {
		n.edges[i].moved = 0
	}
}

// push moves up to want from one node to another without one edge, through what
// is held back, and returns how much it could.
func (n *network) push(from, to, without, want int) int {
	if from == to {
		return want
	}
	done := 0
	for done < want {
		steps := n.path(from, to, func(i int, up bool) (int, bool) {
			return 1, i != without && n.edges[i].room(up) > 0
		})
		if steps == nil {
			break
		}
		amount := want - done
		for _, s := range steps {
			amount = min(amount, n.edges[s.edge].room(s.up))
		}
		for _, s := range steps {
			if s.up {
				n.edges[s.edge].moved += amount
			} else {
				n.edges[s.edge].moved -= amount
			}
		}
		done += amount
	}
	return done
}

// cheapest are the edges that are best held back with one, so that it can move
// further up than it could.
func (n *network) cheapest(at int) []int {
	steps := n.path(n.edges[at].to, n.edges[at].from, func(i int, up bool) (int, bool) {
		switch e := &n.edges[i]; {
		case i == at:
			return 0, false
		case e.hidden:
			return 0, e.room(up) > 0
		default:
			return e.cost, e.n > 1 || up && e.n > 0
		}
	})
	var more []int
	for _, s := range steps {
		if !n.edges[s.edge].hidden {
			more = append(more, s.edge)
		}
	}
	return more
}

type step struct {
	edge int
	up   bool
}

// path is the cheapest way from one node to another: an edge in its direction
// is one that goes up. nil: there is none. Among equals the first wins, so that
// the same counts always give the same answer.
func (n *network) path(from, to int, cost func(edge int, up bool) (int, bool)) []step {
	const far = 1 << 60
	dist, last := make([]int, n.nodes), make([]step, n.nodes)
	for i := range dist {
		dist[i] = far
	}
	dist[from] = 0
	for again := true; again; { // costs are never below 0: it ends
		again = false
		for i := range n.edges {
			for _, up := range [...]bool{true, false} {
				a, b := n.edges[i].from, n.edges[i].to
				if !up {
					a, b = b, a
				}
				if dist[a] == far || a == b {
					continue
				}
				if c, ok := cost(i, up); ok && dist[a]+c < dist[b] {
					dist[b], last[b], again = dist[a]+c, step{i, up}, true
				}
			}
		}
	}
	if dist[to] == far {
		return nil
	}
	var steps []step
	for at := to; at != from; {
		s := last[at]
		steps = append(steps, s)
		if at = n.edges[s.edge].from; !s.up {
			at = n.edges[s.edge].to
		}
	}
	return steps
}
