// Package mail asks members of staff by email to sign in, and says nothing
// else: one subject and one text, the same for everybody and for every reason.
// It knows no case, no event and no reason; where somebody's address is, it is
// told by who asks.
//
// # The queue
//
// Who is to be asked stands in one file, by staff number, durable when Notify
// returns. Somebody is asked at most once in a while (Every), however often
// there is reason to. What fails for now is tried again, later each time, for a
// day (GiveUp); what a server refuses for good is not.
//
// # The way out
//
// Mail goes to one server over TLS: from the first byte, or with STARTTLS
// before anything is said. Only to this machine itself may it go in the clear.
// The server's certificate is checked against its name. net/smtp speaks the
// protocol: it is part of the standard library, does no more than is needed
// for a message that never changes, and adds nobody else's code to a process
// that holds keys.
package mail
