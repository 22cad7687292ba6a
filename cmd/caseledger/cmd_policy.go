package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"caseledger/internal/ops"
)

func (a *app) policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "policy",
		Short: "Print the policy that a verifier of this ledger's bundles needs",
		Long: `Print the policy (C2SP tlog-policy) that names this ledger's signing key. Who
checks bundles keeps it; hand it over once, by a way that can be trusted, and
not together with a bundle.`,
		Example: "  caseledger policy > policy.txt",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		p, err := l.Policy(ctx)
		if err != nil {
			return err
		}
		return a.print(p, func(w io.Writer) { fmt.Fprint(w, p.Policy) })
	})
	return cmd
}
