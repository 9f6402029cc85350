package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/operate"
)

func consumersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "consumers",
		Short: "Look after the work that follows the audit log: seals, notifications",
		Long: `Each consumer of the audit log works off every line once. Where a line fails five
times, it stops for that tenant and leaves nothing out; the others go on.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(listConsumersCommand(), retryConsumerCommand())
	return cmd
}

func listConsumersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show how far each has come, and for whom it has stopped",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withPeople(cmd, false, func(s *server.Server) error {
				c, err := operate.ListConsumers(cmd.Context(), s)
				if err != nil {
					return err
				}
				w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
				fmt.Fprintln(w, "CONSUMER\tLINE\tBEHIND\t")
				for _, p := range c.Places {
					fmt.Fprintf(w, "%s\t%d\t%d\t\n", p.Consumer, p.Seq, p.Behind)
				}
				if len(c.Failures) > 0 {
					fmt.Fprintln(w, "\nCONSUMER\tTENANT\tLINE\tTRIES\tSTATE\tERROR")
				}
				for _, f := range c.Failures {
					state := "tried again"
					if f.Stopped() {
						state = "stopped " + f.StoppedAt.UTC().Format("2006-01-02 15:04")
					}
					fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%s\n", f.Consumer, c.Tenants[f.Tenant], f.Seq, f.Tries, state, inLine(f.Error))
				}
				return w.Flush()
			})
		},
	}
	flags(cmd.Flags())
	return cmd
}

func retryConsumerCommand() *cobra.Command {
	var tenant string
	cmd := &cobra.Command{
		Use:     "retry NAME",
		Short:   "Let a consumer that has stopped go on",
		Example: "  holdfast consumers retry journal-sealer --tenant example-ltd",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPeople(cmd, false, func(s *server.Server) error {
				n, err := operate.RetryConsumer(cmd.Context(), s, args[0], tenant)
				if err != nil {
					return err
				}
				if n == 0 {
					return fmt.Errorf("%s has stopped for nobody like that", args[0])
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s goes on for %d tenant(s); a running server notices within a second.\n", args[0], n)
				return nil
			})
		},
	}
	flags(cmd.Flags())
	cmd.Flags().StringVar(&tenant, "tenant", "", "slug of the only tenant to go on with")
	return cmd
}
