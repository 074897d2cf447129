package signon

import (
	"panelgate/handlers"
	"panelgate/store"
)

// Login is Installatron's action under the name that a dialect has for it; twins are what the other dialect calls it.
func Login(name string, twins ...string) *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: name, Twins: twins, SSO: true, Page: "accounts/sso", For: handlers.ForAdmin, Target: "id", Writes: true,
		Effects: []handlers.Effect{{Of: "base/sso"}},
		Summary: "Makes a link that signs a user on, once and within a minute.",
		Source:  "https://installatron.com/api/is/users/login",
	}, login)
}

// LoginArgs name a user.
type LoginArgs struct {
	ID       string `url:"id" validate:"required,id" doc:"Name of the user."`
	Language string `url:"language" validate:"language" doc:"Language code such as en; accepted, and without effect here: the pages of this server are in English."`
}

// Session is a link as Installatron shows it: data is the bare URL.
type Session struct{ Link }

// MarshalText gives the URL.
func (s Session) MarshalText() ([]byte, error) { return []byte(s.URL), nil }

// login signs on the user itself, whatever its type; its subusers are not users of Installatron's.
func login(r *handlers.Request, in LoginArgs) (Session, error) {
	account, err := r.Tx.Account(r.Caller.Scope, in.ID)
	if err != nil {
		return Session{}, err
	}
	who, err := r.Person(r.Caller.Scope, store.RoleUser, account.Name)
	if err != nil {
		return Session{}, err
	}
	link, err := Make(r, who, Ask{})
	return Session{link}, err
}
