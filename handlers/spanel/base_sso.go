package spanel

import (
	"panelgate/handlers"
	"panelgate/handlers/signon"
	"panelgate/store"
)

func signOn() *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: "base/sso", Page: "accounts/sso", For: handlers.ForAnyone, Target: "username", Writes: true, SSO: true,
		Effects: []handlers.Effect{
			{Of: "users/login", Field: "role", Value: store.RoleUser},
			{Of: "POST /users/{id}/login", Field: "role", Value: store.RoleUser}},
		Summary: "Makes a link that signs an account, a subuser or an admin user on, once and within a minute. The token must have its SSO option switched on; a client token can name its own account and that account's subusers.",
		Source:  docs, // its page "Single sign-on (SSO)"
	}, func(r *handlers.Request, in signOnArgs) (signon.Link, error) {
		page, err := signon.ParsePage(signon.TreeOf(r.Catalogue, in.Role), in.Redirect)
		if err != nil {
			return signon.Link{}, err
		}
		who, err := r.Person(r.Caller.Scope, in.Role, in.Username)
		if err != nil {
			return signon.Link{}, err
		}
		if in.Role == store.RoleAdmin {
			if err := r.CheckAdmins(who.Name); err != nil {
				return signon.Link{}, err
			}
		}
		return signon.Make(r, who, signon.Ask{IP: in.IP, Page: page})
	})
}

type signOnArgs struct {
	Username string `url:"username" validate:"required,line" doc:"Name of an account, subuser or admin user."`
	Role     string `url:"role" validate:"required" enum:"user|admin" doc:"user for accounts and subusers, admin for admin users."`
	IP       string `url:"ip" doc:"IPv4 or IPv6 address that the link must be opened from; 0, false or empty for any."`
	Redirect string `url:"redirect" doc:"category/page to land on, as the catalogue of the role has it; the index by default."`
}

// Check puts the address into its normal form.
func (a *signOnArgs) Check() (err error) {
	a.IP, err = signon.ParseIP(a.IP)
	return err
}
