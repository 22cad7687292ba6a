// Package accesslog is the access ledger: who signed in, who opened, looked
// for, printed or exported what, and whose glass was broken. It holds no word of
// what was read. It does no I/O of its own; log, archive and keys are what the
// interfaces here say.
//
// # A second ledger of the same code
//
// The access ledger of the ledger O is named O/access. Its records, its tree
// and its checkpoints are those of docs/FORMAT.md; its event types are
// schemas.Access. A session is a chain, whose number the session itself bears;
// what belongs to no session stands in the ledger's own chain. No record is
// sealed under a case key, so that the archive folds no view of one.
//
// # Keys
//
// Records are sealed under service keys, one for every month of UTC: the key of
// November 2026 is service/202611. Destroying its file in the secrets directory
// destroys what was recorded in that month and leaves links and tree as they
// are, so that the rest still proves itself. A month's key is never made again.
//
// # Durable before anything is shown
//
// Record returns when the entry is in the log and in the archive. With an error
// nothing may be shown: the entry may be stored all the same, and then says that
// somebody asked for what they did not get.
package accesslog
