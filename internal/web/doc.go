// Package web speaks HTTP for a ledger: the operations of package ops over a
// socket that only the service's own user can reach (API, Client), and the
// health and metrics on an address of this machine (Site).
//
// # The socket
//
// Every operation is a POST of /v1/<operation> with its arguments in JSON, or,
// for import, with the file. The answer is a sequence of JSON values, one a
// line: any number of
//
//	{"progress":{"done":…,"total":…}}
//
// and then exactly one with "result", "error", or, for an import that was cut
// short, both. An answer that ends without it was cut off. The exception is
// export: its answer is the bundle, and the result, or the error, is in the
// trailer.
package web
