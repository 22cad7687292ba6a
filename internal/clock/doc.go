// Package clock is time as the ledger's people have it: days and clocks of
// London, working days of England and Wales, months with anniversaries, and
// moments that are known only to the day. It is pure: the time of now comes in
// as a value, and it needs no time zone data of the machine.
//
// # Summer time
//
// British Summer Time runs from 01:00 UTC on the last Sunday of March to 01:00
// UTC on the last Sunday of October. Source: Summer Time Order 2002 (SI
// 2002/262), in force since 2002 and equal to the practice since 1996. The same
// rule is used for every year; before 1996 it can be some weeks off, which
// matters for dates of birth only, and those have no hour.
//
// # Bank holidays
//
// They are data (holidays.v1.json) with a range of years. A question about a
// day beyond it is a *RangeError, never a guess.
package clock
