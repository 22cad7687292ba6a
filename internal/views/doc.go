// Package views works out what advisers, managers and commissioners look at
// from case files: pure functions of files, the figures of local practice and
// now, so that any view can be asked as it was known, or as it had happened, at
// another time. It reads nothing itself and knows no clock. Its results are
// what the commands print as JSON.
//
// A view of many cases goes through them once, one after the other, and holds
// no file: what it keeps of a case is what it shows of it. So there may be as
// many as a disk holds.
package views

import (
	"iter"

	"caseledger/projections/casefile"
)

// Cases are the files that a view is made of, each case once.
type Cases = iter.Seq[*casefile.File]
