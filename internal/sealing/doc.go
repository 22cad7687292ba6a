// Package sealing puts on a bundle what others than this ledger vouch for, and
// closes it to all but its recipient.
//
// A signature (PAdES B-B, ETSI EN 319 142-1) stands in contact-sheets.pdf: who
// opens the PDF sees who prepared it and that no page of it was changed. With an
// authority it has a time-stamp of its own (B-T). A time-stamp (RFC 3161) over
// the checkpoint stands in the bundle, and one over the tag manifest beside it:
// they show that the ledger's state, and this very bundle, were there at a time
// that the service could not choose. An age file can be opened with the
// recipient's key alone.
//
// None of it is needed to check a bundle, and the verifier does not look at
// it: other people's tools do (pdfsig, openssl ts -verify). docs/OPERATIONS.md,
// "Signatures, time-stamps and sealed bundles", says how it is set up.
//
// What leaves the machine is a request with a SHA-256 in it, and nothing else.
package sealing
