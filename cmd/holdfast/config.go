package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the settings in effect and where each comes from; secrets are masked",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, warnings, err := read(cmd.Flags(), os.Environ())
			if err != nil {
				return err
			}
			c, wrong := configure(s)
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, known := range table {
				v := s[known.key]
				if v.text == "" && wrong == nil { // what the server makes of it
					v.text = map[string]string{"database_url": c.databaseURL, "public_url": c.publicURL}[v.key]
				}
				fmt.Fprintf(w, "%s\t%s\t# %s\n", v.key+":", quoted(v.shown()), v.from)
			}
			if err := w.Flush(); err != nil {
				return err
			}
			for _, warning := range warnings {
				fmt.Fprintln(cmd.ErrOrStderr(), "warning:", warning)
			}
			return wrong
		},
	}
	flags(cmd.Flags())
	return cmd
}

// quoted makes an empty text visible; the output is YAML.
func quoted(text string) string {
	return fmt.Sprintf("%q", text)
}
