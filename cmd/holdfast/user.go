package main

import (
	"bufio"
	"crypto/rand"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/holdfast-platform/holdfast/server"
	"github.com/holdfast-platform/holdfast/server/operate"
)

func userCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "Create people, reset passwords, promote administrators of the installation",
		Long: `Look after people from the console of the installation, also while the server runs.

Passwords are asked for on the terminal, or read from the first line of standard
input, or made by --generate-password, which prints them once.`,
		Args: cobra.NoArgs, // with RunE: a misspelt command is an error, not a reason to print help
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(createUserCommand(), resetPasswordCommand(), promoteCommand(), unlinkCommand())
	return cmd
}

func createUserCommand() *cobra.Command {
	var p operate.NewPerson
	var generate bool
	cmd := &cobra.Command{
		Use:   "create EMAIL",
		Short: "Create an account in a tenant, or with a tenant of its own",
		Example: `  holdfast user create ada@example.org --name "Ada Lovelace" --new-tenant "Example Ltd"
  holdfast user create bob@example.org --name "Bob" --tenant example-ltd --group Administrators`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if (p.Tenant == "") == (p.NewTenant == "") {
				return errors.New("say either --tenant or --new-tenant")
			}
			p.Email = args[0]
			return withPeople(cmd, p.NewTenant != "", func(s *server.Server) (err error) {
				shown := ""
				if p.Password, shown, err = password(cmd, generate); err != nil {
					return err
				}
				slug, err := operate.CreatePerson(cmd.Context(), s, p)
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is a member of the tenant %s.\n%s", p.Email, slug, shown)
				return nil
			})
		},
	}
	flags(cmd.Flags())
	cmd.Flags().StringVar(&p.FullName, "name", "", "full name")
	cmd.Flags().StringVar(&p.Tenant, "tenant", "", "slug of the tenant")
	cmd.Flags().StringSliceVar(&p.Groups, "group", nil, "groups of the tenant, by name (default: the tenant's default group)")
	cmd.Flags().StringVar(&p.NewTenant, "new-tenant", "", "name of a new tenant, whose first Administrator this is")
	cmd.Flags().BoolVar(&generate, "generate-password", false, "make a password and print it once")
	_ = cmd.MarkFlagRequired("name")
	return cmd
}

func resetPasswordCommand() *cobra.Command {
	var generate, factor bool
	cmd := &cobra.Command{
		Use:   "reset-password EMAIL",
		Short: "Set a new password and end all sessions of a person",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPeople(cmd, false, func(s *server.Server) error {
				secret, shown, err := password(cmd, generate)
				if err != nil {
					return err
				}
				if err := operate.ResetPassword(cmd.Context(), s, args[0], secret, factor); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s has a new password and is signed out everywhere.\n%s", args[0], shown)
				return nil
			})
		},
	}
	flags(cmd.Flags())
	cmd.Flags().BoolVar(&generate, "generate-password", false, "make a password and print it once")
	cmd.Flags().BoolVar(&factor, "remove-second-factor", false, "also remove the second factor, where it is lost")
	return cmd
}

func unlinkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unlink EMAIL",
		Short: "Part a person from the identity of single sign-on, when the provider has given another",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPeople(cmd, false, func(s *server.Server) error {
				if err := operate.Unlink(cmd.Context(), s, args[0]); err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s is signed out everywhere; the next single sign-on joins the account anew.\n", args[0])
				return nil
			})
		},
	}
	flags(cmd.Flags())
	return cmd
}

func promoteCommand() *cobra.Command {
	var no bool
	cmd := &cobra.Command{
		Use:   "promote EMAIL",
		Short: "Make a person an administrator of the whole installation",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return withPeople(cmd, false, func(s *server.Server) error {
				if err := operate.Promote(cmd.Context(), s, args[0], !no); err != nil {
					return err
				}
				word := "is now"
				if no {
					word = "is no longer"
				}
				fmt.Fprintf(cmd.OutOrStdout(), "%s %s an administrator of the installation.\n", args[0], word)
				return nil
			})
		},
	}
	flags(cmd.Flags())
	cmd.Flags().BoolVar(&no, "revoke", false, "take it back")
	return cmd
}

// withPeople opens the installation for a short piece of work; first makes one where there is none.
func withPeople(cmd *cobra.Command, first bool, work func(*server.Server) error) error {
	c, log, err := setUp(cmd)
	if err != nil {
		return err
	}
	if !first {
		if err := operate.Present(cmd.Context(), c.server(log)); err != nil {
			return fmt.Errorf("nobody is there to look after: %w", err)
		}
	}
	if err := os.MkdirAll(c.dataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	s, err := server.New(cmd.Context(), c.server(log))
	if err != nil {
		return err
	}
	return errors.Join(work(s), s.Close())
}

// password gets one; shown is the text that tells a person the one that was made.
func password(cmd *cobra.Command, generate bool) (secret, shown string, err error) {
	if generate {
		b := make([]byte, 15)
		_, _ = rand.Read(b) // never fails
		secret = strings.ToLower(base32.StdEncoding.EncodeToString(b))
		return secret, "Password, shown once: " + secret + "\n", nil
	}
	if in, ok := cmd.InOrStdin().(*os.File); ok && isTerminal(in) {
		fmt.Fprint(cmd.ErrOrStderr(), "New password: ")
		text, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(cmd.ErrOrStderr())
		return string(text), "", err
	}
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || line == "") {
		return "", "", errors.New("no password on standard input")
	}
	return strings.TrimRight(line, "\r\n"), "", nil
}
