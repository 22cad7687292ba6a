package main

import (
	"errors"
	"io"

	"github.com/spf13/cobra"

	"caseledger/evidence"
	"caseledger/evidence/tlog"
	"caseledger/schemas"
)

func (a *app) verifyCommand() *cobra.Command {
	var policy string
	cmd := &cobra.Command{
		Use:   "verify bundle.zip --policy policy.txt",
		Short: "Check an evidence bundle",
		Long: `Check an evidence bundle with the same code as caseledger-verify. It opens no
ledger. The policy says whom to trust and comes from the service by another way
than the bundle; without one the bundle can only be found consistent with
itself, which ends with 1.`,
		Example: "  caseledger verify bundle.zip --policy policy.txt",
		Args:    cobra.ExactArgs(1),
	}
	cmd.Flags().StringVar(&policy, "policy", "", "the policy `file`")
	cmd.RunE = a.does(func(_ *cobra.Command, args []string) error {
		var p *tlog.Policy
		if policy != "" {
			text, err := a.readFile(policy, tlog.MaxPolicy)
			if err == nil {
				p, err = tlog.ParsePolicy(text)
			}
			if err != nil {
				return usageError("--policy: " + err.Error())
			}
		}
		verdict, err := evidence.VerifyFile(args[0], p, schemas.Default())
		if err != nil {
			return err
		}
		var printing error
		if err := a.print(verdict, func(w io.Writer) { printing = verdict.Format(w) }); err != nil || printing != nil {
			return errors.Join(err, printing)
		}
		if verdict.Exit != exitOK {
			return outcome(verdict.Exit)
		}
		return nil
	})
	return cmd
}
