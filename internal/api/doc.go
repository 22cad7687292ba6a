// Package api is what other programs ask of a ledger over HTTP, each with a
// token: the routes of /api/v1 and their OpenAPI document.
//
// Every route is a row of one table: method, pattern, the scope that a token
// needs for it, the action that it is, whether it is about a case, what the
// access ledger is told, and what comes in and goes out. The same things stand
// before every handler, in this order: security headers, the host's name, the
// token, its scope, the body, the decision, the access ledger. A handler is
// reached when the decision allowed it and the access ledger has it on disk. A
// session of the pages counts for nothing here, and a token for nothing there.
//
// The OpenAPI document is made of the table and of the types of the answers, so
// that it cannot say anything else.
//
// Every error is a problem of RFC 9457. It says what was wrong and where, never
// what stood there.
//
// A Client asks these routes for the command line, and is to it what a ledger
// on its own machine is, as far as they go.
package api
