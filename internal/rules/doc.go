// Package rules works out, with its reasons, which criteria for a Marac a case
// meets, and looks back at a case for near misses. It is pure: case, figures of
// local practice and the time of now come in as values.
//
// # Rules are data
//
// A rule is a file, <code>.v<n>.json, which is never changed once a review has
// named it. It says which judgements count, how long a referral holds, how an
// uncertain date is read. What a service or its Marac sets for itself (how many
// yes, how many events, in which window) is policy, and comes with the Set.
//
// # Reading dates
//
// An incident goes by when it happened, not by when it was told. What is
// uncertain counts on the safe side: an incident is within a period if it can
// have been. A day can be any moment of it, a time that is only about right can
// be some days off (the rule says how many), and a date that is not known can
// be any up to when the incident was told.
//
// # Pairs
//
// Repeat and escalation are counted on a victim and a perpetrator. A
// perpetrator who is not known, or known in words only, can be any, so the
// incident counts for every pair; so does one through a relative or another,
// unless it names for whom.
package rules
