package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/holdfast-platform/holdfast/server/operate"
)

func doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at settings, storage, database, clock, and which walls protect tenants",
		Long:  "Look at the installation without changing it. The status is 1 when a check fails; warnings leave it 0.",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, warnings, err := read(cmd.Flags(), os.Environ())
			if err != nil {
				return err
			}
			c, err := configure(s)
			if err != nil {
				return err
			}
			checks := []operate.Check{}
			for _, warning := range warnings {
				checks = append(checks, operate.Check{Subject: "settings", Grade: operate.Warning, Detail: warning})
			}
			checks = append(checks, operate.Examine(cmd.Context(), c.server(nil))...)
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			failed := 0
			for _, check := range checks {
				fmt.Fprintf(w, "%s\t%s\t%s\n", check.Grade, check.Subject, inLine(check.Detail))
				if check.Grade == operate.Failure {
					failed++
				}
			}
			if err := w.Flush(); err != nil {
				return err
			}
			if failed > 0 {
				return fmt.Errorf("%d of %d checks failed", failed, len(checks))
			}
			return nil
		},
	}
	flags(cmd.Flags())
	return cmd
}
