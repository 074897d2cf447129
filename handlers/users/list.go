package users

import (
	"errors"

	"panelgate/handlers"
	"panelgate/phpform"
	"panelgate/store"
)

// List is the action under the name that a dialect has for it; twins are what the other dialect calls it.
func List(name string, twins ...string) *handlers.Action {
	return handlers.Define(handlers.Action{
		Name: name, Twins: twins, Mask: mask, Page: "accounts/manage", For: handlers.ForAdmin, Target: "user",
		Effects: []handlers.Effect{{Of: "users/view"}, {Of: "GET /users/{id}"}},
		Summary: "Lists users with their websites and databases.",
		Source:  docs + "users",
	}, list)
}

// ListArgs choose users. The pages name offset, limit and user where they list other things.
type ListArgs struct {
	Offset phpform.Optional[uint32] `url:"offset" doc:"Distance from the start of the whole list; 0 by default."`
	Limit  phpform.Optional[uint32] `url:"limit" doc:"Most users to list, from 1 to 1000000; all by default."`
	User   string                   `url:"user" validate:"id" doc:"The users that this reseller owns, all for the main administrative user; a plain user is listed alone."`
}

// maxLimit bounds limit, so that a mistake is told rather than taken.
const maxLimit = 1_000_000

// Check refuses a limit out of range.
func (a *ListArgs) Check() error {
	if a.Limit.Set && (a.Limit.Value < 1 || a.Limit.Value > maxLimit) {
		return handlers.Invalid("limit", "must be a whole number from 1 to 1000000")
	}
	return nil
}

// pageRows is how many users are loaded at a time: fewer than of accounts, since each may have many
// websites.
const pageRows = 50

// list gives users in the order of their creation, and how many there are without offset and limit.
func list(r *handlers.Request, in ListArgs) (*handlers.Rows, error) {
	filter, err := scopeOf(r, in.User)
	if err != nil {
		return nil, err
	}
	total, err := r.CountAccounts(r.Caller.Scope, filter)
	if err != nil {
		return nil, err
	}
	left := int(total)
	if in.Limit.Set {
		left = min(left, int(in.Limit.Value))
	}
	filter.Offset = int(in.Offset.Value)
	rows, err := handlers.Paged(r, pageRows, func(tx *store.Tx, after int64) ([]Row, int64, error) {
		filter.AfterID, filter.Limit = after, min(left, pageRows)
		if left == 0 {
			return nil, after, nil
		}
		accounts, err := tx.Accounts(r.Caller.Scope, filter)
		if err != nil || len(accounts) == 0 {
			return nil, after, err
		}
		left -= len(accounts)
		filter.Offset = 0 // the next page begins after this one's last
		rows, err := rowsOf(tx, accounts, r.AdminUser)
		return rows, accounts[len(accounts)-1].ID, err
	})
	if err != nil {
		return nil, err
	}
	rows.Total = total
	return rows, nil
}

// scopeOf reads the field user: whose users are asked for.
func scopeOf(r *handlers.Request, user string) (store.AccountFilter, error) {
	if user == "" || store.SameName(user, r.AdminUser) {
		return store.AccountFilter{}, nil
	}
	account, err := r.Tx.Account(r.Caller.Scope, user)
	var missing *store.NotFoundError
	if errors.As(err, &missing) {
		return store.AccountFilter{}, handlers.Forbidden("user", "user: there is no user "+user+" whose data you may see")
	}
	if account.Type == store.TypeReseller {
		return store.AccountFilter{Parent: account.Name}, err
	}
	return store.AccountFilter{Name: account.Name}, err
}

func rowsOf(tx *store.Tx, accounts []store.Account, adminUser string) ([]Row, error) {
	websites, err := tx.WebsitesOf(accounts)
	rows := make([]Row, len(accounts))
	for i, a := range accounts {
		rows[i] = rowOf(a, websites[a.ID], adminUser)
	}
	return rows, err
}
