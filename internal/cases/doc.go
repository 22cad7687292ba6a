// Package cases is the write side of the ledger: a command, the case's state,
// a decision, an append.
//
// A command becomes an event in this order: the body is put into canonical
// form; the event id is looked up, because the same id and the same body is
// the same event however often it is sent; the body is held against its
// schema; the case is locked, its last event compared with the one that the
// writer saw, and what the body refers to is looked up; the event is sealed
// under the case's key with a fresh nonce and appended. Append returns when
// the event is durable in the log and in the archive, and not before.
//
// Commands on one case are taken one after another, on different cases side
// by side.
//
// # Decisions
//
// A true event is never refused because it should not have happened or because
// it is entered late: those are flags in the case file. What is refused, with
// the field that it is about:
//
//   - what cannot be read back as what it says it is: it names another event,
//     statement or action that is not there, or lies ahead of the clock by more
//     than MaxClockBack and is no plan;
//   - a plan that is not safe: an appointment with the client, still to come,
//     by a way that the safe-contact setting does not allow at that time, or
//     with no setting, unless it says in its override why and who takes it upon
//     them, which a manager reviews; a plan in a closed case; an action without
//     the risk that it reduces, or once more after another incident before the
//     first one's outcome is entered;
//   - whatever somebody on the case's exclusion list records, and whatever
//     gives them the case: nothing bypasses that list;
//   - anything in an erased case;
//   - an export that is not at the end of a disclosure's path (Path): a step is
//     missing, one person took two that two people take, or its exhibit
//     reference is used. The steps themselves are events like any other.
//
// The events of a case are read for a plan only, one event for what names one,
// and none for the rest.
//
// # Time
//
// An event's recorded time is the clock's reading, and never before the last
// reading that was used: within a case, recorded times do not go back. Between
// cases they may stand out of order in the log by as long as an append takes.
// When the clock is set back by up to MaxClockBack, events bear the last
// reading until the clock has caught up. When it is further back, the service
// refuses to record (ClockError): one wrong recorded time puts all of them in
// doubt, and only an operator can tell which of the two clocks was wrong.
package cases
