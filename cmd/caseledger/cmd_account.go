package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"caseledger/internal/access"
	"caseledger/internal/ops"
)

func (a *app) accountCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "account",
		Short: "Add, list, reset or disable how members of staff sign in",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(a.accountListCommand(),
		a.accountChangeCommand(ops.AccountAdd, "Make an account and print its set-up code", `Make an account and print its set-up code, once: it works for one day. Whoever has
it and the staff number sets the account up, so hand it over yourself. What they
may see follows from their role (caseledger staff set), not from the account.`),
		a.accountChangeCommand(ops.AccountDisable, "End somebody's sessions and let them in no more", `End a member of staff's sessions at once, and let nobody sign in with their account
until two people reset it.`),
		a.accountResetCommand())
	return cmd
}

func (a *app) accountListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the accounts, and who waits for what",
		Example: "  caseledger account list",
		Args:    cobra.NoArgs,
	}
	cmd.RunE = a.on(func(ctx context.Context, l ops.Ledger) error {
		r, err := l.Accounts(ctx)
		if err != nil {
			return err
		}
		return a.print(r, func(w io.Writer) {
			if len(r.Accounts) == 0 {
				fmt.Fprintln(w, "there are no accounts")
				return
			}
			t := newTable(w, "Staff", "Account", "Changed", "Reset asked by")
			for _, x := range r.Accounts {
				t.AppendRow([]any{x.Staff, x.Standing, x.Changed.String()[:16], x.Asked})
			}
			t.print()
		})
	})
	return cmd
}

func (a *app) accountChangeCommand(do, short, long string) *cobra.Command {
	change := ops.ChangeAccount{Do: do}
	cmd := &cobra.Command{
		Use:     do + " --staff STAFF",
		Short:   short,
		Long:    long,
		Example: "  caseledger account " + do + " --staff staff-07",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&change.Staff, "staff", "", "`whose`")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "staff"); err != nil {
			return err
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error { return a.changeAccount(ctx, l, change) })(cmd, args)
	})
	return cmd
}

func (a *app) accountResetCommand() *cobra.Command {
	change := ops.ChangeAccount{Do: ops.AccountReset}
	var by []string
	cmd := &cobra.Command{
		Use:   "reset --staff STAFF --by STAFF,STAFF",
		Short: "Have two people take somebody's password, authenticator and passkeys away",
		Long: `Reset an account: the old password, authenticator and passkeys are worth nothing any
more, and a set-up code is printed, once. It takes two people, managers or administrators
and not the owner, who each give their password and a code of their authenticator:
at the terminal, or as four lines of standard input. The pages do the same at two desks.`,
		Example: "  caseledger account reset --staff staff-07 --by staff-01,staff-02",
		Args:    cobra.NoArgs,
	}
	cmd.Flags().StringVar(&change.Staff, "staff", "", "`whose`")
	cmd.Flags().StringSliceVar(&by, "by", nil, "the two `people`")
	cmd.RunE = a.does(func(cmd *cobra.Command, args []string) error {
		if err := required(cmd, "staff", "by"); err != nil {
			return err
		}
		if len(by) != 2 {
			return usageError("--by must be two staff numbers with a comma between")
		}
		ask := a.asker()
		for _, staff := range by {
			p := ops.Proof{Staff: staff}
			var err error
			if p.Password, err = ask(staff + ", your password: "); err == nil {
				p.Code, err = ask(staff + ", the code of your authenticator: ")
			}
			if err != nil {
				return err
			}
			change.By = append(change.By, p)
		}
		return a.on(func(ctx context.Context, l ops.Ledger) error { return a.changeAccount(ctx, l, change) })(cmd, args)
	})
	return cmd
}

// asker asks for lines that nobody else may read: at a terminal without
// showing them, else as lines of standard input.
func (a *app) asker() func(string) (string, error) {
	if f, ok := a.stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return func(prompt string) (string, error) {
			fmt.Fprint(a.stderr, prompt)
			b, err := term.ReadPassword(int(f.Fd()))
			fmt.Fprintln(a.stderr)
			return string(b), err
		}
	}
	lines := bufio.NewReader(io.LimitReader(a.stdin, 8*access.MaxPassword))
	return func(string) (string, error) {
		s, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) && s == "" {
			return "", ops.Inputf("two passwords and two codes were expected, a line each")
		} else if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		return strings.TrimRight(s, "\r\n"), nil
	}
}

func (a *app) changeAccount(ctx context.Context, l ops.Ledger, change ops.ChangeAccount) error {
	r, err := l.ChangeAccount(ctx, change)
	if err != nil {
		return err
	}
	return a.print(r, func(w io.Writer) {
		if r.Code == "" {
			fmt.Fprintf(w, "%s cannot sign in any more\n", r.Staff)
			return
		}
		fmt.Fprintf(w, "set-up code of %s, shown once, for one day: %s\nThey open the page /set-up of the service and type it.\n", r.Staff, r.Code)
	})
}
