// Package pages serves the pages that advisers, managers and auditors work on.
//
// Every page is a row of one table, Routes: method, pattern, the action that
// it is, whether it is about a case, what the access ledger is told, and the
// handler. What stands between a request and its handler is the same for all,
// in this order:
//
//	security headers · host · cross-origin · session · lock · decision · access ledger · handler
//
// A handler is only reached by who may do what the row says, and after the
// access ledger has it; handlers never ask again. Where the access ledger
// cannot be written nothing is shown.
//
// The pages work without scripts. What a template says itself is fixed; what
// is put into it is data, and with "Screen sharing" on all data is masked
// before it leaves the service.
//
// No name, address or word of a case stands in an address, a title, a header
// or a log. Cases are named by their numbers.
package pages
