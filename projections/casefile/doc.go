// Package casefile folds the events of one case into a File: everything that
// views, rules and decisions want to know of it, each item with the event it
// came from. It is pure: no I/O, no clock, no policy. What depends on a figure
// of local practice or on now is worked out by those who read a File.
//
// # Order
//
// Events are folded in the order of their chain, in which they were recorded.
// When something happened is kept apart: an entry made late takes its place in
// the chain, and where the newest is wanted, "as known from now on" goes by the
// chain (details, safe contact, agreements, orders, equipment) and "it
// happened" goes by when it happened (contacts, attempts, reviews, referrals,
// where a perpetrator stands). A moment known only to the day counts as late as
// it can be; an event that does not say when counts as of its recording.
//
// # Cuts
//
// A Cut asks for the case as known on one day and as happened by another.
// KnownBy leaves out what was recorded later, so that it is as if it had not
// been written. HappenedBy leaves out what happened later. What is uncertain
// counts as happened: a date from its first instant, a time that is only about
// right from the start of its day, and an event that does not say when always.
// An incident goes by when it happened, not by when it was disclosed, if that
// is earlier. Corrections, disputes, misfiled marks and what erases are about
// the record and not about what happened: only KnownBy cuts them.
//
// # True events
//
// The fold never fails on an event that was recorded. What it cannot read, what
// names something that is not there, and what should not have happened (a
// contact by a channel that was not safe, an entry by somebody who is
// excluded) becomes a Flag; the entry stays in the list of entries, and
// everything that can be told from it is. A misfiled entry belongs to another
// case: it stays among the entries, marked, and is left out of everything else.
package casefile
