package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"caseledger/evidence"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

const usage = `Usage: caseledger-verify [--json] [--policy FILE] bundle.zip

Checks an evidence bundle and says whether it is what the ledger recorded.
The policy names the ledger whose signature is trusted. Get it from the
service another way than the bundle; without it nobody vouches for the bundle.

  --policy FILE   the policy (C2SP tlog-policy)
  --json          the verdict as JSON

Exit codes: 0 matches, 1 could not check, 2 wrong use of this command,
3 does not match, 4 a version that this program does not know.

Example: caseledger-verify --policy policy.txt bundle.zip
`

// run is the whole command; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("caseledger-verify", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	asJSON := flags.Bool("json", false, "")
	policyFile := flags.String("policy", "", "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		return evidence.ExitValid
	case err != nil:
		return misused(stderr, err.Error())
	case flags.NArg() != 1:
		return misused(stderr, "name one bundle")
	}
	var policy *tlog.Policy
	if *policyFile != "" {
		var err error
		if policy, err = readPolicy(*policyFile); err != nil {
			return misused(stderr, err.Error())
		}
	}
	verdict, err := evidence.VerifyFile(flags.Arg(0), policy, schemas.Default())
	if err != nil {
		fmt.Fprintf(stderr, "caseledger-verify: COULD NOT CHECK: %v\n", err)
		return evidence.ExitUnknown
	}
	if *asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(verdict)
	} else {
		err = verdict.Format(stdout)
	}
	if err != nil {
		fmt.Fprintf(stderr, "caseledger-verify: the verdict could not be written: %v\n", err)
		if verdict.Exit == evidence.ExitValid {
			return evidence.ExitUnknown
		}
	}
	return verdict.Exit
}

func misused(stderr io.Writer, why string) int {
	fmt.Fprintf(stderr, "caseledger-verify: %s\n\n%s", why, usage)
	return evidence.ExitUsage
}

func readPolicy(name string) (*tlog.Policy, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, tlog.MaxPolicy+1))
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	p, err := tlog.ParsePolicy(b)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	return p, nil
}
