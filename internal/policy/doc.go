// Package policy is what a service decides for itself: every figure of local
// practice as a named, documented value with a unit, a default and a range. It
// does no I/O and asks no clock.
//
// A figure is set by a policy.set event in the service chain, which carries the
// whole set and the time from which it holds. History keeps all of them, so
// that a past decision is explained by the policy of its day: Set tells which
// holds at a time, as known at a time. What a set does not name has its
// default, and so has everything before the first set, which is version 0.
//
// The codes, units and defaults are those of package schemas
// (figures/practice.v1.json), to which policy.set is held; this package adds
// what each means, its range, and one method for each, so that no caller spells
// a code or forgets a unit.
//
// Roster is the other thing that the service chain tells: who works there, and
// who has a cap of their own.
package policy
