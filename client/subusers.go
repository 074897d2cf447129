package client

import (
	"context"

	"panelgate/permissions"
)

// Subuser is an entry of user/listsubusers.
type Subuser struct {
	User        string            `json:"user"`
	Permissions permissions.Grant `json:"permissions"` // whole categories arrive as lists of their pages
	CurrentUser bool              `json:"currentuser"`
	TwoFactor   bool              `json:"twofactor"`
}

// Category is an entry of user/listuserpermissions. Label and Labels (page → text) are there when
// they were asked for.
type Category struct {
	Category string            `json:"category"`
	Label    string            `json:"label"`
	Pages    []string          `json:"pages"`
	Labels   map[string]string `json:"labels"`
}

// message is the data of the answers that hold a sentence.
type message struct {
	Msg string `json:"msg"`
}

// say calls an action whose answer is a sentence, and gives the sentence.
func (c *Client) say(ctx context.Context, action string, args any) (string, error) {
	answer, err := data[message](ctx, c, action, args)
	return answer.Msg, err
}

// accountArgs name the account that an action is about. An admin token may name any.
type accountArgs struct {
	Account string `url:"accountuser"`
}

// APICheck reports whether the server is up and knows the token, by the error that it gives.
func (c *Client) APICheck(ctx context.Context) error {
	_, err := c.Call(ctx, "toolbox/apicheck", nil)
	return err
}

// Subusers lists the subusers of an account: https://www.spanel.io/docs/user-listsubusers/.
func (c *Client) Subusers(ctx context.Context, account string) ([]Subuser, error) {
	return data[[]Subuser](ctx, c, "user/listsubusers", accountArgs{account})
}

// UserPermissions lists what a subuser can be given, by the name of the category.
func (c *Client) UserPermissions(ctx context.Context, account string, labels bool) (map[string]Category, error) {
	return data[map[string]Category](ctx, c, "user/listuserpermissions", struct {
		accountArgs
		Labels bool `url:"labels,int,omitempty"`
	}{accountArgs{account}, labels})
}

// NewSubuser is a subuser to be. Account is the account that it is to be of.
type NewSubuser struct {
	Account     string            `url:"accountuser"`
	Username    string            `url:"username"` // 1 to 30 letters, digits or underscores
	Password    string            `url:"password"` // 8 characters to 72 bytes
	Permissions permissions.Grant `url:"permissions"`
}

// AddSubuser creates a subuser and gives the server's sentence about it.
func (c *Client) AddSubuser(ctx context.Context, subuser NewSubuser) (string, error) {
	return c.say(ctx, "user/addsubuser", subuser)
}

// SetSubuserPermissions replaces what a subuser may do.
func (c *Client) SetSubuserPermissions(ctx context.Context, account, username string, grant permissions.Grant) (string, error) {
	return c.say(ctx, "user/editsubuserprivileges", struct {
		accountArgs
		Username    string            `url:"username"`
		Permissions permissions.Grant `url:"permissions"`
	}{accountArgs{account}, username, grant})
}

// SetSubuserPassword gives a subuser a new password.
func (c *Client) SetSubuserPassword(ctx context.Context, account, username, password string) (string, error) {
	return c.say(ctx, "user/changesubuserpasswd", struct {
		accountArgs
		Username string `url:"username"`
		Password string `url:"password"`
	}{accountArgs{account}, username, password})
}

// DeleteSubusers deletes all the named subusers, or none.
func (c *Client) DeleteSubusers(ctx context.Context, account string, usernames ...string) (string, error) {
	return c.say(ctx, "user/delsubuser", struct {
		accountArgs
		Usernames []string `url:"username,brackets"`
	}{accountArgs{account}, usernames})
}
