package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/operate"
)

// fillDemo fills an empty database and prints how its people sign in.
func fillDemo(cmd *cobra.Command, c *configuration, settings server.Config) error {
	show := newProgress(cmd.ErrOrStderr())
	logins, err := operate.Demo(cmd.Context(), settings, show.show)
	show.end()
	if err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	out := cmd.OutOrStdout()
	if len(logins) == 0 {
		_, err := fmt.Fprintln(out, "The database holds other data already: no demo data is added.")
		return err
	}
	fmt.Fprintf(out, "\nHoldfast with demo data: %s  (API: %s/api/v1/docs)\n\n", c.publicURL, c.publicURL)
	w := tabwriter.NewWriter(out, 2, 0, 3, ' ', 0)
	for _, l := range logins {
		fmt.Fprintf(w, "  %s\t%s\t%s\n", l.Email, l.Password, l.Group)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out)
	return err
}
