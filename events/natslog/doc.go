// Package natslog keeps the ledger's events in a NATS JetStream stream: one
// message an event, never changed and never removed. The server runs within
// this process, without a port, or is an external one. The package appends,
// restores and replays; it opens no event, keeps no view and does not check
// chains (events.Tip does).
//
// # Writing
//
// One sequencer gives out the stream's sequences. Every message names the
// sequence it must follow, in the stream and in its chain's subject, so that
// the server stores it there or nowhere, and only once however often it is
// sent. Acknowledgements are checked in order. After a refusal, a silence or a
// failed send the sequencer looks at what is stored: a record that is there is
// a success whatever the answer was, one that was refused for its own sake is
// an error, the rest is sent again. If it cannot find out, if the server gives
// out another sequence or if somebody else has written, the log stops
// (events.ErrStopped) until it is opened again.
//
// With SyncAlways the server syncs before it acknowledges, message by message.
// Records that queue up meanwhile are published as one atomic batch, which the
// server stages, stores and syncs as a whole. A batch that was cut off in the
// middle by a crash is completed by the server at its next start: its records
// were not acknowledged, and they are there or not there like any record whose
// writer did not hear the answer.
//
// An embedded store is closed to other processes by a lock on its directory,
// an origin on an external server by a lease in a key bucket.
//
// # What the server makes of damaged files
//
// Measured with nats-server 2.15.2 on one replica; TestDamage holds it. The
// index is written at shutdown and every two minutes; "no index" is also what
// is in force for the messages since then after a kill.
//
//	damage                        with the index           no index
//	end of last block cut         count too small, hole    end lost, its sequences used again
//	last block removed            count too small, hole    end lost, its sequences used again
//	all blocks removed            count 0, hole            stream empty, starts at 1 again
//	stream's directory removed    stream empty, starts at 1 again
//	bit flipped, older block      count right (!), hole    rest of the block lost: count too small, hole
//	                              of one message
//	bit flipped, last block       count right (!), hole    rest of the block lost, its sequences used again
//	                              of one message
//	older block cut               count right (!), hole    count too small, hole
//	older block removed           count too small, hole    count too small, hole
//	stream's configuration lost   nothing: it is made again over the same messages
//	index damaged or lost         nothing: it is made again from the blocks
//
// No damage made the server return other bytes than were stored; block
// checksums see to that. A hole always shows in a Replay (events.ErrBroken),
// and in State only when the count is too small. What the log itself cannot
// see is a lost end: State, Last and Replay then agree on an earlier end, and
// the next append takes a sequence that was used before. Only the second copy
// or a signed checkpoint tells, so both are compared before the first append.
//
// # Room
//
// The store's cap and a disk with less than 64 MiB left refuse an append with
// ErrFull before anything is written; later appends work when there is room. A
// write that the file system refuses under the server is final for it: it
// answers nothing more, and the log stops. Nothing acknowledged is lost by
// either.
package natslog
