package cli

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/handlers/installatron"
	"panelgate/handlers/spanel"
	"panelgate/permissions"
	"panelgate/store"
)

type tokenCreate struct {
	database
	Kind    string `enum:"admin,reseller,client,subuser" required:"" help:"admin; reseller for the accounts that a reseller owns; client for one account; subuser for one subuser of an account."`
	Account string `placeholder:"NAME" help:"The account of a client or reseller token."`
	Subuser string `placeholder:"NAME" help:"The subuser of a subuser token: it may do what the subuser may, and ends with it."`
	Admin   string `placeholder:"NAME" help:"The admin user of an admin token: it may do what that admin may, and ends with it. Left out, the token is the operator's and may do everything."`
	Name    string `placeholder:"NOTE" help:"What the token is for."`

	Template string        `enum:"billing,readonly,sso,subusers," default:"" placeholder:"NAME" help:"Begin with ready-made terms. ${templates}."`
	Actions  []string      `placeholder:"PATTERN" help:"Actions that the token may call, such as 'accounts/*', and with ! before it may not, such as '!accounts/terminateaccount'; added to those of the template. Without any that allows, all but the denied."`
	From     []addressFlag `placeholder:"CIDR" help:"Addresses that the token may be used from, such as 192.0.2.7 or 2001:db8::/32."`

	NotBefore moment `placeholder:"TIME" help:"When the token begins to be valid: a date, or a duration from now such as 2h."`
	Expires   moment `placeholder:"TIME" help:"When it ends to be: a date such as 2027-01-31, or a duration from now such as 90d."`
	Uses      int64  `placeholder:"N" help:"How many calls may succeed with it; any number by default."`
	PerMinute int64  `placeholder:"N" help:"How many calls it may make in a minute; by default as many as the server lets any token make."`

	SSO           bool `name:"sso" help:"Let the token make sign-on links."`
	Probe         bool `help:"Let the token make the server test connections (dryrun=all)."`
	Strict        bool `help:"Answer errors of api.php with their true HTTP statuses, without X-Strict-Status."`
	RevealSecrets bool `default:"true" negatable:"" help:"Show the credentials of websites and their databases in answers (by default, save for the template readonly)."`
}

// addressFlag is one address, or a range of them.
type addressFlag struct{ netip.Prefix }

// UnmarshalText reads both.
func (a *addressFlag) UnmarshalText(text []byte) (err error) {
	if address, addressErr := netip.ParseAddr(string(text)); addressErr == nil && address.Zone() == "" {
		address = address.Unmap()
		a.Prefix = netip.PrefixFrom(address, address.BitLen())
		return nil
	}
	if a.Prefix, err = netip.ParsePrefix(string(text)); err != nil || a.Addr().Is4In6() {
		return fmt.Errorf("%q: want an address or a range such as 192.0.2.0/24 or 2001:db8::/32", text)
	}
	return nil
}

// Run prints the secret alone, so that a script can take it.
func (c *tokenCreate) Run(ctx context.Context, s streams) error {
	if err := c.check(); err != nil {
		return err
	}
	token := store.NewToken{Kind: c.Kind, Account: c.Account, Subuser: c.Subuser, Admin: c.Admin, Terms: c.terms(time.Now())}
	if !token.Expires.IsZero() && !token.Expires.After(token.NotBefore) {
		return usageError{"--expires must be later than --not-before"}
	}
	return c.with(ctx, c.open, func(db *store.Store) error {
		secret, err := createToken(ctx, db, token)
		if err != nil {
			return c.explain(err)
		}
		_, err = fmt.Fprintln(s.out, secret)
		return err
	})
}

// explain says what to do about a token that cannot be made.
func (c *tokenCreate) explain(err error) error {
	var missing *store.NotFoundError
	var invalid *store.InvalidError
	create := map[store.Noun]string{store.NounAccount: "users/upsert", store.NounSubuser: "user/addsubuser", store.NounAdmin: "admin/createadminuser"}
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("there is no %s named %s: create it first, with the action %s", missing.Noun, strings.Join(missing.Names, ", "), create[missing.Noun])
	case errors.As(err, &invalid):
		return fmt.Errorf("%s: make it one with the action users/upsert, type=reseller", invalid.Reason)
	}
	return err
}

// check refuses flags that contradict each other.
func (c *tokenCreate) check() error {
	ofAccount := c.Kind == store.KindClient || c.Kind == store.KindReseller
	switch {
	case ofAccount != (c.Account != ""):
		return usageError{"--account NAME goes with --kind client or reseller, and only with them"}
	case (c.Kind == store.KindSubuser) != (c.Subuser != ""):
		return usageError{"--subuser NAME goes with --kind subuser, and only with it"}
	case c.Admin != "" && c.Kind != store.KindAdmin:
		return usageError{"--admin NAME goes with --kind admin only"}
	case c.Uses < 0 || c.PerMinute < 0:
		return usageError{"--uses and --per-minute must not be negative"}
	}
	for _, pattern := range c.Actions {
		if err := checkPattern(pattern); err != nil {
			return err
		}
	}
	return nil
}

func (c *tokenCreate) terms(now time.Time) store.Terms {
	t := store.Terms{Name: c.Name, SSO: c.SSO, Probe: c.Probe, Strict: c.Strict, Masked: !c.RevealSecrets, Actions: c.Actions,
		NotBefore: c.NotBefore.from(now), Expires: c.Expires.from(now), PerMinute: c.PerMinute}
	for _, from := range c.From {
		t.Addresses = append(t.Addresses, from.Prefix)
	}
	if c.Uses > 0 {
		t.Uses = &c.Uses
	}
	if template, ok := auth.TemplateNamed(c.Template); ok {
		template.Apply(&t)
	}
	return t
}

// checkPattern refuses a pattern that is about no action: most likely it is misspelt, and a deny
// that denies nothing is worse than none.
func checkPattern(pattern string) error {
	names := actionNames()
	plain := strings.TrimPrefix(pattern, "!")
	if slices.ContainsFunc(names, func(name string) bool { return auth.Matches(plain, name) }) {
		return nil
	}
	text := fmt.Sprintf("--actions %s: there is no such action", pattern)
	if near := permissions.Nearest(plain, names); near != "" {
		text += "; did you mean " + near + "?"
	}
	return usageError{text}
}

// actionNames are those of both dialects, known ones too, for they may be served later.
func actionNames() (names []string) {
	for _, table := range []*handlers.Table{spanel.New().Table(), installatron.New().Table()} {
		for _, action := range table.Actions() {
			names = append(names, action.Name)
		}
	}
	return names
}

// templateHelp lists the templates for the help of their flag.
func templateHelp() string {
	var parts []string
	for _, t := range auth.Templates() {
		parts = append(parts, t.Name+": "+t.Summary+" ("+strings.Join(t.Actions, " ")+")")
	}
	return strings.Join(parts, "; ")
}
