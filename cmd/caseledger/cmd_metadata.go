package main

import (
	"encoding/json"
	"os"

	"github.com/spf13/cobra"

	"caseledger/internal/metadata"
)

// metadataCommandName is how this program tells itself to read a file that
// comes on standard input; see Inspect.
const metadataCommandName = "metadata-of-stdin"

// metadataCommand is the process of metadata.Run. It is no command for people.
func (a *app) metadataCommand() *cobra.Command {
	return &cobra.Command{
		Use:    metadataCommandName,
		Short:  "Read what the file on standard input says about itself",
		Hidden: true,
		Args:   cobra.NoArgs,
		RunE: a.does(func(cmd *cobra.Command, args []string) error {
			// Before a byte is read. What comes is from strangers.
			if err := metadata.Confine(); err != nil {
				return err
			}
			r, err := metadata.Read(os.Stdin)
			if err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(r)
		}),
	}
}
