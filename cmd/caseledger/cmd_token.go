package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"caseledger/internal/access"
	"caseledger/internal/clock"
	"caseledger/internal/ops"
)

func (a *app) tokenCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "token",
		Short: "Add, list or revoke what other programs use to ask the service",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.tokenAddCommand(), a.tokenListCommand(), a.tokenRevokeCommand())
	return cmd
}

func (a *app) tokenAddCommand() *cobra.Command {
	var ask ops.MakeToken
	var expires string
	cmd := &cobra.Command{
		Use:   "add --name NAME (--staff STAFF --scope SCOPE[,SCOPE…] | --agency CODE --called NAME --source KIND)",
		Short: "Make a token for the programming interface and print it, once",
		Long: `Make a token for the programming interface (docs/API.md) and print it, once: it is
kept nowhere, only its SHA-256. Put it into a file that only its owner can read.

A token acts as a member of staff: it can do what they can do on the pages, as
far as its scopes go, and never more. Scopes: events:append, cases:read, search,
day:read, disclosure:read, audit:read.

Or it acts as another agency, which may send referrals (referrals:write) and read
nothing. --source is what its referrals come from: marac, police or agency.`,
		Example: "  caseledger token add --name 'Reports for managers' --staff staff-01 --scope cases:read,day:read\n" +
			"  caseledger token add --name 'Police referrals' --agency northshire-police --called 'Northshire Police' --source police --expires 2027-06-30",
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVar(&ask.Name, "name", "", "`what` it is for: a machine or a use, never a client")
	cmd.Flags().StringSliceVar(&ask.Scopes, "scope", nil, "`what` it may be used for; may be given again")
	cmd.Flags().StringVar(&ask.Staff, "staff", "", "it acts as this member of `staff`")
	cmd.Flags().StringVar(&ask.Agency, "agency", "", "it acts as the agency of this `code`")
	cmd.Flags().StringVar(&ask.Called, "called", "", "the agency's `name`, as its referrals have it")
	cmd.Flags().StringVar(&ask.Source, "source", "", "`where` its referrals come from: "+strings.Join(access.AgencySources, ", "))
	cmd.Flags().StringVar(&expires, "expires", "", "the last `day` on which it is good (default: in 90 days)")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "name"); err != nil {
			return err
		}
		switch {
		case cmd.Flags().Changed("staff") == cmd.Flags().Changed("agency"):
			return usageError("give --staff, or --agency with --called and --source")
		case ask.Staff != "":
			if err := required(cmd, "scope"); err != nil {
				return err
			}
		default:
			if err := required(cmd, "called", "source"); err != nil {
				return err
			}
			if !cmd.Flags().Changed("scope") {
				ask.Scopes = []string{string(access.ScopeReferrals)}
			}
		}
		if cmd.Flags().Changed("expires") {
			d, err := clock.ParseDate(expires)
			if err != nil {
				return usageError("--expires must be a date like 2027-06-30")
			}
			ask.Expires = d.End()
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			r, err := l.MakeToken(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(tokenMade{r.Token, r.Text}, func(w io.Writer) {
				fmt.Fprintf(w, "token %s, for %s, until %s\nIt is shown once:\n%s\n", r.ID, r.Acts, day(time.Time(r.Expires)), r.Text)
			})
		})(cmd, args)
	})
	return cmd
}

// tokenMade is ops.TokenMade with nothing that hides it: it is meant to be read.
type tokenMade struct {
	ops.Token
	Text string `json:"token"`
}

func day(t time.Time) string { return clock.DateOf(t.Add(-time.Nanosecond)).String() }

func (a *app) tokenListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the tokens, whose they are and what they may be used for",
		Example: "  caseledger token list",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		r, err := l.Tokens(ctx)
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) {
			if len(r.Tokens) == 0 {
				fmt.Fprintln(w, "there are no tokens")
				return
			}
			t := newTable(w, "Token", "For", "Acts as", "Scopes", "", "Until", "Last used")
			for _, x := range r.Tokens {
				t.AppendRow([]any{x.ID, x.Name, x.Acts, strings.Join(x.Scopes, ", "), x.Standing, day(time.Time(x.Expires)), cmp.Or(string(x.Used), "never")})
			}
			t.print()
		})
	})
	return cmd
}

func (a *app) tokenRevokeCommand() *cobra.Command {
	var ask ops.RevokeToken
	cmd := &cobra.Command{
		Use:     "revoke --token NUMBER",
		Short:   "End a token at once",
		Example: "  caseledger token revoke --token 7c1e…",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&ask.ID, "token", "", "the token's `number`, as list has it; not the token itself")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "token"); err != nil {
			return err
		}
		if strings.HasPrefix(ask.ID, "cl_") {
			return usageError("--token is the token's number, not the token: see caseledger token list. What stands on a command line others can read: revoke it")
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error {
			r, err := l.RevokeToken(ctx, ask)
			if err != nil {
				return err
			}
			return a.print(r, func(w io.Writer) { fmt.Fprintf(w, "token %s is good for nothing any more\n", r.ID) })
		})(cmd, args)
	})
	return cmd
}
