// Package projections is the read side: a Pebble store that holds a second
// copy of every stream message (the archive), the tree over them, and the
// views folded from them. A Runner is its only writer: it takes events in
// stream order and puts each group into one synced batch. The package knows
// nothing of the log it is fed from but the small interfaces it declares, and
// never meets package evidence.
//
// # Keys
//
// A key is one byte for the space, one for the kind, and fixed-width fields;
// numbers are big-endian. No key holds anything a client or an adviser is
// known by.
//
//	00 's'                        which space is current (1 byte)
//	01 <chain>.<generation>       a wrapped case key, as keys.Store names it
//	space 'a' stream              archive: the payload as it stands in the stream
//	space 'c' chain seq           stream sequence of a chain's event
//	space 'e' initials n how      an exhibit reference; initials is 16 bytes of an HMAC
//	space 'f' chain view seq      a view of a case that failed to fold at an event
//	space 'h' chain               head of a chain
//	space 'i' ulid                stream sequence of an event id
//	space 'l' chain seq           brief of an event, sealed: its body without the words of its texts
//	space 'n' chain               under which terms a case stands: their tags, ascending
//	space 'p'                     position: how far everything here has come
//	space 's' term chain          a case by a name, number or reference, by who ever had it, by a type
//	                              of event that it has; term is 16 bytes of an HMAC
//	space 't' index               tree hash, stored as x/mod/sumdb/tlog numbers them
//	space 'v' chain               state of a case, sealed
//	space 'w' adviser chain       case of an adviser; adviser is 16 bytes of an HMAC
//	space 'x'                     which code and which index key wrote the views
//
// Spaces are the bytes 10 to ef. Everything in a space is derived from the
// log. A rebuild fills the next space and one batch makes it current and
// deletes the old one; Open removes what an interrupted rebuild left. Wraps
// stand outside of every space: they are not derived from anything.
//
// # Sealed values
//
//	01 ‖ uvarint generation ‖ 12-byte random nonce ‖ AES-256-GCM
//
// The key is HKDF-SHA256(case key of that generation, "caseledger/view/v1"),
// the additional data the full Pebble key, space included. The nonce is random
// and never derived from a sequence: a rebuild would use it again. The value
// 00 stands for a case whose key no longer exists, 02 for a state or a row that
// failed to fold.
//
// # Views
//
// A fold keeps facts and no policy: what is due, late or expired is worked out
// when it is read, from the figures of package policy that are in force then.
// A fold that fails takes down one view of one case: it is recorded, reported by
// Status, not served, and folded again at the next start or rebuild. It never
// stops the archive or the tree.
//
// The timeline and every list that shows no words are folded from the briefs
// of a case, which stand beside one another. They hold what the event holds,
// but for its words, in the vocabulary of the schemas: other schemas have all
// views folded again.
package projections
