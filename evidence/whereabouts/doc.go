// Package whereabouts finds words of a case that could show where somebody
// lives or can be found, so that a person can decide whether they are closed.
// It decides nothing, and it does no I/O.
//
// # The list
//
// New reads the list from every event of a case, so that what was recorded
// once and changed later stays on it:
//
//	client.recorded                    address, phone, email
//	child.recorded                     school, social worker's phone
//	person.recorded                    address, phones, emails; of a perpetrator only while he lives with the client
//	safe-contact.set                   addresses of every channel, allowed or not; places; code word
//	appointment.planned, .moved        number, place
//	contact.recorded, .attempted       number, place
//	helpline.contact, handover.given   number; code word
//	accommodation.sought, .placed      provider, address
//	meeting.recorded                   place
//	agency.involved                    phone, email
//	case.transferred                   area, the other service's contact
//	equipment.provided                 serial number
//
// What stands in an event that was found to be misfiled belongs to another
// client: it is on the list under code X. A place of kind court is not on it;
// hearings are public. Nor are numbers of fewer than six digits.
//
// # What is found
//
// Text and list are folded alike: compatibility forms, case, accents, Arabic
// vowel signs and letter variants, digits of any script, apostrophes, invisible
// characters. What parts words parts nothing else: "tallow-street",
// "TallowStreet" and "Tallow Street" are the same, and so is "tallowst". Characters of scripts that
// are written without spaces stand for themselves.
//
//   - exact: the name of a street, house, school or place, with a neighbour
//     that says what it is ("Tallow Street", "31 Tallow").
//   - near: the same with as many slips (a letter more, less, other, or two
//     exchanged) as its name allows: none under four letters, one under eight,
//     two under fourteen, three beyond. A name made of words for places alone
//     ("Station Road") with one, where each of them but the last has five letters
//     or more. A phone number or postcode with one.
//   - postcode: a postcode in any spacing and case, on the list or not.
//   - phone: a number in any grouping, with 0, +44 or neither, its last six
//     digits or more, or read out in words ("oh double seven"); on the list or
//     not.
//   - place: the bare name of a secret place or its town, written with a
//     capital if the text has any; the first half of its postcode.
//   - carried: words that an earlier decision closed, in the same event or in
//     another version of the same statement.
//
// A find takes in what stands beside it of the same entry, and house numbers,
// in words too.
// A name that is written in another script than the list's is not found, nor is
// a description ("the red house by the bridge"), nor anything in a picture or
// a recording: a person reads everything that goes out.
//
// # Limits
//
// Time grows with the length of the text times that of the list; both are
// limited (MaxPatterns, MaxText). Results name events, pointers, words by
// number and kinds of entries, never a word of the case.
package whereabouts
