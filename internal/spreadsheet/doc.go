// Package spreadsheet reads the sheets of a service that comes from
// spreadsheets as events. There is one documented sheet for each kind: see
// Kinds. It does no I/O and asks no clock.
//
// # What is never guessed
//
// The encoding is UTF-8 unless Windows-1252 is named, and a file that is
// plainly the other of the two is refused. A date is written 2026-10-27; one
// with slashes is refused until it is said which number is the day. A time in
// the hour that comes twice says GMT or BST. An empty cell is not known.
//
// # What is left as it is
//
// Cells of words are kept byte for byte, white space and line ends included.
// The one thing taken away is the apostrophe with which spreadsheets and
// exporters quote what they would otherwise run as a formula: the first of a
// cell that goes on with = + - @, a tab or a carriage return. Sheet.Unquoted
// counts them.
//
// # Cases and event ids
//
// A case is named by the service's own reference, or by the 32 hex digits that
// it has in the ledger. The first is turned into a number by an HMAC under a
// Key that the service keeps: the same in every sheet, and telling nobody else
// which reference it stands for. An event's id is an HMAC of its row, so that a
// sheet may be read again, after it was cut short or some of its rows were put
// right: what was recorded is recognised. Rows that are the same in every cell
// are told apart by their order.
//
// Errors and problems name lines, columns and rules, never what stands there.
package spreadsheet
