// Package keys keeps the keys that seal events: it makes them, wraps them for
// storage and unwraps them.
//
// A case key is 32 random bytes per chain and generation, never derived. It is
// stored only as a wrap, sealed under the key-encryption key of an epoch. The
// epoch keys, the service keys and the ledger's signing key live in a secrets
// directory, outside the data directory and outside every data backup: whoever
// has the data alone can read nothing, and destroying an epoch's key erases
// every case that is wrapped in no other.
//
// The formats are docs/FORMAT.md, "Keys and wraps". Errors and printed values
// never hold key material.
package keys
