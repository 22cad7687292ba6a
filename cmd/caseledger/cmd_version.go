package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"caseledger/internal/datadir"
)

// version is what this program was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	if v == "" || v == "(devel)" {
		v = "devel"
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 12 {
				v = "devel-" + s.Value[:12]
			}
		}
	}
	return v
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of the program and of its formats",
		Example: "  caseledger version --json",
		Args:    cobra.NoArgs,
		RunE: a.does(func(*cobra.Command, []string) error {
			v := struct {
				Version string   `json:"version"`
				Go      string   `json:"go"`
				Formats []string `json:"formats"`
			}{version(), runtime.Version(), []string{
				"caseledger/event/v1", "caseledger/detail/v1", datadir.Format, "caseledger/contact-sheets/v1",
			}}
			return a.print(v, func(w io.Writer) {
				fmt.Fprintln(w, "caseledger", v.Version)
				fmt.Fprintln(w, v.Go)
				for _, f := range v.Formats {
					fmt.Fprintln(w, f)
				}
			})
		}),
	}
}
