// Command caseledger-verify checks an evidence bundle without the ledger that
// made it: no network, no store, nothing but the file and a policy.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}
